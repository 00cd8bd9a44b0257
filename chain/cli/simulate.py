"""`weighhouse simulate`: who would get what, before money is bound to a mechanism."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from chain.amounts import token_units, tokens
from chain.cli.bench import attack_table
from chain.cli.mechanism import read_mechanism
from chain.cli.output import Output, json_option, show
from chain.contracts.types import Emission, EmissionKind
from chain.encoding import sha256
from chain.errors import ConfigError
from chain.files import read_bytes
from chain.roles.owner import policy_of
from chain.roles.past import write_history
from chain.roles.simulation import Terms, Trial, attempt, ranks
from valuation.attacks import CAST, Company, rehearse
from valuation.attacks.tables import QUICK, attack_rows
from valuation.mechanism import Mechanism
from valuation.problem import problem_of
from valuation.simulation import Past, ranges, read_past

DECIMALS = 18


@dataclass(frozen=True)
class Tried:
    """A mechanism by the name that it was given, and what came of it."""

    name: str
    mechanism: Mechanism
    trial: Trial


@click.command()
@click.option(
    "--mechanism",
    "chosen",
    multiple=True,
    metavar="PRESET|FILE",
    help="To try; may be repeated [the history's, or small].",
)
@click.option(
    "--history",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Past rounds: `project history`, `demo --history` [a rehearsal].",
)
@click.option("--design", type=click.Path(path_type=Path, dir_okay=False), help="Of shapley-design.")
@click.option("--round-budget", help="Of the first round, in tokens [the history's, or 1000].")
@click.option("--emission", type=click.Choice([k.name.lower() for k in EmissionKind]), default="fixed")
@click.option("--period", type=int, default=0, help="Rounds until zero (linear), or between halvings.")
@click.option("--fund", help="What would be in the escrow, in tokens [no limit].")
@click.option("--evaluators", type=click.IntRange(1, 100), default=1, show_default=True)
@click.option("--draws", type=click.IntRange(1, 100), default=3, show_default=True, help="Of the seeds.")
@click.option("--attacks", is_flag=True, help="Also play every known attack; about a minute a mechanism.")
@click.option(
    "--honest", type=click.IntRange(2, 16), default=6, show_default=True, help="Trainers of a rehearsal."
)
@click.option("--rounds", type=click.IntRange(1, 100), default=4, show_default=True, help="Of a rehearsal.")
@click.option("--seed", type=click.IntRange(min=0), default=7, show_default=True, help="Of a rehearsal.")
@click.option(
    "--others",
    multiple=True,
    type=click.Choice(list(CAST)),
    help="Who else rehearses; may be repeated [noise, zeros, near-copy].",
)
@click.option("--save", type=click.Path(path_type=Path, file_okay=False), help="Keep the rehearsal there.")
@json_option
def simulate(chosen: tuple[str, ...], output: Output, **options: Any) -> None:
    """Run past rounds, or a rehearsal, through mechanisms: pay, runway, what it depends on.

    Nothing is sent anywhere. Every round starts from the base model that it started from in the past, and is
    checked, measured, scored and paid by the code that pays on chain. How much is luck is told by other draws
    of the seeds; what another method or power would change, by trying it.
    """
    design = read_bytes(options["design"]) if options["design"] else None
    first, funded = (
        token_units(options[name], DECIMALS) if options[name] else None for name in ("round_budget", "fund")
    )
    past, people = _past(chosen, design, options)
    named = {name: read_mechanism(name) for name in chosen} or {"history": past.mechanism}
    budget = past.round_budget if first is None else first
    terms = Terms(
        Emission(EmissionKind[options["emission"].upper()], budget, options["period"]),
        funded,
        (1,) * options["evaluators"],
    )
    tried = [
        Tried(name, rules, attempt(rules, _design_for(rules, past, design), past, terms, options["draws"]))
        for name, rules in named.items()
    ]
    rows = attack_rows(named, QUICK) if options["attacks"] else []
    document = {
        "history": str(options["folder"]) if options["folder"] else None,
        "rounds": len(past.rounds),
        "round_budget": str(budget),
        "mechanisms": [_document(each, people, terms) for each in tried],
        "attacks": rows,
    }
    show(output, document, lambda console: _tell(console, tried, people, terms, rows))


def _past(
    chosen: Sequence[str], design: bytes | None, options: Mapping[str, Any]
) -> tuple[Past, Mapping[str, str]]:
    """The history, and who is what in it: known of a rehearsal alone."""
    if options["folder"] is not None:
        if options["save"] is not None:
            raise ConfigError("--save keeps a rehearsal; with --history there is none")
        past = read_past(options["folder"])
        if not past.rounds:
            raise ConfigError(f"{options['folder']} has no round")
        return past, {}
    rules = read_mechanism(chosen[0] if chosen else "small")
    others = options["others"] or Company().others
    past, people = rehearse(
        problem_of(rules, design),
        Company(options["honest"], tuple(others)),
        options["rounds"],
        options["seed"],
        1000 * 10**DECIMALS,
    )
    if options["save"] is not None:
        write_history(options["save"], past)
    return past, people


def _design_for(rules: Mechanism, past: Past, design: bytes | None) -> bytes | None:
    """The design that a mechanism names: the one that was given, or the history's own."""
    name = rules.method.design
    found = [blob for blob in (design, past.design) if blob is not None and sha256(blob).hex() == name]
    return found[0] if found else design


def _document(tried: Tried, people: Mapping[str, str], terms: Terms) -> dict[str, Any]:
    found, trial = tried.trial.draws[0], tried.trial
    low_high, refused = ranges(trial.draws), _refusals(tried)
    places = dict(zip(found.shares, ranks(list(found.shares.values())), strict=True))
    return {
        "name": tried.name,
        "method": tried.mechanism.method.name,
        "digest": policy_of(tried.mechanism).hex(),
        "verifiable": tried.mechanism.verifiable,
        "spent": str(found.spent),
        "evaluators": str(sum(each.evaluators for each in found.rounds)),
        "unspent": str(terms.allowed(len(found.rounds)) - found.spent),
        "runway": trial.runway,
        "losses": [each.loss for each in found.rounds],
        "losses_before": list(found.before),
        "trainers": [
            {
                "address": who,
                "behaviour": people.get(who),
                "rank": places[who],
                "earned": str(amount),
                "share": found.shares[who],
                "lowest_share": low_high[who][0],
                "highest_share": low_high[who][1],
                "refused": dict(refused[who]),
            }
            for who, amount in sorted(found.earned.items(), key=lambda pair: (-pair[1], pair[0]))
        ],
        "changed": [
            {
                "what": each.what,
                "to": each.to,
                "moved": each.difference.moved,
                "correlation": None if isnan(each.difference.correlation) else each.difference.correlation,
                "loss": each.loss,
            }
            for each in trial.changed
        ],
    }


def _refusals(tried: Tried) -> Mapping[str, Counter[str]]:
    found: dict[str, Counter[str]] = {who: Counter() for who in tried.trial.draws[0].earned}
    for each in tried.trial.draws[0].rounds:
        for who, reason in each.refused.items():
            found[who][reason] += 1
    return found


def _tell(
    console: Console,
    tried: Sequence[Tried],
    people: Mapping[str, str],
    terms: Terms,
    rows: Sequence[dict[str, Any]],
) -> None:
    console.print(_shares(tried, people))
    console.print()
    console.print(_summary(tried, terms))
    if any(each.trial.changed for each in tried):
        console.print()
        console.print(_changes(tried))
    if rows:
        console.print()
        console.print(attack_table(rows))


def _shares(tried: Sequence[Tried], people: Mapping[str, str]) -> Table:
    table = Table(box=None, caption="share of the trainers' pay (lowest - highest by the draw of the seeds)")
    table.add_column("trainer")
    if people:
        table.add_column("behaviour")
    for each in tried:
        table.add_column(each.name, justify="right")
    told = [(each, ranges(each.trial.draws), _refusals(each)) for each in tried]
    first = tried[0].trial.draws[0].earned
    for who in sorted(first, key=lambda who: (-first[who], who)):
        cells = []
        for each, low_high, refused in told:
            low, high = low_high[who]
            text = f"{each.trial.draws[0].shares[who]:.1%} ({low:.1%} - {high:.1%})"
            reasons = ", ".join(refused[who])
            cells.append(reasons if reasons and not each.trial.draws[0].earned[who] else text)
        table.add_row(who, *([people.get(who, "")] if people else []), *cells)
    return table


def _summary(tried: Sequence[Tried], terms: Terms) -> Table:
    table = Table(box=None)
    table.add_column("mechanism")
    for title in ("method", "provable", "spent", "to evaluators", "left", "loss", "runway"):
        table.add_column(title, justify="right")
    for each in tried:
        found = each.trial.draws[0]
        allowed = terms.allowed(len(found.rounds))
        paid = sum(one.evaluators for one in found.rounds)
        rounds = each.trial.runway
        table.add_row(
            each.name,
            each.mechanism.method.name,
            "yes" if each.mechanism.verifiable else "no",
            *(tokens(amount, DECIMALS, 2) for amount in (found.spent, paid, allowed - found.spent)),
            f"{found.before[0]:.3f} -> {found.rounds[-1].loss:.3f}",
            f"{rounds} rounds" if rounds else "no --fund" if terms.funded is None else "no end",
        )
    return table


def _changes(tried: Sequence[Tried]) -> Table:
    table = Table(box=None, caption="what another choice would change")
    for title in ("mechanism", "with"):
        table.add_column(title)
    for title in ("money moved", "rank correlation", "loss"):
        table.add_column(title, justify="right")
    for each in tried:
        for change in each.trial.changed:
            table.add_row(
                each.name,
                f"{change.what} {change.to}",
                f"{change.difference.moved:.1%}",
                "" if isnan(change.difference.correlation) else f"{change.difference.correlation:.2f}",
                f"{change.loss:.3f}",
            )
    return table

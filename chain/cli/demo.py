"""`weighhouse demo`: a whole training project in one command."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from chain.amounts import tokens
from chain.cli.audit import AuditFailed, print_audit
from chain.cli.output import Output, json_option, show
from chain.cli.tables import audit_document, challenge_document, money_document, peer_document, peer_table
from chain.demo.play import Outcome, Settings, play, steps
from chain.network import connect


@click.command()
@click.option(
    "--network", default="embedded", show_default=True, help="embedded, anvil, or a dev node's URL."
)
@click.option("--honest", type=click.IntRange(5, 9), default=7, show_default=True, help="Honest trainers.")
@click.option("--evaluators", type=click.IntRange(1, 9), default=3, show_default=True)
@click.option("--rounds", type=click.IntRange(1, 50), default=5, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=7, show_default=True, help="Of the training.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep store, manifests and state there [a temporary folder].",
)
@click.option(
    "--history",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the rounds there, for `weighhouse simulate --history`.",
)
@json_option
def demo(
    network: str,
    honest: int,
    evaluators: int,
    rounds: int,
    seed: int,
    folder: Path | None,
    history: Path | None,
    output: Output,
) -> None:
    """Train a model with honest trainers and five cheaters, measure, pay, claim, audit."""
    settings = Settings(honest, evaluators, rounds, seed)
    with connect(network) as chain, _progress(steps(settings)) as step:
        outcome = play(chain, settings, folder, step, history)
        show(output, _document(outcome), lambda console: _tell(console, outcome))
    if outcome.audit.first_difference is not None:
        if output.for_programs:
            raise SystemExit(AuditFailed.exit_code)
        raise AuditFailed(outcome.audit.first_difference)


def _document(outcome: Outcome) -> dict[str, Any]:
    return {
        "network": outcome.network,
        "project": outcome.project.id,
        "first_loss": outcome.first_loss,
        "rounds": [
            {
                "round": shown.round,
                "loss": shown.loss,
                "seed": shown.seed.hex(),
                "header": {
                    "peers": shown.header.peers,
                    "sum": str(shown.header.sum),
                    "utility_root": shown.header.utility_root.hex(),
                    "score_root": shown.header.score_root.hex(),
                    "payout_root": shown.header.payout_root.hex(),
                    "model_digest": shown.header.model_digest.hex(),
                    "report_digest": shown.header.report_digest.hex(),
                },
            }
            for shown in outcome.rounds
        ],
        "caught": challenge_document(outcome.caught) if outcome.caught else None,
        "peers": [peer_document(line, outcome.behaviours.get(line.address, "")) for line in outcome.peers],
        "money": money_document(outcome.audit.money),
        "audit": audit_document(outcome.audit),
    }


def _tell(console: Console, outcome: Outcome) -> None:
    decimals = outcome.project.token.decimals()
    losses = " -> ".join(f"{loss:.3f}" for loss in (outcome.first_loss, *(r.loss for r in outcome.rounds)))
    console.print(f"Chain: {outcome.network}. Model: softmax regression on handwritten digits.", markup=False)
    console.print(f"Validation loss: {losses} nats", markup=False)
    console.print()
    console.print(peer_table(outcome.peers, decimals, outcome.behaviours))
    console.print()
    if caught := outcome.caught:
        lost, earned = tokens(caught.slashed, decimals, 2), tokens(caught.earned, decimals, 2)
        told = f"one transaction took {lost} of its stake, {earned} of them to the auditor"
        console.print(f"A lie in round {caught.round}, told by an evaluator: {told}", markup=False)
        console.print(f"  proved: {caught.fault.name.lower()}, {caught.where}", markup=False)
    money = outcome.audit.money
    parts = ("claimed", "claimable", "remaining")
    told = " + ".join(f"{name} {tokens(getattr(money, name), decimals, 2)}" for name in parts)
    console.print(f"Money: funded {tokens(money.funded, decimals, 2)} = {told}, to the wei", markup=False)
    print_audit(console, outcome.audit)


@contextmanager
def _progress(total: int) -> Iterator[Callable[[str], None]]:
    """A bar on stderr when that is a terminal; nothing otherwise."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    columns = (TextColumn("{task.description:<20}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("connecting", total=total)

        def step(what: str) -> None:
            progress.update(task, description=what, advance=1)

        yield step

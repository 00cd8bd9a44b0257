"""`weighhouse project`: what an owner does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.console import Console

from chain.amounts import token_units, tokens
from chain.cli.mechanism import read_mechanism
from chain.cli.output import Output, json_option, lines, show
from chain.cli.session import Session, with_session
from chain.cli.tables import money_document, peer_document, peer_table
from chain.contracts.token import Token
from chain.contracts.types import (
    ZERO_ADDRESS,
    CourtConfig,
    Emission,
    EmissionKind,
    Flow,
    ProjectConfig,
    Schedule,
)
from chain.deployments import deploy_system, deploy_token, load_token
from chain.encoding import sha256
from chain.errors import ConfigError, NothingToDo
from chain.hooks import plot_payouts, plot_scores
from chain.network import checked_address
from chain.roles.export import FORMATS, tables, write_tables
from chain.roles.gathering import mechanism_of
from chain.roles.ledger import ledger
from chain.roles.owner import Owner, create, policy_of
from chain.roles.past import past_of, write_history
from chain.roles.rounds import losses_by_round
from chain.roles.rules import rules_of
from valuation import designs
from valuation import mechanism as mechanisms
from valuation.gauntlet.presets import PRESETS
from valuation.mechanism import Mechanism
from valuation.plots import save
from valuation.problem import problem_of
from valuation.shapley import design

_reference = click.option(
    "--reference",
    default="",
    help="A name of your choice. The same thing under the same name is done once, however often it is run.",
)
seconds = click.IntRange(min=1, max=2**32 - 1)


@click.group()
def project() -> None:
    """Create a project, fund it, watch it, close it."""


@project.command("create")
@click.option("--mechanism", "spec", metavar="PRESET|FILE", help="TOML or JSON; see weighhouse mechanism.")
@click.option("--method", default="shapley-exact", show_default=True, help="Of the digits mechanism.")
@click.option("--design", type=click.Path(path_type=Path, dir_okay=False), help="Of shapley-design.")
@click.option("--gauntlet", "version", type=click.Choice(list(PRESETS)), help="Pay by this Gauntlet instead.")
@click.option("--token", help="ERC-20 of stakes and payouts [a test token; dev chains only].")
@click.option("--guardian", help="Who may veto headers [nobody].")
@click.option("--arbiter", help="Who decides about evaluators far off [nobody].")
@click.option(
    "--poster-slash", default="500", show_default=True, help="What a wrong header costs, in tokens."
)
@click.option("--evaluator-slash", default="500", show_default=True, help="What a verdict costs, in tokens.")
@click.option("--bond", default="10", show_default=True, help="Of a request or an accusation, in tokens.")
@click.option("--round-budget", default="1000", show_default=True, help="In tokens.")
@click.option("--emission", type=click.Choice([k.name.lower() for k in EmissionKind]), default="fixed")
@click.option("--period", type=int, default=0, help="Rounds until zero (linear), or between halvings.")
@click.option("--trainer-stake", default="100", show_default=True, help="Minimum, in tokens.")
@click.option("--evaluator-stake", default="1000", show_default=True, help="Minimum, in tokens.")
@click.option("--commit", type=seconds, default=600, show_default=True, help="Seconds to commit updates.")
@click.option("--publish", type=seconds, default=300, show_default=True, help="Seconds to publish them.")
@click.option("--measure", type=seconds, default=600, show_default=True, help="Seconds to measure.")
@click.option("--reveal", type=seconds, default=300, show_default=True, help="Seconds to reveal.")
@click.option("--challenge", type=seconds, default=600, show_default=True, help="Seconds to challenge.")
@click.option("--answer", type=seconds, help="Seconds to answer a request [half of --challenge].")
@click.option("--judge", type=seconds, default=86_400, show_default=True, help="Seconds for the arbiter.")
@click.option("--unbonding", type=seconds, default=604_800, show_default=True, help="Seconds.")
@_reference
@click.option("--quorum", type=click.IntRange(1, 65_535), default=1, show_default=True, help="Reveals.")
@json_option
@with_session(key=True)
def create_command(session: Session, output: Output, **options: Any) -> None:
    """Deploy what is missing, publish the mechanism, create a project."""
    sender = session.sender()
    published = _bytes(options["design"]) if options["design"] else None
    mechanism = _mechanism(options["spec"], options["method"], published, options["version"])
    system = deploy_system(session.network, sender, session.folder)
    token = _token(session, options["token"])
    decimals = token.decimals()
    config = ProjectConfig(
        token=token.address,
        owner=sender.address,
        guardian=options["guardian"] or ZERO_ADDRESS,
        court=CourtConfig(
            arbiter=options["arbiter"] or ZERO_ADDRESS,
            poster_slash=token_units(options["poster_slash"], decimals),
            evaluator_slash=token_units(options["evaluator_slash"], decimals),
            bond=token_units(options["bond"], decimals),
            answer_period=options["answer"] or options["challenge"] // 2,
            arbiter_period=options["judge"],
        ),
        rules=rules_of(problem_of(mechanism, published)),
        policy_hash=policy_of(mechanism),
        schedule=Schedule(
            *(options[name] for name in ("commit", "publish", "measure", "reveal", "challenge"))
        ),
        emission=Emission(
            EmissionKind[options["emission"].upper()],
            token_units(options["round_budget"], decimals),
            options["period"],
        ),
        trainer_stake=token_units(options["trainer_stake"], decimals),
        evaluator_stake=token_units(options["evaluator_stake"], decimals),
        unbonding_period=options["unbonding"],
        quorum=options["quorum"],
    )
    terms = sha256(repr(config).encode()).hex()
    key = f"create/{system.factory}/{terms}/{options['reference']}"
    done = sender.settled(key)
    made = create(sender, system, session.store, mechanism, config, published, key=key)
    if done:
        raise NothingToDo(f"this is project {made.id}, created already; --reference NAME creates another")
    document = {
        "project": made.id,
        "registry": made.registry.address,
        "book": made.book.address,
        "distributor": made.distributor.address,
        "court": made.court.address,
        "token": token.address,
        "policy": config.policy_hash.hex(),
        "verifiable": mechanism.verifiable,
    }
    show(output, document, lines(document))


@project.command("design")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--players", type=click.IntRange(2, designs.MOST_PLAYERS), default=16, show_default=True)
@click.option("--coalitions", type=click.IntRange(2, designs.MOST_COALITIONS), default=300, show_default=True)
@click.option("--estimator", default="odd_gp", show_default=True, help="Of valuation.shapley.design.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the drawing.")
@json_option
def design_command(
    file: Path, output: Output, players: int, coalitions: int, estimator: str, seed: int
) -> None:
    """Draw a design for the method shapley-design and write it to FILE, for `project create --design`."""
    drawn = design(players, coalitions, estimator, rng=np.random.default_rng(seed)).rounded(2**32)
    blob = drawn.to_bytes()
    try:
        file.write_bytes(blob)
    except OSError as error:
        raise ConfigError(f"cannot write {file}: {error.strerror}") from None
    document = {
        "file": str(file),
        "digest": sha256(blob).hex(),
        "estimator": estimator,
        "players": players,
        "coalitions": len(drawn.coalitions),
        "rounding": drawn.error,
    }
    show(output, document, lines(document))


@project.command("fund")
@click.argument("amount")
@_reference
@json_option
@with_session(key=True, money=True)
def fund(session: Session, output: Output, amount: str, reference: str) -> None:
    """Add AMOUNT tokens to the escrow."""
    opened = session.project()
    units = token_units(amount, opened.token.decimals())
    owner = Owner(opened, session.sender(), session.store)
    receipt = owner.fund(units, key=f"fund/{opened.identity}/{units}/{reference}")
    document = {"project": opened.id, "funded": str(units), "transaction": receipt.hash}
    session.tell(output, document, lines({**document, "funded": f"{amount} tokens"}))


@project.command("mint")
@click.argument("address")
@click.argument("amount")
@_reference
@json_option
@with_session(key=True, money=True)
def mint(session: Session, output: Output, address: str, amount: str, reference: str) -> None:
    """Give ADDRESS test tokens. Dev chains only, by who deployed the test token."""
    token = load_token(session.network, session.folder)
    units = token_units(amount, token.decimals())
    key = f"mint/{token.address}/{address}/{units}/{reference}"
    receipt = session.sender().send_once(token.mint(address, units), key=key)
    document = {"token": token.address, "to": address, "minted": str(units), "transaction": receipt.hash}
    session.tell(output, document)


@project.command("status")
@json_option
@with_session(key=False)
def status(session: Session, output: Output) -> None:
    """Show round, phase, validation loss and money."""
    opened = session.project()
    round = opened.current_round()
    losses = losses_by_round(opened, session.store)
    document = {
        "project": opened.id,
        "owner": opened.book.owner(),
        "closed": opened.book.closed(),
        "round": round,
        "phase": opened.phase(round).name.lower() if round else "none",
        "policy": opened.book.policy_hash().hex(),
        "verifiable": mechanism_of(session.store, opened.book.policy_hash()).verifiable,
        "losses": {str(number): loss for number, loss in losses.items()},
        "money": money_document(opened.money()),
    }
    decimals = opened.token.decimals()
    flat = {
        **{name: value for name, value in document.items() if name not in ("losses", "money")},
        "validation loss": " -> ".join(f"{loss:.4f}" for loss in losses.values()),
        **{name: tokens(int(value), decimals) for name, value in money_document(opened.money()).items()},
    }
    show(output, document, lines(flat))


@project.command("payouts")
@json_option
@with_session(key=False)
def payouts(session: Session, output: Output) -> None:
    """Show what every peer did, what it was worth, and what was paid for it."""
    opened = session.project()
    told = ledger(opened, session.store)
    document = {
        "project": opened.id,
        "peers": [peer_document(line) for line in told],
        "money": money_document(opened.money()),
    }

    def human(console: Console) -> None:
        console.print(peer_table(told, opened.token.decimals(), {}))

    show(output, document, human)


@project.command("export")
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--format", "kind", type=click.Choice(FORMATS), default=FORMATS[0], show_default=True)
@json_option
@with_session(key=False)
def export(session: Session, output: Output, target: Path, kind: str) -> None:
    """Write the project as tables: a folder TARGET of Parquet files, or a DuckDB database TARGET."""
    opened = session.project()
    found = tables(opened, session.store)
    written = write_tables(found, target, kind)
    rows = {table.name: len(table.rows) for table in found}
    document = {"project": opened.id, "files": [str(path) for path in written], "rows": rows}
    show(output, document, lines({str(target): kind, **rows}))


@project.command("plot")
@click.argument("what", type=click.Choice(["payouts", "scores"]))
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--round", "number", type=click.IntRange(min=1), help="Of the scores [the latest].")
@json_option
@with_session(key=False)
def plot(session: Session, output: Output, what: str, target: Path, number: int | None) -> None:
    """Draw cumulative payouts, or a round's scores, into TARGET: .svg, .png or .pdf; extra `plots`."""
    opened = session.project()
    if what == "payouts":
        figure = plot_payouts(opened, session.store)
    else:
        figure = plot_scores(opened, session.store, number)
    save(figure, target)
    document = {"project": opened.id, "what": what, "file": str(target)}
    show(output, document, lines(document))


@project.command("history")
@click.argument("target", type=click.Path(path_type=Path, file_okay=False))
@click.option("--first", type=click.IntRange(min=1), default=1, show_default=True, help="The first round.")
@click.option("--last", type=click.IntRange(min=1), help="The last [the newest with a seed].")
@json_option
@with_session(key=False)
def history(session: Session, output: Output, target: Path, first: int, last: int | None) -> None:
    """Write the rounds into the folder TARGET, for `weighhouse simulate --history`."""
    opened = session.project()
    past = past_of(opened, session.store, first, last)
    write_history(target, past)
    numbers = [each.number for each in past.rounds]
    document = {"project": opened.id, "folder": str(target), "rounds": numbers}
    show(output, document, lines(document))


@project.command("close")
@json_option
@with_session(key=True, money=True)
def close(session: Session, output: Output) -> None:
    """Let no further round open, and take back what was not spent once the last round is final."""
    opened = session.project()
    owner = Owner(opened, session.sender(), session.store)
    was_open = not opened.book.closed()
    if was_open:
        owner.close()
    remaining = opened.money().remaining
    refunded = remaining if opened.book.idle() and remaining else 0
    if refunded:
        owner.refund()
    elif not was_open and opened.book.idle():
        raise NothingToDo(f"project {opened.id} is closed and nothing is left to take back")
    document = {"project": opened.id, "closed": True, "idle": opened.book.idle(), "refunded": str(refunded)}
    session.tell(output, document)


@project.command("sweep")
@click.option("--to", help="Who is paid what nobody claimed [the owner]; with the announcement.")
@json_option
@with_session(key=True, money=True)
def sweep(session: Session, output: Output, to: str | None) -> None:
    """Take the next step to what nobody claimed: note the end, a year later announce, a month later sweep."""
    opened = session.project()
    distributor = opened.distributor
    Owner(opened, session.sender(), session.store).sweep(checked_address(to) if to else None)
    target, sweepable_at = distributor.announced_sweep()
    document = {
        "project": opened.id,
        "expires_at": distributor.expires_at(),
        "to": target if sweepable_at else None,
        "sweepable_at": sweepable_at or None,
        "swept": str(distributor.swept()),
    }
    session.tell(output, document)


@project.command("pause")
@click.argument("flow", type=click.Choice([flow.name.lower() for flow in Flow]))
@click.option("--lift", is_flag=True, help="End the pause early.")
@json_option
@with_session(key=True)
def pause(session: Session, output: Output, flow: str, lift: bool) -> None:
    """Halt claims, or funding, for a week; the guardian only, and then not for a month after."""
    opened, sender, chosen = session.project(), session.sender(), Flow[flow.upper()]
    change = opened.distributor.unpause if lift else opened.distributor.pause
    receipt = sender.send(change(chosen))
    until = opened.distributor.paused_until(chosen)
    document = {"project": opened.id, "flow": flow, "until": until, "transaction": receipt.hash}
    show(output, document, lines(document))


def _mechanism(spec: str | None, method: str, design: bytes | None, version: str | None) -> Mechanism:
    if spec is not None:
        return read_mechanism(spec)
    if version is not None:
        return mechanisms.default_mechanism(method="gauntlet", version=version)
    return mechanisms.default_mechanism(
        method=method, design=designs.from_bytes(design) if design is not None else None
    )


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}") from None


def _token(session: Session, address: str | None) -> Token:
    if address is not None:
        return Token(session.network, address)
    return deploy_token(session.network, session.sender(), session.folder)

"""`weighhouse project`: what an owner does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from chain.cli.output import json_option, lines, show, token_units, tokens
from chain.cli.session import Session, with_session
from chain.cli.tables import money_document, peer_document, peer_table
from chain.contracts.token import Token
from chain.contracts.types import (
    ZERO_ADDRESS,
    Emission,
    EmissionKind,
    ProjectConfig,
    Schedule,
)
from chain.deployments import deploy_system, deploy_token, load_token
from chain.errors import ConfigError, NothingToDo
from chain.roles.ledger import ledger
from chain.roles.owner import Owner, create, policy_of
from chain.roles.rounds import losses_by_round
from valuation import mechanism as mechanisms
from valuation.mechanism import Mechanism

seconds = click.IntRange(min=1, max=2**32 - 1)


@click.group()
def project() -> None:
    """Create a project, fund it, watch it, close it."""


@project.command("create")
@click.option("--mechanism", "file", type=click.Path(path_type=Path, dir_okay=False), help="Its JSON.")
@click.option("--method", default="shapley-exact", show_default=True, help="Of the digits mechanism.")
@click.option("--token", help="ERC-20 of stakes and payouts [a test token; dev chains only].")
@click.option("--guardian", help="Who may veto headers [nobody].")
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
@click.option("--unbonding", type=seconds, default=604_800, show_default=True, help="Seconds.")
@click.option("--quorum", type=click.IntRange(1, 65_535), default=1, show_default=True, help="Reveals.")
@json_option
@with_session(key=True)
def create_command(session: Session, as_json: bool, **options: Any) -> None:
    """Deploy what is missing, publish the mechanism, create a project."""
    sender = session.sender()
    mechanism = _mechanism(options["file"], options["method"])
    system = deploy_system(session.network, sender, session.folder)
    token = _token(session, options["token"])
    decimals = token.decimals()
    config = ProjectConfig(
        token=token.address,
        owner=sender.address,
        guardian=options["guardian"] or ZERO_ADDRESS,
        court=ZERO_ADDRESS,
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
    made = create(sender, system, session.store, mechanism, config)
    document = {
        "project": made.id,
        "registry": made.registry.address,
        "book": made.book.address,
        "distributor": made.distributor.address,
        "token": token.address,
        "policy": config.policy_hash.hex(),
    }
    show(as_json, document, lines(document))


@project.command("fund")
@click.argument("amount")
@json_option
@with_session(key=True)
def fund(session: Session, as_json: bool, amount: str) -> None:
    """Add AMOUNT tokens to the escrow."""
    opened = session.project()
    units = token_units(amount, opened.token.decimals())
    receipt = Owner(opened, session.sender(), session.store).fund(units)
    document = {"project": opened.id, "funded": str(units), "transaction": receipt.hash}
    show(as_json, document, lines({**document, "funded": f"{amount} tokens"}))


@project.command("mint")
@click.argument("address")
@click.argument("amount")
@json_option
@with_session(key=True)
def mint(session: Session, as_json: bool, address: str, amount: str) -> None:
    """Give ADDRESS test tokens. Dev chains only, by who deployed the test token."""
    token = load_token(session.network, session.folder)
    units = token_units(amount, token.decimals())
    receipt = session.sender().send(token.mint(address, units))
    document = {"token": token.address, "to": address, "minted": str(units), "transaction": receipt.hash}
    show(as_json, document, lines(document))


@project.command("status")
@json_option
@with_session(key=False)
def status(session: Session, as_json: bool) -> None:
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
        "losses": {str(number): loss for number, loss in losses.items()},
        "money": money_document(opened.money()),
    }
    decimals = opened.token.decimals()
    flat = {
        **{name: value for name, value in document.items() if name not in ("losses", "money")},
        "validation loss": " -> ".join(f"{loss:.4f}" for loss in losses.values()),
        **{name: tokens(int(value), decimals) for name, value in money_document(opened.money()).items()},
    }
    show(as_json, document, lines(flat))


@project.command("payouts")
@json_option
@with_session(key=False)
def payouts(session: Session, as_json: bool) -> None:
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

    show(as_json, document, human)


@project.command("close")
@json_option
@with_session(key=True)
def close(session: Session, as_json: bool) -> None:
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
    show(as_json, document, lines(document))


def _mechanism(file: Path | None, method: str) -> Mechanism:
    if file is None:
        return mechanisms.default_mechanism(method=method)
    try:
        return mechanisms.from_json(file.read_bytes())
    except OSError as error:
        raise ConfigError(f"cannot read the mechanism {file}: {error.strerror}") from None


def _token(session: Session, address: str | None) -> Token:
    if address is not None:
        return Token(session.network, address)
    return deploy_token(session.network, session.sender(), session.folder)

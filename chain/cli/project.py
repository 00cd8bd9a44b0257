"""`weighhouse project`: what an owner does."""

from __future__ import annotations

import click
from rich.console import Console

from chain.amounts import token_units, tokens
from chain.cli.output import Output, json_option, lines, show
from chain.cli.project_create import create_command, design_command
from chain.cli.project_files import export, history, plot
from chain.cli.session import Session, reference_option, with_session
from chain.cli.tables import money_document, peer_document, peer_table
from chain.contracts.types import (
    Flow,
)
from chain.deployments import load_token
from chain.errors import NothingToDo
from chain.network import checked_address
from chain.roles.gathering import mechanism_of
from chain.roles.ledger import ledger
from chain.roles.owner import Owner
from chain.roles.rounds import losses_by_round


@click.group()
def project() -> None:
    """Create a project, fund it, watch it, close it."""


@project.command("fund")
@click.argument("amount")
@reference_option
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
@reference_option
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


for command in (create_command, design_command, export, plot, history):
    project.add_command(command)

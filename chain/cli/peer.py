"""`weighhouse peer`: what trainers do, and what evaluators do to join."""

from __future__ import annotations

import secrets
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table
from rich.text import Text
from safetensors import SafetensorError
from safetensors.numpy import load_file

from chain.amounts import token_units, tokens
from chain.cli.output import Output, json_option, lines, show
from chain.cli.receipt import explain, explanation, latest_round
from chain.cli.session import Session, with_session
from chain.contracts.types import Role
from chain.encoding import sha256
from chain.errors import ConfigError, NothingToDo
from chain.network import checked_address
from chain.roles.ledger import reports, scores_of
from chain.roles.member import register
from chain.roles.receipt import receipt_of
from chain.roles.signed_claims import SignedClaim, bring, sign_claim
from chain.roles.trainer import Trainer
from valuation.errors import InputError
from valuation.fixed_point import NANO

MAX_UPDATE_FILE = 2**31


@click.group()
def peer() -> None:
    """Join a project, submit updates, read scores, claim."""


@peer.command("register")
@click.option("--role", type=click.Choice(["trainer", "evaluator"]), default="trainer", show_default=True)
@click.option("--stake", help="In tokens [the minimum].")
@click.option("--payee", help="Where payouts go [the account itself].")
@json_option
@with_session(key=True, money=True)
def register_command(
    session: Session, output: Output, role: str, stake: str | None, payee: str | None
) -> None:
    """Join the project with a stake."""
    opened, sender, chosen = session.project(), session.sender(), Role[role.upper()]
    units = token_units(stake, opened.token.decimals()) if stake else opened.registry.minimum_stake(chosen)
    receipt = register(opened, sender, chosen, units, payee)
    document = {"address": sender.address, "role": role, "stake": str(units), "transaction": receipt.hash}
    session.tell(output, document)


@peer.command("collect")
@json_option
@with_session(key=True, money=True)
def collect(session: Session, output: Output) -> None:
    """Take what is owed to the account: bonds that came back, bonds of answered requests, rewards."""
    opened, sender = session.project(), session.sender()
    amount = opened.court.credit(sender.address)
    receipt = sender.send(opened.court.collect(sender.address))
    document = {"address": sender.address, "collected": str(amount), "transaction": receipt.hash}
    session.tell(output, document)


@peer.command("submit")
@click.option(
    "--update",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="safetensors of the pseudo-gradient, one float32 array a layer [train the reference model].",
)
@click.option("--seed", type=click.IntRange(min=0), help="Of the training [fresh randomness].")
@json_option
@with_session(key=True)
def submit(session: Session, output: Output, file: Path | None, seed: int | None) -> None:
    """Commit to an update for the open round, and keep its bytes until `publish`."""
    trainer = _trainer(session)
    round = trainer.project.current_round()
    if file is None:
        rng = np.random.default_rng(secrets.randbits(128) if seed is None else seed)
        update = trainer.train(round, rng)
    else:
        update = _read_update(trainer, round, file)
    blob = trainer.encode(round, update)
    receipt = trainer.submit(round, blob)
    document = {
        "round": round,
        "address": trainer.address,
        "digest": sha256(blob).hex(),
        "bytes": len(blob),
        "transaction": receipt.hash,
    }
    show(output, document, lines(document))


@peer.command("publish")
@json_option
@with_session(key=True)
def publish(session: Session, output: Output) -> None:
    """Put what was submitted into the store, once commitments are closed."""
    trainer = _trainer(session)
    round = trainer.project.current_round()
    document = {"round": round, "address": trainer.address, "digest": trainer.publish(round)}
    show(output, document, lines(document))


@peer.command("score")
@click.argument("address")
@click.option("--explain", "why", is_flag=True, help="Show every term of one round's score.")
@click.option("--round", "number", type=click.IntRange(min=1), help="Of --explain [the latest that stands].")
@json_option
@with_session(key=False)
def score(session: Session, output: Output, address: str, why: bool, number: int | None) -> None:
    """Show what each round said of ADDRESS, and why."""
    opened = session.project()
    found = next((p for p in opened.peers() if p.address.lower() == address.lower()), None)
    if found is None:
        raise ConfigError(f"{address} is not registered in project {opened.id}")
    if why:
        told = receipt_of(opened, session.store, number or latest_round(opened), found.address)
        units = opened.token.decimals()
        show(output, explanation(told), lambda console: explain(console, told, units))
        return
    if number is not None:
        raise InputError("--round chooses what --explain explains")
    said = scores_of(reports(opened, session.store), found.address, found.role)
    document = {
        "address": found.address,
        "role": found.role.name.lower(),
        "rounds": [
            {"round": s.round, "value": s.score / NANO, "payout": str(s.payout), "reason": s.reason}
            for s in said
        ],
    }
    decimals = opened.token.decimals()

    def human(console: Console) -> None:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for name in ("round", "value (nats)", "payout", "reason"):
            table.add_column(name, justify="left" if name == "reason" else "right")
        for s in said:
            value = f"{s.score / NANO:+.6f}"
            table.add_row(str(s.round), value, tokens(s.payout, decimals), Text(s.reason))
        console.print(table)

    show(output, document, human)


@peer.command("claim")
@click.option("--to", help="Who is paid [the payee].")
@click.option(
    "--signed",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Bring another's claim, signed with `peer sign-claim`.",
)
@json_option
@with_session(key=True, money=True)
def claim(session: Session, output: Output, to: str | None, file: Path | None) -> None:
    """Claim everything that can be claimed now."""
    if to and file:
        raise InputError("--signed says itself who is paid: give --to or --signed, not both")
    trainer = _trainer(session)
    signed = _signed_claim(file) if file else None
    account = signed.account if signed else trainer.address
    before = trainer.project.distributor.claimed(account)
    if signed:
        receipt = bring(trainer.project, trainer.store, trainer.sender, signed)
    else:
        receipt = trainer.claim(checked_address(to) if to else None)
    amount = trainer.project.distributor.claimed(account) - before
    document = {"address": account, "claimed": str(amount), "transaction": receipt.hash}
    decimals = trainer.project.token.decimals()
    session.tell(output, document, lines({**document, "claimed": f"{tokens(amount, decimals)} tokens"}))


@peer.command("sign-claim")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--to", help="Who is paid [the account itself].")
@click.option("--valid-for", type=click.IntRange(min=1), default=86_400, show_default=True, help="Seconds.")
@json_option
@with_session(key=True)
def sign_claim_command(session: Session, output: Output, file: Path, to: str | None, valid_for: int) -> None:
    """Sign a claim of everything, for another account to bring and pay the gas of; costs nothing."""
    account = session.signer()
    signed = sign_claim(session.project(), session.store, account, to or str(account.address), valid_for)
    try:
        file.write_bytes(signed.to_json())
    except OSError as error:
        raise ConfigError(f"cannot write {file}: {error.strerror}") from None
    document = {
        "address": signed.account,
        "to": signed.to,
        "cumulative": str(signed.cumulative),
        "deadline": signed.deadline,
        "file": str(file),
    }
    show(output, document, lines(document))


@peer.command("unbond")
@click.argument("amount")
@json_option
@with_session(key=True, money=True)
def unbond(session: Session, output: Output, amount: str) -> None:
    """Start to take AMOUNT tokens of the stake out."""
    opened, sender = session.project(), session.sender()
    units = token_units(amount, opened.token.decimals())
    receipt = sender.send(opened.registry.unbond(units))
    ready = opened.registry.peer(sender.address).ready_at
    document = {
        "address": sender.address,
        "unbonding": str(units),
        "ready_at": ready,
        "transaction": receipt.hash,
    }
    session.tell(output, document)


@peer.command("withdraw")
@json_option
@with_session(key=True, money=True)
def withdraw(session: Session, output: Output) -> None:
    """Withdraw stake that has finished unbonding."""
    opened, sender = session.project(), session.sender()
    amount = opened.registry.peer(sender.address).unbonding
    if not amount:
        raise NothingToDo(f"{sender.address} has nothing unbonding")
    receipt = sender.send(opened.registry.withdraw(sender.address))
    document = {"address": sender.address, "withdrawn": str(amount), "transaction": receipt.hash}
    session.tell(output, document)


def _trainer(session: Session) -> Trainer:
    return Trainer(session.project(), session.sender(), session.store, session.state)


def _signed_claim(file: Path) -> SignedClaim:
    try:
        return SignedClaim.from_json(file.read_bytes())
    except OSError as error:
        raise ConfigError(f"cannot read the signed claim {file}: {error.strerror}") from None


def _read_update(trainer: Trainer, round: int, file: Path) -> npt.NDArray[np.float32]:
    try:
        if file.stat().st_size > MAX_UPDATE_FILE:
            raise InputError(f"{file} is larger than {MAX_UPDATE_FILE} bytes")
        arrays = load_file(file)
    except OSError as error:
        raise ConfigError(f"cannot read the update {file}: {error.strerror}") from None
    except SafetensorError as error:
        raise InputError(f"{file} is not a safetensors file: {error}") from None
    return trainer.ground(round).model.layout.flatten(arrays)

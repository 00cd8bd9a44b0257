"""`weighhouse receipt`: what a round said of a peer, to keep, to check and to dispute with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from chain.amounts import tokens
from chain.cli.output import Output, json_option, lines, show
from chain.cli.session import Session, with_session
from chain.cli.tables import challenge_document
from chain.contracts.types import Phase
from chain.errors import ConfigError, NothingToDo, Refused, VerificationError, WindowError
from chain.files import write_whole
from chain.project import Project
from chain.roles.challenger import Challenger
from chain.roles.receipt import Receipt, receipt_of, sign_receipt
from chain.roles.receipt_check import check_receipt
from chain.roles.receipt_terms import reward_words, score_terms
from chain.roles.receipt_words import MAX_BYTES
from valuation.fixed_point import NANO
from valuation.mechanism import from_json

_file = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))


class ReceiptWrong(VerificationError):
    """A receipt does not agree with the chain, or with itself; the message is the first difference."""


@click.group("receipt")
def receipt_commands() -> None:
    """Write receipts, check them against the chain alone, dispute with them."""


@receipt_commands.command("write")
@click.argument("address")
@_file
@click.option("--round", "number", type=click.IntRange(min=1), help="Its number [the latest that stands].")
@json_option
@with_session(key=True)
def write(session: Session, output: Output, address: str, file: Path, number: int | None) -> None:
    """Write what a round said of ADDRESS to FILE, signed with the account."""
    opened = session.project()
    round = number or latest_round(opened)
    receipt = sign_receipt(receipt_of(opened, session.store, round, address), session.signer())
    try:
        write_whole(file, receipt.to_bytes() + b"\n")
    except OSError as error:
        raise ConfigError(f"cannot write {file}: {error.strerror}") from None
    document = {
        "file": str(file),
        "round": round,
        "address": address,
        "payout": str(receipt.payout),
        "signer": receipt.signer,
    }
    show(output, document, lines(document))


@receipt_commands.command("verify")
@_file
@click.option("--unsigned", is_flag=True, help="Also one that nobody signed.")
@json_option
@with_session(key=False)
def verify(session: Session, output: Output, file: Path, unsigned: bool) -> None:
    """Recompute FILE's payout from the receipt and the chain alone; exit code 5 at a difference."""
    opened, receipt = session.project(), _read(file, unsigned)
    checks = check_receipt(opened, receipt)
    wrong = next((check for check in checks if not check.passed), None)
    document = {
        "round": receipt.round,
        "address": receipt.account,
        "payout": str(receipt.payout),
        "signer": receipt.signer or None,
        "signed_by": _who(opened, receipt),
        "passed": wrong is None,
        "checks": [{"name": c.name, "passed": c.passed, "detail": c.detail} for c in checks],
    }

    def human(console: Console) -> None:
        for check in checks:
            verdict = "PASS" if check.passed else "FAIL"
            console.print(f"  {verdict}  {check.name}: {check.detail}", markup=False, soft_wrap=True)
        console.print(f"Signed by {document['signed_by']}.", markup=False)

    show(output, document, human)
    if wrong is not None:
        if output.for_programs:
            raise SystemExit(ReceiptWrong.exit_code)
        raise ReceiptWrong(f"round {receipt.round}: {wrong.name}: {wrong.detail}")


@receipt_commands.command("dispute")
@_file
@json_option
@with_session(key=True)
def dispute(session: Session, output: Output, file: Path) -> None:
    """Recompute the round that FILE is of, and prove on chain what is wrong with its header.

    Exit code 0 when the header is void now, 7 when its poster was asked for what it does not show, 8 when
    everything is right.
    """
    opened, receipt = session.project(), _read(file, unsigned=True)
    if receipt.project != opened.identity:
        raise Refused(f"a receipt of {receipt.project}, not of this project")
    if opened.phase(receipt.round) is not Phase.CHALLENGE:
        raise WindowError(f"no header of round {receipt.round} stands that could still be disproved")
    done = Challenger(opened, session.sender(), session.store).challenge(receipt.round)
    document = {"round": receipt.round, "challenge": challenge_document(done)}
    show(output, document, lines({"round": done.round, "did": done.action, "where": done.where}))
    raise SystemExit(0 if done.action in ("proved", "expired") else WindowError.exit_code)


def latest_round(project: Project) -> int:
    """The latest round whose header stands.

    Raises:
        NothingToDo: None does.
    """
    headers = project.headers()
    if not headers:
        raise NothingToDo(f"no header of project {project.id} stands yet")
    return headers[-1].round


def explanation(receipt: Receipt) -> dict[str, Any]:
    """Every term of the score, for programs."""
    total = sum(max(line.score, 0) for line in receipt.scores)
    own = next((line.score for line in receipt.scores if line.account == receipt.account), None)
    return {
        "round": receipt.round,
        "address": receipt.account,
        "method": from_json(receipt.mechanism).method.name,
        "terms": [
            {"name": t.name, "inputs": t.inputs, "weight": t.weight, "value": t.value / NANO}
            for t in score_terms(receipt)
        ],
        "score": None if own is None else own / NANO,
        "sum_of_positive_scores": total / NANO,
        "reward": reward_words(from_json(receipt.mechanism)),
        "rank": receipt.rank or None,
        "rank_before": receipt.rank_before or None,
        "peers": len(receipt.scores),
        "budget": str(receipt.budget),
        "payout": str(receipt.payout),
        "cumulative": str(receipt.leaf.cumulative if receipt.leaf else 0),
        "reason": receipt.reason or None,
        "detail": receipt.detail or None,
    }


def explain(console: Console, receipt: Receipt, decimals: int) -> None:
    """The same for people."""
    told = explanation(receipt)
    console.print(f"Round {told['round']}, {told['address']}, by {told['method']}", markup=False)
    if told["reason"]:
        console.print(f"Not paid: {told['reason']}: {told['detail']}", markup=False)
    terms = score_terms(receipt)
    if terms:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for name in ("term", "made of", "weight", "adds (nats)"):
            table.add_column(name, justify="right" if name == "adds (nats)" else "left")
        for term in terms:
            table.add_row(term.name, Text(term.inputs), term.weight, f"{term.value / NANO:+.9f}")
        console.print(table)
    if told["score"] is not None:
        before = f", {told['rank_before']} in the round before" if told["rank_before"] else ""
        console.print(f"Score {told['score']:+.9f} nats: place {told['rank']} of {told['peers']}{before}")
    payout, budget, earned = (
        tokens(int(told[name]), decimals) for name in ("payout", "budget", "cumulative")
    )
    console.print(f"Paid {payout} of {budget} ({told['reward']}); {earned} in all", markup=False)


def _read(file: Path, unsigned: bool) -> Receipt:
    try:
        with file.open("rb") as opened:
            blob = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}") from None
    receipt = Receipt.from_bytes(blob.strip())
    if not receipt.signature and not unsigned:
        raise ReceiptWrong(f"{file} is not signed: --unsigned checks its numbers all the same")
    return receipt


def _who(project: Project, receipt: Receipt) -> str:
    if not receipt.signature:
        return "nobody"
    if receipt.signer == receipt.poster:
        return f"{receipt.signer}, who posted the header"
    if receipt.signer == receipt.account:
        return f"{receipt.signer}, whose receipt it is"
    role = project.registry.peer(receipt.signer).role.name.lower()
    return f"{receipt.signer}, {'a stranger' if role == 'none' else f'a registered {role}'}"

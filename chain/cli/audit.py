"""`weighhouse audit`: recompute everything from chain and store, and prove on chain what is wrong."""

from __future__ import annotations

from typing import Any

import click
from rich.console import Console

from chain.amounts import tokens
from chain.cli.output import Output, json_option, show
from chain.cli.session import Session, with_session
from chain.cli.tables import audit_document, challenge_document, money_document
from chain.contracts.types import Phase
from chain.errors import VerificationError, WindowError
from chain.project import Project
from chain.roles.auditor import Audit, Auditor
from chain.roles.challenger import Challenge, Challenger


class AuditFailed(VerificationError):
    """Chain and store do not tell the same story; the message is the first difference."""


@click.command()
@click.option("--round", "only", type=click.IntRange(min=1), help="Only this round [all].")
@click.option("--challenge", is_flag=True, help="Prove a wrong header on chain; needs an account.")
@json_option
@with_session(key=True)
def audit(session: Session, output: Output, only: int | None, challenge: bool) -> None:
    """Recompute every round and the money; exit code 5 at the first difference.

    With --challenge a header that differs, and can still be disproved, is proved wrong on chain: exit code 0
    when it is void now, 7 when its poster was asked for what it does not show.
    """
    opened = session.project()
    found = Auditor(opened, session.store).audit(only)
    document: dict[str, Any] = {"audit": audit_document(found), "money": money_document(found.money)}
    done = _challenge(session, opened, found) if challenge else None
    if challenge:
        document["challenge"] = challenge_document(done) if done else None
    if found.first_difference is None or output.for_programs or done:
        show(output, document, lambda console: _print(console, found, done, opened.token.decimals()))
    if done is not None:
        raise SystemExit(0 if done.action in ("proved", "expired") else WindowError.exit_code)
    if found.first_difference is not None:
        if output.for_programs:
            raise SystemExit(AuditFailed.exit_code)
        raise AuditFailed(found.first_difference)


def _challenge(session: Session, opened: Project, found: Audit) -> Challenge | None:
    """Disproves the one header that can still be; None when it is right, or none can."""
    wrong = [audited for audited in found.rounds if audited.phase is Phase.CHALLENGE and not audited.passed]
    if not wrong:
        return None
    return Challenger(opened, session.sender(), session.store).challenge(wrong[-1].round)


def _print(console: Console, found: Audit, done: Challenge | None, decimals: int) -> None:
    print_audit(console, found)
    if done is not None:
        told = f"round {done.round}: {done.action}: {done.fault.name.lower()}: {done.where}"
        money = f"slashed {tokens(done.slashed, decimals)}, earned {tokens(done.earned, decimals)}"
        console.print(f"Challenge: {told}{f'; {money}' if done.slashed else ''}", markup=False)


def print_audit(console: Console, audit: Audit) -> None:
    """One line a round, and the verdict."""
    for audited in audit.rounds:
        verdict = "PASS" if audited.passed else "FAIL"
        told = f"{len(audited.checks)} checks" if audited.checks else "no header to check"
        if audited.verifiable is False:
            told += ", scores are not provable on chain"
        console.print(f"  round {audited.round:<4} {verdict}  {audited.phase.name.lower()}, {told}")
    checks = len(audit.money_checks)
    console.print(
        f"  money      {'PASS' if all(c.passed for c in audit.money_checks) else 'FAIL'}  {checks} checks"
    )
    console.print(f"Audit: {'PASS' if audit.passed else f'FAIL, {audit.first_difference}'}", markup=False)

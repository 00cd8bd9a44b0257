"""`weighhouse audit`: recompute everything from chain and store."""

from __future__ import annotations

import click
from rich.console import Console

from chain.cli.output import json_option, show
from chain.cli.session import Session, with_session
from chain.cli.tables import audit_document, money_document
from chain.errors import VerificationError
from chain.roles.auditor import Audit, Auditor


class AuditFailed(VerificationError):
    """Chain and store do not tell the same story; the message is the first difference."""


@click.command()
@click.option("--round", "only", type=click.IntRange(min=1), help="Only this round [all].")
@json_option
@with_session(key=False)
def audit(session: Session, as_json: bool, only: int | None) -> None:
    """Recompute every round and the money; exit code 5 at the first difference."""
    found = Auditor(session.project(), session.store).audit(only)
    document = {"audit": audit_document(found), "money": money_document(found.money)}
    if found.first_difference is None or as_json:
        show(as_json, document, lambda console: print_audit(console, found))
    if found.first_difference is not None:
        if as_json:
            raise SystemExit(AuditFailed.exit_code)
        raise AuditFailed(found.first_difference)


def print_audit(console: Console, audit: Audit) -> None:
    """One line a round, and the verdict."""
    for audited in audit.rounds:
        verdict = "PASS" if audited.passed else "FAIL"
        told = f"{len(audited.checks)} checks" if audited.checks else "no header to check"
        console.print(f"  round {audited.round:<4} {verdict}  {audited.phase.name.lower()}, {told}")
    checks = len(audit.money_checks)
    console.print(
        f"  money      {'PASS' if all(c.passed for c in audit.money_checks) else 'FAIL'}  {checks} checks"
    )
    console.print(f"Audit: {'PASS' if audit.passed else f'FAIL, {audit.first_difference}'}", markup=False)

"""Peers, money and rounds as tables for people and as documents for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from chain.amounts import tokens
from chain.contracts.types import Money
from chain.roles.auditor import Audit, Reconciliation
from chain.roles.challenger import Challenge
from chain.roles.ledger import PeerLine
from valuation.fixed_point import NANO


def money_document(money: Money | Reconciliation) -> dict[str, str]:
    """The escrow, in token units as decimal strings."""
    names = ("funded", "claimed", "claimable", "pending", "expired", "remaining", "refunded")
    return {name: str(getattr(money, name)) for name in names}


def peer_document(line: PeerLine, behaviour: str | None = None) -> dict[str, Any]:
    """One peer: value in nats, money in token units as decimal strings."""
    return {
        "address": line.address,
        "role": line.role.name.lower(),
        **({"behaviour": behaviour} if behaviour is not None else {}),
        "rounds": line.rounds,
        "value": line.value / NANO,
        "share": line.share,
        "earned": str(line.earned),
        "pending": str(line.pending),
        "claimable": str(line.claimable),
        "claimed": str(line.claimed),
        "reason": line.reason,
    }


def audit_document(audit: Audit) -> dict[str, Any]:
    """The audit, round by round."""
    return {
        "passed": audit.passed,
        "first_difference": audit.first_difference,
        "rounds": [
            {
                "round": audited.round,
                "phase": audited.phase.name.lower(),
                "passed": audited.passed,
                "verifiable": audited.verifiable,
                "checks": [
                    {"name": check.name, "passed": check.passed, "detail": check.detail}
                    for check in audited.checks
                ],
            }
            for audited in audit.rounds
        ],
        "money": [
            {"name": check.name, "passed": check.passed, "detail": check.detail}
            for check in audit.money_checks
        ],
    }


def challenge_document(done: Challenge) -> dict[str, Any]:
    """What a challenge did; money in token units as decimal strings."""
    return {
        "round": done.round,
        "action": done.action,
        "fault": done.fault.name.lower(),
        "where": done.where,
        "transaction": done.transaction or None,
        "slashed": str(done.slashed),
        "earned": str(done.earned),
        "deadline": done.deadline or None,
    }


def peer_table(peers: Sequence[PeerLine], decimals: int, behaviours: Mapping[str, str]) -> Table:
    """The owner's table. Reasons can quote what a peer wrote, so that they are shown as plain text."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("peer")
    table.add_column("does" if behaviours else "role")
    for name in ("rounds", "value (nats)", "share", "earned", "claimable", "claimed"):
        table.add_column(name, justify="right")
    table.add_column("why nothing")
    for line in peers:
        table.add_row(
            short(line.address),
            behaviours.get(line.address, line.role.name.lower()),
            str(line.rounds),
            f"{line.value / NANO:+.4f}" if line.value else "",
            f"{line.share:.2%}",
            tokens(line.earned, decimals, 2),
            tokens(line.claimable, decimals, 2),
            tokens(line.claimed, decimals, 2),
            Text(line.reason),
        )
    return table


def short(address: str) -> str:
    """An address as people compare it: its first and last digits.

    Example:
        >>> short("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266")
        '0xf39F..2266'
    """
    return f"{address[:6]}..{address[-4:]}"

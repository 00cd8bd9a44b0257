"""What the owner asks: who did how much, what it was worth, what was paid for it, and why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from chain.contracts.types import Role
from chain.project import Project
from chain.roles.payouts import Tree, active_payouts, report_of
from chain.roles.report import Report
from chain.store import Store


@dataclass(frozen=True)
class PeerLine:
    """One peer over the whole project; money in token units.

    Attributes:
        address: Who.
        role: Trainer or evaluator.
        rounds: Rounds in which it was valued, or in which its measurement counted.
        value: Sum of its scores, in nano-nats; zero for evaluators.
        share: Its part of all that trainers and evaluators earned, from 0 to 1, for display.
        earned: All that it ever earned, under headers that stand.
        pending: Part of it whose header can still be disproved.
        claimable: Part of it that can be claimed now.
        claimed: Part of it that was claimed.
        reason: Why it earned nothing; empty when it did.
    """

    address: str
    role: Role
    rounds: int
    value: int
    share: float
    earned: int
    pending: int
    claimable: int
    claimed: int
    reason: str


@dataclass(frozen=True)
class RoundScore:
    """What one round said of one peer."""

    round: int
    score: int
    payout: int
    reason: str


def reports(project: Project, store: Store) -> tuple[Report, ...]:
    """The report of every header that stands, by round.

    Raises:
        StoreError: One is missing or corrupt.
    """
    return tuple(report_of(store, header) for header in project.headers())


def ledger(project: Project, store: Store) -> tuple[PeerLine, ...]:
    """One line for every registered peer, trainers first, by what they earned.

    Raises:
        StoreError: A report is missing or corrupt.
    """
    told = reports(project, store)
    return ledger_of(project, store, told[-1] if told else None, scores_by_peer(told), len(told))


def ledger_of(
    project: Project,
    store: Store,
    latest: Report | None,
    said: Mapping[tuple[str, Role], tuple[RoundScore, ...]],
    rounds: int,
) -> tuple[PeerLine, ...]:
    """As `ledger`, from the latest report, what all of them say (`scores_by_peer`), and how many they are.

    Raises:
        StoreError: The report of the active round is missing or corrupt.
    """
    earned = {payee.address: payee.cumulative for payee in latest.payouts} if latest else {}
    active = _active(active_payouts(project, store))
    claimed: dict[str, int] = {}
    for claim in project.claims():
        claimed[claim.account] = claimed.get(claim.account, 0) + claim.amount
    total = sum(earned.values())
    lines = []
    for peer in project.peers():
        scores = said.get((peer.address, peer.role), ())
        valued = [score for score in scores if not score.reason]
        own = earned.get(peer.address, 0)
        lines.append(
            PeerLine(
                address=peer.address,
                role=peer.role,
                rounds=len(valued),
                value=sum(score.score for score in scores),
                share=own / total if total else 0.0,
                earned=own,
                pending=own - active.get(peer.address, 0),
                claimable=active.get(peer.address, 0) - claimed.get(peer.address, 0),
                claimed=claimed.get(peer.address, 0),
                reason="" if own else _why_nothing(scores, peer.role, rounds),
            )
        )
    return tuple(sorted(lines, key=lambda line: (line.role, -line.earned, line.address.lower())))


def scores_of(told: tuple[Report, ...], address: str, role: Role) -> tuple[RoundScore, ...]:
    """What each report says of an address: a score, or a reason why there is none."""
    return scores_by_peer(told).get((address, role), ())


def scores_by_peer(told: tuple[Report, ...]) -> dict[tuple[str, Role], tuple[RoundScore, ...]]:
    """What each report says of everybody, by address and role, in the order of the rounds."""
    found: dict[tuple[str, Role], list[RoundScore]] = {}
    for report in told:
        for address, role, score in _scores_in(report):
            found.setdefault((address, role), []).append(score)
    return {peer: tuple(scores) for peer, scores in found.items()}


def _scores_in(report: Report) -> Iterator[tuple[str, Role, RoundScore]]:
    for line in report.players:
        yield line.address, Role.TRAINER, RoundScore(report.round, line.score, line.payout, "")
    for refused in report.rejections:
        why = f"{refused.reason}: {refused.detail}"
        yield refused.address, Role.TRAINER, RoundScore(report.round, 0, 0, why)
    for judge in report.evaluators:
        why = "" if judge.standing == "within" else f"{judge.standing}: {judge.detail}"
        yield judge.address, Role.EVALUATOR, RoundScore(report.round, 0, judge.payout, why)


def _why_nothing(scores: tuple[RoundScore, ...], role: Role, rounds: int) -> str:
    """In a few words, why a peer has earned nothing in the rounds so far."""
    if not rounds:
        return "no round is posted yet"
    if not scores:
        return "no submission in any round's window" if role is Role.TRAINER else "revealed nothing"
    codes = [score.reason.partition(":")[0] for score in scores if score.reason]
    if len(codes) == len(scores):
        return f"refused: {', '.join(dict.fromkeys(codes))}"
    if role is Role.EVALUATOR:
        return "no round paid anybody"
    return "value never above zero"


def _active(tree: Tree | None) -> Mapping[str, int]:
    return dict(tree.payouts) if tree else {}

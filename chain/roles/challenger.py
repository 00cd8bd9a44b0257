"""A challenger: recomputes a round, proves the first wrong link of its header, and earns half of the slash.

When the poster does not show what it commits to, the piece is asked for on chain, with a bond; not answered
for in time, the header falls as well. Anybody who has the piece can answer and earns the bond.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

from chain.contracts.abi import plain
from chain.contracts.types import Fault, Phase
from chain.encoding import header_hash
from chain.errors import NothingToDo, StoreError, VerificationError, WindowError
from chain.events import events_of
from chain.project import Project
from chain.records import PieceRequest
from chain.roles.derivation import Derived, derive
from chain.roles.gathering import gather
from chain.roles.member import approve_exactly
from chain.roles.payouts import payouts_of, report_of
from chain.roles.posting import inputs_of
from chain.roles.proving.case import Case, Finding, Missing
from chain.roles.proving.lists import (
    broken_acceptance,
    broken_coverage,
    broken_evaluators,
    broken_objections,
    broken_players,
    broken_tolerance,
)
from chain.roles.proving.payouts import broken_order, broken_payout, broken_sum
from chain.roles.proving.values import (
    broken_account,
    broken_score,
    broken_step,
    broken_total,
    broken_utility,
    recomputed,
)
from chain.roles.working import MAX_BYTES, Trees, Working, grow, head
from chain.sender import Receipt, Sender
from chain.store import Store
from valuation.errors import InputError

LINKS: tuple[Callable[[Case], Finding | None], ...] = (
    broken_players,
    broken_evaluators,
    broken_objections,
    broken_acceptance,
    broken_coverage,
    broken_utility,
    broken_tolerance,
    broken_step,
    broken_account,
    broken_score,
    broken_total,
    broken_order,
    broken_sum,
    broken_payout,
)
"""The links in their order: each proof takes those before it for right."""


class NotProvable(VerificationError):
    """The header differs from the recomputed one in a way that no court can see: the guardian can veto it."""


@dataclass(frozen=True)
class Challenge:
    """What a challenge did.

    Attributes:
        round: The round.
        action: "proved": the header is void; "expired": it is, because a piece was not shown in time;
            "requested": a piece was asked for; "waiting": it was before, and may still be answered.
        fault: The broken link.
        where: Where it is broken, in words.
        transaction: What was sent; empty when nothing was.
        slashed: What the poster lost, in token units.
        earned: What of it is the challenger's, in token units, as soon as it collects it.
        deadline: When an answer is due, in seconds since the epoch; zero when none is.
    """

    round: int
    action: str
    fault: Fault
    where: str
    transaction: str = ""
    slashed: int = 0
    earned: int = 0
    deadline: int = 0


@dataclass(frozen=True)
class Challenger:
    """One challenger of one project. Any account may be."""

    project: Project
    sender: Sender
    store: Store

    def challenge(self, round: int) -> Challenge:
        """Proves the standing header of a round wrong, or takes the next step towards it.

        Raises:
            NothingToDo: The header is the one that is recomputed.
            WindowError: No header stands that could still be disproved.
            NotProvable: It differs in what is not proved on chain.
            VerificationError: The round cannot be recomputed.
        """
        if self.project.phase(round) is not Phase.CHALLENGE:
            raise WindowError(f"round {round} has no header that could still be disproved")
        case = case_of(self.project, self.store, round)
        try:
            finding = first_broken(case)
        except Missing as missing:
            return self._ask(case, missing)
        if finding is None:
            if case.derived is not None and case.header == case.derived.header:
                raise NothingToDo(f"the header of round {round} is what is recomputed")
            raise NotProvable(
                f"round {round}: {_unproved(case)} is not what is recomputed, and no court sees that"
            )
        return self._faulted(case, "proved", finding.fault, finding.where, self.sender.send(finding.call))

    def _ask(self, case: Case, missing: Missing) -> Challenge:
        round, part, index = case.header.round, missing.part, missing.index
        court = self.project.court
        name = court.request_id(header_hash(plain(case.header)), part, index)
        open_ones = {request.id: request for request in self.project.requests(round)}
        if name not in open_ones:
            approve_exactly(self.sender, self.project.token, court.address, court.config().bond)
            receipt = self.sender.send(court.request(case.header, case.rules, part, index))
            (asked,) = events_of(receipt, court, "Requested")
            told = PieceRequest.of(asked)
            return Challenge(
                round, "requested", Fault.WITHHELD, str(missing), receipt.hash, deadline=told.deadline
            )
        deadline = open_ones[name].deadline
        if self.project.network.now() <= deadline:
            return Challenge(round, "waiting", Fault.WITHHELD, str(missing), deadline=deadline)
        receipt = self.sender.send(court.expire(case.header, part, index))
        return self._faulted(case, "expired", Fault.WITHHELD, str(missing), receipt)

    def _faulted(self, case: Case, action: str, fault: Fault, where: str, receipt: Receipt) -> Challenge:
        slashed = events_of(receipt, self.project.registry, "Slashed")
        return Challenge(
            case.header.round,
            action,
            fault,
            where,
            receipt.hash,
            sum(event.arguments["amount"] for event in slashed),
            sum(event.arguments["reward"] for event in slashed),
        )


def first_broken(case: Case) -> Finding | None:
    """The first broken link of a header; None when there is none.

    Raises:
        Missing: A piece that differs is not to be had.
        VerificationError: The reveals support no header, and nothing simpler is wrong.
    """
    if case.derived is not None and case.header == case.derived.header:
        return None
    for link in LINKS:
        try:
            finding = link(case)
        except Missing:
            # A small game needs nothing of the poster's.
            if case.derived is not None and (whole := recomputed(case)):
                return whole
            raise
        if finding is not None:
            return finding
    return None


def _unproved(case: Case) -> str:
    """The first word of the header that differs from the recomputed one."""
    posted, other = case.header, case.honest.header
    names = (field.name for field in fields(posted))
    return next(name for name in names if getattr(posted, name) != getattr(other, name))


def case_of(project: Project, store: Store, round: int) -> Case:
    """Everything that a proof against the standing header of a round is made of.

    Raises:
        WindowError: No header stands.
        StoreError: What the round starts from is missing.
    """
    header = project.header(round)
    if header is None:
        raise WindowError(f"round {round} has no header")
    gathered = gather(project, store, round)
    inputs = inputs_of(project, store, round, gathered)
    try:
        derived: Derived | None = derive(gathered, inputs)
    except VerificationError:
        derived = None
    working, trees = _posted(project, store, round)
    earlier = [each for each in project.headers() if each.round < round]
    return Case(
        project=project,
        header=header,
        rules=project.rules(gathered.ground.policy),
        gathered=gathered,
        revealed=inputs.revealed,
        objections=inputs.objections,
        derived=derived,
        working=working,
        trees=trees,
        previous=payouts_of(project, store, earlier[-1]) if earlier else None,
    )


def _posted(project: Project, store: Store, round: int) -> tuple[Working | None, Trees | None]:
    """What the poster published; nothing when it is not there, malformed, or not of this round."""
    header = project.header(round)
    assert header is not None
    try:
        report = report_of(store, header)
        working = Working.from_bytes(store.get(bytes.fromhex(report.working), MAX_BYTES))
        if working.round != round:
            return None, None
        trees = grow(working, project.network.chain_id, project.distributor.address)
        head(working, trees, header.model_digest, header.report_digest)
        return working, trees
    except (StoreError, VerificationError, InputError, ValueError):
        return None, None

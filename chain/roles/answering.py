"""Answers to those who ask for a piece of a header: by its poster, or by anybody who has what is behind."""

from __future__ import annotations

from chain.contracts import Call
from chain.contracts.types import Part
from chain.errors import NothingToDo, VerificationError
from chain.project import Project
from chain.records import PieceRequest
from chain.roles.challenger import case_of
from chain.roles.proving.case import Case, Missing, claim_at
from chain.sender import Receipt, Sender
from chain.store import Store


class NothingToShow(VerificationError):
    """A piece that was asked for is not known here."""


def answer_requests(project: Project, store: Store, sender: Sender, round: int) -> tuple[Receipt, ...]:
    """Answers every open request for a piece of the standing header, and publishes what is behind it again.

    Whoever answers is credited the bond.

    Raises:
        NothingToDo: No request is open.
        NothingToShow: The header is not what is recomputed, and what its poster published is not here.
        WindowError: No header stands.
    """
    case, now = case_of(project, store, round), project.network.now()
    asked = [request for request in project.requests(round) if request.deadline >= now]
    if not asked:
        raise NothingToDo(f"nobody asks for a piece of the header of round {round}")
    receipts = tuple(sender.send(_answer(case, request)) for request in asked)
    if case.derived is not None and case.derived.header == case.header:
        store.put(case.derived.report_bytes)
        store.put(case.derived.working_bytes)
    return receipts


def _answer(case: Case, request: PieceRequest) -> Call:
    court, header, part, index = case.project.court, case.header, request.part, request.index
    try:
        if part is Part.PLAYERS:
            return court.answer_players(header, case.players())
        if part is Part.EVALUATORS:
            return court.answer_evaluators(header, case.evaluators())
        if part is Part.SCORE:
            return court.answer_score(header, case.score_leaf(index))
        if part is Part.PAYOUT:
            return court.answer_payout(header, claim_at(*case.payouts(), index))
        values, tree = case.utilities() if part is Part.UTILITY else case.trace()
        return court.answer_value(header, case.rules, part, index, values[index], tree.proof(index))
    except (Missing, IndexError) as missing:
        raise NothingToShow(
            f"round {header.round}: {part.name.lower()} {index} is not known here"
        ) from missing

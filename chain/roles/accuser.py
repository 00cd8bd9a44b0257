"""Evaluators who measured far from all others are brought before the project's arbiter, with a bond.

The court looks only at how far; whether the measurement was false, the arbiter decides.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chain.contracts.proofs import UNCOVERED, WITHHELD, Utility
from chain.errors import NothingToDo
from chain.events import events_of
from chain.project import Project
from chain.roles.agreement import covering
from chain.roles.challenger import case_of
from chain.roles.member import approve_exactly
from chain.roles.proving.case import Case
from chain.roles.proving.lists import opened
from chain.sender import Sender
from chain.store import Store


@dataclass(frozen=True)
class Accusation:
    """An open case before the arbiter.

    Attributes:
        id: Its number at the court.
        evaluator: Who is accused.
        index: The utility that it measured otherwise.
        deviation: How far from the agreed one, in nano-nats.
        deadline: Last second in which the arbiter may decide.
        transaction: What opened it.
    """

    id: int
    evaluator: str
    index: int
    deviation: int
    deadline: int
    transaction: str


def accuse_outliers(project: Project, store: Store, sender: Sender, round: int) -> tuple[Accusation, ...]:
    """Accuses every evaluator that is further than the outer tolerance from an agreed utility.

    Raises:
        NothingToDo: None is, or all that are were accused before.
        WindowError: No header stands.
        Reverted: The project has no arbiter, or the header's window is over.
    """
    case, court = case_of(project, store, round), project.court
    done = {event.arguments["evaluator"] for event in project.history.of(court, "Accused", round=round)}
    found = [outlier for outlier in _outliers(case) if outlier[1] not in done]
    if not found:
        raise NothingToDo(f"round {round} has no evaluator to accuse")
    values, tree = case.utilities()
    accused = []
    for position, evaluator, index, deviation in found:
        approve_exactly(sender, project.token, court.address, court.config().bond)
        utility = Utility(index, values[index], tree.proof(index))
        opening = opened(case, position, index)
        receipt = sender.send(case.agreement_judge.accuse(case.trial, case.agreement(), opening, utility))
        (event,) = events_of(receipt, court, "Accused")
        told = event.arguments
        accused.append(Accusation(told["id"], evaluator, index, deviation, told["deadline"], receipt.hash))
    return tuple(accused)


def _outliers(case: Case) -> list[tuple[int, str, int, int]]:
    """Place, address, index and deviation of the worst utility of each who is beyond the limit."""
    agreed = np.array(case.utilities()[0], dtype=np.int64)
    outliers = []
    for position, line in enumerate(case.evaluators()):
        if line.standing in (WITHHELD, UNCOVERED):
            continue
        revealed = next(r for r in case.revealed if r.evaluator == line.account)
        measured = covering(case.gathered, revealed, case.players())
        if isinstance(measured, str) or not measured.size:
            continue
        deviations = np.abs(measured - agreed)
        index = int(deviations.argmax())
        if deviations[index] > case.rules.outer_tolerance:
            outliers.append((position, line.account, index, int(deviations[index])))
    return outliers

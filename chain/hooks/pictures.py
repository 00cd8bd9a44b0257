"""A project as pictures, each in one call (extra `plots`); `valuation.plots.save` writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chain.errors import NothingToDo
from chain.project import Project
from chain.roles.ledger import reports
from chain.store import Store
from valuation.fixed_point import NANO
from valuation.plots import plot_cumulative, plot_values
from valuation.result import Valuation

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot_payouts(project: Project, store: Store) -> Figure:
    """What each peer has earned, in tokens, added up over the rounds that stand.

    Raises:
        NothingToDo: No round stands yet.
        StoreError: A report is missing or corrupt.
        MissingExtraError: Matplotlib is not installed.
    """
    told = reports(project, store)
    if not told:
        raise NothingToDo(f"no round of project {project.id} stands yet")
    unit = 10 ** project.token.decimals()
    paid: dict[str, list[float]] = {}
    for place, report in enumerate(told):
        earned = [(line.address, line.payout) for line in report.players]
        earned += [(line.address, line.payout) for line in report.evaluators]
        for address, payout in earned:
            paid.setdefault(address, [0.0] * len(told))[place] += payout / unit
    return plot_cumulative(paid, title=f"Project {project.id}: earned so far")


def plot_scores(project: Project, store: Store, round: int | None = None) -> Figure:
    """What each valued trainer was worth in a round that stands, in nats.

    Args:
        project: The project.
        store: Where its reports are.
        round: The round; None for the latest.

    Raises:
        NothingToDo: There is no such round, or nobody was valued in it.
        StoreError: A report is missing or corrupt.
        MissingExtraError: Matplotlib is not installed.
    """
    told = [each for each in reports(project, store) if round is None or each.round == round]
    if not told or not told[-1].players:
        raise NothingToDo(
            f"no round {round or ''} of project {project.id} in which somebody was valued stands"
        )
    report = told[-1]
    values = np.array([line.score / NANO for line in report.players])
    valuation = Valuation(
        players=tuple(line.address for line in report.players),
        values=values,
        # Scores are what the evaluators agreed on: nothing on chain says how sure they were.
        standard_errors=np.zeros(len(values)),
        total=float(values.sum()),
        evaluations=0,
        unique_evaluations=0,
        method="scores",
    )
    return plot_values(valuation, title=f"Project {project.id}, round {report.round}: scores in nats")

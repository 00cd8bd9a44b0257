"""How far two simulations of the same rounds differ: what a choice of method, power or seed matters."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import spearmanr

from valuation.errors import InputError
from valuation.simulation.replay import Simulation


@dataclass(frozen=True)
class Difference:
    """What another choice would change.

    Attributes:
        moved: the part of the trainers' money that would go to somebody else, from 0 to 1.
        correlation: Spearman's, of what everybody earned; NaN where all earned alike.
    """

    moved: float
    correlation: float


def difference(one: Simulation, other: Simulation) -> Difference:
    """Compare who got what: half of the sum of the differences of shares, and the ranks.

    Raises:
        InputError: they are not of the same trainers.

    >>> from valuation.mechanism import default_mechanism
    >>> from valuation.simulation.replay import SimulatedRound
    >>> def paying(**pay):
    ...     rounds = (SimulatedRound(1, 100, {}, pay, 0, {}, 0.0),)
    ...     return Simulation(default_mechanism(), rounds, (0.0,))
    >>> difference(paying(a=60, b=30, c=10), paying(a=50, b=40, c=10))
    Difference(moved=0.1, correlation=1.0)
    """
    if set(one.shares) != set(other.shares):
        raise InputError("the simulations are of other trainers")
    names = sorted(one.shares)
    first, second = (np.array([each.shares[name] for name in names]) for each in (one, other))
    moved = round(float(np.abs(first - second).sum()) / 2, 12)
    alike = len(names) < 2 or np.ptp(first) == 0 or np.ptp(second) == 0
    correlation = float("nan") if alike else float(spearmanr(first, second).statistic)
    return Difference(moved, round(correlation, 12))


def ranges(draws: Sequence[Simulation]) -> dict[str, tuple[float, float]]:
    """Return the lowest and the highest share of each trainer over several draws of the seeds, from 0 to 1.

    Raises:
        InputError: there is no draw, or they are not of the same trainers.

    >>> ranges([])
    Traceback (most recent call last):
    valuation.errors.InputError: no draw was simulated
    """
    if not draws:
        raise InputError("no draw was simulated")
    if any(set(each.shares) != set(draws[0].shares) for each in draws):
        raise InputError("the simulations are of other trainers")
    return {
        who: (min(each.shares[who] for each in draws), max(each.shares[who] for each in draws))
        for who in draws[0].shares
    }

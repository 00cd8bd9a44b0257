"""The airport game: a runway costs as much as the longest that any of its users needs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from valuation.coalitions import Coalitions, check_coalitions
from valuation.game import Utilities
from valuation.games.checks import amounts


class AirportGame:
    """v(S) is the largest of the costs of S, and zero for nobody (Littlechild and Owen 1973).

    Args:
        costs: real numbers (n,), none negative.

    Raises:
        InputError: the costs are not such numbers.

    >>> game = AirportGame([1.0, 3.0, 4.0])
    >>> game.shapley().round(6).tolist()
    [0.333333, 1.333333, 2.333333]
    """

    def __init__(self, costs: npt.ArrayLike) -> None:
        self.costs = amounts(costs, "costs")

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self.costs)

    def __call__(self, coalitions: Coalitions, /) -> Utilities:
        """Return the utilities, float64 (m,), of the coalitions, bool (m, n)."""
        paid: Utilities = check_coalitions(coalitions, self.n) * self.costs
        return np.asarray(paid.max(axis=1))

    def shapley(self) -> npt.NDArray[np.float64]:
        """Return the Shapley values, float64 (n,): who needs a stretch of runway shares its cost equally."""
        order = np.argsort(self.costs)
        stretches = np.diff(self.costs[order], prepend=0.0)
        values = np.empty(self.n)
        values[order] = np.cumsum(stretches / np.arange(self.n, 0, -1))
        return values

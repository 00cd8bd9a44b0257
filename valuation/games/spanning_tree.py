"""The minimum spanning tree game: what it costs to connect a coalition to a source."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from valuation.coalitions import Coalitions, check_coalitions
from valuation.errors import InputError
from valuation.game import Utilities
from valuation.shapley.exact import exact


class SpanningTreeGame:
    """v(S) is the cost of a minimum spanning tree of the source and S, through no others (Bird 1976).

    Args:
        costs: real numbers (n + 1, n + 1), symmetric, none negative: the costs of the connections. Node 0 is
            the source, node i + 1 player i. The diagonal is not looked at.

    Raises:
        InputError: the costs are not such a matrix.

    >>> SpanningTreeGame([[0.0, 1.0, 3.0], [1.0, 0.0, 1.0], [3.0, 1.0, 0.0]]).shapley().tolist()
    [0.0, 2.0]
    """

    def __init__(self, costs: npt.ArrayLike) -> None:
        self.costs = np.array(costs, dtype=np.float64)
        if self.costs.ndim != 2 or self.costs.shape[0] != self.costs.shape[1] or len(self.costs) < 2:
            raise InputError(f"costs must be of shape (n + 1, n + 1), not {self.costs.shape}")
        if not np.isfinite(self.costs).all() or (self.costs < 0).any() or (self.costs != self.costs.T).any():
            raise InputError("costs must be finite, not negative, and the same in both directions")

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self.costs) - 1

    def __call__(self, coalitions: Coalitions, /) -> Utilities:
        """Return the utilities, float64 (m,), of the coalitions, bool (m, n), by Prim's algorithm on all."""
        waiting = check_coalitions(coalitions, self.n).copy()
        rows = np.arange(len(waiting))
        nearest = np.broadcast_to(self.costs[0, 1:], waiting.shape)
        utilities = np.zeros(len(waiting))
        for _ in range(self.n):
            reach = np.where(waiting, nearest, np.inf)
            joined = reach.argmin(axis=1)
            # A coalition that is connected already has nobody waiting, and joins a player at no cost.
            utilities += np.where(waiting[rows, joined], reach[rows, joined], 0.0)
            waiting[rows, joined] = False
            nearest = np.minimum(nearest, self.costs[joined + 1, 1:])
        return utilities

    def shapley(self) -> npt.NDArray[np.float64]:
        """Return the Shapley values, float64 (n,), by this library's own `exact`, in O(2^n).

        There is no closed form: computing them is #P-hard (Ando 2012).

        Raises:
            InputError: there are too many players to enumerate their coalitions.
        """
        return exact(self).values

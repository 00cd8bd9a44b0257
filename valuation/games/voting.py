"""Weighted voting: a coalition wins if its votes reach the quota."""

from __future__ import annotations

from operator import index

import numpy as np
import numpy.typing as npt

from valuation.coalitions import Coalitions, check_coalitions
from valuation.errors import InputError
from valuation.game import Utilities
from valuation.games.checks import naturals
from valuation.games.sums import semivalue_of_sums
from valuation.shapley.semivalues import banzhaf_weights, shapley_weights


class WeightedVotingGame:
    """v(S) is 1 if the weights of S add up to the quota or more, and else 0.

    Args:
        weights: integers (n,), none negative.
        quota: an integer from 1 to the sum of the weights.

    Raises:
        InputError: the weights or the quota are not such integers.

    >>> game = WeightedVotingGame([2, 1, 1], quota=3)
    >>> game.shapley().round(6).tolist(), game.banzhaf().tolist()
    ([0.666667, 0.166667, 0.166667], [0.75, 0.25, 0.25])
    """

    def __init__(self, weights: npt.ArrayLike, quota: int) -> None:
        self.weights = naturals(weights, "weights")
        self.quota = index(quota)
        total = int(self.weights.sum())
        if not 1 <= self.quota <= total:
            raise InputError(f"the quota must lie from 1 to the sum of the weights, {total}, not {quota}")

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self.weights)

    def __call__(self, coalitions: Coalitions, /) -> Utilities:
        """Return the utilities, float64 (m,), of the coalitions, bool (m, n)."""
        # In doubles, which hold these integers exactly and multiply faster.
        votes = check_coalitions(coalitions, self.n).astype(np.float64) @ self.weights.astype(np.float64)
        return (votes >= self.quota).astype(np.float64)

    def shapley(self) -> npt.NDArray[np.float64]:
        """Return the Shapley-Shubik indices, float64 (n,), by dynamic programming over sizes and votes."""
        return self._semivalue(shapley_weights(self.n))

    def banzhaf(self) -> npt.NDArray[np.float64]:
        """Return the absolute Banzhaf indices, float64 (n,), by dynamic programming over sizes and votes."""
        return self._semivalue(banzhaf_weights(self.n))

    def _semivalue(self, weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        wins = (np.arange(self.weights.sum() + 1) >= self.quota).astype(np.float64)
        return semivalue_of_sums(self.weights, wins, weights)

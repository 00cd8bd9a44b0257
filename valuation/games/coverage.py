"""The coverage game: what players cover together counts once, as data that several trainers share."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from valuation.coalitions import Coalitions, check_coalitions
from valuation.errors import InputError
from valuation.game import Utilities
from valuation.games.checks import amounts, memberships


class CoverageGame:
    """v(S) is the total weight of the items that some member of S covers.

    Args:
        covers: bool (n, k): which of k items each player covers.
        weights: real numbers (k,), none negative; all one by default.

    Raises:
        InputError: covers is no such matrix, or the weights not one for each item.

    >>> CoverageGame(np.array([[True, True, False], [False, True, True]])).shapley().tolist()
    [1.5, 1.5]
    """

    def __init__(self, covers: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> None:
        self.covers = memberships(covers, "covers")
        if 0 in self.covers.shape:
            raise InputError(f"covers needs a player and an item, not shape {self.covers.shape}")
        items = self.covers.shape[1]
        self.weights = amounts(np.ones(items) if weights is None else weights, "weights")
        if len(self.weights) != items:
            raise InputError(f"{items} items need as many weights, not {len(self.weights)}")

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self.covers)

    def __call__(self, coalitions: Coalitions, /) -> Utilities:
        """Return the utilities, float64 (m,), of the coalitions, bool (m, n)."""
        # Single precision counts exactly up to 2^24 players, in half the time.
        present = check_coalitions(coalitions, self.n).astype(np.float32)
        times: npt.NDArray[np.float32] = present @ self.covers.astype(np.float32)
        covered: npt.NDArray[np.bool_] = times > 0
        return covered.astype(np.float64) @ self.weights

    def shapley(self) -> npt.NDArray[np.float64]:
        """Return the Shapley values, float64 (n,): each item's weight is shared by those who cover it."""
        portions: npt.NDArray[np.float64] = self.weights / np.maximum(self.covers.sum(axis=0), 1)
        return self.covers.astype(np.float64) @ portions

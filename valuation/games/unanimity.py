"""Sums of unanimity games: every game is one, and its dividends are what the Shapley value divides."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from valuation.coalitions import Coalitions, check_coalitions
from valuation.errors import InputError
from valuation.game import Utilities
from valuation.games.checks import memberships


class UnanimityGame:
    """v(S) is the sum of the dividends of those carriers that lie within S.

    Args:
        carriers: bool (k, n): the carriers, none of them empty.
        dividends: real numbers (k,).

    Raises:
        InputError: the carriers are no such matrix, or the dividends not one finite number for each.

    >>> UnanimityGame(np.array([[True, True, False], [False, True, True]]), [2.0, 1.0]).shapley().tolist()
    [1.0, 1.5, 0.5]
    """

    def __init__(self, carriers: npt.ArrayLike, dividends: npt.ArrayLike) -> None:
        self.carriers = memberships(carriers, "carriers")
        self.dividends = np.array(dividends, dtype=np.float64)
        if self.carriers.shape[1] < 1 or not self.carriers.any(axis=1).all():
            raise InputError("a carrier must have a member")
        if self.dividends.shape != self.carriers.shape[:1] or not np.isfinite(self.dividends).all():
            raise InputError(f"{len(self.carriers)} carriers need as many finite dividends")

    @property
    def n(self) -> int:
        """The number of players."""
        return int(self.carriers.shape[1])

    def __call__(self, coalitions: Coalitions, /) -> Utilities:
        """Return the utilities, float64 (m,), of the coalitions, bool (m, n)."""
        # Single precision counts exactly up to 2^24 players, in half the time.
        absent = (~check_coalitions(coalitions, self.n)).astype(np.float32)
        missing: npt.NDArray[np.float32] = absent @ self.carriers.T.astype(np.float32)
        within: npt.NDArray[np.bool_] = missing == 0
        return within.astype(np.float64) @ self.dividends

    def shapley(self) -> npt.NDArray[np.float64]:
        """Return the Shapley values, float64 (n,): each dividend is shared equally within its carrier."""
        return self._divide(1 / self.carriers.sum(axis=1))

    def banzhaf(self) -> npt.NDArray[np.float64]:
        """Return the Banzhaf values, float64 (n,): each member gets the dividend / 2^(size - 1)."""
        return self._divide(0.5 ** (self.carriers.sum(axis=1) - 1.0))

    def _divide(self, portions: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return (self.dividends * portions) @ self.carriers.astype(np.float64)

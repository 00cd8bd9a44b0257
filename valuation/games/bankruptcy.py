"""The bankruptcy game: what is left of an estate to a coalition after everyone else was paid in full."""

from __future__ import annotations

from operator import index

import numpy as np
import numpy.typing as npt

from valuation.coalitions import Coalitions, check_coalitions
from valuation.errors import InputError
from valuation.game import Utilities
from valuation.games.checks import naturals
from valuation.games.sums import semivalue_of_sums
from valuation.shapley.semivalues import shapley_weights


class BankruptcyGame:
    """v(S) is the estate less the claims of those outside S, or zero if nothing is left (O'Neill 1982).

    Args:
        claims: integers (n,), none negative.
        estate: an integer from 0 to the sum of the claims.

    Raises:
        InputError: the claims or the estate are not such integers.

    >>> BankruptcyGame([100, 200, 300], estate=200).shapley().round(4).tolist()
    [33.3333, 83.3333, 83.3333]
    """

    def __init__(self, claims: npt.ArrayLike, estate: int) -> None:
        self.claims = naturals(claims, "claims")
        self.estate = index(estate)
        total = int(self.claims.sum())
        if not 0 <= self.estate <= total:
            raise InputError(f"the estate must lie from 0 to the sum of the claims, {total}, not {estate}")

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self.claims)

    def __call__(self, coalitions: Coalitions, /) -> Utilities:
        """Return the utilities, float64 (m,), of the coalitions, bool (m, n)."""
        # In doubles, which hold these integers exactly and multiply faster.
        members = check_coalitions(coalitions, self.n).astype(np.float64)
        return self._left(members @ self.claims.astype(np.float64))

    def shapley(self) -> npt.NDArray[np.float64]:
        """Return the Shapley values, float64 (n,), by dynamic programming over sizes and claims.

        They are what the claimants get on average if they run to the bank and arrive in random order.
        """
        sums = np.arange(int(self.claims.sum()) + 1, dtype=np.float64)
        return semivalue_of_sums(self.claims, self._left(sums), shapley_weights(self.n))

    def _left(self, claimed: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        unpaid = int(self.claims.sum()) - claimed
        return np.maximum(self.estate - unpaid, 0.0)

"""The glove game: some players hold a left glove, the others a right one, and only pairs have a worth."""

from __future__ import annotations

from math import comb, fsum

import numpy as np
import numpy.typing as npt

from valuation.coalitions import Coalitions, check_coalitions
from valuation.errors import InputError
from valuation.game import Utilities


class GloveGame:
    """v(S) is the number of pairs: players 0 to left - 1 hold left gloves, the `right` others right ones.

    Raises:
        InputError: a number of gloves is negative, or there are none.

    >>> GloveGame(1, 2).shapley().round(6).tolist()
    [0.666667, 0.166667, 0.166667]
    """

    def __init__(self, left: int, right: int) -> None:
        if left < 0 or right < 0 or left + right < 1:
            raise InputError(f"gloves must be natural numbers and not both zero: {left} left, {right} right")
        self.left = left
        self.right = right

    @property
    def n(self) -> int:
        """The number of players."""
        return self.left + self.right

    def __call__(self, coalitions: Coalitions, /) -> Utilities:
        """Return the utilities, float64 (m,), of the coalitions, bool (m, n)."""
        held = check_coalitions(coalitions, self.n)
        left: Utilities = held[:, : self.left].sum(axis=1, dtype=np.float64)
        right: Utilities = held[:, self.left :].sum(axis=1, dtype=np.float64)
        return np.asarray(np.minimum(left, right))

    def shapley(self) -> npt.NDArray[np.float64]:
        """Return the Shapley values, float64 (n,): the chance of arriving to a surplus of the other glove."""
        return np.repeat(
            [_chance_of_a_pair(self.left, self.right), _chance_of_a_pair(self.right, self.left)],
            [self.left, self.right],
        )


def _chance_of_a_pair(own: int, other: int) -> float:
    """Return the probability that, of those who arrive before a player, more hold the other glove."""
    n = own + other
    return fsum(
        comb(own - 1, mine) * comb(other, theirs) / (n * comb(n - 1, mine + theirs))
        for mine in range(own)
        for theirs in range(mine + 1, other + 1)
    )

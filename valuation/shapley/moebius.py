"""The Moebius transform: what each coalition adds that none of its parts has, and back.

The Harsanyi dividends m are the coordinates of a game in the basis of unanimity games (Harsanyi 1963;
Grabisch 1997): v(S) = sum over T within S of m(T). The Shapley value divides each dividend equally among its
members.
Both directions are n passes over a table, O(n 2^n) time, and one copy of it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from valuation.game import Game, TableGame
from valuation.shapley.table import tabulate


def harsanyi_dividends(game: Game) -> npt.NDArray[np.float64]:
    """Return the dividends, float64 (2**n,), of all coalitions, bit i of the index being player i.

    m(S) = sum over T within S of (-1)^(|S| - |T|) v(T). Entry 0 is the utility of nobody.

    Raises:
        GameError: the game answered badly.
        InputError: there are more players than a table holds.

    >>> harsanyi_dividends(TableGame([0.0, 1.0, 2.0, 4.0])).tolist()
    [0.0, 1.0, 2.0, 1.0]
    """
    dividends = tabulate(game).copy()
    for bit in range(dividends.size.bit_length() - 1):
        pairs = dividends.reshape(-1, 2, 1 << bit)
        pairs[:, 1] -= pairs[:, 0]
    return dividends


def game_of_dividends(dividends: npt.ArrayLike) -> TableGame:
    """Return the game with these dividends, real numbers (2**n,): the inverse of `harsanyi_dividends`.

    Raises:
        InputError: the length is not a power of two.
        GameError: a utility comes out NaN or infinite.

    >>> game_of_dividends([0.0, 1.0, 2.0, 1.0]).values.tolist()
    [0.0, 1.0, 2.0, 4.0]
    """
    # A game is made of the dividends first, because it checks them as it would utilities.
    utilities = TableGame(dividends).values.copy()
    for bit in range(utilities.size.bit_length() - 1):
        pairs = utilities.reshape(-1, 2, 1 << bit)
        pairs[:, 1] += pairs[:, 0]
    return TableGame(utilities)

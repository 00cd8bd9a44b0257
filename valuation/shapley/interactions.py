"""How much two players are worth to each other: pairwise interaction indices, exactly.

What player i adds is itself a game among the others, v_i(S) = v(S + i) - v(S). The interaction of i and j is
the semivalue of j in that game (Grabisch and Roubens 1999): positive where they complement, negative where
they repeat each other, as two trainers do who train on the same data.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from valuation.game import Game, TableGame, player_count
from valuation.shapley.exact import semivalue
from valuation.shapley.semivalues import resolve_weights
from valuation.shapley.table import tabulate


def interactions(game: Game, *, weights: str | npt.ArrayLike = "shapley") -> npt.NDArray[np.float64]:
    """Return the interaction of every two players, float64 (n, n): symmetric, with a diagonal of zeros.

    I_ij = sum over S without i and j of u(|S|) (v(S + i + j) - v(S + i) - v(S + j) + v(S)), where the
    weights for n - 1 players follow from those for n: u(s) = w(s) + w(s + 1) (Dubey, Neyman and Weber 1981).
    "shapley" gives the Shapley interaction index, u(s) = s! (n - 2 - s)! / (n - 1)!, and "banzhaf" the
    Banzhaf one. O(n 2^n) time, and half a table more memory than the table.

    Raises:
        GameError: the game answered badly.
        InputError: there are more players than a table holds, or the weights are no semivalue.

    >>> interactions(TableGame([0.0, 1.0, 2.0, 4.0])).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    n = player_count(game)
    size_weights, _ = resolve_weights(weights, n)
    fewer = size_weights[:-1] + size_weights[1:]
    table = tabulate(game)
    matrix = np.zeros((n, n))
    for player in range(1, n):
        pairs = table.reshape(-1, 2, 1 << player)
        added = TableGame((pairs[:, 1] - pairs[:, 0]).ravel())
        values, _ = semivalue(added, fewer)
        matrix[player, :player] = matrix[:player, player] = values[:player]
    return matrix

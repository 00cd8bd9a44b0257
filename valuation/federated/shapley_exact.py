"""The method `shapley-exact`: every coalition of a round is measured; scores are exact Shapley values.

The utilities are integers from here on. Evaluators may differ in the last nano-nat of a loss, but from agreed
utilities everybody, a contract included, derives the same scores.
"""

from math import factorial

import numpy as np
import numpy.typing as npt

from valuation.coalitions import coalitions_of
from valuation.errors import InputError
from valuation.federated.round import Round, RoundGame
from valuation.fixed_point import checked, to_fixed

MAX_PEERS = 16


def utilities(round: Round) -> npt.NDArray[np.int64]:
    """Return the utility of every coalition in nano-nats, int64 (2^n,): bit i of the index is player i.

    Raises:
        InputError: there are more than 16 players.
        GameError: the loss answered badly.
        FixedPointError: a utility is not finite, or above 70,368 nats.

    >>> round = Round(("a", "b"), np.eye(2, dtype=np.float32), np.zeros(2, dtype=np.float32),
    ...               lambda params: params.sum(axis=1), learning_rate=1.0)
    >>> utilities(round).tolist()
    [0, 1000000000, 1000000000, 1000000000]
    """
    n = len(round.players)
    if n > MAX_PEERS:
        raise InputError(f"{n} players have too many coalitions: the limit is {MAX_PEERS}")
    return to_fixed(RoundGame(round)(coalitions_of(np.arange(2**n), n)))


def scores(utilities: npt.NDArray[np.int64], n: int) -> list[int]:
    """Return the Shapley value of each player in whole nano-nats, rounded down, from 2^n utilities.

    score_i = floor( sum over S without i of |S|! (n-1-|S|)! (v(S + i) - v(S)) / n! ), in exact integers
    (Shapley, "A value for n-person games", 1953). Sums run per size of coalition in int64, where they cannot
    overflow: at most 2^16 utilities of at most 2^46 each.

    Raises:
        InputError: `n` is not between 0 and 16, or the length is not 2^n.
        FixedPointError: a utility is above 2^46 nano-nats.

    >>> scores(np.array([0, 10, 20, 40]), n=2)
    [15, 25]
    """
    if not 0 <= n <= MAX_PEERS or len(utilities) != 2**n:
        raise InputError(
            f"{len(utilities)} utilities are not those of {n} players, of whom there are up to 16"
        )
    if n == 0:
        return []
    values = checked(utilities)
    members = coalitions_of(np.arange(2**n), n)
    sizes = members.sum(axis=1)
    by_size = np.argsort(sizes, kind="stable")
    starts = np.searchsorted(sizes[by_size], np.arange(n + 1))
    total = np.add.reduceat(values[by_size], starts).tolist()
    with_player = np.add.reduceat((values[:, None] * members)[by_size], starts, axis=0).tolist()
    weights = [factorial(size) * factorial(n - 1 - size) for size in range(n)]
    return [
        sum(
            weights[size] * (with_player[size + 1][i] - (total[size] - with_player[size][i]))
            for size in range(n)
        )
        // factorial(n)
        for i in range(n)
    ]

"""The method `shapley-exact`: every coalition of a round is measured; scores are exact Shapley values.

The utilities are integers from here on. Evaluators may differ in the last nano-nat of a loss, but from agreed
utilities everybody, a contract included, derives the same scores.
"""

from collections.abc import Sequence
from math import factorial

import numpy as np
import numpy.typing as npt

from valuation.coalitions import coalitions_of
from valuation.federated.as_round import as_round
from valuation.federated.round import round_game
from valuation.fixed_point import checked, saturate, to_fixed
from valuation.mechanism import Mechanism
from valuation.round_data import RoundData


def length(n: int) -> int:
    """Return the number of coalitions of `n` players.

    >>> length(3)
    8
    """
    return 1 << n


def measure(mechanism: Mechanism, data: RoundData) -> npt.NDArray[np.int64]:
    """Return the utility of every coalition in nano-nats, int64 (2^n,): bit i of the index is player i.

    Utilities beyond the limits of fixed point are cut off there (`fixed_point.saturate`).

    Raises:
        InputError: an update is not finite.
        GameError: the loss answered badly.
        FixedPointError: a utility is NaN.

    >>> from valuation.mechanism import default_mechanism
    >>> from valuation.models.softmax import Softmax
    >>> samples = np.ones((1, 1), dtype=np.float32), np.array([0])
    >>> updates, base = np.array([[-1, 1, 0, 0]], dtype=np.float32), np.zeros(4, dtype=np.float32)
    >>> data = RoundData(("0xa0",), updates, base, Softmax(1, 2), samples)
    >>> measure(default_mechanism(), data).tolist()
    [0, 566219170]
    """
    game = round_game(as_round(data, mechanism.aggregation.learning_rate))
    return to_fixed(saturate(game(_all_coalitions(len(data.players)))))


def scores(utilities: npt.NDArray[np.int64], n: int) -> list[int]:
    """Return the Shapley value of each player in whole nano-nats, rounded down, from utilities int64 (2^n,).

    score_i = floor( sum over S without i of |S|! (n-1-|S|)! (v(S + i) - v(S)) / n! ), in exact integers
    (Shapley, "A value for n-person games", 1953). Sums run per size of coalition in int64, where they cannot
    overflow for up to 16 players: at most 2^16 utilities of at most 2^46 each.

    Raises:
        FixedPointError: a utility is above 2^46 nano-nats.

    >>> scores(np.array([0, 10, 20, 40]), n=2)
    [15, 25]
    """
    values = checked(utilities)
    members = _all_coalitions(n)
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


def restrict(utilities: npt.NDArray[np.int64], kept: Sequence[int]) -> npt.NDArray[np.int64]:
    """Return the utilities of the coalitions of the players at the positions `kept`, int64 (2^len(kept),).

    >>> restrict(np.array([0, 10, 20, 40]), kept=[1]).tolist()
    [0, 20]
    """
    bits = np.array([1 << position for position in kept], dtype=np.int64)
    masks = _all_coalitions(len(kept)) @ bits
    return utilities[masks]


def _all_coalitions(n: int) -> npt.NDArray[np.bool_]:
    return coalitions_of(np.arange(1 << n), n)

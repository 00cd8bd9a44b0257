"""Exact semivalues of games of a sum, v(S) = u(sum of the numbers of S), by dynamic programming.

With whole numbers, the coalitions without a player can be counted by their size and sum. The counts without
each of n players come from halving: those of a group's other half are added before the group is divided, so
that n log n numbers are added in all, instead of n^2, and nothing is ever subtracted. Counts are float64:
sums of positive numbers, right to a relative 1e-14.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from valuation.shapley.semivalues import SizeWeights

_Counts = npt.NDArray[np.float64]


def semivalue_of_sums(
    numbers: npt.NDArray[np.int64], utility_of_sum: npt.NDArray[np.float64], weights: SizeWeights
) -> npt.NDArray[np.float64]:
    """Return the semivalue, float64 (n,), of the game v(S) = utility_of_sum[sum of the numbers of S].

    Args:
        numbers: int64 (n,), none negative, with the sum D.
        utility_of_sum: float64 (D + 1,).
        weights: float64 (n,), the size weights.

    O(n^2 D log n) time, O(n D log n) memory.

    >>> semivalue_of_sums(np.array([1, 2]), np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.5, 0.5])).tolist()
    [0.0, 1.0]
    """
    n, width = len(numbers), len(utility_of_sum)
    nobody = np.zeros((n, width))
    nobody[0, 0] = 1.0
    values = np.empty(n)
    for player, counts in _counts_without_each(list(range(n)), numbers.tolist(), nobody):
        number = int(numbers[player])
        marginal = utility_of_sum[number:] - utility_of_sum[: width - number]
        values[player] = weights @ (counts[:, : width - number] @ marginal)
    return values


def _counts_without_each(
    players: list[int], numbers: list[int], counts: _Counts
) -> Iterator[tuple[int, _Counts]]:
    """Yield each player with the counts of coalitions, by size and sum, of all others added to `counts`."""
    if len(players) == 1:
        yield players[0], counts
        return
    half = len(players) // 2
    for group, others in ((players[:half], players[half:]), (players[half:], players[:half])):
        grown = counts.copy()
        for other in others:
            number = numbers[other]
            grown[1:, number:] += grown[:-1, : grown.shape[1] - number]
        yield from _counts_without_each(group, numbers, grown)

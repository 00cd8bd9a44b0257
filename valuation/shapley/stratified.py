"""Stratified sampling: the value as an average over coalition sizes, each size sampled evenly.

A value is the mean over sizes of the mean utility of the coalitions of that size with the player, less that
of those without, so that every measured coalition serves every player (Kolpaczki et al. 2024, 2302.00736).
Here the coalitions of a size come in sweeps: the players in random order around a circle are cut into arcs of
that many players, the last overlapping the first. So every sweep has every player inside and outside, and no
stratum stays empty. Each arc is measured with its complement, which belongs to the size n - s. Single players
need one sweep only, which is all of them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from valuation.coalitions import Coalitions
from valuation.draws import random_order
from valuation.shapley.regression import measure_pairs
from valuation.shapley.run import Estimate, Run

_Vector = npt.NDArray[np.float64]
_Matrix = npt.NDArray[np.float64]


def minimum(n: int) -> int:
    """Return the least budget: nobody, everybody, and one sweep of every size with the complements.

    That is about 2 n (log(n / 2) + 0.6).
    """
    return 2 + 2 * sum(sweep_length(n, size) for size in range(1, n // 2 + 1))


def estimate_by_strata(run: Run) -> Estimate:
    """Estimate Shapley values by sweeps of every size in turn, as many as the budget pays for."""
    sweeps = Sweeps(run.n, run.generator("stratified"))
    pairs: list[Coalitions] = []
    odd: list[_Vector] = []

    def conclude() -> Estimate:
        return conclude_strata(np.concatenate(pairs), np.concatenate(odd), run.total)

    for sweep in sweeps:
        if 2 * len(sweep) > run.remaining:
            break
        pairs.append(sweep)
        odd.append(measure_pairs(run, sweep))
        if sweeps.complete and run.enough(conclude):
            break
    return conclude()


def sweep_length(n: int, size: int) -> int:
    """Return how many coalitions of a size, at most n // 2, a sweep has.

    >>> [sweep_length(6, size) for size in (1, 2, 3)]
    [6, 3, 1]
    """
    return 1 if 2 * size == n else -(-n // size)


class Sweeps:
    """The endless sequence of sweeps, bool (length, n) each: every size in turn, single players only once.

    Attributes:
        complete: whether every size has been swept.
    """

    def __init__(self, n: int, generator: np.random.Generator) -> None:
        self._n = n
        self._generator = generator
        self._next = 1
        self.complete = False

    def __iter__(self) -> Sweeps:
        return self

    def __next__(self) -> Coalitions:
        size, n = self._next, self._n
        if size > n // 2:
            raise StopIteration
        self._next = size + 1 if size < n // 2 else 2
        self.complete = self.complete or size == n // 2
        circle = random_order(self._generator, n)
        places = np.arange(sweep_length(n, size))[:, None] * size + np.arange(size)
        coalitions = np.zeros((len(places), n), dtype=np.bool_)
        np.put_along_axis(coalitions, circle[places % n], True, axis=1)
        return coalitions


def strata_weights(pairs: Coalitions) -> _Matrix:
    """Return the matrix, float64 (n, p), that maps g at the pairs to the values, less total / n.

    A player's value is (total + sum over sizes of (mean d inside - mean d outside)) / n, with d = 2 g; of two
    halves, the one with the player counts as inside and d changes its sign for the other.
    """
    p, n = pairs.shape
    sizes = pairs.sum(axis=1)
    weights = np.zeros((n, p))
    for size in np.unique(sizes).tolist():
        rows = sizes == size
        inside = pairs[rows].T
        if 2 * size == n:
            weights[:, rows] = np.where(inside, 2.0, -2.0) / (n * rows.sum())
            continue
        counts = inside.sum(axis=1, keepdims=True)
        outside = inside.shape[1] - counts
        weights[:, rows] = np.where(inside, 2.0 / (n * counts), -2.0 / (n * outside))
    return weights


def conclude_strata(pairs: Coalitions, odd: _Vector, total: float) -> Estimate:
    """Return the values and standard errors of g, float64 (p,), at whole sweeps of pairs, bool (p, n).

    The errors take the spread of a size as that of each of its strata, which is on the safe side.
    """
    n = pairs.shape[1]
    weights = strata_weights(pairs)
    gap = -float(weights.sum(axis=0) @ odd)
    weights -= weights.mean(axis=0)
    sizes = pairs.sum(axis=1)
    variance = np.zeros(n)
    # All pairs of size 1 are in the first sweep, so that they add no error.
    for size in range(2, n // 2 + 1):
        rows = sizes == size
        # Which half names a pair is arbitrary, so that the mean of g over halves is zero.
        spread = np.mean(odd[rows] ** 2) if 2 * size == n else odd[rows].var(ddof=1)
        variance += spread * (weights[:, rows] ** 2).sum(axis=1)
    return Estimate(total / n + weights @ odd, np.sqrt(variance), gap)

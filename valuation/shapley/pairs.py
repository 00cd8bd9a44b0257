"""Coalitions with their complements, drawn without replacement, small ones first where it matters.

A pair is a coalition S and its complement, named by the smaller of the two (of two halves, the one with
player 0). Half the difference of their utilities, g(S) = (v(S) - v(N - S)) / 2, is all that the Shapley value
depends on: g is the odd part of v, and the even part has a value of zero for everybody (Fumagalli et al.
2026, 2602.01399).

Pairs come in an endless order that does not depend on how many are wanted. Sizes alternate by Webster's rule,
which keeps the number of pairs of each size within a half of its share, and never takes one back; within a
size, pairs are uniform and all different. A size whose pairs are used up leaves its share to the others, so
that small and large coalitions, of which there are few and which weigh most, are soon known completely.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from valuation.coalitions import Coalitions, keys_of
from valuation.draws import random_order

_ENUMERATED = 1 << 16
"""The most pairs of a size whose order is drawn in full; of more, random ones are drawn until they differ."""

_HALVINGS = 60
_BLOCK = 1024
"""Pairs that are drawn at once, so that their random numbers stay in the cache."""

_Vector = npt.NDArray[np.float64]
_Counts = npt.NDArray[np.int64]
SizeLaw = Callable[[int], _Vector]
"""A function of n that gives the shares, float64 (n // 2,), of the sizes 1 to n // 2."""


def kernel_law(n: int) -> _Vector:
    """Return shares in proportion to 1 / (s (n - s)), the total weight that KernelSHAP gives to a size.

    Lundberg and Lee (2017, 1705.07874, theorem 2). The middle size of an even n has half as many pairs.

    >>> kernel_law(4).round(3).tolist()
    [0.727, 0.273]
    """
    sizes = np.arange(1, n // 2 + 1)
    return _shares(1 / (sizes * (n - sizes)), n)


def leverage_law(n: int) -> _Vector:
    """Return equal shares: the leverage scores of the Shapley regression (Musco and Witter 2024, 2410.01917).

    >>> leverage_law(4).round(3).tolist()
    [0.667, 0.333]
    """
    return _shares(np.ones(n // 2), n)


def pair_counts(n: int) -> list[int]:
    """Return how many pairs there are of the sizes 1 to n // 2.

    >>> pair_counts(4)
    [4, 3]
    """
    return [math.comb(n, size) // (2 if 2 * size == n else 1) for size in range(1, n // 2 + 1)]


class PairStream:
    """The endless order of pairs that belongs to a seed; `take` continues it.

    Args:
        n: the number of players, at least 2.
        law: the shares of the sizes.
        generator: gives a generator for each number; a number has always the same stream.
    """

    def __init__(self, n: int, law: SizeLaw, generator: Callable[[int], np.random.Generator]) -> None:
        self._n = n
        self._shares = law(n)
        self._most = np.array([float(count) for count in pair_counts(n)])
        self._generator = generator
        self._random, self._redraw = generator(0), generator(n)
        self._taken = np.zeros(len(self._shares), dtype=np.int64)
        self._seen: set[bytes] = set()
        self._orders: dict[int, npt.NDArray[np.int64]] = {}

    def take(self, count: int) -> Coalitions:
        """Return the next pairs, bool (count, n), or fewer when there are no more."""
        before, after = self._taken, self.size_counts(int(self._taken.sum()) + count)
        sizes = self._in_order(before, after)
        self._taken = after
        pairs = np.empty((len(sizes), self._n), dtype=np.bool_)
        listed = self._most[sizes - 1] <= _ENUMERATED
        for size in np.unique(sizes[listed]).tolist():
            pairs[sizes == size] = self._listed(size, before[size - 1], after[size - 1])
        if not listed.all():
            pairs[~listed] = self._draw_different(sizes[~listed])
        return pairs

    def size_counts(self, count: int) -> _Counts:
        """Return how many of the first `count` pairs are of the sizes 1 to n // 2, int64 (n // 2,)."""
        count = int(min(count, self._most.sum()))
        low, high = 0.0, 2.0 * (count + len(self._shares)) / self._shares.min()
        for _ in range(_HALVINGS):
            level = (low + high) / 2
            reached = self._webster(level).sum()
            low, high = (level, high) if reached <= count else (low, level)
            if reached == count:
                break
        counts = self._webster(low)
        while counts.sum() < count:
            quotients = np.where(counts < self._most, self._quotients(counts), np.inf)
            counts[np.argmin(quotients)] += 1
        return counts

    def _webster(self, level: float) -> _Counts:
        """Return how many pairs of each size have a quotient up to a level."""
        counts = np.floor(self._shares * level + 0.5)
        # Rounding may be off by one, and equal quotients must be treated alike.
        counts += self._quotients(counts) <= level
        counts -= self._quotients(counts - 1) > level
        whole: _Counts = np.minimum(counts, self._most).astype(np.int64)
        return whole

    def _quotients(self, ordinals: npt.NDArray[Any]) -> _Vector:
        """Return what the next pair of each size is ordered by, when there are so many before it."""
        quotients: _Vector = (ordinals + 0.5) / self._shares
        return quotients

    def _in_order(self, before: _Counts, after: _Counts) -> _Counts:
        """Return the sizes of the pairs between two counts, in the order of Webster's rule."""
        sizes = np.repeat(np.arange(1, len(before) + 1), after - before)
        ordinals = np.concatenate([np.arange(first, last) for first, last in zip(before, after, strict=True)])
        quotients = (ordinals + 0.5) / self._shares[sizes - 1]
        ordered: _Counts = sizes[np.argsort(quotients, kind="stable")]
        return ordered

    def _listed(self, size: int, first: int, last: int) -> Coalitions:
        """Return the pairs first to last - 1 of a size, in a random order of all."""
        n, half = self._n, 2 * size == self._n
        if size not in self._orders:
            self._orders[size] = random_order(self._generator(size), int(self._most[size - 1]))
        ranks = self._orders[size][first:last]
        if not half:
            return unrank(ranks, n, size)
        others = unrank(ranks, n - 1, size - 1)
        return np.concatenate([np.ones((len(others), 1), dtype=np.bool_), others], axis=1)

    def _draw_different(self, sizes: _Counts) -> Coalitions:
        """Draw a pair of each size, different from each other and from all drawn before."""
        blocks = [
            self._draw(block, self._random) for block in np.split(sizes, range(_BLOCK, len(sizes), _BLOCK))
        ]
        pairs = np.concatenate(blocks)
        for row, first_key in enumerate(keys_of(pairs)):
            key = first_key
            while key in self._seen:
                pairs[row] = self._draw(sizes[row : row + 1], self._redraw)[0]
                key = keys_of(pairs[row : row + 1])[0]
            self._seen.add(key)
        return pairs

    def _draw(self, sizes: _Counts, generator: np.random.Generator) -> Coalitions:
        marks = generator.random((len(sizes), self._n))
        limits = np.take_along_axis(np.sort(marks, axis=1), sizes[:, None] - 1, axis=1)
        pairs = marks <= limits
        other_half = (2 * sizes == self._n) & ~pairs[:, 0]
        pairs[other_half] = ~pairs[other_half]
        return pairs


def unrank(ranks: npt.NDArray[np.int64], n: int, size: int) -> Coalitions:
    """Return the coalitions, bool (k, n), of a size at ranks 0 to C(n, size) - 1, int64 (k,), player 0 first.

    >>> unrank(np.arange(3), 3, 2).astype(int)
    array([[1, 1, 0],
           [1, 0, 1],
           [0, 1, 1]])
    """
    coalitions = np.zeros((len(ranks), n), dtype=np.bool_)
    # The combinatorial number system: the ranks from the end are sums of C(m, missing), m falling.
    left = math.comb(n, size) - 1 - ranks
    for missing in range(size, 0, -1):
        having = np.array([math.comb(after, missing) for after in range(n)])
        after = np.searchsorted(having, left, side="right") - 1
        coalitions[np.arange(len(ranks)), n - 1 - after] = True
        left = left - having[after]
    return coalitions


def _shares(weights: _Vector, n: int) -> _Vector:
    halves = np.where(2 * np.arange(1, n // 2 + 1) == n, 0.5, 1.0)
    shares: _Vector = weights * halves / (weights @ halves)
    return shares

"""Measuring pairs, on one side only where the other side has nothing to add.

In a self-dual game v(S) + v(N - S) is the same for every S: a majority game without ties, or an additive one.
There a pair costs twice what it tells. Once pairs of several sizes have shown this, only the named sides are
measured; every sixteenth pair is still measured on both, and should one break the rule, the missing sides are
measured after all.
"""

from __future__ import annotations

import numpy as np

from valuation.coalitions import Coalitions
from valuation.shapley.odd_gp.kernel import Vector
from valuation.shapley.odd_gp.model import Observations, signs_of
from valuation.shapley.run import Run

_TOLERANCE = 1e-9
_CHECKED = 16


class PairMeter:
    """The pairs measured in a run, in order.

    Attributes:
        pairs: bool (p, n).
        counts: int (p,): how many times each was measured.
        one_sided: whether the game is taken to be self-dual.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self.pairs: Coalitions = np.empty((0, run.n), dtype=np.bool_)
        self.counts = np.empty(0, dtype=np.intp)
        self._near, self._far = np.empty(0), np.empty(0)
        self.one_sided = False

    @property
    def odd(self) -> Vector:
        """Half the difference of the utilities of the pairs and their complements, float64 (p,)."""
        far = np.where(np.isnan(self._far), self._run.nobody + self._run.everybody - self._near, self._far)
        return (self._near - far) / 2

    def observations(self, most: int) -> Observations:
        """Return what is known of g at the first pairs, `most` at most, and at everybody."""
        pairs, counts = self.pairs[:most], self.counts[:most]
        odd = np.append(self.odd[:most], self._run.total / 2)
        scale = float(np.sqrt(np.mean(odd**2)))
        # The mean of c measurements a side has half the variance of one, over c, in half the difference.
        variance = self._run.record().noise() ** 2 / 2 if self._run.options.noisy else 0.0
        unit = scale if scale > 0 else 1.0
        return Observations(
            pairs=np.concatenate([signs_of(pairs), np.ones((1, self._run.n))]),
            odd=odd / unit,
            noise=variance / np.append(counts, self._run.ends_measured) / unit**2,
            scale=scale,
        )

    def affords(self, count: int) -> int:
        """Return how many of the next `count` pairs the budget pays for."""
        costs = np.where(self._both(count), 2, 1).cumsum()
        return int(np.searchsorted(costs, self._run.remaining, side="right"))

    def measure(self, pairs: Coalitions) -> None:
        """Measure pairs, bool (k, n), that the budget pays for."""
        both = self._both(len(pairs))
        utilities = self._run.measure(np.concatenate([pairs, ~pairs[both]]))
        far = np.full(len(pairs), np.nan)
        far[both] = utilities[len(pairs) :]
        self.pairs = np.concatenate([self.pairs, pairs])
        self.counts = np.concatenate([self.counts, np.ones(len(pairs), dtype=np.intp)])
        self._near = np.concatenate([self._near, utilities[: len(pairs)]])
        self._far = np.concatenate([self._far, far])
        if self.one_sided and not self._looks_self_dual():
            self.one_sided = False
            self._measure_missing_sides()

    def measure_again(self, count: int) -> None:
        """Measure the first pairs once more, `count` of them or as many as the budget pays for."""
        again = self.pairs[: min(count, self._run.remaining // 2)]
        near, far = np.split(self._run.measure(np.concatenate([again, ~again])), 2)
        rows = slice(len(again))
        share = 1 / (self.counts[rows] + 1)
        self._near[rows] += share * (near - self._near[rows])
        self._far[rows] += share * (far - self._far[rows])
        self.counts[rows] += 1

    def notice_self_duality(self) -> None:
        """Measure on one side from now on, if the game is deterministic and looks self-dual."""
        self.one_sided = not self._run.options.noisy and self._looks_self_dual()

    def _both(self, count: int) -> np.typing.NDArray[np.bool_]:
        """Say which of the next pairs are measured on both sides, bool (count,)."""
        first = len(self.pairs)
        both: np.typing.NDArray[np.bool_] = np.arange(first, first + count) % _CHECKED == 0
        return both | (not self.one_sided)

    def _looks_self_dual(self) -> bool:
        ends = self._run.nobody + self._run.everybody
        known = ~np.isnan(self._far)
        near, far = self._near[known], self._far[known]
        greatest = max(abs(self._run.nobody), abs(self._run.everybody), np.abs([near, far]).max(initial=0.0))
        return bool((np.abs(near + far - ends) <= _TOLERANCE * greatest).all())

    def _measure_missing_sides(self) -> None:
        missing = np.flatnonzero(np.isnan(self._far))
        bought, lost = np.split(missing, [self._run.remaining])
        self._far[bought] = self._run.measure(~self.pairs[bought])
        keep = np.ones(len(self.pairs), dtype=np.bool_)
        keep[lost] = False
        self.pairs, self.counts = self.pairs[keep], self.counts[keep]
        self._near, self._far = self._near[keep], self._far[keep]

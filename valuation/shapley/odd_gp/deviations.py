"""What no smooth prior explains: every pair's own deviation, independent of all others.

A deviation belongs to the game, it is not noise. Where a pair was measured its deviation is known and its
share of the values is counted; where not, it is an error that the standard errors include. Once all pairs are
measured the values are exact, whatever the kernel. Variances are exp(level) (4 s (n - s) / n^2)^slope at size
s.
"""

from __future__ import annotations

import numpy as np

from valuation.shapley.odd_gp.kernel import Matrix, Vector, sizes_of
from valuation.shapley.semivalues import shapley_weights


class Deviations:
    """The deviations of a game of n players; the parameters are level and slope."""

    def __init__(self, n: int) -> None:
        sizes = np.arange(1, n // 2 + 1)
        self._log_spread = np.concatenate([[0.0], np.log(4 * sizes * (n - sizes) / n**2)])
        self._weights = shapley_weights(n)
        self._n = n

    def variance(self, parameters: Vector, pairs: Matrix) -> Vector:
        """Return the variances of the deviations, float64 (m,), of pairs (m, n)."""
        variance: Vector = np.exp(parameters[0] + parameters[1] * self._log_spread[sizes_of(pairs)])
        return variance

    def gradient(self, parameters: Vector, pairs: Matrix, weights: Vector) -> Vector:
        """Return the derivatives, (2,), of sum(weights * variance(parameters, pairs)), weights being (m,)."""
        weighted = weights * self.variance(parameters, pairs)
        return np.array([weighted.sum(), weighted @ self._log_spread[sizes_of(pairs)]])

    def values(self, parameters: Vector, pairs: Matrix) -> Matrix:
        """Return the covariances, float64 (n, m), of the Shapley values with the deviations of pairs.

        A pair with a deviation of 1, and so its complement with -1, is worth 2 w(s - 1) to those inside and
        -2 w(s) to those outside.
        """
        sizes = sizes_of(pairs)
        variance = 2 * self.variance(parameters, pairs)
        inside, outside = variance * self._weights[sizes - 1], -variance * self._weights[sizes]
        return np.where(pairs.T > 0, inside, outside)

    def value_variance(self, parameters: Vector) -> float:
        """Return the variance that the deviations of all pairs give to each player's Shapley value.

        There are C(n - 1, s - 1) pairs of size s with a player inside, and w(s - 1) C(n - 1, s - 1) = 1 / n;
        likewise outside. Halves are counted twice.
        """
        n = self._n
        sizes = np.arange(1, n // 2 + 1)
        counted = np.where(2 * sizes == n, 0.5, 1.0) * (self._weights[sizes - 1] + self._weights[sizes])
        spread = np.exp(parameters[0] + parameters[1] * self._log_spread[1:])
        return float(4 * (spread @ counted) / n)

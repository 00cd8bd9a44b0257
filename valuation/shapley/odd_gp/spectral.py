"""A prior under which all players are alike: interactions of each order have a variance of their own.

The kernel is sum over odd t of a_t K_t(d) / C(n, t) in the Hamming distance d, a_t being the variance that
the interactions of t players give to g together; the even orders have no part in g. It has as many parameters
as orders, few enough to be learned from few pairs, or to be fixed in advance.
"""

from __future__ import annotations

import numpy as np

from valuation.shapley.odd_gp.kernel import Matrix, Vector, gaussian_penalty
from valuation.shapley.odd_gp.krawtchouk import order_kernel, order_value

HIGHEST_ORDER = 15
"""Interactions of more players than this are left to the deviations."""

_LINEAR = (0.0, 3.0)
_CUBIC = (-2.0, 3.0)
_DECAY = (-1.0, 1.0)
"""Means and spreads of log a_1, of log a_3, and of the steps from each further log a_t to the next."""


class SpectralKernel:
    """The kernel of n players; its parameters are log a_t for t = 1, 3, 5, ... up to 15 or n."""

    def __init__(self, n: int) -> None:
        self._orders = np.arange(1, min(n, HIGHEST_ORDER) + 1, 2)
        self._by_distance = np.array([order_kernel(order, n) for order in self._orders.tolist()])
        self._by_company = np.array([order_value(order, n) for order in self._orders.tolist()])
        self._n = n

    @property
    def start(self) -> Vector:
        """The middle of the prior on the parameters, float64 (k,)."""
        cubic = _CUBIC[0] + _DECAY[0] * np.arange(len(self._orders) - 1)
        return np.concatenate([[_LINEAR[0]], cubic])

    @property
    def bounds(self) -> Matrix:
        """The least and greatest parameters, float64 (k, 2)."""
        return np.tile([-16.0, 8.0], (len(self._orders), 1))

    def penalty(self, parameters: Vector) -> tuple[float, Vector]:
        """Return minus the log prior density of the parameters, up to a constant, and its gradient (k,).

        The logs of the variances from the third order on are a random walk downwards.
        """
        steps = np.diff(parameters[1:], prepend=0.0)
        centre = np.array([_LINEAR[0], _CUBIC[0]] + [_DECAY[0]] * len(steps))[: len(parameters)]
        spread = np.array([_LINEAR[1], _CUBIC[1]] + [_DECAY[1]] * len(steps))[: len(parameters)]
        value, slope = gaussian_penalty(np.concatenate([parameters[:1], steps]), centre, spread)
        slope[1:-1] -= slope[2:]
        return value, slope

    def covariance(self, parameters: Vector, left: Matrix, right: Matrix) -> Matrix:
        """Return the covariances of g, float64 (a, b), at pairs left (a, n) and right (b, n)."""
        by_distance: Vector = np.exp(parameters) @ self._by_distance
        return by_distance[self._distances(left, right)]

    def gradient(self, parameters: Vector, pairs: Matrix, weights: Matrix) -> Vector:
        """Return the derivatives, (k,), of sum(weights * covariance(parameters, pairs, pairs))."""
        distances = self._distances(pairs, pairs)
        total = np.bincount(distances.ravel(), weights.ravel(), minlength=self._n + 1)
        slopes: Vector = np.exp(parameters) * (self._by_distance @ total)
        return slopes

    def variance(self, parameters: Vector, pairs: Matrix) -> Vector:
        """Return the variances of g, float64 (m,), at pairs (m, n)."""
        return np.full(len(pairs), np.exp(parameters).sum())

    def values(self, parameters: Vector, pairs: Matrix) -> Matrix:
        """Return the covariances, float64 (n, m), of the players' Shapley values with g at pairs (m, n)."""
        inside = pairs > 0
        company = inside.sum(axis=1)[:, None] - inside
        shares: Vector = np.exp(parameters) @ self._by_company
        values: Matrix = (pairs * shares[company]).T
        return values

    def value_variance(self, parameters: Vector) -> Vector:
        """Return the variances, float64 (n,), of the players' Shapley values: sum of 4 a_t / (t n)."""
        return np.full(self._n, (np.exp(parameters) * 4 / (self._orders * self._n)).sum())

    def _distances(self, left: Matrix, right: Matrix) -> np.typing.NDArray[np.intp]:
        distances: np.typing.NDArray[np.intp] = np.rint((self._n - left @ right.T) / 2).astype(np.intp)
        return distances

"""A prior under which players differ: each has a relevance, and interactions vary as the product of theirs.

The kernel is the sum of three parts, for pairs x, y in {-1, +1}^n of sizes s, r:

- linear, a x.y / n: what a player adds everywhere;
- by size, b (x.y / n) c(s, r): what a player adds to coalitions of a size, which varies slowly with the size;
- interactions, h sum over odd |T| >= 3 of prod over T of theta_i x_i y_i, with theta_i in (0, 1) the
  relevance of player i. The sum over all odd T is half of prod (1 + theta_i x_i y_i) - prod (1 - theta_i x_i
  y_i), and since x_i y_i is -1 or +1, each product is the exponential of a number that is linear in x_i y_i:
  one matrix product gives the whole kernel (the generating function of the Krawtchouk polynomials when all
  theta are equal).

Values come from the multilinear extension (Owen 1972): the product over T is worth 2 / |T| to each of its
players, which is 2 times the integral of u^(|T| - 1) over [0, 1], so that the sum over T becomes an integral
over u of a product with theta_i u, done by Gauss-Legendre quadrature, exact for up to 48 players.
"""

from __future__ import annotations

import numpy as np

from valuation.shapley.odd_gp.kernel import Matrix, Vector, gaussian_penalty, sizes_of

_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(24)
_NODES, _NODE_WEIGHTS = (_NODES + 1) / 2, _NODE_WEIGHTS / 2

_SIZE_LENGTH = 1.5
"""The change in the log odds of being inside over which contributions by size lose their correlation."""

_CENTRE = np.array([0.0, -2.0, -3.0])
_SPREAD = np.array([3.0, 3.0, 3.0])
"""Means and spreads of the logs of a, b and h."""

_SPREAD_OF_MEAN, _SPREAD_OF_PLAYERS = 1.0, 0.7
"""Spreads of the mean of the log odds of theta, and of the players' around it."""

_GREATEST_LOG_ODDS = 0.5
_SCALES = 3


class RelevanceKernel:
    """The kernel of n players; its parameters are log a, log b, log h, and the log odds of each theta."""

    def __init__(self, n: int) -> None:
        sizes = np.arange(n + 1)
        log_odds = np.log((sizes + 0.5) / (n - sizes + 0.5))
        nearness = np.exp(-np.abs(log_odds[:, None] - log_odds) / _SIZE_LENGTH)
        self._by_size = (nearness + nearness[:, ::-1]) / 2
        self._n = n
        # On average four players have a part in an interaction.
        self._typical = min(-0.5, np.log(4 / max(n - 4, 1)))

    @property
    def start(self) -> Vector:
        """The middle of the prior on the parameters, float64 (k,)."""
        return np.concatenate([_CENTRE, np.full(self._n, self._typical)])

    @property
    def bounds(self) -> Matrix:
        """The least and greatest parameters, float64 (k, 2)."""
        return np.array([[-12.0, 8.0]] * _SCALES + [[-9.0, _GREATEST_LOG_ODDS]] * self._n)

    def penalty(self, parameters: Vector) -> tuple[float, Vector]:
        """Return minus the log prior density of the parameters, up to a constant, and its gradient (k,)."""
        scales, slope_of_scales = gaussian_penalty(parameters[:_SCALES], _CENTRE, _SPREAD)
        log_odds = parameters[_SCALES:]
        mean = log_odds.mean()
        players = (log_odds - mean) / _SPREAD_OF_PLAYERS
        common = (mean - self._typical) / _SPREAD_OF_MEAN
        slope = players / _SPREAD_OF_PLAYERS + common / _SPREAD_OF_MEAN / self._n
        penalty = scales + float(players @ players + common**2) / 2
        return penalty, np.concatenate([slope_of_scales, slope])

    def covariance(self, parameters: Vector, left: Matrix, right: Matrix) -> Matrix:
        """Return the covariances of g, float64 (a, b), at pairs left (a, n) and right (b, n)."""
        linear, by_size, interactions = np.exp(parameters[:_SCALES])
        theta = _relevances(parameters)
        grows, shrinks = _products(theta, left, right)
        agreement = left @ right.T / self._n
        odd = (grows - shrinks) / 2 - (left * theta) @ right.T
        nearness = self._nearness(left, right)
        covariance: Matrix = agreement * (linear + by_size * nearness) + interactions * odd
        return covariance

    def gradient(self, parameters: Vector, pairs: Matrix, weights: Matrix) -> Vector:
        """Return the derivatives, (k,), of sum(weights * covariance(parameters, pairs, pairs))."""
        linear, by_size, interactions = np.exp(parameters[:_SCALES])
        theta = _relevances(parameters)
        grows, shrinks = _products(theta, pairs, pairs)
        weighted = weights * (pairs @ pairs.T) / self._n
        grows, shrinks = weights * grows, weights * shrinks
        sums = [(matrix, (pairs * (matrix @ pairs)).sum(axis=0)) for matrix in (grows, shrinks, weights)]
        (_, by_grows), (_, by_shrinks), (_, by_weights) = sums
        # d/dtheta of 1 + theta z, z = -1 or +1, over itself is (z - theta) / (1 - theta^2).
        moved = (by_grows - theta * grows.sum() + by_shrinks + theta * shrinks.sum()) / (2 * (1 - theta**2))
        of_scales = np.array(
            [
                linear * weighted.sum(),
                by_size * (weighted * self._nearness(pairs, pairs)).sum(),
                interactions * ((grows - shrinks).sum() / 2 - theta @ by_weights),
            ]
        )
        return np.concatenate([of_scales, interactions * (moved - by_weights) * theta * (1 - theta)])

    def variance(self, parameters: Vector, pairs: Matrix) -> Vector:
        """Return the variances of g, float64 (m,), at pairs (m, n)."""
        linear, by_size, interactions = np.exp(parameters[:_SCALES])
        theta = _relevances(parameters)
        odd = (np.prod(1 + theta) - np.prod(1 - theta)) / 2 - theta.sum()
        sizes = sizes_of(pairs)
        variance: Vector = linear + by_size * self._by_size[sizes, sizes] + interactions * odd
        return variance

    def values(self, parameters: Vector, pairs: Matrix) -> Matrix:
        """Return the covariances, float64 (n, m), of the players' Shapley values with g at pairs (m, n)."""
        linear, by_size, interactions = np.exp(parameters[:_SCALES])
        theta = _relevances(parameters)
        columns = self._by_size[:, sizes_of(pairs)]
        own, others = self._shares_by_size() @ columns
        values: Matrix = (
            (2 * linear / self._n) * pairs.T
            + (by_size / self._n) * ((own - others) * pairs.T + others * pairs.sum(axis=1))
            + interactions * _interaction_values(theta, pairs).T
        )
        return values

    def value_variance(self, parameters: Vector) -> Vector:
        """Return the variances, float64 (n,), of the players' Shapley values."""
        linear, by_size, interactions = np.exp(parameters[:_SCALES])
        theta = _relevances(parameters)
        own, others = self._shares_by_size()
        sized = own @ self._by_size @ own + (self._n - 1) * (others @ self._by_size @ others)
        # 4 / |T|^2 is 4 times the double integral of (u w)^(|T| - 1).
        both = np.outer(_NODES, _NODES).ravel()[:, None] * theta
        weights = np.outer(_NODE_WEIGHTS, _NODE_WEIGHTS).ravel()
        grows, shrinks = 1 + both, 1 - both
        odd = (grows.prod(axis=1, keepdims=True) / grows + shrinks.prod(axis=1, keepdims=True) / shrinks) / 2
        interacting = 4 * theta * (weights @ (odd - 1))
        variance: Vector = (4 * linear + by_size * sized) / self._n + interactions * interacting
        return variance

    def _nearness(self, left: Matrix, right: Matrix) -> Matrix:
        nearness: Matrix = self._by_size[np.ix_(sizes_of(left), sizes_of(right))]
        return nearness

    def _shares_by_size(self) -> Matrix:
        """Return what x_j c(|S|) is worth to j and to each other player, float64 (2, n + 1), as sums over c.

        When j joins s others the game goes from -c(s) to c(s + 1); what everybody gains in all is 2 c(n).
        """
        n = self._n
        own = np.full(n + 1, 2 / n)
        own[[0, n]] = 1 / n
        whole = np.zeros(n + 1)
        whole[n] = 2
        return np.array([own, (whole - own) / (n - 1)])


def _relevances(parameters: Vector) -> Vector:
    return 1 / (1 + np.exp(-parameters[_SCALES:]))


def _products(theta: Vector, left: Matrix, right: Matrix) -> tuple[Matrix, Matrix]:
    """Return prod (1 + theta_i x_i y_i) and prod (1 - theta_i x_i y_i), float64 (a, b) each."""
    middle = np.log1p(-(theta**2)).sum() / 2
    tilt = (left * np.arctanh(theta)) @ right.T
    return np.exp(middle + tilt), np.exp(middle - tilt)


def _interaction_values(theta: Vector, pairs: Matrix) -> Matrix:
    """Return sum over odd |T| >= 3 with i of (2 / |T|) prod over T of theta_j y_j, float64 (m, n)."""
    scaled = _NODES[:, None] * theta
    middle = np.log1p(-(scaled**2)).sum(axis=1) / 2
    tilt = pairs @ np.arctanh(scaled).T
    grows, shrinks = np.exp(middle + tilt), np.exp(middle - tilt)
    # Player i's own factor is divided out: 1 / (1 + z) = (1 - z) / (1 - z^2).
    share = _NODE_WEIGHTS[:, None] / (1 - scaled**2)
    without = (grows + shrinks) / 2 @ share - pairs * ((grows - shrinks) / 2 @ (share * scaled))
    values: Matrix = 2 * theta * pairs * (without - 1)
    return values

"""A kernel with deviations: a whole prior on the odd part of a game, and what the data say about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import LinAlgError, cho_solve, cholesky
from scipy.linalg.lapack import dpotri
from scipy.optimize import Bounds, minimize

from valuation.coalitions import Coalitions
from valuation.shapley.odd_gp.deviations import Deviations
from valuation.shapley.odd_gp.kernel import Kernel, Matrix, Vector, gaussian_penalty
from valuation.shapley.odd_gp.relevance import RelevanceKernel
from valuation.shapley.odd_gp.spectral import SpectralKernel

_JITTER = 1e-8
"""The variance, for a scale of 1, that an exact observation is given so that the arithmetic is stable."""

LEARNED_FROM = 400
"""The most pairs that the parameters of a prior are learned from."""

_ITERATIONS = 60
_IMPOSSIBLE = 1e10


@dataclass(frozen=True)
class Observations:
    """What was measured of the odd part of a game, in units of its root mean square.

    Attributes:
        pairs: float64 (p + 1, n), signs; the last row is everybody.
        odd: float64 (p + 1,): g at the pairs, in units of `scale`.
        noise: float64 (p + 1,): the variances of the measurements, in units of `scale` squared.
        scale: the root mean square of g, in the units of the utility.
    """

    pairs: Matrix
    odd: Vector
    noise: Vector
    scale: float

    def thinned(self, most: int) -> Observations:
        """Return at most this many of the pairs, evenly spread over the order of measuring, and everybody."""
        p = len(self.odd) - 1
        if p <= most:
            return self
        rows = np.append(np.linspace(0, p - 1, most).round().astype(np.intp), p)
        return Observations(self.pairs[rows], self.odd[rows], self.noise[rows], self.scale)


def signs_of(pairs: Coalitions) -> Matrix:
    """Return pairs, bool (p, n), as signs, float64 (p, n): +1 for those inside.

    >>> signs_of(np.array([[True, False]]))
    array([[ 1., -1.]])
    """
    return np.where(pairs, 1.0, -1.0)


@dataclass(frozen=True)
class Model:
    """A prior on odd games.

    Attributes:
        kernel: the smooth part.
        deviations: the rest; its two parameters come after the kernel's.
        centre, spread: float64 (2,), of the prior on the deviations' parameters; a slope without spread is
            fixed.
    """

    kernel: Kernel
    deviations: Deviations
    centre: Vector
    spread: Vector

    @property
    def start(self) -> Vector:
        """The middle of the prior on all parameters, float64 (k,)."""
        return np.concatenate([self.kernel.start, self.centre])

    def covariance(self, parameters: Vector, observations: Observations) -> Matrix:
        """Return the covariances of the observations, float64 (p + 1, p + 1)."""
        pairs = observations.pairs
        covariance = self.kernel.covariance(parameters[:-2], pairs, pairs)
        own = self.deviations.variance(parameters[-2:], pairs[:-1])
        # Everybody's g is the total, of which nothing is unexplained.
        covariance[np.diag_indices_from(covariance)] += np.append(own, 0.0) + observations.noise + _JITTER
        return covariance

    def values(self, parameters: Vector, pairs: Matrix) -> Matrix:
        """Return the covariances, float64 (n, m), of the values with g at pairs other than everybody."""
        return self.kernel.values(parameters[:-2], pairs) + self.deviations.values(parameters[-2:], pairs)

    def value_variance(self, parameters: Vector) -> Vector:
        """Return the variances, float64 (n,), of the players' Shapley values before any observation."""
        return self.kernel.value_variance(parameters[:-2]) + self.deviations.value_variance(parameters[-2:])

    def loss(self, parameters: Vector, observations: Observations) -> tuple[float, Vector]:
        """Return minus the log posterior density of the parameters, up to a constant, and its gradient.

        Rasmussen and Williams, "Gaussian Processes for Machine Learning" (2006), equations 5.8 and 5.9.
        """
        penalty, slope = self.kernel.penalty(parameters[:-2])
        free = self.spread > 0
        own_penalty, own_slope = gaussian_penalty(parameters[-2:][free], self.centre[free], self.spread[free])
        try:
            factor = cholesky(self.covariance(parameters, observations), lower=True)
        except LinAlgError:
            return _IMPOSSIBLE, np.zeros_like(parameters)
        weights = cho_solve((factor, True), observations.odd)
        evidence = observations.odd @ weights / 2 + np.log(np.diag(factor)).sum()
        pull = (inverse_of(factor) - np.outer(weights, weights)) / 2
        gradient = np.zeros_like(parameters)
        gradient[:-2] = slope + self.kernel.gradient(parameters[:-2], observations.pairs, pull)
        own = self.deviations.gradient(parameters[-2:], observations.pairs[:-1], np.diag(pull)[:-1])
        gradient[-2:][free] = own_slope + own[free]
        return float(evidence) + penalty + own_penalty, gradient

    def learn(self, observations: Observations) -> Vector:
        """Return the parameters, float64 (k,), at a maximum of their posterior density. O(60 p^3) at most."""
        bounds = np.concatenate([self.kernel.bounds, [[-16.0, 3.0], [-2.0, 4.0]]])
        bounds[-2:][self.spread == 0] = self.centre[self.spread == 0][:, None]
        found = minimize(
            self.loss,
            self.start,
            args=(observations,),
            method="L-BFGS-B",
            jac=True,
            bounds=Bounds(bounds[:, 0], bounds[:, 1]),
            options={"maxiter": _ITERATIONS},
        )
        return np.asarray(found.x)


def relevance_model(n: int) -> Model:
    """Return the prior under which players differ in relevance."""
    return Model(RelevanceKernel(n), Deviations(n), np.array([-3.0, 0.5]), np.array([1.5, 0.5]))


def spectral_model(n: int) -> Model:
    """Return the prior under which players are alike, and deviations as well."""
    return Model(SpectralKernel(n), Deviations(n), np.array([-6.0, 0.0]), np.array([3.0, 0.0]))


def inverse_of(factor: Matrix) -> Matrix:
    """Return the inverse, float64 (p, p), of the matrix whose lower Cholesky factor is given."""
    lower, _ = dpotri(factor, lower=1)
    inverse: Matrix = np.tril(lower) + np.tril(lower, -1).T
    return inverse

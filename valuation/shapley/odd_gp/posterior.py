"""What the observations say about the values under a prior with given parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_solve, cholesky
from scipy.special import comb

from valuation.shapley.odd_gp.kernel import Matrix, Vector, sizes_of
from valuation.shapley.odd_gp.model import Model, Observations, inverse_of

_OVERALL_COUNTS_AS = 5
"""Pairs as many as which the plain surprise of all pairs counts."""


@dataclass(frozen=True)
class Posterior:
    """Values under one model, linear in the observations.

    Attributes:
        weights: float64 (n, p + 1): values are weights @ g, the last column being everybody's.
        values: float64 (n,), in the units of the utility.
        variance: float64 (n,): their variances if the model is right.
        surprise: how wrong the values would be if each pair in turn were left out, over what the model
            expects: above 1 the model is too sure of itself, below too timid.
        prediction_error: the mean squared error of predicting a pair from all others, in the units of the
            utility squared.
        smooth: float64 (p + 1,): coefficients of the kernel's columns that predict g, in the units of
            utility.
    """

    weights: Matrix
    values: Vector
    variance: Vector
    surprise: float
    prediction_error: float
    smooth: Vector


def posterior(model: Model, parameters: Vector, observations: Observations) -> Posterior:
    """Condition the model on the observations. O(p^3 + n p^2).

    What is still unknown are the pairs that were not measured. Of small coalitions there often are none, and
    these are the hardest to predict; so a pair tells about the model as much as there are others of its size
    left to measure.
    """
    factor = cholesky(model.covariance(parameters, observations), lower=True)
    columns = value_columns(model, parameters, observations)
    weights = cho_solve((factor, True), columns.T).T
    smooth = cho_solve((factor, True), observations.odd)
    variance = model.value_variance(parameters) - (weights * columns).sum(axis=1)
    precision = np.diag(inverse_of(factor))[:-1]
    # Leaving a pair out: Rasmussen and Williams (2006), equation 5.12.
    errors = smooth[:-1] / precision
    unknown = unmeasured(observations.pairs[:-1])
    return Posterior(
        weights=weights,
        values=weights @ observations.odd * observations.scale,
        variance=np.maximum(variance, 0.0) * observations.scale**2,
        surprise=_surprise(errors, precision, unknown * (weights[:, :-1] ** 2).sum(axis=0)),
        prediction_error=float(np.average(errors**2, weights=unknown)) * observations.scale**2,
        smooth=smooth * observations.scale,
    )


def unmeasured(pairs: Matrix) -> Vector:
    """Return what share of the pairs of the same size is missing from these, float64 (m,), signs (m, n).

    Where nothing is missing at all, every pair counts alike.

    >>> unmeasured(np.array([[1.0, -1, -1, -1], [1, 1, -1, -1], [1, -1, 1, -1]])).round(2).tolist()
    [0.75, 0.33, 0.33]
    """
    n, sizes = pairs.shape[1], sizes_of(pairs)
    all_pairs = comb(n, sizes) / np.where(2 * sizes == n, 2, 1)
    share: Vector = np.maximum(1 - np.bincount(sizes)[sizes] / all_pairs, 0.0)
    return share if share.any() else np.ones(len(pairs))


def _surprise(errors: Vector, precision: Vector, pull: Vector) -> float:
    """Return the squared errors over their expectation, weighted by how far each pair pulls the values.

    Where a few pairs pull alone, what all pairs say counts as well.
    """
    expected = pull / precision
    overall = float(np.mean(errors**2 * precision))
    if not expected.any():
        return overall
    prior = _OVERALL_COUNTS_AS * expected.mean()
    return float((pull @ errors**2 + overall * prior) / (expected.sum() + prior))


def value_columns(model: Model, parameters: Vector, observations: Observations) -> Matrix:
    """Return the covariances, float64 (n, p + 1), of the values with the observations."""
    everybody = model.kernel.values(parameters[:-2], observations.pairs[-1:])
    return np.concatenate([model.values(parameters, observations.pairs[:-1]), everybody], axis=1)

"""What the observations say about the values under a prior with given parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_solve, cholesky

from valuation.shapley.odd_gp.kernel import Matrix, Vector
from valuation.shapley.odd_gp.model import Model, Observations, inverse_of


@dataclass(frozen=True)
class Posterior:
    """Values under one model, linear in the observations.

    Attributes:
        weights: float64 (n, p + 1): values are weights @ g, the last column being everybody's.
        values: float64 (n,), in the units of the utility.
        variance: float64 (n,): their variances if the model is right.
        surprise: the mean squared error of predicting each pair from all others, over what the model expects:
            above 1 the model is too sure of itself, below too timid.
        prediction_error: that mean squared error itself, in the units of the utility squared.
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
    """Condition the model on the observations. O(p^3 + n p^2)."""
    factor = cholesky(model.covariance(parameters, observations), lower=True)
    columns = value_columns(model, parameters, observations)
    weights = cho_solve((factor, True), columns.T).T
    smooth = cho_solve((factor, True), observations.odd)
    variance = model.value_variance(parameters) - (weights * columns).sum(axis=1)
    precision = np.diag(inverse_of(factor))[:-1]
    # Leaving a pair out: Rasmussen and Williams (2006), equation 5.12.
    errors = smooth[:-1] / precision
    return Posterior(
        weights=weights,
        values=weights @ observations.odd * observations.scale,
        variance=np.maximum(variance, 0.0) * observations.scale**2,
        surprise=float(np.mean(errors**2 * precision)),
        prediction_error=float(np.mean(errors**2)) * observations.scale**2,
        smooth=smooth * observations.scale,
    )


def value_columns(model: Model, parameters: Vector, observations: Observations) -> Matrix:
    """Return the covariances, float64 (n, p + 1), of the values with the observations."""
    everybody = model.kernel.values(parameters[:-2], observations.pairs[-1:])
    return np.concatenate([model.values(parameters, observations.pairs[:-1]), everybody], axis=1)

"""Which pairs to measure next: those that leave the least uncertainty in the values.

Under a Gaussian process the variance that remains does not depend on what will be measured, only on where. So
the pairs are chosen one after the other, each being the candidate that lowers the sum of the players'
variances the most given all before it (the aim of ShaplEIG, 2606.02247, in closed form and without the game).
O(c (n + p + k)) work a choice among c candidates, p pairs measured and k chosen.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.linalg import cholesky, solve_triangular

from valuation.shapley.odd_gp.kernel import Matrix, Vector
from valuation.shapley.odd_gp.model import Model, Observations
from valuation.shapley.odd_gp.posterior import value_columns


def choose(
    model: Model, parameters: Vector, observations: Observations, candidates: Matrix, count: int
) -> npt.NDArray[np.intp]:
    """Return the rows, intp (count,) or fewer, of the best candidates, signs (c, n), best first."""
    count = min(count, len(candidates))
    p = len(observations.odd)
    factor = cholesky(model.covariance(parameters, observations), lower=True)
    known = solve_triangular(factor, value_columns(model, parameters, observations).T, lower=True)
    cross = model.kernel.covariance(parameters[:-2], observations.pairs, candidates)
    # Rows are what the observations and the choices so far explain; each choice adds one.
    explained = np.empty((p + count, len(candidates)))
    explained[:p] = solve_triangular(factor, cross, lower=True)
    covariance = model.values(parameters, candidates) - known.T @ explained[:p]
    own = model.deviations.variance(parameters[-2:], candidates) + observations.noise[:-1].mean()
    variance = model.kernel.variance(parameters[:-2], candidates) + own - (explained[:p] ** 2).sum(axis=0)
    chosen = np.empty(count, dtype=np.intp)
    for step in range(count):
        gain = (covariance**2).sum(axis=0) / np.maximum(variance, own)
        gain[chosen[:step]] = -1.0
        best = int(np.argmax(gain))
        chosen[step] = best
        row = model.kernel.covariance(parameters[:-2], candidates[best : best + 1], candidates)[0]
        row -= explained[: p + step, best] @ explained[: p + step]
        row[best] += own[best]
        row /= np.sqrt(max(variance[best], own[best]))
        explained[p + step] = row
        covariance -= np.outer(covariance[:, best] / np.sqrt(max(variance[best], own[best])), row)
        variance -= row**2
    return chosen

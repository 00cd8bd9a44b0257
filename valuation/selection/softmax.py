"""Selecting participants with probabilities that rise with their contributions.

"Fair yet asymptotically equal collaborative learning" (Lin et al., ICML 2023): rho = softmax(beta psi), of
which a number of nodes is drawn without replacement; only they upload, and get the latest model. beta = 0 is
equality, large beta lets only the best take part. A node's staleness is the number of rounds for each in
which it was selected.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError

FLOOR = 1e-30
"""The least probability, so that everybody can be selected some day."""


def selection_probabilities(contributions: npt.ArrayLike, beta: float) -> npt.NDArray[np.float64]:
    """Return the probabilities of a single draw, float64 (n,): softmax(beta * contributions).

    Raises:
        InputError: a contribution is not finite, there is none, or beta is negative or not finite.

    >>> selection_probabilities([0.723607, 0.276393], beta=10.0).round(6).tolist()
    [0.988706, 0.011294]
    """
    values = np.asarray(contributions, dtype=np.float64)
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all() or not 0 <= beta < np.inf:
        raise InputError(f"contributions of shape {values.shape} and beta {beta} give no probabilities")
    weights = np.exp(beta * (values - values.max())) + FLOOR
    return np.asarray(weights / weights.sum())


def select(
    probabilities: npt.NDArray[np.float64], count: int, rng: np.random.Generator
) -> npt.NDArray[np.intp]:
    """Return `count` different nodes, ascending, drawn one after the other with the given probabilities.

    The largest sums of log probability and Gumbel noise are distributed just like that (Vieira, 2014).

    Raises:
        InputError: a probability is not positive, or there are fewer nodes than are to be drawn.

    >>> select(np.array([0.5, 0.0, 0.5]) + 1e-30, 2, np.random.default_rng(0)).tolist()
    [0, 2]
    """
    if probabilities.ndim != 1 or not (probabilities > 0).all() or not 0 <= count <= len(probabilities):
        raise InputError(f"cannot draw {count} of {len(probabilities)} nodes with positive probabilities")
    # Moved by half a step, a uniform double is never 0, and its two logarithms are finite.
    noise = -np.log(-np.log(rng.random(len(probabilities)) + 2.0**-54))
    keys = np.log(probabilities) + noise
    return np.sort(np.argsort(-keys, kind="stable")[:count])


def staleness(selected: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Return rounds per round selected, float64 (n,), from who was selected, bool (T, n); infinite if never.

    >>> staleness(np.array([[True, False], [True, True]])).tolist()
    [1.0, 2.0]
    """
    times = selected.sum(axis=0).astype(np.float64)
    return np.asarray(np.divide(len(selected), times, out=np.full(len(times), np.inf), where=times > 0))

"""FoolsGold: identities that always pull the same way are one.

C. Fung, C. J. M. Yoon, I. Beschastnikh, "The limitations of federated learning in Sybil settings", RAID 2020,
algorithm 1. Histories, not single updates, are compared: one round's updates of honest peers are too noisy.
"""

import numpy as np

from valuation.errors import InputError
from valuation.integrity.geometry import Floats, Updates, check_updates, cosines, gram, weighted_mean

_EPSILON = 1e-5
_ROUNDING = 1e-12
"""Distances of cosines from 1 below this are rounding: they must not be magnified into trust."""


def foolsgold_weights(histories: Updates, importance: Floats | None = None) -> Floats:
    """Return how far each peer is to be listened to, from 0 (one of several alike) to 1.

    A peer's weight falls with the cosine to the peer most like it. Somebody whom a group of look-alikes
    resembles is pardoned in proportion. The most trusted peer always counts 1: the method takes for granted
    that one of them is honest. O(n^2 d).

    Args:
        histories: Each peer's updates summed over the rounds so far, (n, d).
        importance: How much each coordinate counts, float64 (d,), not negative; all alike if None.

    Returns:
        float64 (n,) in [0, 1]; all zero if all histories point the same way.

    Raises:
        InputError: the histories are not a finite matrix, or the importance does not fit it.

    >>> foolsgold_weights(np.array([[0.0, 1.0], [1.0, 0.0], [1.0, -1.0]])).tolist()
    [1.0, 0.0, 0.0]
    """
    if importance is not None:
        if importance.shape != histories.shape[1:] or not (importance >= 0).all():
            raise InputError("the importance needs one non-negative weight a coordinate")
        histories = histories * importance
    similarity = cosines(gram(histories))
    np.fill_diagonal(similarity, 0.0)
    closest = similarity.max(axis=1) + _EPSILON
    pardon = np.minimum(closest[:, None] / closest[None, :], 1.0)
    trust: Floats = np.clip(1.0 - (similarity * pardon).max(axis=1), 0.0, 1.0)
    trust[trust < _ROUNDING] = 0.0
    if not trust.any():
        return trust
    trust = np.minimum(trust / trust.max(), 0.99)
    with np.errstate(divide="ignore"):
        logit = np.log(trust / (1.0 - trust)) + 0.5
    return np.asarray(np.clip(logit, 0.0, 1.0))


def foolsgold(updates: Updates, histories: Updates) -> Floats:
    """Return the mean of the updates (n, d), weighted by `foolsgold_weights` of the histories, float64 (d,).

    Raises:
        InputError: the updates and histories are not finite matrices of one shape.
        AssumptionError: every history points the same way, so that there is no voice to follow.

    >>> updates = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, -1.0]])
    >>> foolsgold(updates, histories=updates).tolist()
    [0.0, 1.0]
    """
    if updates.shape != histories.shape:
        raise InputError(f"updates {updates.shape} and histories {histories.shape} need one shape")
    return weighted_mean(foolsgold_weights(histories), check_updates(updates))

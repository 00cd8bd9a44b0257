"""Krum and multi-Krum: follow the updates that have company.

P. Blanchard, E. M. El Mhamdi, R. Guerraoui, J. Stainer, "Machine learning with adversaries: Byzantine
tolerant gradient descent", NeurIPS 2017, section 4. Every machine chooses the same updates.
"""

import numpy as np

from valuation.errors import AssumptionError, InputError
from valuation.integrity.geometry import Floats, Updates, exact_gram, squared_distances, weighted_mean


def krum_scores(updates: Updates, byzantine: int) -> Floats:
    """Return each update's distance to its company: the sum of its n - f - 2 smallest squared distances.

    Args:
        updates: The round's updates, (n, d).
        byzantine: How many of them may be arbitrary (f).

    Returns:
        float64 (n,); low is good.

    Raises:
        InputError: the updates are not a finite matrix, or f is negative.
        AssumptionError: n is below 2 f + 3, where the method promises nothing.

    >>> updates = np.array([[1.0], [1.1], [0.9], [1.2], [50.0]])
    >>> int(np.argmax(krum_scores(updates, byzantine=1)))
    4
    """
    n = updates.shape[0]
    if byzantine < 0:
        raise InputError(f"{byzantine} updates cannot be arbitrary")
    if n < 2 * byzantine + 3:
        raise AssumptionError(f"Krum against {byzantine} needs {2 * byzantine + 3} updates, there are {n}")
    distances = squared_distances(exact_gram(updates))
    np.fill_diagonal(distances, np.inf)
    nearest = n - byzantine - 2
    # Sorted, and added from the nearest on: every machine rounds alike.
    return np.asarray(np.cumsum(np.sort(distances, axis=1)[:, :nearest], axis=1)[:, -1])


def krum(updates: Updates, byzantine: int) -> Floats:
    """Return the update, float64 (d,), with the smallest Krum score; equal scores go to the first.

    Raises:
        InputError, AssumptionError: see `krum_scores`.

    >>> krum(np.array([[1.0], [1.25], [0.75], [1.5], [50.0]]), byzantine=1).tolist()
    [1.0]
    """
    return multi_krum(updates, byzantine, chosen=1)


def multi_krum(updates: Updates, byzantine: int, chosen: int) -> Floats:
    """Return the mean, float64 (d,), of the `chosen` updates with the smallest Krum scores.

    Raises:
        InputError: as `krum_scores`, or `chosen` is not between 1 and n - f.
        AssumptionError: see `krum_scores`.

    >>> multi_krum(np.array([[1.0], [1.1], [0.9], [1.2], [50.0]]), byzantine=1, chosen=4).round(3).tolist()
    [1.05]
    """
    scores = krum_scores(updates, byzantine)
    if not 1 <= chosen <= scores.size - byzantine:
        raise InputError(f"between 1 and {scores.size - byzantine} updates can be chosen, not {chosen}")
    rows = np.sort(np.argsort(scores, kind="stable")[:chosen])
    return weighted_mean(np.ones(chosen), updates[rows])

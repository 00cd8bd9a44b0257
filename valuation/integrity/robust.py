"""Coordinate-wise median and trimmed mean: each coordinate decided by its middle.

D. Yin, Y. Chen, K. Ramchandran, P. Bartlett, "Byzantine-robust distributed learning: towards optimal
statistical rates", ICML 2018, definitions 1 and 2. Every machine gets the same bits: values are sorted, then
added up in that order.
"""

import numpy as np

from valuation.errors import InputError
from valuation.integrity.geometry import Floats, Updates, check_updates, weighted_mean


def coordinate_median(updates: Updates) -> Floats:
    """Return the median of every coordinate of the updates (n, d), float64 (d,).

    Raises:
        InputError: the updates are not a finite matrix.

    >>> coordinate_median(np.array([[1.0, 9.0], [2.0, -9.0], [900.0, 0.0]])).tolist()
    [2.0, 0.0]
    """
    n = check_updates(updates).shape[0]
    middle = np.sort(updates, axis=0)[(n - 1) // 2 : n // 2 + 1]
    return np.asarray(middle.mean(axis=0, dtype=np.float64))


def trimmed_mean(updates: Updates, trim: float) -> Floats:
    """Return the mean of every coordinate of the updates (n, d) without its extremes, float64 (d,).

    Args:
        updates: The round's updates.
        trim: The share to leave out at each end (beta), in [0, 1/2), rounded down to whole updates.

    Raises:
        InputError: the updates are not a finite matrix, or the share is out of range.

    >>> trimmed_mean(np.array([[1.0], [2.0], [3.0], [900.0]]), trim=0.25).tolist()
    [2.5]
    """
    n = check_updates(updates).shape[0]
    if not 0 <= trim < 0.5:
        raise InputError(f"a share in [0, 1/2) can be trimmed at each end, not {trim}")
    cut = int(trim * n)
    kept = np.sort(updates, axis=0)[cut : n - cut].astype(np.float64)
    return weighted_mean(np.ones(len(kept)), kept)

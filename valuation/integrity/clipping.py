"""Median-norm clipping: nobody speaks louder than the middle of the round.

The rule of Gauntlet's code since mid-2025: each peer's tensor is scaled down to the median of the norms that
peers sent for it. It stops an update from mattering by its size; it does nothing about its direction.
"""

from collections.abc import Sequence

import numpy as np

from valuation.errors import InputError
from valuation.integrity.geometry import Floats, Updates, check_updates


def clip_to_median_norm(updates: Updates, starts: Sequence[int] = (0,)) -> Floats:
    """Return the updates (n, d), float64, each scaled down to the round's median norm where it is above it.

    Args:
        updates: The round's updates.
        starts: Where the tensors begin, ascending from 0; each is clipped for itself. By default the whole
            update is one.

    Raises:
        InputError: the updates are not a finite matrix, or the starts are not ascending positions from 0.

    >>> clip_to_median_norm(np.array([[3.0, 4.0], [0.0, 1.0], [0.0, 50.0]])).tolist()
    [[3.0, 4.0], [0.0, 1.0], [0.0, 5.0]]
    """
    d = check_updates(updates).shape[1]
    bounds = np.array([*starts, d])
    if bounds[0] != 0 or (np.diff(bounds) <= 0).any():
        raise InputError(f"tensors begin at ascending positions from 0 to below {d}, not at {tuple(starts)}")
    values = updates.astype(np.float64)
    norms = np.sqrt(np.add.reduceat(values**2, bounds[:-1], axis=1))
    limit = np.median(norms, axis=0)
    scale = np.divide(limit, norms, out=np.ones_like(norms), where=norms > limit)
    return np.asarray(values * np.repeat(scale, np.diff(bounds), axis=1))

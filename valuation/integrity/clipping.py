"""Clipping norms: nobody speaks louder than the middle of the round.

The rule of Gauntlet's code since mid-2025: each peer's tensor is scaled down to the median of the norms that
peers sent for it. It stops an update from mattering by its size; it does nothing about its direction. Every
machine gets the same bits.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from valuation.errors import InputError
from valuation.integrity.geometry import Floats, Updates, check_updates, norms


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
    lengths = np.stack([norms(updates[:, start:end]) for start, end in pairwise(bounds.tolist())], axis=1)
    limit = np.median(lengths, axis=0)
    scale = np.divide(limit, lengths, out=np.ones_like(lengths), where=lengths > limit)
    return np.asarray(updates.astype(np.float64) * np.repeat(scale, np.diff(bounds), axis=1))


def usual_norm(lengths: Floats) -> float:
    """Return the norm that a round's updates are held to: the upper quartile of the norms (n,) above zero.

    A quarter of the peers cannot raise it by sending long updates, nor three quarters lower it by sending
    short ones, so that many idle addresses cannot have honest updates cut. Without any it is 0.

    >>> usual_norm(np.array([0.0, 1.0, 1.0, 1.0, 3.0, 4.0, 5.0, 90.0]))
    4.0
    """
    some = np.sort(lengths[lengths > 0])
    return float(some[3 * (some.size - 1) // 4]) if some.size else 0.0


def clip_to_usual_norm(updates: Updates) -> Floats:
    """Return the updates (n, d), float64, each scaled down to `usual_norm` where it is above it.

    Raises:
        InputError: the updates are not a finite matrix.

    >>> clip_to_usual_norm(np.array([[3.0, 4.0], [0.0, 1.0], [0.0, 50.0]])).tolist()
    [[3.0, 4.0], [0.0, 1.0], [0.0, 5.0]]
    """
    lengths = norms(check_updates(updates))
    limit = usual_norm(lengths)
    scale = np.divide(limit, lengths, out=np.ones_like(lengths), where=lengths > limit)
    return np.asarray(updates.astype(np.float64) * scale[:, None])

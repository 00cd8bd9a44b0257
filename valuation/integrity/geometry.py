"""Inner products, distances and cosines between the updates of a round, computed once and in float64.

Every defence that compares updates needs them. The matrix of updates is read in blocks of columns, so that
the float64 copy stays small however long the updates are.
"""

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from valuation.errors import AssumptionError, InputError

Floats: TypeAlias = npt.NDArray[np.float64]
Updates: TypeAlias = npt.NDArray[np.float32] | npt.NDArray[np.float64]
"""Float32 or float64 array (n, d): row i is the update of peer i."""

BLOCK_ENTRIES = 2**22


def check_updates(updates: Updates) -> Updates:
    """Return the updates unchanged if they are a finite (n, d) matrix of at least one row.

    Raises:
        InputError: they are not; the message names the peer.

    >>> check_updates(np.array([[1.0, np.inf]]))
    Traceback (most recent call last):
    valuation.errors.InputError: the update of peer 0 is not finite
    """
    if updates.ndim != 2 or updates.size == 0 or updates.dtype.kind != "f":
        raise InputError(f"updates are a matrix of floats (n, d), not {updates.dtype} {updates.shape}")
    finite = np.isfinite(updates).all(axis=1)
    if not finite.all():
        raise InputError(f"the update of peer {int(np.argmin(finite))} is not finite")
    return updates


def gram(updates: Updates) -> Floats:
    """Return the inner products of the updates (n, d) with each other, float64 (n, n). O(n^2 d).

    Raises:
        InputError: the updates are not a finite matrix.

    >>> gram(np.array([[1.0, 0.0], [1.0, 1.0]])).tolist()
    [[1.0, 1.0], [1.0, 2.0]]
    """
    n, d = check_updates(updates).shape
    products = np.zeros((n, n))
    step = max(1, BLOCK_ENTRIES // n)
    for start in range(0, d, step):
        block = updates[:, start : start + step].astype(np.float64)
        products += block @ block.T
    return products


def exact_gram(updates: Updates) -> Floats:
    """Return inner products (n, n) of the updates (n, d), rounded to whole multiples of a common unit.

    Every machine gets the same bits: entries are rounded so that their products are whole numbers whose sums
    float64 holds exactly, in whatever order they are added. Each is kept to 2^-20 of the largest entry or
    better up to d = 1,000, to 2^-14 at d = 10^7. O(n^2 d).

    Raises:
        InputError: the updates are not a finite matrix.

    >>> exact_gram(np.array([[1.0, 0.0], [1.0, 1.0]])).tolist()
    [[1.0, 1.0], [1.0, 2.0]]
    """
    largest = float(np.abs(check_updates(updates)).max())
    bits = (52 - (updates.shape[1] - 1).bit_length()) // 2
    unit = math.ldexp(1.0, math.frexp(largest)[1] - bits)
    if unit == 0 or largest == 0:
        return np.zeros((len(updates), len(updates)))
    whole = np.rint(updates.astype(np.float64) / unit)
    return np.asarray(gram(whole) * unit * unit)


def norms(updates: Updates) -> Floats:
    """Return the Euclidean norms of the updates (n, d), float64 (n,), the same bits on every machine. O(n d).

    The squares of an update are added one after the other.

    >>> norms(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
    [5.0, 0.0]
    """
    squares = np.zeros(len(updates))
    step = max(1, BLOCK_ENTRIES // max(1, len(updates)))
    for start in range(0, updates.shape[1], step):
        block = np.square(updates[:, start : start + step].astype(np.float64))
        block[:, 0] += squares
        squares = np.add.accumulate(block, axis=1)[:, -1]
    return np.sqrt(squares)


def squared_distances(products: Floats) -> Floats:
    """Return the squared Euclidean distances, float64 (n, n), that belong to inner products (n, n).

    >>> squared_distances(gram(np.array([[1.0, 0.0], [1.0, 1.0]]))).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    norms = np.diag(products)
    # Rounding can take a distance between equal updates below zero.
    return np.maximum(norms[:, None] + norms[None, :] - 2 * products, 0.0)


def cosines(products: Floats) -> Floats:
    """Return the cosines, float64 (n, n), that belong to inner products (n, n); those of zero updates are 0.

    >>> cosines(gram(np.array([[2.0, 0.0], [0.0, 0.0]]))).tolist()
    [[1.0, 0.0], [0.0, 0.0]]
    """
    norms = np.sqrt(np.diag(products))
    inverse = np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > 0)
    return np.clip(products * inverse[:, None] * inverse[None, :], -1.0, 1.0)


def weighted_sum(weights: Floats, updates: Updates) -> Floats:
    """Return the sum of the updates (n, d), each times its weight (n,), float64 (d,).

    Peers are added up in their order, coordinate by coordinate, so that every machine gets the same bits; a
    matrix product promises no order.

    Raises:
        InputError: the shapes do not fit, or a weight is not finite.

    >>> weighted_sum(np.array([1.0, -3.0]), np.array([[4.0, 0.0], [0.0, 4.0]])).tolist()
    [4.0, -12.0]
    """
    if updates.ndim != 2 or weights.shape != updates.shape[:1] or not np.isfinite(weights).all():
        raise InputError(f"updates {updates.shape} need one finite weight a row, not weights {weights.shape}")
    n, d = updates.shape
    total = np.zeros(d)
    step = max(1, BLOCK_ENTRIES // max(1, n))
    for start in range(0, d, step):
        block = updates[:, start : start + step] * weights[:, None]
        if n:  # `accumulate` keeps to the order; `reduce` pairs up the terms of a single column
            # Plus zero, so that no zero is negative, as if the sum had begun at zero.
            total[start : start + step] = np.add.accumulate(block, axis=0, dtype=np.float64)[-1] + 0.0
    return total


def weighted_mean(weights: Floats, updates: Updates) -> Floats:
    """Return the mean of the updates (n, d) by weights (n,), float64 (d,); see `weighted_sum`.

    Raises:
        InputError: the shapes do not fit, or a weight is negative or not finite.
        AssumptionError: the weights sum to zero.

    >>> weighted_mean(np.array([1.0, 3.0]), np.array([[4.0, 0.0], [0.0, 4.0]])).tolist()
    [1.0, 3.0]
    """
    if not (weights >= 0).all():
        raise InputError("weights of a mean are not negative")
    if not weights.any():
        raise AssumptionError("every update has the weight zero: there is no mean")
    return np.asarray(weighted_sum(weights, updates) / np.cumsum(weights)[-1])

"""Top-k compression: the largest entries of an update are sent, the rest waits for the next round.

Sending a few per cent of the entries and carrying the remainder forward (error feedback) costs little
accuracy: Stich, Cordonnier, Jaggi, "Sparsified SGD with memory", NeurIPS 2018, algorithm 1.
"""

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.gradients.errors import BadIndex, NotFinite, WrongShape


def entries_at(size: int, density: float) -> int:
    """Return how many of `size` entries a density allows: the nearest number, at least one.

    Raises:
        InputError: the density is not in (0, 1].

    >>> entries_at(650, 0.1)
    65
    """
    if not 0 < density <= 1:
        raise InputError(f"a density is above 0 and at most 1, not {density}")
    return max(1, round(size * density))


def compress(
    vector: npt.NDArray[np.float32], density: float
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    """Return the entries of largest magnitude of an update, float32 (d,).

    Among equal magnitudes the lower index is kept; entries that are zero are never sent. O(d).

    Returns:
        The positions, int32 (k,), ascending, and the values there, float32 (k,).

    Raises:
        InputError: the density is not in (0, 1].
        WrongShape: the update is not one vector.
        NotFinite: an entry is NaN or infinite.

    >>> indices, values = compress(np.array([1, -3, 0, 3, 2], dtype=np.float32), density=0.4)
    >>> indices.tolist(), values.tolist()
    ([1, 3], [-3.0, 3.0])
    """
    if vector.ndim != 1 or vector.size == 0:
        raise WrongShape(f"an update is one vector, not of shape {vector.shape}")
    if not np.isfinite(vector).all():
        raise NotFinite(f"entry {int(np.argmin(np.isfinite(vector)))} of the update is not finite")
    k = entries_at(vector.size, density)
    magnitude = np.abs(vector)
    smallest = np.partition(magnitude, vector.size - k)[vector.size - k]
    kept = magnitude > smallest
    ties = np.flatnonzero(magnitude == smallest)
    kept[ties[: k - np.count_nonzero(kept)]] = smallest > 0
    indices = np.flatnonzero(kept).astype(np.int32)
    return indices, vector[indices]


def decompress(
    indices: npt.NDArray[np.int32], values: npt.NDArray[np.float32], size: int
) -> npt.NDArray[np.float32]:
    """Return the update, float32 (size,), that has `values` (k,) at `indices` (k,) and zeros elsewhere.

    Raises:
        WrongShape: indices and values are not two vectors of one length.
        BadIndex: the indices do not ascend strictly within [0, size).

    >>> decompress(np.array([1, 3], dtype=np.int32), np.array([-3, 3], dtype=np.float32), 5).tolist()
    [0.0, -3.0, 0.0, 3.0, 0.0]
    """
    if indices.ndim != 1 or indices.shape != values.shape:
        raise WrongShape(f"indices of shape {indices.shape}, values of shape {values.shape}")
    if indices.size and (indices[0] < 0 or indices[-1] >= size or not (indices[1:] > indices[:-1]).all()):
        raise BadIndex(f"the indices do not ascend strictly from 0 to below {size}")
    vector = np.zeros(size, dtype=np.float32)
    vector[indices] = values
    return vector


def error_feedback(
    residual: npt.NDArray[np.float32], vector: npt.NDArray[np.float32], density: float
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return what to send of an update, and what to carry to the next round.

    Nothing is lost: sent + carried equals residual + vector, exactly, in float32.

    Args:
        residual: What was carried from the last round, float32 (d,); zeros at first.
        vector: The new update, float32 (d,).
        density: The share of entries to send.

    Returns:
        The sent update and the new residual, each float32 (d,).

    Raises:
        WrongShape: the two vectors differ in shape.
        NotFinite: their sum has an entry that is NaN or infinite.

    >>> sent, residual = error_feedback(np.array([2, 0], np.float32), np.array([1, 1], np.float32), 0.5)
    >>> sent.tolist(), residual.tolist()
    ([3.0, 0.0], [0.0, 1.0])
    """
    if residual.shape != vector.shape:
        raise WrongShape(f"a residual of shape {residual.shape}, an update of shape {vector.shape}")
    with np.errstate(over="ignore"):
        total = residual + vector
    indices, values = compress(total, density)
    carried = total.copy()
    carried[indices] = 0
    return decompress(indices, values, total.size), carried

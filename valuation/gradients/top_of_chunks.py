"""The largest entries of every chunk of a vector, chosen the same way on every machine."""

import numpy as np
import numpy.typing as npt

from valuation.gradients import bits
from valuation.gradients.errors import BadIndex


def top_of_chunks(magnitudes: npt.NDArray[np.floating], kept: int) -> npt.NDArray[np.int64]:
    """Return where the `kept` largest of each chunk lie, int64 (chunks, kept), ascending. O(entries).

    Among equal magnitudes the lower index is kept. (NumPy's own partial sort picks any of them, and another
    one on another processor.)

    Args:
        magnitudes: Not negative, float (chunks, length).
        kept: From 1 to length.

    >>> top_of_chunks(np.array([[1.0, 3.0, 3.0, 3.0]]), kept=2).tolist()
    [[1, 2]]
    """
    chunks, length = magnitudes.shape
    least = np.partition(magnitudes, length - kept, axis=1)[:, length - kept, None]
    chosen = magnitudes >= least
    crowded = np.flatnonzero(np.count_nonzero(chosen, axis=1) > kept)
    above = magnitudes[crowded] > least[crowded]
    room = kept - np.count_nonzero(above, axis=1)[:, None]
    tied = chosen[crowded] & ~above
    chosen[crowded] = above | (tied & (np.cumsum(tied, axis=1) <= room))
    return np.asarray(np.flatnonzero(chosen) % length, dtype=np.int64).reshape(chunks, kept)


def index_width(length: int) -> int:
    """Return how many bits the indices into a chunk need.

    >>> index_width(4096), index_width(1)
    (12, 1)
    """
    return max(1, (length - 1).bit_length())


def pack_indices(indices: npt.NDArray[np.int64], length: int) -> bytes:
    """Return indices (chunks, kept) into chunks of a length as packed bits.

    >>> pack_indices(np.array([[1, 2]]), length=4).hex()
    '09'
    """
    return bits.pack(indices.astype(np.uint32).ravel(), index_width(length))


def unpack_indices(packed: bytes, chunks: int, kept: int, length: int) -> npt.NDArray[np.int64]:
    """Return the indices, int64 (chunks, kept), that `pack_indices` wrote.

    Raises:
        Truncated, BadCode: see `bits.unpack`.
        BadIndex: they do not ascend within each chunk, or lie outside it.

    >>> unpack_indices(bytes.fromhex("09"), chunks=1, kept=2, length=4).tolist()
    [[1, 2]]
    """
    found = bits.unpack(packed, index_width(length), chunks * kept).astype(np.int64).reshape(chunks, kept)
    if found.max() >= length or (found[:, 1:] <= found[:, :-1]).any():
        raise BadIndex(f"the indices of a chunk do not ascend strictly from 0 to below {length}")
    return found

"""Randomness that everybody can recompute, now and in ten years.

A round's seed decides who trains on what, and which data measures it. Evaluators and auditors must all derive
the same choices from the same bytes. NumPy does not promise that a generator's stream stays the same from
version to version, so these functions read SHAKE-256 (FIPS 202) instead, whose output is fixed for ever.
"""

import hashlib

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.keccak import keccak256

_DOMAIN = b"weighhouse/seeds/1\x00"


def uint64s(seed: bytes, label: str, count: int) -> npt.NDArray[np.uint64]:
    """Return the first `count` numbers, uint64 (count,), of the stream that belongs to a seed and a label.

    The stream is SHAKE-256 of the domain tag, the seed's length (8 bytes, little-endian), the seed and the
    label in UTF-8, read as little-endian words. A longer stream begins with the shorter one. Another label,
    which says what the numbers are for, gives an independent stream.

    Raises:
        InputError: the seed is empty or the count negative.

    >>> uint64s(bytes(32), "example", 2).tolist()
    [5261328830140085649, 15528543536348431934]
    """
    if not seed:
        raise InputError("the seed is empty")
    if count < 0:
        raise InputError(f"cannot draw {count} numbers")
    stream = hashlib.shake_256(_DOMAIN + len(seed).to_bytes(8, "little") + seed + label.encode())
    return np.frombuffer(stream.digest(8 * count), dtype="<u8").astype(np.uint64)


def uniforms(seed: bytes, label: str, count: int) -> npt.NDArray[np.float64]:
    """Return uniform numbers strictly between 0 and 1, float64 (count,).

    Each is (top 52 bits + 1/2) / 2^52, which float64 holds exactly, so they are the same on any machine.

    Raises:
        InputError: the seed is empty or the count negative.

    >>> uniforms(bytes(32), "example", 2).round(6).tolist()
    [0.285217, 0.841804]
    """
    words = uint64s(seed, label, count)
    return ((words >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52


def order(seed: bytes, label: str, n: int) -> npt.NDArray[np.int64]:
    """Return a random permutation of 0 .. n-1, int64 (n,): the items sorted by their numbers, ties by index.

    Raises:
        InputError: the seed is empty or `n` negative.

    >>> order(bytes(32), "example", 5).tolist()
    [3, 0, 4, 1, 2]
    """
    return np.argsort(uint64s(seed, label, n), kind="stable").astype(np.int64)


def subset(seed: bytes, label: str, n: int, k: int) -> npt.NDArray[np.int64]:
    """Return a random subset of `k` out of `n` items, int64 (k,), in ascending order.

    It holds the first `k` items of `order`, so a smaller subset is part of a larger one.

    Raises:
        InputError: the seed is empty, or `k` is not between 0 and `n`.

    >>> subset(bytes(32), "example", 5, 2).tolist()
    [0, 3]
    """
    if not 0 <= k <= n:
        raise InputError(f"cannot take {k} of {n} items")
    return np.sort(order(seed, label, n)[:k])


def permutations(seed: bytes, count: int, n: int) -> npt.NDArray[np.int64]:
    """Return `count` random permutations of 0 .. n-1, int64 (count, n): entry (p, k) is who has place k in p.

    Made for contracts, which can follow one of them alone (docs/court.md, "From seed to orders"). Permutation
    p has the key keccak256(seed, 0x46, p in 4 bytes); for i = n-1 down to 1 the identity's place i is swapped
    with place keccak256(key, i in 32 bytes) mod (i + 1) (Fisher and Yates). O(count n) time.

    Raises:
        InputError: the seed is not 32 bytes, or a number negative.

    >>> permutations(bytes(32), 2, 5).tolist()
    [[1, 2, 4, 0, 3], [0, 2, 4, 3, 1]]
    """
    if len(seed) != 32 or min(count, n) < 0:
        raise InputError(f"{count} permutations of {n} from a seed of {len(seed)} bytes")
    heads = np.frombuffer(seed + b"\x46", dtype=np.uint8)
    numbers = np.arange(count, dtype=">u4").view(np.uint8).reshape(count, 4)
    keys = keccak256(np.concatenate([np.tile(heads, (count, 1)), numbers], axis=1))
    below = np.arange(1, max(n, 1), dtype=np.int64)
    messages = np.zeros((count, len(below), 64), dtype=np.uint8)
    messages[:, :, :32] = keys[:, None, :]
    messages[:, :, 60:] = below.astype(">u4").view(np.uint8).reshape(-1, 4)
    words = keccak256(messages.reshape(-1, 64)).view(">u4").reshape(count, len(below), 8)
    others = np.zeros((count, len(below)), dtype=np.int64)
    for word in range(8):
        others = (others << 32 | words[:, :, word].astype(np.int64)) % (below + 1)
    places, rows = np.tile(np.arange(n, dtype=np.int64), (count, 1)), np.arange(count)
    for i in range(n - 1, 0, -1):
        other = others[:, i - 1]
        places[rows, i], places[rows, other] = places[rows, other], places[rows, i]
    return places

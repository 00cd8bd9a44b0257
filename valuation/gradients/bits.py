"""Whole numbers of any width packed into bytes, without a bit between them.

Twelve-bit indices and two-bit codes are what makes a compressed update small; stored as bytes they would be
two to four times as long. Bits lie in little-endian order: the first number's lowest bit is the first
byte's lowest.
"""

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.gradients.errors import Truncated
from valuation.gradients.frame import BadCode

MAX_WIDTH = 32


def packed_size(count: int, width: int) -> int:
    """Return how many bytes `count` numbers of `width` bits take.

    >>> packed_size(3, 12)
    5
    """
    return (count * width + 7) // 8


def pack(values: npt.NDArray[np.uint32], width: int) -> bytes:
    """Return numbers, uint32 (count,), as `width` bits each; the last byte is filled up with zeros.

    Raises:
        InputError: the width is not from 1 to 32, or a number needs more bits.

    >>> pack(np.array([0x123, 0xABC], dtype=np.uint32), width=12).hex()
    '23c1ab'
    """
    _check_width(width)
    if values.ndim != 1 or (values.size and int(values.max()) >> width):
        raise InputError(f"numbers of at most {width} bits in one dimension are packed, not {values.shape}")
    octets = values.astype("<u4").view(np.uint8).reshape(-1, 4)
    bits = np.unpackbits(octets, axis=1, count=width, bitorder="little")
    return np.packbits(bits, bitorder="little").tobytes()


def unpack(packed: bytes, width: int, count: int) -> npt.NDArray[np.uint32]:
    """Return the `count` numbers of `width` bits, uint32 (count,), that `pack` wrote.

    Raises:
        InputError: the width is not from 1 to 32.
        Truncated: there are not exactly the bytes that `count` numbers take.
        BadCode: a bit after the last number is set.

    >>> unpack(bytes.fromhex("23c1ab"), width=12, count=2).tolist() == [0x123, 0xABC]
    True
    """
    _check_width(width)
    if len(packed) != packed_size(count, width):
        raise Truncated(f"{count} numbers of {width} bits are not {len(packed)} bytes")
    stream = np.unpackbits(np.frombuffer(packed, dtype=np.uint8), bitorder="little")
    if stream[count * width :].any():
        raise BadCode(f"a bit after the last of {count} numbers is set")
    bits = np.zeros((count, MAX_WIDTH), dtype=np.uint8)
    bits[:, :width] = stream[: count * width].reshape(count, width)
    octets = np.packbits(bits, axis=1, bitorder="little")
    return octets.view("<u4")[:, 0].astype(np.uint32)


def _check_width(width: int) -> None:
    if not 1 <= width <= MAX_WIDTH:
        raise InputError(f"a number has from 1 to {MAX_WIDTH} bits, not {width}")

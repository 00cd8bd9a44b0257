"""The frame around a compressed update: which format it is in, and whether it arrived as it was sent.

A frame is four bytes that name the format, the CRC-32 of all else (zlib's, little-endian), and the body. The
checksum catches every accident; against malice there are the commitment's hash and the formats' own checks.
"""

import itertools
import zlib
from collections.abc import Sequence

from valuation.errors import InputError
from valuation.gradients.errors import RefusedUpdate, TooLarge, Truncated

OVERHEAD = 8
"""Bytes that a frame adds to its body."""


class BadFrame(RefusedUpdate):
    """The bytes are not of the format that was expected."""

    reason = "bad-frame"


class BadChecksum(RefusedUpdate):
    """The bytes are not those that were sent."""

    reason = "bad-checksum"


class BadCode(RefusedUpdate):
    """The bits are not the code of anything."""

    reason = "bad-code"


def seal(kind: bytes, body: bytes) -> bytes:
    """Return a body in the frame of a format, named by four bytes.

    Raises:
        InputError: the name does not have four bytes.

    >>> seal(b"demo", b"body").hex()
    '64656d6fdc3ae9bd626f6479'
    """
    if len(kind) != 4:
        raise InputError(f"a format is named by four bytes, not {kind!a}")
    return kind + zlib.crc32(body, zlib.crc32(kind)).to_bytes(4, "little") + body


def unseal(kind: bytes, blob: bytes, *, least: int, most: int) -> bytes:
    """Return the body of a frame of the expected format, from `least` to `most` bytes long.

    Raises:
        Truncated: there are fewer bytes.
        TooLarge: there are more bytes.
        BadFrame: the frame is of another format.
        BadChecksum: the checksum is wrong.

    >>> unseal(b"demo", seal(b"demo", b"body"), least=4, most=4)
    b'body'
    """
    if len(blob) < OVERHEAD + least:
        raise Truncated(f"{len(blob)} bytes, at least {OVERHEAD + least} were expected")
    if len(blob) > OVERHEAD + most:
        raise TooLarge(f"{len(blob)} bytes, at most {OVERHEAD + most} were expected")
    if blob[:4] != kind:
        raise BadFrame(f"the bytes begin with {blob[:4]!a}, those of this format with {kind!a}")
    body = blob[OVERHEAD:]
    if blob != seal(kind, body):
        raise BadChecksum(f"the checksum is {blob[4:OVERHEAD].hex()}, the bytes do not have it")
    return body


def cut(body: bytes, sizes: Sequence[int]) -> list[bytes]:
    """Return the parts of a body, given their sizes in bytes.

    Raises:
        Truncated: the sizes add up to another number of bytes.

    >>> cut(b"abcde", (2, 3))
    [b'ab', b'cde']
    """
    if sum(sizes) != len(body):
        raise Truncated(f"a body of {len(body)} bytes, its parts have {sum(sizes)}")
    ends = list(itertools.accumulate(sizes))
    return [body[end - size : end] for size, end in zip(sizes, ends, strict=True)]

"""Reads the names of blobs in the world of IPFS: CIDv1, raw, sha2-256, base32, as `encoding.cid` writes them.

The 32 bytes on chain are the digest inside the CID, so that any IPFS node can serve what a store serves, and
nothing has to be mapped. (A node must keep the blob as one raw block, which the network carries up to 2 MiB.)
"""

from __future__ import annotations

import base64

from chain.encoding import cid
from valuation.errors import InputError

_PREFIX = bytes([0x01, 0x55, 0x12, 0x20])


def digest_in(name: str) -> bytes:
    """The sha256 in a CID of this kind.

    Raises:
        InputError: It is of another kind, or spelt in another way than `cid` spells it.

    Example:
        >>> digest_in(cid(bytes(32))) == bytes(32)
        True
    """
    try:
        decoded = base64.b32decode(name[1:].upper() + "=" * (-len(name[1:]) % 8))
    except ValueError:
        decoded = b""
    if decoded[:4] != _PREFIX or len(decoded) != 36 or name != cid(decoded[4:]):
        raise InputError(f"not a CID of version 1, raw, sha2-256, base32: {name!r:.80}")
    return decoded[4:]

"""Coalitions, the rows of booleans that games are asked about, and their two short forms.

A coalition is a row of booleans. Its *mask* is the same as one integer, player i being bit i; masks index
tables and are limited to 63 players. Its *key* is the packed bits, for any number of players.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError

Coalitions: TypeAlias = npt.NDArray[np.bool_]
"""Boolean array (m, n): row j, column i says whether player i is in coalition j."""

MASK_LIMIT = 63
"""The most players whose coalitions fit the int64 masks that index arrays."""


def check_coalitions(coalitions: Coalitions, n: int) -> Coalitions:
    """Return the coalitions unchanged if they are a boolean (m, n) array; raise `InputError` if not.

    >>> check_coalitions(np.ones((1, 2), dtype=bool), 2)
    array([[ True,  True]])
    """
    array = np.asarray(coalitions)
    if array.dtype != np.bool_ or array.ndim != 2 or array.shape[1] != n:
        raise InputError(
            f"coalitions must be a boolean array of shape (m, {n}), not {array.dtype} of shape {array.shape}"
        )
    return array


def name_coalition(coalition: npt.NDArray[np.bool_], longest: int = 16) -> str:
    """Return a coalition, bool (n,), as text for an error message; long ones are cut after `longest` players.

    >>> name_coalition(np.array([True, False, True]))
    '{0, 2}'
    """
    members = np.flatnonzero(coalition).tolist()
    shown = ", ".join(map(str, members[:longest]))
    return f"{{{shown}}}" if len(members) <= longest else f"{{{shown}, ... {len(members)} players}}"


def masks_of(coalitions: Coalitions) -> npt.NDArray[np.int64]:
    """Return the masks, int64 (m,), of coalitions, bool (m, n): bit i is player i.

    Raises:
        InputError: there are more than 63 players.

    >>> masks_of(np.array([[True, False], [True, True]]))
    array([1, 3])
    """
    m, n = coalitions.shape
    if n > MASK_LIMIT:
        raise InputError(f"{n} players do not fit a mask of {MASK_LIMIT} bits")
    packed = np.zeros((m, 8), dtype=np.uint8)
    packed[:, : (n + 7) // 8] = np.packbits(coalitions, axis=1, bitorder="little")
    return packed.view("<i8")[:, 0].astype(np.int64, copy=False)


def coalitions_of(masks: npt.ArrayLike, n: int) -> Coalitions:
    """Return the coalitions, bool (m, n), of masks, integers (m,): bit i is player i.

    Raises:
        InputError: there are more than 63 players, or a mask names a player that does not exist.

    >>> coalitions_of([1, 3], 2)
    array([[ True, False],
           [ True,  True]])
    """
    if not 0 <= n <= MASK_LIMIT:
        raise InputError(f"{n} players do not fit a mask of {MASK_LIMIT} bits")
    given = np.asarray(masks)
    if given.ndim != 1 or given.dtype.kind not in "iu":
        raise InputError(f"masks must be integers of shape (m,), not {given.dtype} of shape {given.shape}")
    array = np.ascontiguousarray(given, dtype="<i8")
    if array.size and (array.min() < 0 or array.max() >> n):
        raise InputError(f"a mask of {n} players must lie in [0, 2**{n})")
    bits = np.unpackbits(array.view(np.uint8).reshape(-1, 8), axis=1, count=n, bitorder="little")
    return bits.view(np.bool_)


def keys_of(coalitions: Coalitions) -> list[bytes]:
    """Return the keys, ceil(n / 8) bytes each, of coalitions, bool (m, n).

    Player i is bit i % 8 of byte i // 8.

    >>> keys_of(np.array([[True, False], [True, True]]))
    [b'\\x01', b'\\x03']
    """
    packed = np.packbits(coalitions, axis=1, bitorder="little")
    keys: list[bytes] = np.ascontiguousarray(packed).view(f"V{packed.shape[1]}")[:, 0].tolist()
    return keys

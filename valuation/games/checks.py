"""The checks that the games make of the numbers they are built from."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError


def amounts(numbers: npt.ArrayLike, name: str) -> npt.NDArray[np.float64]:
    """Return numbers as float64 (n,), n >= 1; raise `InputError` if one is negative or not finite.

    >>> amounts([1, 2], "costs")
    array([1., 2.])
    """
    array = np.array(numbers, dtype=np.float64)
    if array.ndim != 1 or array.size == 0:
        raise InputError(f"{name} must be one number a player, not of shape {array.shape}")
    if not np.isfinite(array).all() or (array < 0).any():
        raise InputError(f"{name} must be finite and not negative")
    return array


def naturals(numbers: npt.ArrayLike, name: str) -> npt.NDArray[np.int64]:
    """Return numbers as int64 (n,), n >= 1; raise `InputError` if one is not a natural number.

    >>> naturals([1, 2], "weights")
    array([1, 2])
    """
    given = np.asarray(numbers)
    if given.dtype.kind not in "iu":
        raise InputError(f"{name} must be integers, not {given.dtype}")
    amounts(given, name)
    return given.astype(np.int64)


def memberships(rows: npt.ArrayLike, name: str) -> npt.NDArray[np.bool_]:
    """Return rows as a boolean matrix (m, n).

    Raises:
        InputError: they are not one.

    >>> memberships([[True, False]], "carriers")
    array([[ True, False]])
    """
    array = np.array(rows)
    if array.dtype != np.bool_ or array.ndim != 2:
        raise InputError(f"{name} must be a boolean matrix, not {array.dtype} of shape {array.shape}")
    return array

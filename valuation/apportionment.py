"""Dividing a whole number into whole shares, exactly.

Money is counted in integers: a share is never rounded on its own, or the shares would not add up to what was
there to divide. Largest remainder (Hamilton's method) hands out the floors and then one unit each to the
largest remainders (Balinski and Young, "Fair Representation", 1982).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import index

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError


def largest_remainder(weights: Sequence[int], total: int) -> list[int]:
    """Divide `total` units in proportion to the weights; the shares are Python integers and add up to it.

    Each share is its exact quota rounded down or up; equal remainders go to the lower index first, so the
    same weights give the same shares everywhere. A weight of zero gets nothing. If every weight is zero, so
    is every share. O(n log n) integer operations of any size.

    Raises:
        InputError: a weight or the total is negative, or not an integer.

    >>> largest_remainder([1, 1, 1], 100)
    [34, 33, 33]
    >>> largest_remainder([0, 0], 100)
    [0, 0]
    """
    amounts = [_natural(weight, f"weight {position}") for position, weight in enumerate(weights)]
    units = _natural(total, "the total")
    whole = sum(amounts)
    if whole == 0:
        return [0] * len(amounts)
    parts = [divmod(amount * units, whole) for amount in amounts]
    shares = [floor for floor, _ in parts]
    by_remainder = sorted(range(len(parts)), key=lambda position: -parts[position][1])
    for position in by_remainder[: units - sum(shares)]:
        shares[position] += 1
    return shares


def floor_shares(weights: Sequence[int], total: int) -> list[int]:
    """Divide up to `total` units in proportion to the weights, each share rounded down.

    What is left over is less than one unit a positive weight. A share depends on its own weight, the sum of
    all and the total alone, so that it can be checked by itself. If every weight is zero, so is every share.

    Raises:
        InputError: a weight or the total is negative, or not an integer.

    >>> floor_shares([1, 1, 1], 100)
    [33, 33, 33]
    """
    amounts = [_natural(weight, f"weight {position}") for position, weight in enumerate(weights)]
    units = _natural(total, "the total")
    whole = sum(amounts)
    return [amount * units // whole if whole else 0 for amount in amounts]


def proportional_shares(values: npt.ArrayLike, total: int) -> list[int]:
    """Divide `total` units in proportion to the positive ones of the values, real numbers (n,).

    A value of zero or less gets nothing. A double is a whole number of powers of two, and is taken as exactly
    that: no rounding happens before the apportionment, however large the total.

    Raises:
        InputError: a value is NaN or infinite, the values are not of shape (n,), or the total is not a
            natural number.

    >>> proportional_shares([0.5, -3.0, 0.25], 10**18)
    [666666666666666667, 0, 333333333333333333]
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or not np.isfinite(array).all():
        raise InputError(f"values must be finite and of shape (n,), not {array!r}")
    ratios = [max(value, 0.0).as_integer_ratio() for value in array.tolist()]
    common = math.lcm(*(denominator for _, denominator in ratios))
    return largest_remainder([top * (common // bottom) for top, bottom in ratios], total)


def _natural(number: int, name: str) -> int:
    try:
        value = index(number)
    except TypeError:
        raise InputError(f"{name} must be an integer, not {number!r}") from None
    if value < 0:
        raise InputError(f"{name} must not be negative, it is {value}")
    return value

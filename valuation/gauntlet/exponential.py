"""The exponential function and half-integral powers, with the same last bit on every machine.

Ratings are part of what an audit recomputes, round after round, so that a difference in the last bit would
grow into another payout. Processors and libraries round `exp` differently; sums, products and powers of two
they all round alike.
"""

import math

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError

LOWEST = -700.0
"""Below this, results would lose bits."""

_PER_LN2 = 1.4426950408889634
# ln 2 in two parts: the first has 32 bits, so that its product with a whole number up to 2^20 is exact.
_LN2_HIGH = 0.69314718036912382
_LN2_LOW = 1.9082149292705877e-10
_TERMS = [1.0 / math.factorial(order) for order in range(14)]


def exp(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return exp of numbers from -700 to 0, float64 of their shape, to within 4e-16 of itself.

    exp(x) = 2^k exp(r) with x = k ln 2 + r and |r| <= ln 2 / 2; the series of exp(r) is summed to r^13 / 13!.

    Raises:
        InputError: a number is out of range.

    >>> exp(np.array([0.0, -1.0])).tolist()
    [1.0, 0.36787944117144233]
    """
    if values.size and not (values.min() >= LOWEST and values.max() <= 0):
        raise InputError(
            f"exp of numbers from {LOWEST} to 0 is offered, not of {values.min()} to {values.max()}"
        )
    twos = np.rint(values * _PER_LN2)
    rest = (values - twos * _LN2_HIGH) - twos * _LN2_LOW
    total = np.full_like(rest, _TERMS[-1])
    for term in reversed(_TERMS[:-1]):
        total *= rest
        total += term
    return np.asarray(np.ldexp(total, twos.astype(np.int32)))


def power(values: npt.NDArray[np.float64], exponent: float) -> npt.NDArray[np.float64]:
    """Return numbers that are not negative to a power that is a multiple of one half, float64 of their shape.

    Whole powers are products and half ones square roots, so that this too has the same bits everywhere.

    Raises:
        InputError: a number is negative, or the exponent is not 0, 0.5, 1, ... up to 8.

    >>> power(np.array([4.0, 0.0]), 2.5).tolist()
    [32.0, 0.0]
    """
    check_exponent(exponent)
    if values.size and not values.min() >= 0:
        raise InputError(f"powers of numbers from 0 upwards are offered, not of {values.min()}")
    result = np.sqrt(values) if exponent % 1 else np.ones_like(values)
    for _ in range(int(exponent)):
        result = result * values
    return result


def check_exponent(exponent: float) -> None:
    """Raise `InputError` unless an exponent is a multiple of one half from 0 to 8.

    >>> check_exponent(2.5)
    """
    if not 0 <= exponent <= 8 or exponent % 0.5:
        raise InputError(f"an exponent is a multiple of one half from 0 to 8, not {exponent}")

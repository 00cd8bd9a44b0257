"""Measurements as integers, so that machines agree on them and a contract can add them up.

Evaluators measure losses in floating point, whose last bits depend on the machine. What is committed on chain
is the measurement in nano-nats: whole numbers, in which medians, Shapley sums and comparisons are exact.
"""

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError

NANO = 10**9
MAX_NANO = 2**46
"""Largest magnitude of a fixed-point number, 70,368 nats: sums over 2^16 coalitions still fit in an int64."""


class FixedPointError(InputError):
    """A number is not finite, or too large for its fixed-point form."""


def to_fixed(values: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return nats, any shape, as nano-nats, int64 of the same shape, rounded half to even.

    Raises:
        FixedPointError: a number is NaN, infinite, or more than `MAX_NANO` nano-nats in magnitude.

    >>> to_fixed([0.1, -2.5e-9, 0.0]).tolist()
    [100000000, -2, 0]
    """
    nats = np.asarray(values, dtype=np.float64)
    with np.errstate(over="ignore"):
        nano = np.rint(nats * NANO)
    # Negated, so that NaN fails too.
    wrong = ~(np.abs(nano) <= MAX_NANO)
    if wrong.any():
        index = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise FixedPointError(f"{nats[index]} nats at index {index}: finite numbers up to 70,368 nats only")
    return nano.astype(np.int64)


def saturate(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return nats, any shape, cut off at the limits of fixed point, so that `to_fixed` takes all but NaN.

    One absurd update must not be able to make a whole round unmeasurable: a loss beyond 70,368 nats counts as
    that much.

    >>> saturate([1e30, -0.5]).tolist()
    [70368.744177664, -0.5]
    """
    limit = MAX_NANO / NANO
    return np.clip(np.asarray(values, dtype=np.float64), -limit, limit)


def from_fixed(nano: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return nano-nats, integers of any shape, as nats, float64 of the same shape.

    Raises:
        FixedPointError: the numbers are not integers, or one is more than `MAX_NANO` in magnitude.

    >>> from_fixed([100000000, -2]).tolist()
    [0.1, -2e-09]
    """
    return np.asarray(checked(nano) / NANO, dtype=np.float64)


def checked(nano: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return nano-nats, any shape, as int64, checked: what arrives from elsewhere may be anything.

    Raises:
        FixedPointError: the numbers are not integers, or one is more than `MAX_NANO` in magnitude.

    >>> checked([2**46]).tolist()
    [70368744177664]
    >>> checked([2**46 + 1])
    Traceback (most recent call last):
    valuation.fixed_point.FixedPointError: 70368744177665 at index (0,) is above the limit of 2**46 nano-nats
    """
    array = np.asarray(nano)
    if array.size == 0:
        return np.zeros(array.shape, dtype=np.int64)
    if array.dtype.kind not in "iu":
        raise FixedPointError(f"fixed-point numbers are integers, not {array.dtype}")
    wrong = (array > MAX_NANO) | (array < -MAX_NANO)
    if wrong.any():
        index = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise FixedPointError(f"{array[index]} at index {index} is above the limit of 2**46 nano-nats")
    return array.astype(np.int64)

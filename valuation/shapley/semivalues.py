"""Size weights: what makes one semivalue differ from another.

A semivalue is a weighted sum of a player's marginal contributions, phi_i = sum over coalitions S without i of
w(|S|) (v(S + i) - v(S)), with weights that are not negative and add up to one over all S (Dubey, Neyman and
Weber 1981). The weights are an array of n numbers, one for each size from 0 to n - 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError

SizeWeights = npt.NDArray[np.float64]
"""Float64 array (n,): entry s weighs the marginal contributions to one coalition of s players."""

_SUM_TOLERANCE = 1e-9


def shapley_weights(n: int) -> SizeWeights:
    """Return w(s) = s! (n - 1 - s)! / n!: every order of arrival counts equally (Shapley 1953).

    >>> shapley_weights(3).tolist()
    [0.3333333333333333, 0.16666666666666666, 0.3333333333333333]
    """
    return np.array([1 / (n * math.comb(n - 1, size)) for size in range(n)])


def banzhaf_weights(n: int) -> SizeWeights:
    """Return w(s) = 2^(1 - n): every coalition counts equally (Banzhaf 1965; Wang and Jia 2022, 2205.15466).

    >>> banzhaf_weights(3).tolist()
    [0.25, 0.25, 0.25]
    """
    return np.full(n, 0.5 ** (n - 1))


def beta_weights(n: int, alpha: float, beta: float) -> SizeWeights:
    """Return w(s) = B(s + beta, n - 1 - s + alpha) / B(alpha, beta), with B the beta function.

    Beta(1, 1) is Shapley; alpha > beta favours small coalitions, whose marginal contributions are the least
    noisy (Kwon and Zou 2022, 2110.14049, section 3).

    Raises:
        InputError: alpha or beta is not positive and finite.

    >>> beta_weights(3, 4.0, 1.0).round(6).tolist()
    [0.666667, 0.133333, 0.066667]
    """
    if not (0 < alpha < math.inf and 0 < beta < math.inf):
        raise InputError(f"alpha and beta must be positive and finite, not {alpha} and {beta}")
    size = np.arange(n - 1)
    # Ratios of consecutive weights, so that nothing is rounded but products of positive numbers.
    first = np.prod((alpha + size) / (alpha + beta + size))
    return first * np.concatenate([[1.0], np.cumprod((beta + size) / (alpha + n - 2 - size))])


NAMED_WEIGHTS: Mapping[str, Callable[[int], SizeWeights]] = MappingProxyType(
    {"shapley": shapley_weights, "banzhaf": banzhaf_weights}
)
"""The semivalues that need nothing but a name."""


def resolve_weights(weights: str | npt.ArrayLike, n: int) -> tuple[SizeWeights, str]:
    """Return the size weights, float64 (n,), that a name or an array stands for, and the semivalue's name.

    Raises:
        InputError: the name is unknown, or the array is not that of a semivalue: shape (n,), finite, not
            negative, and adding up to one over all coalitions.

    >>> resolve_weights("banzhaf", 2)
    (array([0.5, 0.5]), 'banzhaf')
    >>> resolve_weights([0.0, 1.0], 2)[1]
    'semivalue'
    """
    if isinstance(weights, str):
        if weights not in NAMED_WEIGHTS:
            raise InputError(f"no semivalue is called {weights!r}; the names are {', '.join(NAMED_WEIGHTS)}")
        return NAMED_WEIGHTS[weights](n), weights
    array = np.asarray(weights, dtype=np.float64)
    if array.shape != (n,):
        raise InputError(f"{n} players need size weights of shape ({n},), not {array.shape}")
    if not np.isfinite(array).all() or (array < 0).any():
        raise InputError("size weights must be finite and not negative")
    whole = math.fsum(math.comb(n - 1, size) * weight for size, weight in enumerate(array.tolist()))
    if abs(whole - 1) > _SUM_TOLERANCE:
        raise InputError(
            f"size weights must add up to 1 over all coalitions: sum of C(n-1, s) w(s) is {whole}"
        )
    return array, "semivalue"

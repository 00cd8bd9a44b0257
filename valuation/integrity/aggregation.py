"""The aggregation rules that can be named: how an (n, d) matrix of updates becomes one step.

A mechanism names a rule and its parameters. Each rule here needs nothing but the round's updates, and every
machine gets the same bits from it. For `foolsgold` and `flag`, which need logarithms and eigenvectors, that
rests on rounding the weights of the updates to multiples of 2^-20, far above what machines differ by.
"""

import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from valuation.errors import InputError
from valuation.integrity.clipping import clip_to_median_norm
from valuation.integrity.flag import flag_weights
from valuation.integrity.foolsgold import foolsgold_weights
from valuation.integrity.geometry import Floats, Updates, check_updates, weighted_mean, weighted_sum
from valuation.integrity.krum import krum, multi_krum
from valuation.integrity.robust import coordinate_median, trimmed_mean


def mean(updates: Updates) -> Floats:
    """Return the mean of the updates (n, d), float64 (d,).

    >>> mean(np.array([[1.0], [3.0]])).tolist()
    [2.0]
    """
    return weighted_mean(np.ones(len(updates)), check_updates(updates))


def total(updates: Updates) -> Floats:
    """Return the sum of the updates (n, d), float64 (d,): for updates of disjoint blocks of parameters.

    >>> total(np.array([[1.0], [3.0]])).tolist()
    [4.0]
    """
    return weighted_sum(np.ones(len(updates)), check_updates(updates))


def clipped_mean(updates: Updates) -> Floats:
    """Return the mean of the updates (n, d) after `clip_to_median_norm`, float64 (d,).

    >>> clipped_mean(np.array([[1.0], [3.0], [95.0]])).round(3).tolist()
    [2.333]
    """
    return mean(clip_to_median_norm(updates))


def foolsgold_of_round(updates: Updates) -> Floats:
    """Return `foolsgold` of the updates (n, d) with this round as their whole history, float64 (d,).

    >>> foolsgold_of_round(np.array([[0.0, 1.0], [1.0, 0.0], [1.0, -1.0]])).tolist()
    [0.0, 1.0]
    """
    weights = steady(foolsgold_weights(check_updates(updates)))
    return weighted_mean(weights, updates)


def flag_of_round(updates: Updates, dimension: int) -> Floats:
    """Return `flag` of the updates (n, d), float64 (d,).

    >>> np.abs(flag_of_round(np.array([[1.0, 0.0], [1.0, 0.1], [-0.1, 5.0]]), dimension=1)).round(2).tolist()
    [0.69, 0.07]
    """
    return weighted_sum(steady(flag_weights(updates, dimension)), updates)


def steady(weights: Floats) -> Floats:
    """Return weights (n,) as multiples of 2^-20, which machines that round differently agree on.

    >>> steady(np.array([1 / 3])).tolist()
    [0.33333301544189453]
    """
    return np.asarray(np.rint(weights * 2**20) / 2**20)


RULES: Mapping[str, Callable[..., Floats]] = MappingProxyType(
    {
        "mean": mean,
        "sum": total,
        "clipped-mean": clipped_mean,
        "median": coordinate_median,
        "trimmed-mean": trimmed_mean,
        "krum": krum,
        "multi-krum": multi_krum,
        "foolsgold": foolsgold_of_round,
        "flag": flag_of_round,
    }
)
"""The rules by name. What a rule takes beside the updates is its parameters."""


def parameters_of(name: str) -> tuple[str, ...]:
    """Return the names of a rule's parameters.

    Raises:
        InputError: there is no such rule.

    >>> parameters_of("multi-krum")
    ('byzantine', 'chosen')
    """
    if name not in RULES:
        raise InputError(f"aggregation rule {name!a} is unknown; known: {', '.join(sorted(RULES))}")
    return tuple(inspect.signature(RULES[name]).parameters)[1:]


def aggregate(name: str, updates: Updates, parameters: Mapping[str, float]) -> Floats:
    """Return the step, float64 (d,), that a named rule makes of a round's updates (n, d).

    Args:
        name: One of `RULES`.
        updates: The round's updates.
        parameters: A value for each of `parameters_of(name)`; whole numbers may be given as floats.

    Raises:
        InputError: the rule or a parameter is unknown, missing or out of range, or the updates are not a
            finite matrix.
        AssumptionError: the rule promises nothing for so few updates.

    >>> aggregate("trimmed-mean", np.array([[1.0], [2.0], [90.0]]), {"trim": 0.34}).tolist()
    [2.0]
    """
    expected = parameters_of(name)
    if set(parameters) != set(expected):
        raise InputError(f"rule {name!a} takes {list(expected)}, not {sorted(parameters)}")
    whole = {key: int(value) if value == int(value) else value for key, value in parameters.items()}
    return RULES[name](updates, **whole)

"""The way from utilities to scores, one addition at a time, as a contract can follow it (docs/court.md).

acc(i, -1) = 0 and acc(i, k) = acc(i, k-1) + term(i, k); player i's score is the floor of its last sum over a
divisor. Only methods that are sums over coalitions have a way; the others' scores follow at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from math import factorial

import numpy as np
import numpy.typing as npt

from valuation.designs import IntegerDesign
from valuation.errors import InputError
from valuation.fixed_point import checked
from valuation.mechanism import Mechanism
from valuation.scoring.shapley_design import seats
from valuation.seeds import permutations


@dataclass(frozen=True)
class Term:
    """What one step adds: factor * (v(with) - v(without)).

    Attributes:
        with_: Index of the utility with the player.
        without: Index of the one without; None when nothing is subtracted.
        weight: Index of the design's weight that is the factor; None when the factor needs no look-up.
    """

    with_: int
    without: int | None
    weight: int | None


def step_count(mechanism: Mechanism, n: int) -> int:
    """Return the number of steps of one of `n` players; zero where there is no way.

    >>> from valuation.mechanism import default_mechanism
    >>> step_count(default_mechanism(), 4), step_count(default_mechanism(method="loss-delta"), 4)
    (8, 0)
    """
    parameters = mechanism.method.parameters
    match mechanism.method.name:
        case "shapley-exact":
            return 1 << (n - 1) if n else 0
        case "shapley-sampled":
            return int(parameters["permutations"])
        case "shapley-design":
            return int(parameters["coalitions"])
        case _:
            return 0


def divisor(mechanism: Mechanism, n: int, design: IntegerDesign | None) -> int:
    """Return what the last sum of one of `n` players is divided by.

    Raises:
        InputError: the method has no way, or the design is missing.

    >>> from valuation.mechanism import default_mechanism
    >>> divisor(default_mechanism(), 4, None)
    24
    """
    name = mechanism.method.name
    if name == "shapley-exact":
        return factorial(n)
    if name == "shapley-sampled":
        return step_count(mechanism, n)
    if name == "shapley-design" and design is not None:
        return design.scale
    raise InputError(f"the scores of {name} are not divided")


def term(
    mechanism: Mechanism, n: int, player: int, k: int, *, seed: bytes, design: IntegerDesign | None
) -> Term:
    """Return what step k of a player adds.

    Raises:
        InputError: the method has no way, or the design is missing.

    >>> from valuation.mechanism import default_mechanism
    >>> term(default_mechanism(), 3, player=1, k=2, seed=bytes(32), design=None)
    Term(with_=6, without=4, weight=None)
    """
    name = mechanism.method.name
    if name == "shapley-exact":
        without = (k >> player) << (player + 1) | k & ((1 << player) - 1)
        return Term(without | 1 << player, without, None)
    if name == "shapley-sampled":
        place = int(np.argsort(permutations(seed, k + 1, n)[k])[player])
        return Term(k * (n + 1) + place + 1, k * (n + 1) + place, None)
    if name == "shapley-design" and design is not None:
        return Term(k, None, int(seats(seed, design)[player]) * len(design.coalitions) + k)
    raise InputError(f"the scores of {name} are not summed in steps")


def trace(
    mechanism: Mechanism,
    utilities: npt.NDArray[np.int64],
    n: int,
    *,
    seed: bytes,
    design: IntegerDesign | None,
) -> list[int]:
    """Return every sum of the way, player by player: entry i * step_count + k is acc(i, k). Exact integers.

    Empty where there is no way. O(n * step_count).

    Raises:
        InputError: the design is missing.
        FixedPointError: a utility is above 2^46 nano-nats.

    >>> from valuation.mechanism import default_mechanism
    >>> trace(default_mechanism(), np.array([0, 10, 20, 40]), 2, seed=bytes(32), design=None)
    [10, 30, 20, 50]
    """
    values, name = checked(utilities), mechanism.method.name
    if not step_count(mechanism, n) or not n:
        return []
    if name == "shapley-exact":
        rows: Iterable[list[int]] = _exact_terms(values, n)
    elif name == "shapley-sampled":
        rows = _sampled_terms(values, n, seed)
    elif design is not None:
        rows = _designed_terms(values, n, seed, design)
    else:
        raise InputError(f"{name} needs its design")
    return [total for row in rows for total in accumulate(row)]


def _exact_terms(values: npt.NDArray[np.int64], n: int) -> Iterable[list[int]]:
    k = np.arange(1 << (n - 1))
    weights = [factorial(size) * factorial(n - 1 - size) for size in range(n)]
    by_step = [weights[mask.bit_count()] for mask in range(1 << (n - 1))]
    for i in range(n):
        without = (k >> i) << (i + 1) | k & ((1 << i) - 1)
        gains = (values[without | 1 << i] - values[without]).tolist()
        yield [weight * gain for weight, gain in zip(by_step, gains, strict=True)]


def _sampled_terms(values: npt.NDArray[np.int64], n: int, seed: bytes) -> Iterable[list[int]]:
    gains = np.diff(values.reshape(-1, n + 1), axis=1)
    places = np.argsort(permutations(seed, len(gains), n), axis=1)
    rows: list[list[int]] = np.take_along_axis(gains, places, axis=1).T.tolist()
    return rows


def _designed_terms(
    values: npt.NDArray[np.int64], n: int, seed: bytes, design: IntegerDesign
) -> Iterable[list[int]]:
    counted = values.tolist()
    for row in design.weights[seats(seed, design)[:n]].tolist():
        yield [weight * utility for weight, utility in zip(row, counted, strict=True)]

"""Rewards by rank, and budgets over time: rules that look at the order of scores instead of their sizes.

A schedule is a list of whole weights, first place first. `rank_weights` hands them out; `largest_remainder`
turns them into money.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby

from valuation.errors import InputError


def rank_weights(scores: Sequence[int], schedule: Sequence[int]) -> list[int]:
    """Return the weight of each score by its place among the positive ones, as whole numbers.

    Place r gets `schedule[r]`; places beyond the schedule, and scores of zero or less, get nothing. Equal
    scores share their places equally: all weights are multiplied by one common number, so that this needs no
    fractions. Only the ratios matter.

    Raises:
        InputError: a weight of the schedule is negative, or larger than the one before it.

    >>> rank_weights([30, 10, -5, 20], schedule=[4, 2, 1])
    [4, 1, 0, 2]
    >>> rank_weights([30, 20, 20], schedule=[4, 2, 1])
    [8, 3, 3]
    """
    if any(weight < 0 for weight in schedule) or list(schedule) != sorted(schedule, reverse=True):
        raise InputError(f"a schedule's weights are not negative and never rise: {list(schedule)}")
    ranked = sorted(
        (position for position, score in enumerate(scores) if score > 0), key=lambda i: -scores[i]
    )
    ties = [list(group) for _, group in groupby(ranked, key=lambda position: scores[position])]
    common = math.lcm(*map(len, ties))
    weights = [0] * len(scores)
    place = 0
    for tied in ties:
        shared = sum(schedule[place : place + len(tied)])
        for position in tied:
            weights[position] = shared * common // len(tied)
        place += len(tied)
    return weights


def linear_schedule(places: int) -> list[int]:
    """Return the weights places, places - 1, ..., 1.

    Raises:
        InputError: there is no place.

    >>> linear_schedule(4)
    [4, 3, 2, 1]
    """
    _check_places(places)
    return list(range(places, 0, -1))


def halving_schedule(places: int) -> list[int]:
    """Return weights of which each is half of the one before, the last two being equal.

    First place then gets exactly half of what is divided, second a quarter, and so on.

    Raises:
        InputError: there is no place.

    >>> halving_schedule(4)
    [4, 2, 1, 1]
    """
    _check_places(places)
    return [1 << max(places - 2 - place, 0) for place in range(places)]


def halving_budget(first: int, every: int, round: int) -> int:
    """Return the budget of a round when it halves every so many rounds, rounded down to a whole unit.

    Raises:
        InputError: a number is negative, or `every` is not positive.

    >>> [halving_budget(100, every=2, round=round) for round in range(6)]
    [100, 100, 50, 50, 25, 25]
    """
    if first < 0 or every < 1 or round < 0:
        raise InputError(f"a budget of {first} that halves every {every} rounds has no round {round}")
    return first >> (round // every)


def _check_places(places: int) -> None:
    if places < 1:
        raise InputError(f"a schedule needs at least one place, not {places}")

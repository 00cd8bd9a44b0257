"""Time-aware weights: a score counts less the later its trainer joined.

lambda = exp(-gamma t), as in "Incentivizing time-aware fairness in data sharing" (2510.09240). Scaling any
rule's scores by it rewards joining early, but keeps neither individual rationality nor necessity, as the
paper shows for scores divided by t; `valuation.federated` has the two rules of the paper that do.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_DOWN, Context, Decimal, InvalidOperation

from valuation.errors import InputError

_DIGITS = 50
"""Significant digits. `Decimal.exp` is rounded correctly, so that the weights are the same on any machine."""


def time_weighted(scores: Sequence[int], times: Sequence[int], decay: str | int) -> list[int]:
    """Return each score times exp(-decay * time), in whole units, rounded towards zero.

    Args:
        scores: whole scores, (n,).
        times: when each trainer joined, (n,), in rounds from the first.
        decay: gamma, a decimal number that is not negative, as text so that it is exact.

    Raises:
        InputError: the lengths differ, a time is negative, or the decay is no such number.

    >>> time_weighted([1000, 1000, -1000], times=[0, 2, 2], decay="0.5")
    [1000, 367, -367]
    """
    if len(scores) != len(times):
        raise InputError(f"{len(scores)} scores, but {len(times)} times")
    context = Context(prec=_DIGITS, rounding=ROUND_DOWN)
    try:
        rate = context.create_decimal(str(decay))
    except InvalidOperation:
        raise InputError(f"the decay must be a decimal number, not {decay!r}") from None
    if not rate.is_finite() or rate < 0 or any(time < 0 for time in times):
        raise InputError(f"decay and times must not be negative: {decay}, {list(times)}")
    weights = {time: context.multiply(rate, Decimal(-time)).exp(context) for time in set(times)}
    return [
        int(context.multiply(Decimal(score), weights[time]))
        for score, time in zip(scores, times, strict=True)
    ]

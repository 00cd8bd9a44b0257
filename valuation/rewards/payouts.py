"""From scores to money: integers all the way, so that a payout can be recomputed by hand, to the wei.

Every share is rounded down on its own: floor(budget * weight / sum of weights). So a contract can check one
payout without the others, and what is left over, less than one unit a payee, stays in the escrow for later
rounds.

The rule is Gauntlet's normalisation, score^p over the sum of score^p (arXiv 2505.21684; p = 2 rewards one
strong peer above ten weak ones), with the floor that it lacks: a score of zero or less earns nothing,
however bad the others are.
"""

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from operator import index

from valuation.errors import InputError
from valuation.rewards.shares import floor_shares

BASIS_POINTS = 10_000
MAX_POWER = 8

_POWER = re.compile(r"[0-9](\.[1-9])?")
_ROOT_DIGITS = 18


def parse_power(power: str | int) -> Fraction:
    """Return the exponent of a reward rule, written with at most one decimal, which is not zero.

    Raises:
        InputError: it is not such a number above 0 and up to 8.

    >>> parse_power("1.5")
    Fraction(3, 2)
    """
    text = str(power)
    if not _POWER.fullmatch(text) or not 0 < Fraction(text) <= MAX_POWER:
        raise InputError(
            f"a power is a number above 0 and up to {MAX_POWER} with at most one decimal, not {power!r}"
        )
    return Fraction(text)


def reward_weights(scores: Sequence[int], power: str | int) -> list[int]:
    """Return each score to the power p as a whole number, in exact arithmetic; zero where it is not positive.

    For p = a/b in lowest terms, b > 1 and at most 10, the weight is the whole part of 10^18 * score^(a/b):
    the largest w with w^b <= score^a * 10^(18 b). Only the ratios of the weights matter. Nothing is rounded
    by a machine's floating point, so that two machines never differ by a wei.

    Raises:
        InputError: a score is not an integer, or the power not a number above 0 and up to 8 with at most one
            decimal.

    >>> reward_weights([3, -5, 2], power=2)
    [9, 0, 4]
    >>> reward_weights([4, 2], power="0.5")
    [2000000000000000000, 1414213562373095048]
    """
    exponent = parse_power(power)
    a, b = exponent.numerator, exponent.denominator
    # A NumPy integer would overflow silently.
    counted = [max(_whole(score), 0) for score in scores]
    if b == 1:
        return [score**a for score in counted]
    scale = 10 ** (_ROOT_DIGITS * b)
    return [_root(score**a * scale, b) for score in counted]


def payouts(scores: Sequence[int], budget: int, power: str | int = 1) -> list[int]:
    """Divide a budget among scores to the power p, each payout rounded down; the rest is left to carry on.

    When no score is positive everybody gets zero, and the budget is left for the caller to carry on.

    Raises:
        InputError: the budget is negative, or the power not a number above 0 and up to 8.

    >>> payouts([3, -5, 1, 0], budget=10)
    [7, 0, 2, 0]
    >>> payouts([0, -1], budget=10)
    [0, 0]
    """
    return floor_shares(reward_weights(scores, power), budget)


def split_budget(budget: int, evaluator_share: int) -> tuple[int, int]:
    """Return the trainers' and the evaluators' part of a budget; the evaluators' is rounded down.

    `evaluator_share` is in basis points, ten-thousandths.

    Raises:
        InputError: the budget is negative, or the share not between 0 and 10,000.

    >>> split_budget(1001, evaluator_share=1000)
    (901, 100)
    """
    if budget < 0:
        raise InputError(f"a budget of {budget}")
    if not 0 <= evaluator_share <= BASIS_POINTS:
        raise InputError(f"an evaluators' share of {evaluator_share} basis points")
    evaluators = budget * evaluator_share // BASIS_POINTS
    return budget - evaluators, evaluators


def evaluator_payouts(weights: Sequence[int], within_tolerance: Iterable[bool], pot: int) -> list[int]:
    """Divide the evaluators' pot by stake among those who measured within tolerance of the agreed utilities.

    Each payout is rounded down. When nobody did, everybody gets zero.

    Raises:
        InputError: a weight or the pot is negative, or the lengths differ.

    >>> evaluator_payouts([100, 300, 100], [True, True, False], pot=40)
    [10, 30, 0]
    """
    verdicts = list(within_tolerance)
    if len(weights) != len(verdicts):
        raise InputError(f"{len(weights)} weights, but {len(verdicts)} verdicts")
    counted = [weight if good else 0 for weight, good in zip(weights, verdicts, strict=True)]
    return floor_shares(counted, pot)


def _whole(score: int) -> int:
    try:
        return index(score)
    except TypeError:
        raise InputError(f"a score must be an integer, not {score!r}") from None


def _root(number: int, degree: int) -> int:
    """Return the whole part of the `degree`-th root of a natural number, by Newton's method from above."""
    if number == 0:
        return 0
    root = 1 << -(-number.bit_length() // degree)
    while True:
        smaller = ((degree - 1) * root + number // root ** (degree - 1)) // degree
        if smaller >= root:
            return root
        root = smaller

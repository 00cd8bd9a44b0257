"""What it pays to split one trainer into many: a number for any reward rule.

An address costs nothing. A rule that pays f(x) for a score x pays k f(x/k) for the same work under k names;
the ratio says how much the rule invites that. It is 1 for a linear rule, k^(1-p) for the power p, and above
1 for every rule that favours the small.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise

from valuation.errors import InputError


def splitting_factor(
    rule: Callable[[Fraction], Fraction], score: int | Fraction, identities: int
) -> Fraction:
    """Return k f(x/k) / f(x): how splitting multiplies the pay, when pay depends on nobody else's score.

    Args:
        rule: f, from a score to its pay or weight.
        score: x, the undivided score, which must be paid.
        identities: k.

    Raises:
        InputError: there are no identities, or the undivided score is not paid.

    >>> splitting_factor(lambda score: score**2, score=10, identities=5)
    Fraction(1, 5)
    """
    _check_identities(identities)
    undivided = rule(Fraction(score))
    if undivided <= 0:
        raise InputError(f"the rule pays {undivided} for the score {score}; there is nothing to compare with")
    return identities * rule(Fraction(score) / identities) / undivided


def splitting_gain(
    rule: Callable[[Sequence[int]], Sequence[int]], scores: Sequence[int], who: int, identities: int
) -> Fraction:
    """Return how splitting multiplies the pay of one among others, under a rule that divides a budget.

    The rule is given the scores with `who` replaced by k whole scores that add up to the old one, in its
    place. This covers rules by rank, lotteries and budgets that are divided, where f alone says too little.

    Args:
        rule: from scores to pay, both in whole units and in the same order.
        scores: everyone's scores.
        who: the position of the one who splits.
        identities: k.

    Raises:
        InputError: there are no identities, there is no such position, or the undivided score is not paid.

    >>> from valuation.rewards.payouts import payouts
    >>> splitting_gain(lambda scores: payouts(scores, 1200), [100, 100], who=0, identities=2)
    Fraction(1, 1)
    """
    _check_identities(identities)
    if not 0 <= who < len(scores):
        raise InputError(f"there is no position {who} among {len(scores)} scores")
    undivided = rule(scores)[who]
    if undivided <= 0:
        raise InputError(f"the rule pays {undivided} to position {who}; there is nothing to compare with")
    edges = [scores[who] * part // identities for part in range(identities + 1)]
    parts = [high - low for low, high in pairwise(edges)]
    pay = rule([*scores[:who], *parts, *scores[who + 1 :]])
    return Fraction(sum(pay[who : who + identities]), undivided)


def _check_identities(identities: int) -> None:
    if identities < 1:
        raise InputError(f"one splits into at least one identity, not {identities}")

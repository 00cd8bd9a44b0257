"""From scores to the trainers' pay: the mechanism's reward rule, or its Gauntlet's."""

from collections.abc import Sequence
from dataclasses import dataclass

from valuation.gauntlet.normalisation import normalise
from valuation.mechanism import PROVABLE_POWERS, Mechanism
from valuation.rewards.payouts import evaluator_payouts, payouts, reward_weights, split_budget


@dataclass(frozen=True)
class RoundPay:
    """What a round pays, in token units.

    Attributes:
        trainers: (n,), in the order of the scores.
        evaluators: (m,), in the order of their stakes.
        weights: what a court can follow the trainers' pay by, (n,); None where it cannot.
    """

    trainers: list[int]
    evaluators: list[int]
    weights: list[int] | None


def round_pay(
    mechanism: Mechanism,
    scores: Sequence[int],
    budget: int,
    stakes: Sequence[int],
    within: Sequence[bool],
) -> RoundPay:
    """Return what a round's budget comes to, each part rounded down.

    Evaluators who measured within tolerance share their part by stake, unless no trainer is paid.

    Args:
        mechanism: the project's rules.
        scores: the trainers' scores, (n,), in nano-nats.
        budget: what the round can pay.
        stakes: of the evaluators who revealed, (m,).
        within: which of them measured within tolerance, (m,).

    Raises:
        InputError: the budget or a stake is negative, a score is no integer, or the lengths differ.

    >>> from valuation.mechanism import default_mechanism
    >>> round_pay(default_mechanism(), [3, -5, 1], 1000, [100, 300], [True, True])
    RoundPay(trainers=[675, 0, 225], evaluators=[25, 75], weights=[3, 0, 1])
    """
    part, pot = split_budget(budget, mechanism.evaluator_share)
    trainers = trainer_payouts(mechanism, scores, part)
    provable = mechanism.gauntlet is None and mechanism.reward.power in PROVABLE_POWERS
    weights = reward_weights(scores, mechanism.reward.power) if provable else None
    anybody = any(trainers if weights is None else weights)
    return RoundPay(trainers, evaluator_payouts(stakes, within, pot if anybody else 0), weights)


def trainer_payouts(mechanism: Mechanism, scores: Sequence[int], budget: int) -> list[int]:
    """Return each trainer's part of a budget, (n,), in token units.

    Rounded down: what is left of the budget, or what a Gauntlet burns, stays in escrow. All of it does when
    nobody scored above zero.

    Raises:
        InputError: the budget is negative or a score no integer.

    >>> from valuation.mechanism import default_mechanism
    >>> trainer_payouts(default_mechanism(), [3, -5, 1], budget=8)
    [6, 0, 2]
    >>> trainer_payouts(default_mechanism(method="gauntlet", version="v2.1.3"), [3, 0, 1], budget=80)
    [27, 0, 13]
    """
    if mechanism.gauntlet is not None:
        return normalise(scores, mechanism.gauntlet.normalisation).payouts(budget)
    return payouts(scores, budget, mechanism.reward.power)

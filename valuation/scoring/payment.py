"""From scores to the trainers' pay: the mechanism's reward rule, or its Gauntlet's."""

from collections.abc import Sequence

from valuation.gauntlet.normalisation import normalise
from valuation.mechanism import Mechanism
from valuation.rewards.payouts import payouts


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

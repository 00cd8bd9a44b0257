"""Every reward rule may follow every method, and says what splitting into many names would pay under it."""

import math
from fractions import Fraction

import numpy as np
import pytest

from valuation import contributions, methods
from valuation.fixed_point import to_fixed
from valuation.rewards.lottery import UNIT, clipped_linear_lottery, draw_winners
from valuation.rewards.payouts import payouts
from valuation.rewards.ranked_split import ranked_split
from valuation.rewards.schedules import halving_budget, halving_schedule, linear_schedule, rank_weights
from valuation.rewards.shares import largest_remainder
from valuation.rewards.splitting import splitting_factor, splitting_gain
from valuation.rewards.time_weights import time_weighted

BUDGET = 10**18
NAMES = tuple("abcdef")
TARGET = np.array([3.0, 1.0, -2.0])


def _loss(models):
    return ((models - TARGET) ** 2).mean(axis=1)


def _expected(slope):
    """What each can expect of a lottery for a third of the places, and one more, at equal pay."""

    def rule(scores):
        chances = clipped_linear_lottery(scores, 1 + len(scores) // 3, slope).chances
        return [int(chance * UNIT) for chance in chances]

    return rule


def _time(scores):
    """The first joined at once, everybody else two rounds later."""
    return payouts(time_weighted(scores, [0, *[2] * (len(scores) - 1)], "0.1"), BUDGET)


RULES = {
    "linear": lambda scores: payouts(scores, BUDGET),
    "power 2": lambda scores: payouts(scores, BUDGET, 2),
    "power 0.5": lambda scores: payouts(scores, BUDGET, "0.5"),
    "linear places": lambda scores: largest_remainder(rank_weights(scores, linear_schedule(6)), BUDGET),
    "halving places": lambda scores: largest_remainder(rank_weights(scores, halving_schedule(6)), BUDGET),
    "halves": lambda scores: ranked_split(BUDGET, scores),
    "halving budget": lambda scores: payouts(scores, halving_budget(4 * BUDGET, 10, round=20)),
    "time": _time,
}


@pytest.fixture(scope="module")
def run():
    rng = np.random.default_rng(2)
    updates = {name: -TARGET + rng.normal(0, 0.5, 3) for name in NAMES}
    updates["f"] = TARGET
    return updates


@pytest.mark.parametrize("method", sorted(set(methods()) - {"verfedsv"}))
def test_the_values_of_every_method_can_be_paid_by_every_rule(run, method):
    needs = {
        "fedce": {"metrics": {name: lambda models: np.exp(-_loss(models)) for name in NAMES}},
        "consortium": {"peer_losses": dict.fromkeys(NAMES, _loss)},
        "time-aware-cumulation": {"transform": "dual-cover"},
        "time-aware-valuation": {"transform": "dual-cover"},
    }
    needs["blockflow"] = needs["fedce"]
    result = contributions(
        run, np.zeros(3), _loss, method, rng=np.random.default_rng(0), **needs.get(method, {})
    )
    scores = to_fixed(result.values).tolist()
    positive = sum(score > 0 for score in scores)
    assert positive
    for pay in (rule(scores) for rule in RULES.values()):
        assert 0 <= BUDGET - sum(pay) < positive
        assert all(part == 0 for part, score in zip(pay, scores, strict=True) if score <= 0)
    chances = clipped_linear_lottery(scores, 2, Fraction(1, 10**9)).chances
    assert sum(chances) == 2
    assert len(draw_winners(chances, bytes(range(32)))) == 2


LATE = math.exp(-0.2)
FACTORS = {
    "linear": 1,
    # Four names of a quarter of the score weigh 4^(1 - p) of those of the three others.
    "power 2": 4 * Fraction(1, 13),
    "power 0.5": 4 * Fraction(2, 5),
    # Places four to six of six: 3 + 2 + 1 of 21, instead of a quarter.
    "linear places": 4 * Fraction(6, 21),
    # The others take a half, a quarter and an eighth.
    "halving places": Fraction(4, 8),
    "halves": Fraction(4, 8),
    "halving budget": 1,
    # Names that are added later are late.
    "time": (1 + 3 * LATE) ** 2 / (1 + 15 * LATE),
}


@pytest.mark.parametrize("name", RULES)
def test_what_splitting_multiplies_the_pay_by_is_told_of_every_rule(name):
    # One of four equal scores splits into four names.
    gain = splitting_gain(RULES[name], [10**9] * 4, 0, 4)
    assert float(gain) == pytest.approx(float(FACTORS[name]), rel=1e-8)


@pytest.mark.parametrize(
    ("slope", "factor"),
    # Steep: 1 - 1/7 for each of the others and 1/4 - 1/7 for each name; flat: 3/7 for everybody.
    [(Fraction(1, 10**9), Fraction(6, 7)), (Fraction(1, 10**18), Fraction(24, 7))],
)
def test_a_lottery_is_split_for_gain_where_it_is_flat(slope, factor):
    gain = splitting_gain(_expected(slope), [10**9] * 4, 0, 4)
    assert float(gain) == pytest.approx(float(factor), rel=1e-8)


def test_a_rule_with_a_floor_pays_every_identity_or_none():
    def above_five(score):
        return Fraction(score > 5)

    assert splitting_factor(above_five, 60, 10) == 10
    assert splitting_factor(above_five, 40, 10) == 0

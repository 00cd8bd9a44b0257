from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.errors import InputError
from valuation.rewards.payouts import payouts
from valuation.rewards.schedules import linear_schedule, rank_weights
from valuation.rewards.shares import largest_remainder
from valuation.rewards.splitting import splitting_factor, splitting_gain


@given(st.integers(1, 5), st.integers(1, 20), st.integers(1, 10**6))
def test_a_power_p_multiplies_the_pay_by_k_to_the_one_minus_p(power, identities, score):
    factor = splitting_factor(lambda x: x**power, score, identities)
    assert factor == Fraction(identities) ** (1 - power)


@given(st.integers(2, 20), st.integers(1, 10**6))
def test_a_flat_reward_pays_every_identity_again(identities, score):
    assert splitting_factor(lambda x: Fraction(x > 0), score, identities) == identities


@given(st.integers(1, 12), st.lists(st.integers(1, 10**6), min_size=1, max_size=6), st.data())
def test_a_linear_budget_pays_a_split_no_more_than_rounding(identities, scores, data):
    who = data.draw(st.integers(0, len(scores) - 1))
    budget = 10**20
    gain = splitting_gain(lambda s: payouts(s, budget), scores, who, identities)
    assert abs(gain - 1) < 1e-10


def test_a_squared_budget_makes_splitting_a_loss_and_a_rank_schedule_a_gain():
    scores = [100, 100, 100]
    assert splitting_gain(lambda s: payouts(s, 10**9, power=2), scores, 1, 10) < Fraction(15, 100)

    def by_rank(s):
        return largest_remainder(rank_weights(s, linear_schedule(12)), 10**9)

    assert splitting_gain(by_rank, scores, 1, 10) > 2


def test_splitting_nothing_is_refused():
    with pytest.raises(InputError, match="nothing to compare with"):
        splitting_factor(lambda x: x, 0, 2)
    with pytest.raises(InputError, match="nothing to compare with"):
        splitting_gain(lambda s: payouts(s, 10), [0, 5], 0, 2)
    with pytest.raises(InputError, match="no position 2"):
        splitting_gain(lambda s: payouts(s, 10), [0, 5], 2, 2)
    with pytest.raises(InputError, match="at least one identity"):
        splitting_factor(lambda x: x, 1, 0)

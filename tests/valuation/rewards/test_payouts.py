from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.errors import InputError
from valuation.rewards.payouts import (
    evaluator_payouts,
    parse_power,
    payouts,
    reward_weights,
    split_budget,
)

scores = st.lists(st.integers(-(10**14), 10**14), max_size=12)
budgets = st.integers(0, 10**30)
powers = st.sampled_from([1, 2, "1", "0.5", "1.5", "2", "1.2", "0.1", "3.3"])


@given(scores, budgets, powers)
def test_a_budget_is_paid_but_for_less_than_a_unit_a_payee_or_not_at_all(values, budget, power):
    paid = payouts(values, budget, power)
    positive = sum(value > 0 for value in values)
    assert 0 <= budget - sum(paid) < positive if positive else sum(paid) == 0
    assert all(type(part) is int and part >= 0 for part in paid)


@given(scores, budgets, powers)
def test_who_did_not_help_earns_nothing(values, budget, power):
    for value, part in zip(values, payouts(values, budget, power), strict=True):
        if value <= 0:
            assert part == 0


@given(scores, budgets, powers)
def test_a_higher_score_never_earns_less(values, budget, power):
    weights = reward_weights(values, power)
    assert sorted(weights) == [weight for _, weight in sorted(zip(values, weights, strict=True))]
    for (low, less), (high, more) in pairwise(
        sorted(zip(weights, payouts(values, budget, power), strict=True))
    ):
        assert less <= more if low < high else less == more


@given(scores, budgets)
def test_linear_payouts_are_their_share_rounded_down(values, budget):
    total = sum(max(value, 0) for value in values)
    for value, part in zip(values, payouts(values, budget), strict=True):
        if total:
            assert part == Fraction(max(value, 0) * budget, total).__floor__()


@given(st.lists(st.integers(1, 10**14), min_size=1, max_size=6), powers)
def test_weights_are_powers_to_many_digits(values, power):
    weights = reward_weights(values, power)
    with localcontext() as context:
        context.prec = 80
        exact = [Decimal(value) ** Decimal(str(power)) for value in values]
        scale = 1 if parse_power(power).denominator == 1 else Decimal(10) ** 18
        for weight, true in zip(weights, exact, strict=True):
            assert true * scale - 1 - Decimal("1e-15") < weight <= true * scale + Decimal("1e-15")


@given(st.integers(0, 10**40))
def test_a_weight_is_the_exact_whole_root(score):
    (weight,) = reward_weights([score], "0.5")
    assert weight**2 <= score * 10**36 < (weight + 1) ** 2
    (weight,) = reward_weights([score], "0.2")
    assert weight**5 <= score * 10**90 < (weight + 1) ** 5


def test_scores_from_an_array_do_not_overflow():
    large = np.array([2**40, 2**41])
    assert reward_weights(large, 2) == [2**80, 2**82]
    with pytest.raises(InputError, match=r"1\.5"):
        reward_weights([1.5], 2)


@pytest.mark.parametrize(
    "power",
    ["0", 0, "-1", "1.0", "01", "1.55", "1.25", "9", "8.5", "nan", "1e1", "", " 1", "1/2", "1.50", "٢"],
)
def test_a_power_that_is_not_a_plain_decimal_is_refused(power):
    with pytest.raises(InputError, match="power"):
        payouts([1], 1, power)


@given(budgets, st.integers(0, 10_000))
def test_splitting_a_budget_loses_nothing_and_rounds_for_the_trainers(budget, share):
    trainers, evaluators = split_budget(budget, share)
    assert trainers + evaluators == budget
    assert evaluators == int(Fraction(budget * share, 10_000))


def test_an_impossible_split_is_refused():
    for budget, share in ((-1, 0), (1, -1), (1, 10_001)):
        with pytest.raises(InputError):
            split_budget(budget, share)
    with pytest.raises(InputError):
        payouts([1], -1)


@given(st.lists(st.tuples(st.integers(0, 2**96), st.booleans()), max_size=10), budgets)
def test_only_evaluators_within_tolerance_are_paid_by_stake(evaluators, pot):
    weights = [weight for weight, _ in evaluators]
    paid = evaluator_payouts(weights, [good for _, good in evaluators], pot)
    counted = sum(weight for weight, good in evaluators if good)
    for (weight, good), part in zip(evaluators, paid, strict=True):
        assert part == (Fraction(weight * pot, counted).__floor__() if good and counted else 0)


def test_every_evaluator_needs_a_verdict():
    with pytest.raises(InputError, match="2 weights"):
        evaluator_payouts([1, 1], [True], 5)

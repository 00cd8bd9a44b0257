from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.errors import InputError
from valuation.rewards.schedules import halving_budget, halving_schedule, linear_schedule, rank_weights

score_lists = st.lists(st.integers(-3, 6), max_size=10)
schedules = st.lists(st.integers(0, 50), max_size=12).map(lambda weights: sorted(weights, reverse=True))


@given(score_lists, schedules)
def test_places_are_paid_in_full_and_only_to_positive_scores(scores, schedule):
    weights = rank_weights(scores, schedule)
    paid = sum(score > 0 for score in scores)
    assert all(weight == 0 for score, weight in zip(scores, weights, strict=True) if score <= 0)
    whole = sum(schedule[:paid])
    if whole:
        scale = Fraction(sum(weights), whole)
        assert scale.denominator == 1
        assert scale >= 1


@given(score_lists, schedules)
def test_equal_scores_weigh_the_same_and_better_ones_never_less(scores, schedule):
    weighted = sorted(zip(scores, rank_weights(scores, schedule), strict=True))
    weights = [weight for _, weight in weighted]
    assert weights == sorted(weights)
    assert len(set(weighted)) == len(set(scores))


@given(st.integers(1, 60))
def test_the_first_of_a_halving_schedule_gets_exactly_half(places):
    schedule = halving_schedule(places)
    assert len(schedule) == places
    assert places == 1 or 2 * schedule[0] == sum(schedule)
    assert all(a == 2 * b for a, b in pairwise(schedule[:-1]))


def test_a_linear_schedule_falls_by_one_a_place():
    assert linear_schedule(5) == [5, 4, 3, 2, 1]


@given(st.integers(0, 10**30), st.integers(1, 100), st.integers(0, 10_000))
def test_a_halving_budget_never_pays_out_more_than_its_first_two_eras(first, every, round):
    budget = halving_budget(first, every, round)
    assert budget == first // 2 ** (round // every)
    assert sum(halving_budget(first, 1, era) for era in range(200)) <= 2 * first


@pytest.mark.parametrize("schedule", [[1, 2], [1, -1]])
def test_a_schedule_that_rises_or_is_negative_is_refused(schedule):
    with pytest.raises(InputError, match="schedule's weights"):
        rank_weights([1], schedule)


def test_impossible_schedules_are_refused():
    with pytest.raises(InputError, match="at least one place"):
        linear_schedule(0)
    with pytest.raises(InputError, match="at least one place"):
        halving_schedule(0)
    with pytest.raises(InputError, match="no round -1"):
        halving_budget(1, 1, -1)

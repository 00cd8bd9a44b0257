import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.apportionment import floor_shares, largest_remainder, proportional_shares
from valuation.errors import InputError

amounts = st.integers(0, 10**30)


@given(st.lists(amounts, min_size=1, max_size=40), amounts)
def test_every_share_is_its_quota_rounded_up_or_down_and_nothing_is_lost(weights, total):
    shares = largest_remainder(weights, total)
    whole = sum(weights)
    assert sum(shares) == (total if whole else 0)
    for weight, share in zip(weights, shares, strict=True):
        quota = Fraction(weight * total, whole) if whole else Fraction(0)
        assert quota // 1 <= share <= -(-quota // 1)
        assert type(share) is int


@given(st.lists(amounts, min_size=2, max_size=20), amounts, st.randoms())
def test_a_larger_weight_never_gets_less(weights, total, random):
    random.shuffle(weights)
    pairs = sorted(zip(weights, largest_remainder(weights, total), strict=True))
    for (light, small), (heavy, large) in itertools.pairwise(pairs):
        assert light == heavy or small <= large


def test_equal_remainders_go_to_the_first():
    assert largest_remainder([1, 1, 1, 1], 6) == [2, 2, 1, 1]


@given(st.lists(amounts, max_size=20), amounts, st.integers(1, 10**20))
def test_only_proportions_matter(weights, total, factor):
    assert largest_remainder([weight * factor for weight in weights], total) == largest_remainder(
        weights, total
    )


def test_nobody_gets_nothing():
    assert largest_remainder([], 7) == []


@pytest.mark.parametrize("weights", [[1, -1], [1.5], ["1"]])
def test_a_weight_that_is_not_a_natural_number_is_refused(weights):
    with pytest.raises(InputError, match="weight"):
        largest_remainder(weights, 1)


@pytest.mark.parametrize("total", [-1, 1.0])
def test_a_total_that_is_not_a_natural_number_is_refused(total):
    with pytest.raises(InputError, match="total"):
        largest_remainder([1], total)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.integers(0, 10**24))
def test_doubles_are_apportioned_as_the_fractions_that_they_are(values, total):
    exact = [max(Fraction(value), Fraction(0)) for value in values]
    whole = sum(exact)
    shares = proportional_shares(values, total)
    assert sum(shares) == (total if whole else 0)
    for value, share in zip(exact, shares, strict=True):
        assert abs(share - (value * total / whole if whole else 0)) < 1


def test_the_smallest_and_the_largest_double_are_divided_without_overflow():
    assert proportional_shares([5e-324, 5e-324], 3) == [2, 1]
    assert proportional_shares([1.7e308, 1.7e308], 3) == [2, 1]


@pytest.mark.parametrize("values", [[np.nan], [np.inf, 1.0], [[1.0]]])
def test_what_is_not_a_finite_vector_is_refused(values):
    with pytest.raises(InputError, match="finite"):
        proportional_shares(values, 1)


@given(st.lists(st.integers(0, 10**30), max_size=12), st.integers(0, 10**30))
def test_floors_leave_less_than_a_unit_a_weight(weights, total):
    shares = floor_shares(weights, total)
    whole = sum(weights)
    if whole:
        assert 0 <= total - sum(shares) < max(1, sum(weight > 0 for weight in weights))
    assert all(
        share == (weight * total // whole if whole else 0)
        for share, weight in zip(shares, weights, strict=True)
    )

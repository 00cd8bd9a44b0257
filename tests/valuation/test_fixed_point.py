from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.fixed_point import MAX_NANO, NANO, FixedPointError, checked, from_fixed, saturate, to_fixed

nats = st.floats(min_value=-70_000, max_value=70_000, allow_nan=False)


@given(nats)
def test_a_number_moves_by_at_most_half_a_nano_nat_and_the_rounding_of_a_double(value):
    exact = Fraction(value) * NANO
    slack = abs(exact) * Fraction(1, 2**53)
    assert abs(int(to_fixed(value)) - exact) <= Fraction(1, 2) + slack


@given(st.integers(-MAX_NANO, MAX_NANO))
def test_nano_nats_survive_the_way_there_and_back(nano):
    assert int(to_fixed(from_fixed(nano))) == nano


@pytest.mark.parametrize(
    ("value", "nano"), [(0.5e-9, 0), (1.5e-9, 2), (2.5e-9, 2), (-0.5e-9, 0), (-1.5e-9, -2)]
)
def test_halves_round_to_even(value, nano):
    assert int(to_fixed(value)) == nano


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300, 70_369.0, -70_369.0])
def test_what_has_no_fixed_point_form_is_refused_with_its_place(value):
    with pytest.raises(FixedPointError, match=r"index \(1, 0\)"):
        to_fixed([[0.0], [value]])


def test_the_shape_is_kept():
    assert to_fixed(np.zeros((2, 3))).shape == (2, 3)
    assert to_fixed(np.zeros((0,))).shape == (0,)


@given(st.floats(allow_nan=False))
def test_anything_but_nan_can_be_saturated_into_fixed_point(value):
    nano = int(to_fixed(saturate(value)))
    assert abs(nano) <= MAX_NANO
    if abs(value) <= 70_000:
        assert nano == int(to_fixed(value))


def test_nan_is_not_saturated():
    with pytest.raises(FixedPointError):
        to_fixed(saturate(np.nan))


@pytest.mark.parametrize(
    "array",
    [
        np.array([MAX_NANO + 1]),
        np.array([np.iinfo(np.int64).min]),
        np.array([2**63], dtype=np.uint64),
        np.array([1.0]),
        np.array([10**30], dtype=object),
        np.array([True]),
    ],
)
def test_integers_from_elsewhere_are_checked(array):
    with pytest.raises(FixedPointError):
        checked(array)

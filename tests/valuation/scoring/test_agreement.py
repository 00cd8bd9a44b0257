from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from valuation.errors import InputError
from valuation.fixed_point import MAX_NANO
from valuation.scoring import agree, within_tolerance

shapes = st.tuples(st.integers(1, 6), st.integers(0, 5))
measurements = shapes.flatmap(
    lambda shape: hnp.arrays(np.int64, shape, elements=st.integers(-3, 3) | st.integers(-MAX_NANO, MAX_NANO))
)
# Stakes in wei: far beyond an int64.
stakes = st.integers(0, 5) | st.integers(0, 2**96)


@st.composite
def weighed(draw):
    rows = draw(measurements)
    weights = draw(st.lists(stakes, min_size=len(rows), max_size=len(rows)).filter(any))
    return rows, weights


def lower_median_by_hand(values, weights):
    """The definition: the smallest value that holds at least half of the weight below or at it."""
    for value in sorted(values):
        below = sum(weight for other, weight in zip(values, weights, strict=True) if other <= value)
        if Fraction(below, sum(weights)) >= Fraction(1, 2):
            return value
    raise AssertionError


@given(weighed())
def test_the_agreed_value_is_the_weighted_lower_median_of_each_entry(case):
    rows, weights = case
    expected = [lower_median_by_hand(column, weights) for column in rows.T.tolist()]
    assert agree(rows, weights).tolist() == expected


@given(weighed(), st.randoms())
def test_the_order_of_evaluators_does_not_matter(case, random):
    rows, weights = case
    order = list(range(len(rows)))
    random.shuffle(order)
    assert agree(rows[order], [weights[i] for i in order]).tolist() == agree(rows, weights).tolist()


@given(measurements, st.integers(0, 2**32))
def test_less_than_half_of_the_weight_cannot_leave_the_range_of_the_others(rows, seed):
    rng = np.random.default_rng(seed)
    weights = rng.integers(1, 100, len(rows))
    liars = np.zeros(len(rows), dtype=bool)
    for i in rng.permutation(len(rows)):
        liars[i] = 2 * (weights[liars].sum() + weights[i]) < weights.sum()
    rows[liars] = np.where(rng.random(rows.shape) < 0.5, -MAX_NANO, MAX_NANO)[liars]
    agreed = agree(rows, weights.tolist())
    honest = rows[~liars]
    assert (agreed >= honest.min(axis=0)).all()
    assert (agreed <= honest.max(axis=0)).all()


@given(weighed(), st.integers(0, 2**46))
def test_an_evaluator_within_tolerance_is_so_at_every_entry(case, tolerance):
    rows, weights = case
    agreed = agree(rows, weights)
    expected = [
        all(abs(value - centre) <= tolerance for value, centre in zip(row, agreed.tolist(), strict=True))
        for row in rows.tolist()
    ]
    assert within_tolerance(rows, agreed, tolerance).tolist() == expected


@pytest.mark.parametrize(
    ("rows", "weights"),
    [
        (np.zeros((2, 3), dtype=np.int64), [1]),
        (np.zeros((2, 3), dtype=np.int64), [0, 0]),
        (np.zeros((2, 3), dtype=np.int64), [2, -1]),
        (np.zeros((0, 3), dtype=np.int64), []),
        (np.zeros(3, dtype=np.int64), [1, 1, 1]),
        (np.zeros((2, 3)), [1, 1]),
        (np.full((2, 3), 2**62), [1, 1]),
    ],
)
def test_what_cannot_be_agreed_on_is_refused(rows, weights):
    with pytest.raises(InputError):
        agree(rows, weights)


def test_measurements_of_another_length_are_not_compared():
    with pytest.raises(InputError):
        within_tolerance(np.zeros((2, 3), dtype=np.int64), np.zeros(2, dtype=np.int64), 1)
    with pytest.raises(InputError):
        within_tolerance(np.full((1, 1), np.iinfo(np.int64).min), np.zeros(1, dtype=np.int64), 1)

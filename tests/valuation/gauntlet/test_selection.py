"""Who is evaluated: drawn from the seed, like with like, and the longest waiting soonest."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.errors import InputError
from valuation.gauntlet.rules import Selection
from valuation.gauntlet.selection import select


def seed(number):
    return number.to_bytes(32, "big")


@given(
    st.integers(0, 40),
    st.integers(1, 10),
    st.integers(1, 6),
    st.sampled_from(["random", "rotation"]),
    st.sampled_from(["waiting", "uniform"]),
    st.integers(0, 1000),
)
def test_the_selected_are_so_many_distinct_candidates(n, count, bins, which, weighting, number):
    rule = Selection(count, bins, which, weighting)
    rng = np.random.default_rng(number)
    ordinals, waiting = rng.normal(size=n), rng.integers(1, 99, n)
    found = select(seed(number), number, ordinals, waiting, rule)
    size = n // bins if n >= bins * count else n
    assert min(count, size) <= found.size <= min(count, size + 1)
    assert (np.diff(found) > 0).all()
    assert set(found.tolist()) <= set(range(n))
    np.testing.assert_array_equal(found, select(seed(number), number, ordinals, waiting, rule))


def test_all_who_are_selected_are_of_like_rating():
    ordinals = np.random.default_rng(0).permutation(50).astype(float)
    rule = Selection(count=5, bins=5, bin="rotation")
    for round in range(10):
        found = select(seed(round), round, ordinals, np.ones(50, dtype=np.int64), rule)
        assert set((ordinals[found] // 10).tolist()) == {float(round % 5)}


def test_every_bin_has_its_turn_when_it_is_drawn():
    ordinals = np.arange(50.0)
    rule = Selection(count=5, bins=5, bin="random")
    drawn = [
        int(select(seed(k), 0, ordinals, np.ones(50, dtype=np.int64), rule)[0]) // 10 for k in range(500)
    ]
    counts = np.bincount(drawn, minlength=5)
    assert np.abs(counts - 100).max() < 5 * np.sqrt(80)


@pytest.mark.parametrize(("weighting", "ratio"), [("waiting", 9.0), ("uniform", 1.0)])
def test_the_chance_grows_with_the_time_waited(weighting, ratio):
    waiting = np.array([9, 1, 1, 9])
    rule = Selection(count=1, weighting=weighting)
    drawn = [int(select(seed(k), 0, np.zeros(4), waiting, rule)[0]) for k in range(4000)]
    long = np.isin(drawn, [0, 3]).mean()
    expected = ratio / (1 + ratio)
    assert abs(long - expected) < 5 * np.sqrt(expected * (1 - expected) / 4000)


def test_nobody_waits_for_ever():
    waiting = np.ones(30, dtype=np.int64)
    longest = 0
    for round in range(200):
        found = select(seed(round), round, np.zeros(30), waiting, Selection(count=3))
        waiting += 1
        waiting[found] = 1
        longest = max(longest, int(waiting.max()))
    assert longest < 60


def test_ratings_and_waiting_times_have_to_fit():
    with pytest.raises(InputError):
        select(seed(0), 0, np.zeros(3), np.ones(2, dtype=np.int64), Selection())

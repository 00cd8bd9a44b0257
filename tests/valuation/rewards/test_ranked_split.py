from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.errors import InputError
from valuation.rewards.ranked_split import published_split, ranked_split


@pytest.mark.parametrize(
    ("workers", "parts"),
    [
        (3, [640_000, 320_000, 0]),
        (4, [480_000, 300_000, 180_000, 0]),
        (5, [480_000, 240_000, 144_000, 96_000, 0]),
        (6, [480_000, 240_000, 120_000, 70_000, 50_000, 0]),
    ],
)
def test_the_published_split_gives_the_amounts_of_the_reference(workers, parts):
    assert published_split(960_000, workers) == parts


def test_the_published_split_refuses_the_numbers_of_workers_that_it_fails_on():
    with pytest.raises(InputError, match="at least three workers"):
        published_split(960_000, 2)


@given(st.integers(0, 10**24), st.lists(st.integers(-5, 30), max_size=12))
def test_the_mended_split_pays_all_of_the_pool_and_all_who_scored(pool, scores):
    parts = ranked_split(pool, scores)
    positive = [score > 0 for score in scores]
    assert sum(parts) == (pool if any(positive) else 0)
    if pool >= 10**12:
        assert [part > 0 for part in parts] == positive


@given(st.lists(st.integers(1, 30), min_size=1, max_size=12))
def test_the_mended_split_falls_with_the_rank_and_treats_equals_equally(scores):
    # A pool that every denominator divides, so that rounding does not tell equals apart.
    pool = 2**14 * 27720 * 27720
    parts = sorted(zip(scores, ranked_split(pool, scores), strict=True))
    for (low, less), (high, more) in pairwise(parts):
        assert (less == more) if low == high else (less < more)


def test_one_and_two_workers_are_paid():
    assert ranked_split(1000, [3]) == [1000]
    assert ranked_split(1000, [3, 9]) == [250, 750]

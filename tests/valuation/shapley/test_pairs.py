import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.shapley.pairs import PairStream, kernel_law, leverage_law, pair_counts, unrank

laws = st.sampled_from([kernel_law, leverage_law])


def stream(n, law=kernel_law, seed=0):
    return PairStream(n, law, lambda number: np.random.default_rng([seed, number]))


def names(pairs):
    return [frozenset(np.flatnonzero(pair).tolist()) for pair in pairs]


@given(st.integers(2, 9), laws, st.integers(0, 5))
def test_a_stream_holds_every_pair_once_and_then_ends(n, law, seed):
    pairs = stream(n, law, seed)
    drawn = pairs.take(2**n)
    named = set(names(drawn))
    assert len(drawn) == len(named) == 2 ** (n - 1) - 1
    assert not named & {frozenset(range(n)) - name for name in named}
    assert len(pairs.take(5)) == 0


@given(st.integers(2, 24), laws, st.lists(st.integers(0, 40), min_size=1, max_size=8))
def test_a_stream_does_not_depend_on_how_it_is_taken(n, law, portions):
    pieces = stream(n, law)
    taken = [pieces.take(portion) for portion in portions]
    np.testing.assert_array_equal(np.concatenate(taken), stream(n, law).take(sum(portions)))


def test_a_stream_repeats_no_pair_of_sizes_too_many_to_list():
    drawn = stream(18).take(30_000)
    assert max(pair_counts(18)) < 1 << 16
    assert len(set(names(drawn))) == 30_000
    drawn = stream(20).take(100_000)
    assert max(pair_counts(20)) > 1 << 16
    assert len(set(names(drawn))) == 100_000


@given(st.integers(2, 60), laws, st.integers(1, 500))
def test_every_size_has_its_share_as_far_as_it_has_pairs(n, law, count):
    counts = stream(n, law).size_counts(count)
    most = np.array([float(number) for number in pair_counts(n)])
    assert counts.sum() == min(count, most.sum())
    # Webster's rule: no pair would be better placed in another size, unless that has none left.
    shares = law(n)
    last = (counts - 0.5) / shares
    following = np.where(counts < most, (counts + 0.5) / shares, np.inf)
    assert last[counts > 0].max() <= following.min() * (1 + 1e-12)


@given(st.integers(2, 60), laws, st.integers(0, 300))
def test_no_size_ever_gives_a_pair_back(n, law, count):
    pairs = stream(n, law)
    assert (pairs.size_counts(count + 1) >= pairs.size_counts(count)).all()


def test_pairs_of_a_size_are_uniform():
    drawn = [name for seed in range(1500) for name in names(stream(6, seed=seed).take(8)) if len(name) == 2]
    counts = np.array([drawn.count(frozenset(pair)) for pair in {*drawn}])
    expected = len(drawn) / math.comb(6, 2)
    assert len(counts) == math.comb(6, 2)
    # Chi-squared with 14 degrees of freedom; within a draw pairs differ, which only lowers it.
    assert ((counts - expected) ** 2 / expected).sum() < 42


def test_random_pairs_too_many_to_list_hold_every_player_equally_often():
    drawn = stream(40).take(4000)
    drawn = drawn[drawn.sum(axis=1) == 10]
    expected, spread = len(drawn) / 4, np.sqrt(len(drawn) * 3 / 16)
    assert len(drawn) > 100
    assert np.abs(drawn.sum(axis=0) - expected).max() < 5 * spread


@pytest.mark.parametrize("law", [kernel_law, leverage_law])
@pytest.mark.parametrize("n", [2, 7, 10])
def test_shares_add_up_to_one(n, law):
    assert law(n).sum() == pytest.approx(1)


@pytest.mark.parametrize("n", [5, 8])
def test_the_kernel_law_is_the_weight_of_each_size_in_the_shapley_kernel(n):
    sizes = np.arange(1, n)
    kernel = [(n - 1) / (math.comb(n, size) * size * (n - size)) * math.comb(n, size) for size in sizes]
    by_pair = np.array([kernel[size - 1] + kernel[n - size - 1] for size in range(1, n // 2 + 1)])
    if n % 2 == 0:
        by_pair[-1] /= 2
    np.testing.assert_allclose(kernel_law(n), by_pair / by_pair.sum())


@pytest.mark.parametrize(("n", "size"), [(5, 0), (5, 3), (7, 7), (9, 4)])
def test_ranks_count_the_coalitions_of_a_size_in_order(n, size):
    expected = [frozenset(members) for members in itertools.combinations(range(n), size)]
    assert names(unrank(np.arange(math.comb(n, size)), n, size)) == expected

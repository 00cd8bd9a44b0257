"""Draws that do not depend on how NumPy makes permutations and integers of bits."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from valuation.draws import random_order, random_orders, random_seed

SEEDS = st.integers(0, 2**32)


@given(SEEDS, st.integers(1, 6), st.integers(1, 9))
def test_orders_are_permutations_that_follow_from_the_uniform_doubles_alone(seed, count, n):
    orders = random_orders(np.random.default_rng(seed), count, n)
    doubles = np.random.default_rng(seed).random(count * n).reshape(count, n)
    for order, keys in zip(orders, doubles, strict=True):
        assert sorted(order.tolist()) == list(range(n))
        assert (np.diff(keys[order]) >= 0).all()


def test_all_orders_come_equally_often():
    rng = np.random.default_rng(0)
    found, counts = np.unique(random_orders(rng, 60_000, 4), axis=0, return_counts=True)
    assert len(found) == 24
    expected = 60_000 / 24
    # Chi-squared with 23 degrees of freedom: above 58 once in 10,000 generators.
    assert ((counts - expected) ** 2 / expected).sum() < 58


@given(SEEDS)
def test_a_seed_is_the_top_53_bits_of_the_next_word(seed):
    raw = int(np.random.default_rng(seed).bit_generator.random_raw())
    assert random_seed(np.random.default_rng(seed)) == raw >> 11
    assert random_order(np.random.default_rng(seed), 1).tolist() == [0]

from fractions import Fraction
from itertools import permutations
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from valuation.fixed_point import MAX_NANO, FixedPointError
from valuation.game import TableGame
from valuation.scoring.shapley_exact import restrict, scores
from valuation.shapley.exact import exact

nano = st.integers(-MAX_NANO, MAX_NANO)
tables = st.integers(0, 6).flatmap(lambda n: hnp.arrays(np.int64, 2**n, elements=nano))


def players(table):
    return len(table).bit_length() - 1


def shapley_by_orders(table):
    """The mean marginal contribution over all orders of arrival, in fractions."""
    n = players(table)
    values = [Fraction(0)] * n
    for order in permutations(range(n)):
        mask = 0
        for i in order:
            values[i] += Fraction(int(table[mask | 1 << i]) - int(table[mask]), factorial(n))
            mask |= 1 << i
    return values


@settings(max_examples=40)
@given(st.integers(0, 5).flatmap(lambda n: hnp.arrays(np.int64, 2**n, elements=nano)))
def test_scores_are_shapley_values_rounded_down(table):
    assert scores(table, players(table)) == [value.__floor__() for value in shapley_by_orders(table)]


@given(tables)
def test_scores_add_up_to_what_everybody_together_gained_but_for_the_rounding(table):
    n = players(table)
    lost = int(table[-1]) - int(table[0]) - sum(scores(table, n))
    assert 0 <= lost < max(n, 1)


@given(st.integers(1, 8), st.integers(0, 2**32))
def test_scores_agree_with_the_floating_point_engine(n, seed):
    table = np.random.default_rng(seed).integers(-(10**9), 10**9, 2**n)
    values = exact(TableGame(table.astype(np.float64))).values
    np.testing.assert_allclose(scores(table, n), values, rtol=0, atol=1.001)


@pytest.mark.parametrize("n", [15, 16])
def test_sixteen_players_at_the_limits_of_fixed_point_do_not_overflow(n):
    sizes = (
        np.bitwise_count(np.arange(2**n))
        if hasattr(np, "bitwise_count")
        else np.array([mask.bit_count() for mask in range(2**n)])
    )
    # The largest swing there is: every arrival moves the utility from one end to the other.
    table = np.where(sizes % 2 == 0, -MAX_NANO, MAX_NANO)
    swing = [2 * MAX_NANO * (1 if size % 2 == 0 else -1) for size in range(n)]
    assert scores(table, n) == [sum(swing) // n] * n
    # An additive game gives everybody what it adds.
    worth = np.random.default_rng(0).integers(-(2**42), 2**42, n)
    table = ((np.arange(2**n)[:, None] >> np.arange(n)) & 1) @ worth
    assert scores(table, n) == worth.tolist()


def test_what_is_no_fixed_point_is_refused():
    with pytest.raises(FixedPointError):
        scores(np.array([0, MAX_NANO + 1]), 1)


@given(tables, st.data())
def test_restricting_keeps_the_coalitions_of_those_who_stay(table, data):
    n = players(table)
    kept = sorted(data.draw(st.sets(st.sampled_from(range(n))))) if n else []
    smaller = restrict(table, kept)
    assert len(smaller) == 2 ** len(kept)
    for mask in range(len(smaller)):
        wide = sum(1 << player for bit, player in enumerate(kept) if mask >> bit & 1)
        assert smaller[mask] == table[wide]

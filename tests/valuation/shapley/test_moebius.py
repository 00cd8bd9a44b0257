import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from valuation.errors import GameError, InputError
from valuation.game import FunctionGame, TableGame
from valuation.shapley import exact
from valuation.shapley.moebius import game_of_dividends, harsanyi_dividends

integers = st.integers(-(2**20), 2**20).map(float)
tables = st.integers(1, 7).flatmap(lambda n: arrays(np.float64, 2**n, elements=integers, fill=st.nothing()))


@given(tables)
def test_dividends_are_the_alternating_sums_over_subsets(table):
    masks = range(len(table))
    expected = [
        sum((-1) ** (mask ^ part).bit_count() * int(table[part]) for part in masks if part & mask == part)
        for mask in masks
    ]
    np.testing.assert_array_equal(harsanyi_dividends(TableGame(table)), expected)


@given(tables)
def test_a_game_is_the_sum_of_the_dividends_within_each_coalition(dividends):
    masks = range(len(dividends))
    expected = [sum(dividends[part] for part in masks if part & mask == part) for mask in masks]
    np.testing.assert_array_equal(game_of_dividends(dividends).values, expected)


@given(tables)
def test_there_and_back_is_the_same_game(table):
    np.testing.assert_array_equal(game_of_dividends(harsanyi_dividends(TableGame(table))).values, table)


@given(tables)
def test_the_shapley_value_divides_each_dividend_equally_and_banzhaf_by_halving(table):
    dividends = harsanyi_dividends(TableGame(table))
    masks = np.arange(1, len(table))
    sizes = np.array([mask.bit_count() for mask in masks.tolist()], dtype=np.float64)
    for weights, portion in (("shapley", 1 / sizes), ("banzhaf", 0.5 ** (sizes - 1))):
        n = len(table).bit_length() - 1
        divided = [(dividends[1:] * portion)[masks >> player & 1 == 1].sum() for player in range(n)]
        scale = np.abs(dividends).sum() + 1
        np.testing.assert_allclose(
            exact(TableGame(table), weights=weights).values, divided, atol=1e-13 * scale
        )


def test_the_table_itself_is_left_alone():
    table = np.arange(8.0)
    harsanyi_dividends(TableGame(table))
    game_of_dividends(table)
    np.testing.assert_array_equal(table, np.arange(8.0))


def test_a_game_without_a_table_is_tabulated():
    dividends = harsanyi_dividends(FunctionGame(3, lambda members: float({0, 2} <= set(members))))
    assert dividends.tolist() == [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0]


def test_dividends_of_no_game_are_refused():
    with pytest.raises(InputError, match=r"2\*\*n"):
        game_of_dividends([1.0, 2.0, 3.0])
    with pytest.raises(GameError, match=r"\{0\} is nan"):
        game_of_dividends([0.0, np.nan])

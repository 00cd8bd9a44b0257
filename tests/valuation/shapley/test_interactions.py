import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from valuation.errors import InputError
from valuation.game import TableGame
from valuation.shapley.interactions import interactions
from valuation.shapley.moebius import game_of_dividends
from valuation.shapley.semivalues import beta_weights

tables = st.integers(1, 6).flatmap(
    lambda n: arrays(
        np.float64, 2**n, elements=st.floats(-1e3, 1e3, allow_subnormal=False), fill=st.nothing()
    )
)
TOLERANCE = 1e-12 * 1e3


def by_definition(table, weight):
    """Sum over S without i and j of the weight of |S| times the second difference of v at S."""
    n = len(table).bit_length() - 1
    matrix = np.zeros((n, n))
    for i, j in itertools.permutations(range(n), 2):
        corners = [(1, 1 << i | 1 << j), (-1, 1 << i), (-1, 1 << j), (1, 0)]
        matrix[i, j] = math.fsum(
            weight(mask.bit_count()) * sign * float(table[mask | joined])
            for mask in range(2**n)
            if not mask & (1 << i | 1 << j)
            for sign, joined in corners
        )
    return matrix


@given(tables)
def test_the_shapley_interaction_index_is_its_definition(table):
    n = len(table).bit_length() - 1

    def weight(size):
        return math.factorial(size) * math.factorial(n - 2 - size) / math.factorial(n - 1)

    np.testing.assert_allclose(interactions(TableGame(table)), by_definition(table, weight), atol=TOLERANCE)


@given(tables)
def test_the_banzhaf_interaction_index_is_its_definition(table):
    n = len(table).bit_length() - 1
    expected = by_definition(table, lambda size: 2.0 ** (2 - n))
    np.testing.assert_allclose(interactions(TableGame(table), weights="banzhaf"), expected, atol=TOLERANCE)


@given(tables, st.floats(0.5, 20), st.floats(0.5, 20))
def test_any_semivalue_has_the_interactions_of_its_family(table, alpha, beta):
    n = len(table).bit_length() - 1
    fewer = beta_weights(max(n - 1, 1), alpha, beta)
    matrix = interactions(TableGame(table), weights=beta_weights(n, alpha, beta))
    np.testing.assert_allclose(matrix, by_definition(table, lambda size: fewer[size]), atol=TOLERANCE)


@given(st.integers(2, 7).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, 2**n - 1))))
def test_unanimous_players_share_one_interaction_equally_and_others_have_none(case):
    n, carrier = case
    dividends = np.zeros(2**n)
    dividends[carrier] = 1.0
    game = game_of_dividends(dividends)
    members = np.array([bool(carrier >> player & 1) for player in range(n)])
    together = np.outer(members, members) & ~np.eye(n, dtype=bool)
    size = carrier.bit_count()
    np.testing.assert_allclose(interactions(game), together / max(size - 1, 1), atol=1e-12)
    np.testing.assert_allclose(
        interactions(game, weights="banzhaf"), together * 2.0 ** (2 - size), atol=1e-12
    )


@given(tables)
def test_interactions_are_symmetric_to_the_last_bit(table):
    matrix = interactions(TableGame(table))
    np.testing.assert_array_equal(matrix, matrix.T)
    np.testing.assert_array_equal(np.diag(matrix), 0.0)


def test_a_duplicate_repeats_and_a_pair_of_gloves_complements():
    repeated = TableGame([0.0, 1.0, 1.0, 1.0])
    paired = TableGame([0.0, 0.0, 0.0, 1.0])
    assert interactions(repeated)[0, 1] == -1.0
    assert interactions(paired)[0, 1] == 1.0


def test_weights_of_no_semivalue_are_refused():
    with pytest.raises(InputError, match="median"):
        interactions(TableGame([0.0, 1.0]), weights="median")

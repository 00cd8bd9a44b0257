import itertools
import math
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from valuation.errors import GameError, InputError
from valuation.game import CachedGame, FunctionGame, TableGame
from valuation.shapley import exact
from valuation.shapley.semivalues import banzhaf_weights, beta_weights, shapley_weights

utilities = st.floats(-1e3, 1e3, allow_subnormal=False)
TOLERANCE = 1e-12 * 1e3


def tables(most=7):
    return st.integers(1, most).flatmap(
        lambda n: arrays(np.float64, 2**n, elements=utilities, fill=st.nothing())
    )


def weights_of(n):
    """Size weights of any semivalue of n players."""
    chances = arrays(np.float64, n, elements=st.floats(0.01, 1.0), fill=st.nothing())
    orders = np.array([math.comb(n - 1, size) for size in range(n)], dtype=np.float64)
    return chances.map(lambda chance: chance / chance.sum() / orders)


def players_of(table):
    return len(table).bit_length() - 1


def shapley_by_permutations(table):
    """The average marginal contribution over all n! orders of arrival."""
    n = players_of(table)
    values = np.zeros(n)
    for order in itertools.permutations(range(n)):
        mask = 0
        for player in order:
            values[player] += table[mask | 1 << player] - table[mask]
            mask |= 1 << player
    return values / math.factorial(n)


def semivalue_by_definition(table, weights):
    """The sum over coalitions S without i of w(|S|) (v(S + i) - v(S)), rounded once."""
    n = players_of(table)
    return [
        math.fsum(
            weights[mask.bit_count()] * sign * float(table[mask | joined])
            for mask in range(2**n)
            if not mask >> player & 1
            for sign, joined in ((1, 1 << player), (-1, 0))
        )
        for player in range(n)
    ]


class Large:
    """v(S) = a(S)^2 + 3 over numbers a: large, without a table, and phi_i = a_i a(N) in closed form."""

    def __init__(self, n):
        self.n = n
        self.numbers = np.random.default_rng(n).normal(size=n)
        self.threads = set()

    def __call__(self, coalitions):
        self.threads.add(threading.get_ident())
        return (coalitions @ self.numbers) ** 2 + 3.0

    def shapley(self):
        return self.numbers * self.numbers.sum()


@given(tables(most=6))
def test_the_shapley_value_is_the_average_over_all_orders(table):
    np.testing.assert_allclose(exact(TableGame(table)).values, shapley_by_permutations(table), atol=TOLERANCE)


@given(tables().flatmap(lambda table: st.tuples(st.just(table), weights_of(players_of(table)))))
def test_every_semivalue_is_its_definition(case):
    table, weights = case
    result = exact(TableGame(table), weights=weights)
    np.testing.assert_allclose(result.values, semivalue_by_definition(table, weights), atol=TOLERANCE)


@given(tables())
def test_names_stand_for_their_weights(table):
    n = players_of(table)
    for name, weights in (("shapley", shapley_weights(n)), ("banzhaf", banzhaf_weights(n))):
        np.testing.assert_array_equal(
            exact(TableGame(table), weights=name).values, exact(TableGame(table), weights=weights).values
        )


@given(tables(most=9))
def test_the_shapley_values_add_up_to_the_total(table):
    result = exact(TableGame(table))
    assert result.total == table[-1] - table[0]
    assert abs(result.efficiency_gap) < TOLERANCE
    assert result.values.sum() == pytest.approx(result.total, abs=TOLERANCE)


@given(tables(most=6), st.data())
def test_a_player_that_adds_nothing_is_worth_nothing_and_changes_nobody(table, data):
    n = players_of(table)
    place = data.draw(st.integers(0, n))
    grown = np.repeat(table.reshape(-1, 1, 2**place), 2, axis=1).ravel()
    values = exact(TableGame(grown)).values
    assert abs(values[place]) < TOLERANCE
    np.testing.assert_allclose(np.delete(values, place), exact(TableGame(table)).values, atol=TOLERANCE)


@given(tables().flatmap(lambda table: st.tuples(st.just(table), st.permutations(range(players_of(table))))))
def test_relabelling_the_players_relabels_the_values(case):
    table, order = case
    masks = np.arange(len(table))
    moved = sum((masks >> old & 1) << new for old, new in enumerate(order))
    relabelled = np.empty_like(table)
    relabelled[moved] = table
    for weights in ("shapley", "banzhaf"):
        values = exact(TableGame(table), weights=weights).values
        again = exact(TableGame(relabelled), weights=weights).values
        np.testing.assert_allclose(again[list(order)], values, atol=TOLERANCE)


@given(tables(), st.data())
def test_interchangeable_players_are_worth_the_same(table, data):
    n = players_of(table)
    i, j = data.draw(st.integers(0, n - 1)), data.draw(st.integers(0, n - 1))
    masks = np.arange(len(table))
    differ = (masks >> i ^ masks >> j) & 1
    swapped = masks ^ (differ << i) ^ (differ << j) if i != j else masks
    values = exact(TableGame((table + table[swapped]) / 2)).values
    assert values[i] == pytest.approx(values[j], abs=TOLERANCE)


@given(
    st.integers(1, 7).flatmap(lambda n: arrays(np.float64, (2, 2**n), elements=utilities, fill=st.nothing())),
    st.floats(-3, 3),
    st.floats(-3, 3),
)
def test_values_are_linear_in_the_game(pair, a, b):
    one, other = (exact(TableGame(table)).values for table in pair)
    both = exact(TableGame(a * pair[0] + b * pair[1])).values
    np.testing.assert_allclose(both, a * one + b * other, atol=10 * TOLERANCE)


@given(tables(), st.integers(-1000, 1000))
def test_a_constant_added_to_every_utility_changes_no_value(table, constant):
    values = exact(TableGame(table)).values
    np.testing.assert_allclose(exact(TableGame(table + constant)).values, values, atol=TOLERANCE)


@given(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3))
def test_a_single_player_is_worth_its_whole_contribution_by_any_semivalue(nobody, alone):
    for weights in ("shapley", "banzhaf", beta_weights(1, 4.0, 2.0)):
        result = exact(TableGame([nobody, alone]), weights=weights)
        assert result.values[0] == pytest.approx(alone - nobody, abs=TOLERANCE)


def test_the_last_weight_alone_is_leave_one_out():
    table = np.random.default_rng(3).normal(size=2**5)
    values = exact(TableGame(table), weights=[0.0, 0.0, 0.0, 0.0, 1.0]).values
    np.testing.assert_allclose(values, [table[-1] - table[31 ^ 1 << i] for i in range(5)], rtol=1e-12)


@pytest.mark.parametrize("n", [13, 14, 17, 20])
def test_large_games_agree_with_their_closed_form_with_and_without_a_table(n):
    game = Large(n)
    masks = np.zeros(1)
    for number in game.numbers:
        masks = np.concatenate([masks, masks + number])
    np.testing.assert_allclose(exact(game).values, game.shapley(), atol=1e-12)
    np.testing.assert_allclose(exact(TableGame(masks**2 + 3.0)).values, game.shapley(), atol=1e-12)


def test_threads_share_the_work_and_change_no_bit():
    game = Large(17)
    alone = exact(game).values
    assert len(game.threads) == 1
    np.testing.assert_array_equal(exact(game, threads=2).values, alone)
    assert len(game.threads) > 1


def test_what_a_game_raises_in_a_thread_is_raised():
    class Broken(Large):
        def __call__(self, coalitions):
            raise ZeroDivisionError("the accelerator fell off")

    with pytest.raises(ZeroDivisionError, match="fell off"):
        exact(Broken(17), threads=2)


def test_every_coalition_is_evaluated_once():
    game = CachedGame(Large(15))
    result = exact(game)
    assert game.evaluations == game.unique == 2**15
    assert result.evaluations == result.unique_evaluations == 2**15


def test_the_result_says_that_it_is_exact_and_by_which_method():
    game = TableGame([0.0, 1.0, 2.0, 4.0])
    result = exact(game, players=("ada", "bob"))
    assert result.exact
    assert result.players == ("ada", "bob")
    assert not result.standard_errors.any()
    assert result.method == "exact shapley"
    assert exact(game, weights="banzhaf").method == "exact banzhaf"
    assert exact(game, weights=[0.5, 0.5]).method == "exact semivalue"
    assert exact(game).players == (0, 1)


def test_a_game_without_players_is_refused():
    with pytest.raises(GameError, match="n = 0"):
        exact(FunctionGame(0, lambda members: 0.0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"threads": 0}, "threads"),
        ({"weights": "median"}, "median"),
        ({"weights": [1.0]}, r"shape \(2,\)"),
        ({"players": ("ada",)}, r"shape \(1,\)"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        exact(TableGame([0.0, 1.0, 2.0, 4.0]), **arguments)


def test_a_game_too_large_to_enumerate_is_refused_before_it_is_asked():
    game = Large(35)
    with pytest.raises(InputError, match=r"2\*\*35"):
        exact(game)
    assert not game.threads


def test_a_utility_that_is_not_a_number_names_its_coalition():
    with pytest.raises(GameError, match=r"\{1, 2\} is nan"):
        exact(FunctionGame(3, lambda members: math.nan if members == (1, 2) else 0.0))

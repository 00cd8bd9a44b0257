import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from valuation.game import TableGame
from valuation.games import AirportGame
from valuation.shapley import estimate, exact
from valuation.shapley.pairs import PairStream, kernel_law
from valuation.shapley.regression import everybody_share, fit_pairs

METHODS = ["kernel_regression", "leverage_regression"]
tables = st.integers(2, 8).flatmap(
    lambda n: arrays(np.float64, 2**n, elements=st.floats(-10, 10, allow_subnormal=False), fill=st.nothing())
)


def rng(seed):
    return np.random.default_rng(seed)


def odd_part(game, pairs):
    return (game(pairs) - game(~pairs)) / 2


@pytest.mark.parametrize("method", METHODS)
@given(table=tables)
@settings(max_examples=25)
def test_all_pairs_give_the_shapley_values_without_error(method, table):
    game = TableGame(table)
    result = estimate(game, budget=2**game.n, rng=rng(0), method=method)
    np.testing.assert_allclose(result.values, exact(game).values, atol=1e-9)
    assert (np.nan_to_num(result.standard_errors) == 0).all()


@pytest.mark.parametrize("method", METHODS)
@given(st.lists(st.floats(-5, 5, allow_subnormal=False), min_size=4, max_size=12), st.integers(0, 20))
@settings(max_examples=25)
def test_an_additive_game_needs_no_more_pairs_than_players(method, worths, seed):
    worths = np.array(worths)

    class Additive:
        n = len(worths)

        def __call__(self, coalitions):
            return coalitions @ worths

    result = estimate(Additive(), budget=6 * len(worths), rng=rng(seed), method=method)
    np.testing.assert_allclose(result.values, worths, atol=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_the_intervals_hold_the_values(method):
    game = TableGame(rng(5).normal(size=2**9))
    value = exact(game).values
    runs = [estimate(game, budget=250, rng=rng(seed), method=method) for seed in range(500)]
    covered = [np.abs(run.values - value) < 1.96 * run.standard_errors for run in runs]
    assert 0.92 < np.mean(covered) < 0.98


def test_pairs_that_are_known_already_are_left_out_of_the_sample():
    """The regression of the rest of a game on its other pairs is exact once these are all there."""
    n = 7
    game = TableGame(rng(6).normal(size=2**n))
    pairs = PairStream(n, kernel_law, lambda number: rng(number)).take(2**n)
    total = game.values[-1] - game.values[0]
    odd = odd_part(game, pairs) - total * everybody_share(pairs)
    known, others = pairs[:20], pairs[20:]
    from_known, _ = fit_pairs(pairs).solve(np.concatenate([odd[:20], np.zeros(len(others))]))
    from_others, errors = fit_pairs(others, known).solve(odd[20:])
    np.testing.assert_allclose(total / n + from_known + from_others, exact(game).values, atol=1e-9)
    np.testing.assert_array_equal(errors, 0.0)


def test_the_operator_is_what_solves():
    pairs = PairStream(9, kernel_law, lambda number: rng(number)).take(40)
    fit, odd = fit_pairs(pairs), rng(7).normal(size=40)
    np.testing.assert_allclose(fit.operator() @ odd, fit.solve(odd)[0], atol=1e-12)


def test_too_few_pairs_for_all_players_have_no_standard_error():
    game = AirportGame(np.arange(1.0, 21.0))
    result = estimate(game, budget=40, rng=rng(0), method="kernel_regression")
    assert np.isnan(result.standard_errors).all()
    assert result.values.sum() == pytest.approx(result.total)

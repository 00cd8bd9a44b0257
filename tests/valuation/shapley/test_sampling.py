"""Permutations, truncated permutations, Owen and stratified sampling, and Banzhaf by sample reuse."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from valuation.game import FunctionGame, TableGame
from valuation.games import AirportGame, GloveGame, WeightedVotingGame
from valuation.shapley import estimate, exact
from valuation.shapley.owen import marginals as owen_marginals
from valuation.shapley.owen import neighbourhoods
from valuation.shapley.permutation import marginals, prefixes
from valuation.shapley.stratified import conclude_strata

UNBIASED = ["permutation", "owen", "stratified", "banzhaf"]
tables = st.integers(2, 5).flatmap(
    lambda n: arrays(np.float64, 2**n, elements=st.floats(-10, 10, allow_subnormal=False), fill=st.nothing())
)


def rng(seed):
    return np.random.default_rng(seed)


def truth(game, method):
    return exact(game, weights="banzhaf" if method == "banzhaf" else "shapley").values


@given(tables)
def test_all_orders_together_give_the_shapley_values(table):
    game = TableGame(table)
    orders = np.array(list(itertools.permutations(range(game.n))))
    ends = table[0], table[-1]
    samples = marginals(orders, game(prefixes(orders)), *ends)
    np.testing.assert_allclose(samples.mean(axis=0), exact(game).values, atol=1e-9)


@given(tables)
def test_the_owen_integral_over_all_coalitions_gives_the_shapley_values(table):
    game = TableGame(table)
    n = game.n
    centres = (np.arange(2**n)[:, None] >> np.arange(n) & 1).astype(np.bool_)
    samples = owen_marginals(centres, game(neighbourhoods(centres)))
    # The chance of a coalition at q is a polynomial of degree n, which 8 nodes integrate exactly.
    nodes, weights = np.polynomial.legendre.leggauss(8)
    sizes = centres.sum(axis=1)
    chances = [((1 + q) / 2) ** sizes * ((1 - q) / 2) ** (n - sizes) for q in nodes]
    integral = weights / 2 @ np.array([chance @ samples for chance in chances])
    np.testing.assert_allclose(integral, exact(game).values, atol=1e-9)


@given(tables)
def test_strata_of_all_coalitions_give_the_shapley_values(table):
    game = TableGame(table)
    n = game.n
    everything = (np.arange(2**n)[:, None] >> np.arange(n) & 1).astype(np.bool_)
    sizes = everything.sum(axis=1)
    pairs = everything[(sizes > 0) & ((2 * sizes < n) | ((2 * sizes == n) & everything[:, 0]))]
    odd = (game(pairs) - game(~pairs)) / 2
    result = conclude_strata(pairs, odd, table[-1] - table[0])
    np.testing.assert_allclose(result.values, exact(game).values, atol=1e-9)


@pytest.mark.parametrize("method", UNBIASED)
def test_the_mean_over_seeds_is_the_value_and_the_spread_is_the_standard_error(method):
    game = TableGame(rng(1).normal(size=2**7))
    runs = [estimate(game, budget=150, rng=rng(seed), method=method) for seed in range(400)]
    values = np.array([run.values for run in runs])
    error_of_mean = values.std(axis=0) / np.sqrt(len(runs))
    assert (np.abs(values.mean(axis=0) - truth(game, method)) < 4.5 * error_of_mean).all()
    claimed = np.mean([run.standard_errors**2 for run in runs])
    # Strata are told apart by player and by size, their errors by size only.
    assert claimed == pytest.approx(np.mean(values.var(axis=0)), rel=0.3)


@pytest.mark.parametrize("method", [*UNBIASED, "truncated_permutation"])
def test_more_evaluations_come_nearer(method):
    game = AirportGame(np.arange(1.0, 13.0))
    value = truth(game, method)
    errors = [
        np.mean(
            [
                np.sum((estimate(game, budget=m, rng=rng(s), method=method).values - value) ** 2)
                for s in range(8)
            ]
        )
        for m in (100, 3000)
    ]
    assert errors[1] < errors[0] / 5


def test_a_null_player_gets_nothing_from_marginal_contributions():
    glove = GloveGame(2, 3)
    game = FunctionGame(7, lambda members: float(glove(np.isin(np.arange(5), members)[None, :])[0]))
    result = estimate(game, budget=90, rng=rng(0), method="permutation")
    np.testing.assert_array_equal(result.values[5:], 0.0)
    np.testing.assert_array_equal(result.standard_errors[5:], 0.0)


def test_truncation_saves_evaluations_and_errs_by_no_more_than_the_tolerance():
    game = FunctionGame(12, lambda members: 1.0 - 0.5 ** len(members))
    whole = estimate(game, budget=500, rng=rng(0), method="truncated_permutation", truncation=0.0)
    cut = estimate(game, budget=500, rng=rng(0), method="truncated_permutation", truncation=0.05)
    assert abs(cut.efficiency_gap) <= 0.05 * cut.total
    np.testing.assert_allclose(whole.values, whole.total / 12, atol=0.05)
    np.testing.assert_allclose(cut.values, cut.total / 12, atol=0.05)
    # More orders were walked for the same budget; the errors hold the bound on the bias beside.
    sampling = np.sqrt(cut.standard_errors**2 - (0.05 * cut.total) ** 2)
    assert sampling.mean() < whole.standard_errors.mean()


def test_untruncated_orders_are_plain_antithetic_permutations():
    game = TableGame(rng(2).normal(size=2**6))
    result = estimate(game, budget=120, rng=rng(0), method="truncated_permutation", truncation=0.0)
    assert abs(result.efficiency_gap) < 1e-12


def test_banzhaf_values_are_those_of_the_voting_game():
    game = WeightedVotingGame([4, 3, 2, 1, 1], quota=6)
    result = estimate(game, budget=8000, rng=rng(3), method="banzhaf")
    assert result.method == "banzhaf banzhaf"
    assert (np.abs(result.values - game.banzhaf()) < 5 * result.standard_errors + 1e-12).all()


def test_every_stratum_is_sampled_with_the_least_budget():
    for n in range(2, 30):
        game = AirportGame(np.arange(1.0, n + 1))
        least = 2 + 2 * sum(1 if 2 * s == n else -(-n // s) for s in range(1, n // 2 + 1))
        result = estimate(game, budget=least, rng=rng(0), method="stratified")
        assert result.evaluations == least
        assert np.isfinite(result.standard_errors).all()

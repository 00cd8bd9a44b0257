"""Learning, conditioning and choosing against their definitions."""

import numpy as np
import pytest
from scipy.optimize import check_grad

from valuation.coalitions import keys_of
from valuation.game import TableGame
from valuation.shapley import exact
from valuation.shapley.odd_gp.choice import choose
from valuation.shapley.odd_gp.model import Observations, inverse_of, relevance_model, signs_of, spectral_model
from valuation.shapley.odd_gp.posterior import posterior
from valuation.shapley.pairs import PairStream, kernel_law

MODELS = [relevance_model, spectral_model]


def observe(game, pairs, noise=0.0):
    odd = (game(pairs) - game(~pairs)) / 2
    odd = np.append(odd, (game.values[-1] - game.values[0]) / 2)
    scale = np.sqrt(np.mean(odd**2))
    rows = np.concatenate([signs_of(pairs), np.ones((1, game.n))])
    return Observations(rows, odd / scale, np.full(len(odd), noise), scale)


def draw(n, count, seed=0):
    return PairStream(n, kernel_law, lambda number: np.random.default_rng([seed, number])).take(count)


def a_game(n, seed=0):
    """Players of different worth who have more and more to share: a smooth game with some of everything."""
    rng = np.random.default_rng(seed)
    inside = np.arange(2**n)[:, None] >> np.arange(n) & 1
    return TableGame(np.sqrt(inside @ rng.uniform(0.1, 3.0, n)) + 0.05 * rng.normal(size=2**n))


@pytest.mark.parametrize("make", MODELS)
def test_the_loss_has_the_gradient_that_it_says(make):
    model, observations = make(6), observe(a_game(6), draw(6, 20))
    parameters = model.start + 0.3 * np.random.default_rng(3).normal(size=len(model.start))
    parameters[-2:][model.spread == 0] = model.centre[model.spread == 0]
    free = np.concatenate([np.ones(len(parameters) - 2), model.spread > 0])
    error = check_grad(
        lambda q: model.loss(parameters + free * (q - parameters), observations)[0],
        lambda q: free * model.loss(q, observations)[1],
        parameters,
    )
    assert error < 1e-4 * np.linalg.norm(model.loss(parameters, observations)[1])


@pytest.mark.parametrize("make", MODELS)
def test_learning_raises_the_posterior_density(make):
    model, observations = make(8), observe(a_game(8), draw(8, 40))
    learned = model.learn(observations)
    assert model.loss(learned, observations)[0] < model.loss(model.start, observations)[0]


@pytest.mark.parametrize("make", MODELS)
def test_all_pairs_give_the_shapley_values_whatever_the_parameters(make):
    game = TableGame(np.random.default_rng(4).normal(size=2**6))
    result = posterior(make(6), make(6).start, observe(game, draw(6, 2**6)))
    np.testing.assert_allclose(result.values, exact(game).values, atol=1e-4)
    assert np.sqrt(result.variance).max() < 1e-2 * np.abs(result.values).max()


@pytest.mark.parametrize("make", MODELS)
def test_values_are_linear_in_what_was_observed(make):
    game = a_game(7)
    observations = observe(game, draw(7, 30))
    result = posterior(make(7), make(7).start, observations)
    odd = observations.odd * observations.scale
    np.testing.assert_allclose(result.weights @ odd, result.values, atol=1e-12)


def left_out(model, whole):
    """Fit without each pair in turn: the pair's squared error, expected and found, and the values' change."""
    p, parameters = len(whole.odd) - 1, model.start
    covariance = model.covariance(parameters, whole)
    values = posterior(model, parameters, whole).values
    for pair in range(p):
        rows = np.delete(np.arange(p + 1), pair)
        part = Observations(whole.pairs[rows], whole.odd[rows], whole.noise[rows], whole.scale)
        cross = covariance[pair, rows]
        solved = np.linalg.solve(model.covariance(parameters, part), np.column_stack([cross, part.odd]))
        error = whole.odd[pair] - cross @ solved[:, 1]
        expected = covariance[pair, pair] - cross @ solved[:, 0]
        change = values - posterior(model, parameters, part).values
        yield error**2, expected, change @ change / whole.scale**2


@pytest.mark.parametrize("make", MODELS)
def test_pairs_are_left_out_as_often_as_others_of_their_size_are_unknown(make):
    game, pairs = a_game(6), draw(6, 15)
    whole = observe(game, pairs)
    sizes = pairs.sum(axis=1)
    of_size = {1: 6, 2: 15, 3: 10}
    unknown = np.array([1 - np.sum(sizes == size) / of_size[size] for size in sizes])
    errors, expected, changes = map(np.array, zip(*left_out(make(6), whole), strict=True))
    result = posterior(make(6), make(6).start, whole)
    wanted = np.average(errors, weights=unknown) * whole.scale**2
    assert result.prediction_error == pytest.approx(wanted)
    # Five pairs' worth of the plain ratio of all pairs is mixed in.
    expected_changes = changes * expected / errors
    prior = 5 * np.mean(unknown * expected_changes)
    plain = np.mean(errors / expected)
    ratio = (unknown @ changes + prior * plain) / (unknown @ expected_changes + prior)
    assert result.surprise == pytest.approx(ratio, rel=1e-4)


def test_where_every_pair_is_known_all_count_alike():
    whole = observe(a_game(4), draw(4, 7))
    errors, *_ = map(np.array, zip(*left_out(relevance_model(4), whole), strict=True))
    result = posterior(relevance_model(4), relevance_model(4).start, whole)
    assert len(whole.odd) == 8
    assert result.prediction_error == pytest.approx(errors.mean() * whole.scale**2)


@pytest.mark.parametrize("make", MODELS)
def test_the_variance_is_that_of_games_drawn_from_the_prior(make):
    """The errors of the estimate over games drawn from the prior have the variance that it states."""
    n = 5
    model = make(n)
    parameters = model.start
    pairs = draw(n, 2**n)
    rows = np.concatenate([signs_of(pairs), np.ones((1, n))])
    everything = Observations(rows, np.zeros(len(rows)), np.zeros(len(rows)), 1.0)
    rng = np.random.default_rng(5)
    factor = np.linalg.cholesky(model.covariance(parameters, everything))
    games = rng.normal(size=(4000, len(rows))) @ factor.T
    seen = np.append(np.arange(7), len(pairs))
    observed = Observations(rows[seen], np.zeros(8), np.zeros(8), 1.0)
    estimated = games[:, seen] @ posterior(model, parameters, observed).weights.T
    true = games @ posterior(model, parameters, everything).weights.T
    stated = posterior(model, parameters, observed).variance
    np.testing.assert_allclose((estimated - true).var(axis=0), stated, rtol=0.12)


def test_the_best_pair_is_the_one_after_which_the_least_variance_is_left():
    n = 6
    game, model = a_game(n), relevance_model(n)
    pairs, candidates = draw(n, 10, seed=1), draw(n, 2**n, seed=2)
    known = set(keys_of(pairs))
    candidates = candidates[[key not in known for key in keys_of(candidates)]]
    parameters = model.learn(observe(game, pairs))
    chosen = choose(model, parameters, observe(game, pairs), signs_of(candidates), 4)
    for step in range(4):
        left = [
            posterior(
                model,
                parameters,
                observe(game, np.concatenate([pairs, candidates[chosen[:step]], candidate[None]])),
            )
            for candidate in candidates
        ]
        # In units of the scale, which differs from set to set but not with what is measured.
        uncertainty = [each.variance.sum() for each in left]
        scales = [
            observe(game, np.concatenate([pairs, candidates[chosen[:step]], candidate[None]])).scale
            for candidate in candidates
        ]
        remaining = np.array(uncertainty) / np.square(scales)
        remaining[chosen[:step]] = np.inf
        assert remaining[chosen[step]] == pytest.approx(remaining.min(), rel=1e-6)


def test_fewer_choices_are_the_first_of_more():
    game, model = a_game(7), relevance_model(7)
    observations, candidates = observe(game, draw(7, 10, seed=1)), signs_of(draw(7, 40, seed=2))
    more = choose(model, model.start, observations, candidates, 12)
    np.testing.assert_array_equal(choose(model, model.start, observations, candidates, 5), more[:5])
    assert len(set(more.tolist())) == 12
    assert len(choose(model, model.start, observations, candidates, 100)) == 40


def test_thinning_keeps_everybody_and_spreads_over_the_rest():
    observations = observe(a_game(7), draw(7, 60))
    thinned = observations.thinned(20)
    assert len(thinned.odd) == 21
    np.testing.assert_array_equal(thinned.pairs[-1], 1.0)
    np.testing.assert_array_equal(thinned.pairs[[0, -2]], observations.pairs[[0, -2]])
    assert observations.thinned(60) is observations


def test_the_inverse_is_an_inverse():
    square = np.random.default_rng(6).normal(size=(6, 9))
    matrix = square @ square.T
    np.testing.assert_allclose(inverse_of(np.linalg.cholesky(matrix)) @ matrix, np.eye(6), atol=1e-9)

"""The priors against brute force: sums over all coalitions, and exact values of every column."""

import itertools
import math

import numpy as np
import pytest
from scipy.optimize import check_grad

from valuation.game import TableGame
from valuation.shapley import exact
from valuation.shapley.odd_gp.deviations import Deviations
from valuation.shapley.odd_gp.krawtchouk import krawtchouk, order_kernel, order_value
from valuation.shapley.odd_gp.relevance import RelevanceKernel
from valuation.shapley.odd_gp.spectral import SpectralKernel

KERNELS = [SpectralKernel, RelevanceKernel]


def all_signs(n):
    """All coalitions as signs, row by row in the order of their masks."""
    return np.where(np.arange(2**n)[:, None] >> np.arange(n) & 1, 1.0, -1.0)


def some_parameters(kernel, seed=0):
    start = kernel.start
    return start + np.random.default_rng(seed).normal(scale=0.5, size=len(start))


def odd_coalitions(n, least=1):
    return [list(t) for size in range(least, n + 1, 2) for t in itertools.combinations(range(n), size)]


def shapley_of_columns(columns):
    """The exact Shapley values, (n, m), of games given as columns of a table, (2^n, m)."""
    return np.array([exact(TableGame(column.copy())).values for column in columns.T]).T


@pytest.mark.parametrize("n", [1, 4, 7])
def test_krawtchouk_polynomials_are_the_coefficients_of_their_generating_function(n):
    for distance in range(n + 1):
        series = np.polynomial.Polynomial([1.0])
        for _ in range(distance):
            series *= np.polynomial.Polynomial([1.0, -1.0])
        for _ in range(n - distance):
            series *= np.polynomial.Polynomial([1.0, 1.0])
        assert [krawtchouk(t, distance, n) for t in range(n + 1)] == series.coef.astype(int).tolist()


@pytest.mark.parametrize("n", [3, 6])
def test_krawtchouk_polynomials_sum_products_over_all_coalitions_of_a_size(n):
    signs = all_signs(n)
    for order in range(n + 1):
        groups = [list(t) for t in itertools.combinations(range(n), order)]
        features = np.array([signs[:, t].prod(axis=1) for t in groups])
        distances = ((n - signs @ signs.T) / 2).astype(int)
        polynomial = np.array([krawtchouk(order, distance, n) for distance in range(n + 1)])
        np.testing.assert_allclose(features.T @ features, polynomial[distances], atol=1e-9)


def test_krawtchouk_polynomials_are_orthogonal_under_the_binomial_weights():
    n = 9
    table = np.array([[krawtchouk(t, d, n) for d in range(n + 1)] for t in range(n + 1)], dtype=object)
    weights = np.array([math.comb(n, d) for d in range(n + 1)], dtype=object)
    product = (table * weights) @ table.T
    assert (product == np.diag([math.comb(n, t) * 2**n for t in range(n + 1)])).all()


def test_the_kernel_of_an_order_has_variance_one_even_for_a_hundred_players():
    for order in (1, 3, 15):
        kernel = order_kernel(order, 100)
        assert kernel[0] == 1.0
        assert np.abs(kernel).max() == 1.0
        assert np.isfinite(order_value(order, 100)).all()


@pytest.mark.parametrize("n", [2, 3, 6])
def test_the_spectral_kernel_is_a_sum_over_odd_coalitions(n):
    kernel, signs = SpectralKernel(n), all_signs(n)
    parameters = some_parameters(kernel)
    variances = dict(zip(range(1, n + 1, 2), np.exp(parameters), strict=True))
    expected = sum(
        variances[len(t)]
        / math.comb(n, len(t))
        * np.outer(signs[:, t].prod(axis=1), signs[:, t].prod(axis=1))
        for t in odd_coalitions(n)
    )
    np.testing.assert_allclose(kernel.covariance(parameters, signs, signs), expected, atol=1e-12)


@pytest.mark.parametrize("n", [2, 3, 6])
def test_the_interactions_of_the_relevance_kernel_are_a_sum_over_odd_coalitions(n):
    kernel, signs = RelevanceKernel(n), all_signs(n)
    parameters = some_parameters(kernel)
    theta = 1 / (1 + np.exp(-parameters[3:]))
    features = {tuple(t): signs[:, t].prod(axis=1) for t in odd_coalitions(n, least=3)}
    expected = sum(
        (theta[list(t)].prod() * np.outer(f, f) for t, f in features.items()), np.zeros((2**n, 2**n))
    )
    without = parameters.copy()
    without[2] = -np.inf
    interactions = kernel.covariance(parameters, signs, signs) - kernel.covariance(without, signs, signs)
    np.testing.assert_allclose(interactions, np.exp(parameters[2]) * expected, atol=1e-10)


@pytest.mark.parametrize("make", KERNELS)
@pytest.mark.parametrize("n", [2, 3, 6])
class TestEveryKernel:
    def test_is_odd_and_positive(self, make, n):
        kernel, signs = make(n), all_signs(n)
        parameters = some_parameters(kernel)
        covariance = kernel.covariance(parameters, signs, signs)
        np.testing.assert_allclose(kernel.covariance(parameters, -signs, signs), -covariance, atol=1e-12)
        assert np.linalg.eigvalsh(covariance).min() > -1e-9
        np.testing.assert_allclose(kernel.variance(parameters, signs), np.diag(covariance))

    def test_gives_the_shapley_values_of_its_columns(self, make, n):
        kernel, signs = make(n), all_signs(n)
        parameters = some_parameters(kernel)
        columns = kernel.covariance(parameters, signs, signs)
        np.testing.assert_allclose(kernel.values(parameters, signs), shapley_of_columns(columns), atol=1e-10)

    def test_gives_the_variance_of_the_values(self, make, n):
        kernel, signs = make(n), all_signs(n)
        parameters = some_parameters(kernel)
        # Values are linear: the covariance of values with values is that of values with g, valued once more.
        both = shapley_of_columns(kernel.values(parameters, signs).T)
        np.testing.assert_allclose(kernel.value_variance(parameters), np.diag(both), atol=1e-10)

    def test_has_the_gradient_that_it_says(self, make, n):
        kernel, signs = make(n), all_signs(n)
        weights = np.random.default_rng(1).normal(size=(len(signs), len(signs)))
        weights += weights.T
        error = check_grad(
            lambda q: float((weights * kernel.covariance(q, signs, signs)).sum()),
            lambda q: kernel.gradient(q, signs, weights),
            some_parameters(kernel),
        )
        scale = np.linalg.norm(kernel.gradient(some_parameters(kernel), signs, weights))
        assert error < 1e-5 * max(scale, 1.0)

    def test_has_a_penalty_with_the_gradient_that_it_says(self, make, n):
        kernel = make(n)
        error = check_grad(
            lambda q: kernel.penalty(q)[0], lambda q: kernel.penalty(q)[1], some_parameters(kernel)
        )
        assert error < 1e-5
        at_start, slope = kernel.penalty(kernel.start)
        assert at_start == pytest.approx(0.0, abs=1e-12)
        np.testing.assert_allclose(slope, 0.0, atol=1e-12)
        assert (kernel.start >= kernel.bounds[:, 0]).all()
        assert (kernel.start <= kernel.bounds[:, 1]).all()


def test_the_quadrature_holds_for_a_hundred_players():
    """Against the exact sum by orders, from the elementary symmetric polynomials of the others."""
    n = 100
    kernel = RelevanceKernel(n)
    parameters = np.concatenate([[-np.inf, -np.inf, 0.0], np.full(n, np.log(0.1 / 0.9))])
    rng = np.random.default_rng(2)
    signs = np.where(rng.random((5, n)) < 0.4, 1.0, -1.0)
    values = kernel.values(parameters, signs)
    for row, sign in enumerate(signs):
        others = np.polynomial.Polynomial([1.0])
        for other in sign[1:]:
            others *= np.polynomial.Polynomial([1.0, 0.1 * other])
        expected = sum(2 / t * 0.1 * sign[0] * others.coef[t - 1] for t in range(3, n + 1, 2))
        assert values[0, row] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("n", [2, 3, 6, 7])
def test_deviations_are_worth_what_a_single_pair_is_worth(n):
    deviations, parameters = Deviations(n), np.array([-0.7, 0.4])
    signs = all_signs(n)[1:-1]
    named = signs[
        ((signs > 0).sum(axis=1) * 2 < n) | (((signs > 0).sum(axis=1) * 2 == n) & (signs[:, 0] > 0))
    ]
    columns = np.zeros((2**n, len(named)))
    masks = ((named > 0) @ (1 << np.arange(n))).astype(int)
    columns[masks, np.arange(len(named))] = 1.0
    columns[2**n - 1 - masks, np.arange(len(named))] = -1.0
    columns *= deviations.variance(parameters, named)
    values = deviations.values(parameters, named)
    np.testing.assert_allclose(values, shapley_of_columns(columns), atol=1e-12)
    variance = (values**2 / deviations.variance(parameters, named)).sum(axis=1)
    np.testing.assert_allclose(variance, deviations.value_variance(parameters))

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betaln

from valuation.errors import InputError
from valuation.shapley.semivalues import banzhaf_weights, beta_weights, resolve_weights, shapley_weights

players = st.integers(1, 40)
shape = st.floats(0.1, 50.0)


def sum_over_coalitions(weights):
    n = len(weights)
    return math.fsum(math.comb(n - 1, size) * float(weight) for size, weight in enumerate(weights))


@given(players, shape, shape)
def test_every_semivalue_is_an_average_of_marginal_contributions(n, alpha, beta):
    for weights in (shapley_weights(n), banzhaf_weights(n), beta_weights(n, alpha, beta)):
        assert weights.shape == (n,)
        assert (weights >= 0).all()
        assert sum_over_coalitions(weights) == pytest.approx(1.0, rel=1e-12)


@given(players)
def test_shapley_weights_are_the_fractions_of_orders(n):
    for size, weight in enumerate(shapley_weights(n)):
        share = Fraction(math.factorial(size) * math.factorial(n - 1 - size), math.factorial(n))
        assert float(weight) == pytest.approx(float(share), rel=1e-15)


@given(players)
def test_beta_of_one_and_one_is_shapley(n):
    np.testing.assert_allclose(beta_weights(n, 1.0, 1.0), shapley_weights(n), rtol=1e-13)


@given(players, shape, shape)
def test_beta_weights_are_ratios_of_beta_functions(n, alpha, beta):
    size = np.arange(n)
    logarithms = betaln(size + beta, n - 1 - size + alpha) - betaln(alpha, beta)
    np.testing.assert_allclose(np.log(beta_weights(n, alpha, beta)), logarithms, atol=1e-10)


@given(st.integers(2, 40), st.floats(1.1, 50.0))
def test_a_large_alpha_favours_small_coalitions_and_a_large_beta_large_ones(n, large):
    chances = [math.comb(n - 1, size) for size in range(n)] * beta_weights(n, large, 1.0)
    assert (np.diff(chances) < 0).all()
    np.testing.assert_allclose(beta_weights(n, 1.0, large), beta_weights(n, large, 1.0)[::-1], rtol=1e-12)


@pytest.mark.parametrize(("alpha", "beta"), [(0.0, 1.0), (1.0, -1.0), (math.nan, 1.0), (1.0, math.inf)])
def test_a_beta_function_without_a_value_is_refused(alpha, beta):
    with pytest.raises(InputError, match="alpha and beta"):
        beta_weights(3, alpha, beta)


@given(players, shape, shape)
def test_the_weights_of_a_semivalue_are_taken_as_they_are(n, alpha, beta):
    weights = beta_weights(n, alpha, beta)
    taken, name = resolve_weights(weights, n)
    assert name == "semivalue"
    np.testing.assert_array_equal(taken, weights)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ("median", "called 'median'; the names are shapley, banzhaf"),
        ([0.5, 0.5], r"shape \(3,\), not \(2,\)"),
        ([-0.5, 0.5, 0.5], "negative"),
        ([math.nan, 0.5, 0.0], "finite"),
        ([1 / 3, 1 / 3, 1 / 3], r"add up to 1 .* is 1\.33"),
    ],
)
def test_what_is_no_semivalue_is_refused(weights, message):
    with pytest.raises(InputError, match=message):
        resolve_weights(weights, 3)

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from valuation.errors import InputError
from valuation.game import TableGame
from valuation.games import AirportGame
from valuation.shapley import design, estimate, exact

METHODS = ["odd_gp", "kernel_regression", "leverage_regression", "stratified", "owen", "permutation"]
AIRPORT = AirportGame(np.sqrt(np.arange(1.0, 11.0)))


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("method", [method for method in METHODS if method != "odd_gp"])
@pytest.mark.parametrize("n", [2, 3, 8])
def test_a_design_is_the_estimate(method, n):
    game = TableGame(rng(n).normal(size=2**n))
    budget = 20 * n
    drawn = design(n, budget, method, rng=rng(3))
    result = estimate(game, budget=budget, rng=rng(3), method=method)
    np.testing.assert_allclose(drawn.values(game(drawn.coalitions)), result.values, atol=1e-9)
    assert len(drawn.coalitions) == result.unique_evaluations


@pytest.mark.parametrize("method", METHODS)
@given(n=st.integers(2, 9), extra=st.integers(0, 60), seed=st.integers(0, 9))
@settings(max_examples=15)
def test_every_design_is_efficient_within_budget_and_of_different_coalitions(method, n, extra, seed):
    budget = 60 + extra
    drawn = design(n, budget, method, rng=rng(seed))
    assert len(drawn.coalitions) <= budget
    assert len({row.tobytes() for row in drawn.coalitions}) == len(drawn.coalitions)
    np.testing.assert_array_equal(drawn.coalitions[:2].sum(axis=1), [0, n])
    expected = np.zeros(len(drawn.coalitions))
    expected[:2] = -1, 1
    np.testing.assert_allclose(drawn.weights.sum(axis=0), expected, atol=1e-9)


# Strata average over other players, which an additive game does not cancel.
@pytest.mark.parametrize("method", [method for method in METHODS if method != "stratified"])
def test_players_of_an_additive_game_get_what_they_bring(method):
    worths = rng(1).normal(size=8)
    drawn = design(8, 150, method, rng=rng())
    tolerance = 0.01 if method == "odd_gp" else 1e-9
    np.testing.assert_allclose(drawn.values(drawn.coalitions @ worths), worths, atol=tolerance)


@pytest.mark.parametrize("method", ["odd_gp", "kernel_regression", "leverage_regression"])
def test_a_design_of_all_pairs_is_exact(method):
    game = TableGame(rng(2).normal(size=2**7))
    drawn = design(7, 2**7, method, rng=rng())
    assert len(drawn.coalitions) == 2**7
    np.testing.assert_allclose(drawn.values(game(drawn.coalitions)), exact(game).values, atol=1e-5)


def test_fixed_parameters_come_near_those_that_are_learned():
    value = AIRPORT.shapley()
    fixed, permutations = [], []
    for seed in range(8):
        for found, method in ((fixed, "odd_gp"), (permutations, "permutation")):
            drawn = design(10, 100, method, rng=rng(seed))
            found.append(np.sum((drawn.values(AIRPORT(drawn.coalitions)) - value) ** 2))
    assert np.mean(fixed) < np.mean(permutations) / 10


@pytest.mark.parametrize("method", METHODS)
def test_relabelling_a_design_relabels_its_values(method):
    drawn = design(10, 120, method, rng=rng())
    permutation = rng(4).permutation(10)
    moved = drawn.relabelled(permutation)
    values = drawn.values(AIRPORT(drawn.coalitions))

    utilities = AIRPORT(moved.coalitions[:, permutation])
    np.testing.assert_allclose(moved.values(utilities)[permutation], values, atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
@given(bits=st.integers(8, 40), seed=st.integers(0, 5))
@settings(max_examples=10)
def test_integer_values_are_efficient_to_the_unit_and_within_the_stated_error(method, bits, seed):
    drawn = design(10, 120, method, rng=rng(seed))
    rounded = drawn.rounded(2**bits)
    utilities = rng(seed).integers(-(10**9), 10**9, len(drawn.coalitions)).tolist()
    values = rounded.values(utilities)
    assert sum(values) == 2**bits * (utilities[1] - utilities[0])
    largest = max(map(abs, utilities))
    exactly = drawn.values(np.array(utilities, dtype=np.float64))
    differences = np.abs(np.array([value / 2**bits for value in values]) - exactly)
    assert differences.max() <= rounded.error * largest * (1 + 1e-6) + 1e-4
    assert rounded.error < len(utilities) * 1.01 / 2**bits


def test_the_error_of_rounding_is_reached():
    """It is no loose bound: utilities of the signs of a player's rounding errors attain it."""
    drawn = design(6, 40, "kernel_regression", rng=rng())
    rounded = drawn.rounded(64)
    errors = rounded.weights / 64 - drawn.weights
    worst = int(np.argmax(np.abs(errors).sum(axis=1)))
    utilities = np.sign(errors[worst]).astype(int).tolist()
    difference = (
        rounded.values(utilities)[worst] / 64 - drawn.values(np.array(utilities, dtype=np.float64))[worst]
    )
    assert difference == pytest.approx(rounded.error)


def test_integer_designs_are_relabelled_too():
    drawn = design(6, 40, rng=rng())
    permutation = [3, 1, 0, 5, 4, 2]
    one = drawn.relabelled(permutation).rounded(1024)
    other = drawn.rounded(1024).relabelled(permutation)
    np.testing.assert_array_equal(one.coalitions, other.coalitions)
    np.testing.assert_array_equal(one.weights, other.weights)


def test_what_cannot_be_designed_is_refused():
    with pytest.raises(InputError, match="'banzhaf' has no design"):
        design(6, 40, "banzhaf", rng=rng())
    with pytest.raises(InputError, match="budget of 12"):
        design(6, 11, "permutation", rng=rng())
    drawn = design(6, 40, "permutation", rng=rng())
    with pytest.raises(InputError, match="permutation of 0 to 5"):
        drawn.relabelled([0, 1, 2, 3, 4, 4])
    with pytest.raises(InputError, match="63 bits"):
        drawn.rounded(2**70)

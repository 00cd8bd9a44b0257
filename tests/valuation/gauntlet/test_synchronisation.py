"""How far behind a peer is, and that it cannot be faked with a few numbers."""

import numpy as np
import pytest

from valuation.errors import InputError
from valuation.gauntlet.rules import Synchronisation
from valuation.gauntlet.synchronisation import coordinates, steps_behind, synchronisation_factor

MEAN, MEDIAN = Synchronisation(statistic="mean"), Synchronisation(statistic="median")


def test_the_factor_has_the_published_values():
    factors = synchronisation_factor(np.array([0.0, 1, 2, 3, 5, 9, np.inf]), Synchronisation())
    np.testing.assert_allclose(factors, [1, 0.5724, 0.2789, 0.1012, 0, 0, 0], atol=5e-5)


def test_a_power_of_zero_turns_the_factor_off():
    rule = Synchronisation(power=0.0)
    assert synchronisation_factor(np.array([0.0, 3.0, np.inf]), rule).tolist() == [1, 1, 1]


@pytest.mark.parametrize("rule", [MEAN, MEDIAN])
@pytest.mark.parametrize("steps", [0.0, 1.0, 4.0])
def test_a_model_that_is_k_steps_behind_is_k_steps_behind(rule, steps):
    rng = np.random.default_rng(0)
    own, step = rng.normal(size=64), rng.uniform(0.01, 0.1, 64)
    reported = own + steps * step * rng.choice([-1, 1], 64)
    np.testing.assert_allclose(steps_behind(own, reported[None], step, rule), steps, atol=1e-9)


def test_the_median_bears_less_than_half_of_wrong_coordinates_and_the_mean_none():
    own, step, reported = np.zeros(9), np.ones(9), np.zeros((1, 9))
    reported[0, :4] = 1000.0
    assert steps_behind(own, reported, step, MEDIAN)[0] == 0
    assert steps_behind(own, reported, step, MEAN)[0] > 400


def test_whoever_reports_nothing_is_infinitely_far_behind():
    reported = np.array([[0.0, np.nan], [np.nan, np.nan], [0.0, np.inf], [0.0, 0.0]])
    behind = steps_behind(np.zeros(2), reported, np.ones(2), MEAN)
    assert behind.tolist() == [np.inf, np.inf, np.inf, 0]


def test_two_true_numbers_a_tensor_are_not_enough_to_look_in_step():
    rng = np.random.default_rng(1)
    own, step = rng.normal(size=10_000), np.full(10_000, 0.01)
    faked = rng.normal(size=10_000)
    faked[10:12] = own[10:12]
    asked = coordinates(b"drawn after the deadline", 10_000, Synchronisation())
    behind = steps_behind(own[asked], faked[asked][None], step[asked], MEDIAN)
    assert behind[0] > Synchronisation().limit


def test_coordinates_follow_from_the_seed_and_are_spread_over_the_model():
    rule = Synchronisation(coordinates=4000)
    first = coordinates(b"one", 50, rule)
    assert first.tolist() == coordinates(b"one", 50, rule).tolist()
    assert first.tolist() != coordinates(b"two", 50, rule).tolist()
    counts = np.bincount(first, minlength=50)
    assert counts.size == 50
    assert abs(counts - 80).max() < 6 * np.sqrt(80)


def test_shapes_and_numbers_that_do_not_fit_are_refused():
    with pytest.raises(InputError):
        steps_behind(np.zeros(2), np.zeros((1, 3)), np.ones(2), MEAN)
    with pytest.raises(InputError):
        steps_behind(np.zeros(2), np.zeros((1, 2)), np.ones(3), MEAN)
    with pytest.raises(InputError):
        steps_behind(np.array([0.0, np.nan]), np.zeros((1, 2)), np.ones(2), MEAN)
    with pytest.raises(InputError):
        steps_behind(np.zeros(2), np.zeros((1, 2)), np.array([1.0, -1.0]), MEAN)
    with pytest.raises(InputError):
        coordinates(b"seed", 0, MEAN)

"""`shapley-sampled` and `shapley-design`: what the seed draws, and the sums that follow."""

from dataclasses import replace
from fractions import Fraction
from itertools import permutations as orders
from math import factorial

import numpy as np
import pytest

from tests.valuation.scoring.test_methods import MODEL, only, some_data
from valuation.errors import InputError
from valuation.federated.round import Round, RoundGame
from valuation.fixed_point import to_fixed
from valuation.game import TableGame
from valuation.mechanism import default_mechanism
from valuation.rules import Method
from valuation.scoring import measure, restrict, scores, shapley_sampled, utilities_length
from valuation.seeds import permutations
from valuation.shapley import design, exact

SAMPLED = replace(default_mechanism(), method=Method("shapley-sampled", {"permutations": 40}))
SEED = bytes(range(32))


def designed(n, budget, method="odd_gp"):
    return design(n, budget, method, rng=np.random.default_rng(0)).rounded(2**32)


def by_design(drawn):
    return default_mechanism(method="shapley-design", design=drawn)


def game_of(data):
    return RoundGame(
        Round(data.players, data.updates, data.base, lambda p: MODEL.losses(p, *data.evaluation), 1.0)
    )


def test_every_prefix_of_every_drawn_order_is_measured():
    data = replace(some_data(4), seed=SEED)
    utilities, game = measure(SAMPLED, data), game_of(data)
    assert utilities.shape == (utilities_length(SAMPLED, 4),) == (200,)
    for p, order in enumerate(permutations(SEED, 40, 4).tolist()):
        for j in range(5):
            row = np.isin(np.arange(4), order[:j])[None]
            assert abs(int(utilities[5 * p + j]) - int(to_fixed(game(row))[0])) <= 1


@pytest.mark.parametrize("n", [1, 2, 5])
def test_a_sampled_score_is_the_floor_of_the_mean_marginal_contribution(n):
    rng = np.random.default_rng(n)
    table = rng.integers(-(2**46), 2**46, 2**n)
    prefixes, sums = [], [0] * n
    drawn = permutations(SEED, 40, n).tolist()
    for order in drawn:
        mask = 0
        prefixes.append(table[0])
        for player in order:
            sums[player] += int(table[mask | 1 << player]) - int(table[mask])
            mask |= 1 << player
            prefixes.append(table[mask])
    found = scores(SAMPLED, np.array(prefixes), n, seed=SEED)
    assert found == [Fraction(total, 40).__floor__() for total in sums]


def test_over_all_orders_the_sampled_score_is_the_shapley_value():
    """With each order drawn equally often, whatever the seed, the mean is exact."""
    n, table = 4, np.random.default_rng(0).integers(-(10**9), 10**9, 16)
    everything = np.array(list(orders(range(n))))
    drawn = permutations(SEED, 4800, n)
    counts = {tuple(order): 0 for order in everything.tolist()}
    for order in drawn.tolist():
        counts[tuple(order)] += 1
    assert min(counts.values()) > 4800 / factorial(n) / 2
    masks = np.concatenate(
        [np.zeros((4800, 1), dtype=np.int64), np.cumsum(1 << drawn, axis=1, dtype=np.int64)], axis=1
    )
    found = shapley_sampled.scores(table[masks].ravel(), n, SEED)
    np.testing.assert_allclose(found, exact(TableGame(table.astype(float))).values, atol=1e8)


@pytest.mark.parametrize("method", ["odd_gp", "permutation", "kernel_regression"])
def test_a_designed_score_is_the_floor_of_the_weighted_sum(method):
    drawn = designed(6, 40, method)
    utilities = np.random.default_rng(1).integers(-(2**46), 2**46, len(drawn.coalitions))
    seats = np.argsort(permutations(SEED, 1, 6)[0]).tolist()
    by_place = drawn.values(utilities.tolist())
    found = scores(by_design(drawn), utilities, 4, seed=SEED, design=drawn)
    assert found == [Fraction(by_place[seats[i]], drawn.scale).__floor__() for i in range(4)]


def test_a_coalition_of_the_design_is_measured_of_those_who_sit_in_it():
    drawn = designed(7, 50)
    data = replace(some_data(4), seed=SEED, design=drawn)
    utilities, game = measure(by_design(drawn), data), game_of(data)
    seats = np.argsort(permutations(SEED, 1, 7)[0]).tolist()
    for row, utility in zip(drawn.coalitions, utilities.tolist(), strict=True):
        members = np.array([[row[seats[i]] for i in range(4)]])
        assert abs(utility - int(to_fixed(game(members))[0])) <= 1


@pytest.mark.parametrize("n", [2, 5, 8])
def test_places_that_stay_empty_change_nobodys_value(n):
    """A design of all pairs is exact; null players leave the Shapley values of the others as they are."""
    drawn = designed(8, 2**8, "kernel_regression")
    data = replace(some_data(n), seed=SEED, design=drawn)
    mechanism = by_design(drawn)
    found = scores(mechanism, measure(mechanism, data), n, seed=SEED, design=drawn)
    true = scores(default_mechanism(), measure(default_mechanism(), data), n)
    assert np.abs(np.array(found) - true).max() <= 50


def test_nobody_can_tell_a_drawn_measurement_of_fewer_players():
    drawn = designed(6, 40)
    data = replace(some_data(4), seed=SEED, design=drawn)
    for mechanism in (SAMPLED, by_design(drawn)):
        utilities = measure(mechanism, data)
        same = restrict(mechanism, utilities, data.players, data.players)
        np.testing.assert_array_equal(same, utilities)
        with pytest.raises(InputError, match="say nothing about 3"):
            restrict(mechanism, utilities, data.players, only(data, [0, 1, 3]).players)


def test_a_round_without_players_has_no_scores():
    drawn = designed(6, 40)
    for mechanism, chosen in ((SAMPLED, None), (by_design(drawn), drawn)):
        utilities = measure(mechanism, replace(some_data(0), seed=SEED, design=chosen))
        assert not utilities.any()
        assert scores(mechanism, utilities, 0, seed=SEED, design=chosen) == []


def test_a_design_must_be_the_one_that_is_named_and_have_a_place_for_everybody():
    drawn, other = designed(6, 40), designed(6, 60)
    mechanism = by_design(drawn)
    for wrong in (None, other):
        with pytest.raises(InputError, match="design"):
            measure(mechanism, replace(some_data(4), seed=SEED, design=wrong))
        with pytest.raises(InputError, match="design"):
            scores(mechanism, np.zeros(len(drawn.coalitions), dtype=np.int64), 4, design=wrong)
    with pytest.raises(InputError, match="up to 6 players"):
        utilities_length(mechanism, 7)


def test_sums_of_the_largest_utilities_do_not_overflow():
    n = 256
    ends = np.tile(np.where(np.arange(n + 1) % 2, 2**46, -(2**46)), 4096)
    found = shapley_sampled.scores(ends, n, SEED)
    assert all(type(score) is int and abs(score) <= 2**47 for score in found)
    assert sum(found) <= -(2**46) - -(2**46) + n

import numpy as np
import pytest

from valuation.errors import InputError
from valuation.game import FunctionGame, TableGame
from valuation.games import AirportGame, CoverageGame, GloveGame, WeightedVotingGame
from valuation.shapley import estimate, exact
from valuation.shapley.odd_gp.meter import PairMeter
from valuation.shapley.run import Options, Run


def rng(seed):
    return np.random.default_rng(seed)


def error(result, value):
    return np.sum((result.values - value) ** 2) / np.sum(value**2)


class Noisy:
    """A game whose every measurement is off by some noise."""

    def __init__(self, game, spread, seed=0):
        self.game, self.n, self.spread, self.rng = game, game.n, spread, rng(seed)

    def __call__(self, coalitions):
        return self.game(coalitions) + self.rng.normal(scale=self.spread, size=len(coalitions))


SELF_DUAL = WeightedVotingGame([9, 8, 7, 6, 5, 5, 4, 3, 3, 2, 2, 1], quota=28)


def a_coverage_game(n, seed=1):
    draw = rng(seed)
    return CoverageGame(draw.random((n, 40)) < 0.2, draw.random(40))


GAMES = {
    "airport": AirportGame(np.repeat(np.arange(1.0, 6.0), 3)),
    "glove": GloveGame(5, 9),
    "coverage": a_coverage_game(14),
}


@pytest.mark.parametrize("name", GAMES)
def test_few_utilities_come_far_nearer_than_an_equal_split_and_other_estimators(name):
    game = GAMES[name]
    value, budget = game.shapley(), 10 * game.n
    ours, permutations, regressions = (
        np.mean(
            [error(estimate(game, budget=budget, rng=rng(seed), method=method), value) for seed in range(6)]
        )
        for method in ("odd_gp", "permutation", "kernel_regression")
    )
    split = np.full(game.n, value.sum() / game.n)
    assert ours < 0.1 * np.sum((split - value) ** 2) / np.sum(value**2)
    assert ours < permutations / 2
    assert ours < regressions


def test_the_intervals_hold_the_values_of_every_kind_of_game():
    covered = [
        np.abs(result.values - game.shapley()) <= 1.96 * result.standard_errors
        for game in GAMES.values()
        for budget in (5 * game.n, 20 * game.n)
        for result in [estimate(game, budget=budget, rng=rng(seed)) for seed in range(8)]
    ]
    assert 0.92 < np.mean(np.concatenate(covered)) <= 0.99


def an_averaging_game(n, seed):
    """How much nearer to a target the mean of the members' vectors is: alone, members are far off."""
    draw = rng(seed)
    updates = np.array([1.0, 0.5, 0.2, 0.0]) + draw.normal(scale=0.8, size=(n, 4))
    members = (np.arange(2**n)[:, None] >> np.arange(n) & 1).astype(float)
    means = members @ updates / np.maximum(members.sum(axis=1), 1)[:, None]
    return TableGame(-((means - [1.0, 0.5, 0.2, 0.0]) ** 2).sum(axis=1))


def test_single_players_who_are_hard_to_predict_do_not_widen_the_intervals_of_what_is_left():
    """All single players are measured, so that only larger coalitions are uncertain (a mean of models is)."""
    errors, stated = [], []
    for seed in range(10):
        game = an_averaging_game(11, seed)
        result = estimate(game, budget=220, rng=rng(seed), method="odd_gp")
        errors.append(result.values - exact(game).values)
        stated.append(result.standard_errors)
    assert 0.9 <= np.mean(np.abs(errors) <= 1.96 * np.array(stated)) <= 0.99
    assert np.sqrt(np.mean(np.square(stated)) / np.mean(np.square(errors))) < 1.5


@pytest.mark.parametrize("n", range(2, 9))
def test_all_pairs_give_the_exact_values(n):
    game = TableGame(rng(n).normal(size=2**n))
    result = estimate(game, budget=2**n, rng=rng(0), method="odd_gp")
    assert result.evaluations == result.unique_evaluations == 2**n
    np.testing.assert_allclose(result.values, exact(game).values, atol=1e-6)
    assert result.standard_errors.max() < 1e-3


def test_an_additive_game_is_found_out_at_once():
    worths = rng(2).normal(size=20)
    game = FunctionGame(20, lambda members: float(worths[list(members)].sum()))
    result = estimate(game, budget=60, rng=rng(0))
    np.testing.assert_allclose(result.values, worths, atol=1e-4)


def test_a_game_of_nothing_is_worth_nothing():
    result = estimate(FunctionGame(12, lambda members: 3.0), budget=100, rng=rng(0))
    np.testing.assert_array_equal(result.values, 0.0)
    np.testing.assert_array_equal(result.standard_errors, 0.0)


def test_a_self_dual_game_is_measured_on_one_side():
    result = estimate(SELF_DUAL, budget=240, rng=rng(0))
    assert any("self-dual" in assumption for assumption in result.assumptions)
    assert 239 <= result.evaluations <= 240
    measured = np.unpackbits(result.state["coalitions"], axis=1, count=12, bitorder="little").astype(np.bool_)
    names, complements = ({row.tobytes() for row in rows} for rows in (measured, ~measured))
    # The opening of 18 pairs, nobody and everybody, and one pair in sixteen of the rest.
    assert len(names & complements) < 2 * (18 + 1 + 240 / 16)


def test_one_side_beats_two_in_a_self_dual_game():
    """Utilities a little higher at middle sizes have the same odd part, but both sides must be measured."""
    value = SELF_DUAL.shapley()

    class Lopsided:
        n = SELF_DUAL.n

        def __call__(self, coalitions):
            sizes = coalitions.sum(axis=1)
            return SELF_DUAL(coalitions) + np.where((sizes > 1) & (sizes < 11), 1e-3, 0.0)

    one, both = (
        np.mean([error(estimate(each, budget=360, rng=rng(seed)), value) for seed in range(6)])
        for each in (SELF_DUAL, Lopsided())
    )
    assert one < both


@pytest.mark.parametrize(("budget", "repaired"), [(40, 17), (25, 6)])
def test_a_game_that_only_looks_self_dual_is_measured_on_both_sides_after_all(budget, repaired):
    masks = np.arange(2**7)
    sizes = np.array([mask.bit_count() for mask in masks.tolist()])
    utilities = np.where(sizes > 3, 1.0, 0.0)
    utilities[2**7 - 1 - np.array([0b11, 0b101])] = 0.0
    game = TableGame(utilities)
    pairs = [*masks[(sizes <= 3) & (masks > 0) & (masks != 0b11)][:16].tolist(), 0b11]
    run = Run(game, budget=budget, seed=0, options=Options())
    meter = PairMeter(run)
    meter.one_sided = True
    # The pairs 0 and 16 are looked at from both sides; only the last gives the game away.
    meter.measure((np.array(pairs)[:, None] >> np.arange(7) & 1).astype(np.bool_))
    assert not meter.one_sided
    assert len(meter.pairs) == repaired
    np.testing.assert_array_equal(meter.odd, (game(meter.pairs) - game(~meter.pairs)) / 2)


def test_noise_is_learned_and_told():
    game = AirportGame(np.sqrt(np.arange(1.0, 13.0)))
    results = [estimate(Noisy(game, 0.2, seed), budget=400, rng=rng(seed), noisy=True) for seed in range(10)]
    assert np.mean([result.noise for result in results]) == pytest.approx(0.2, rel=0.2)
    covered = [np.abs(each.values - game.shapley()) < 1.96 * each.standard_errors for each in results]
    assert np.mean(covered) > 0.88
    sure = estimate(game, budget=400, rng=rng(0))
    assert results[0].standard_errors.mean() > 2 * sure.standard_errors.mean()


def test_a_noisy_game_that_fits_the_budget_is_not_called_exact():
    result = estimate(Noisy(GloveGame(2, 2), 0.1), budget=100, rng=rng(0), noisy=True)
    assert not result.exact
    assert result.method == "odd_gp shapley"


def test_pairs_beyond_the_most_correct_the_values():
    game = TableGame(rng(9).normal(size=2**10))
    value = exact(game).values
    few = [estimate(game, budget=402, rng=rng(s), max_pairs=60) for s in range(6)]
    all_pairs = estimate(game, budget=2**10, rng=rng(0), method="odd_gp", max_pairs=60)
    np.testing.assert_allclose(all_pairs.values, value, atol=1e-9)
    first_only = [estimate(game, budget=122, rng=rng(s), max_pairs=60) for s in range(6)]
    assert np.mean([error(r, value) for r in few]) < np.mean([error(r, value) for r in first_only])


def test_max_pairs_must_be_positive():
    with pytest.raises(InputError, match="max_pairs"):
        estimate(GloveGame(3, 3), budget=20, rng=rng(0), max_pairs=0)

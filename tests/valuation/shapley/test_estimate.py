"""What holds for every estimator, whatever its mathematics."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from valuation.errors import GameError, InputError
from valuation.game import CachedGame, FunctionGame, TableGame
from valuation.games import AirportGame
from valuation.result import Valuation
from valuation.shapley import estimate, exact
from valuation.shapley.methods import METHODS
from valuation.stopping import after_evaluations, ranks_stable, standard_error_below

NAMES = list(METHODS)
SHAPLEY = [name for name in NAMES if METHODS[name].semivalue == "shapley"]
AIRPORT = AirportGame(np.sqrt(np.arange(1.0, 13.0)))

tables = st.integers(2, 7).flatmap(
    lambda n: arrays(np.float64, 2**n, elements=st.floats(-10, 10, allow_subnormal=False), fill=st.nothing())
)
few = settings(max_examples=15)


def rng(seed=0):
    return np.random.default_rng(seed)


class Counting:
    """A game that counts what it is asked, and in how many calls."""

    def __init__(self, game):
        self.game, self.n, self.asked, self.largest = game, game.n, 0, 0

    def __call__(self, coalitions):
        self.asked += len(coalitions)
        self.largest = max(self.largest, len(coalitions))
        return self.game(coalitions)


class Relabelled:
    """A game whose column j is player order[j] of another."""

    def __init__(self, game, order):
        self.game, self.n, self.order = game, game.n, order

    def __call__(self, coalitions):
        columns = np.empty_like(coalitions)
        columns[:, self.order] = coalitions
        return self.game(columns)


@pytest.mark.parametrize("method", NAMES)
@given(table=tables, extra=st.integers(0, 60), seed=st.integers(0, 9))
@few
def test_the_budget_is_never_exceeded_and_the_count_is_right(method, table, extra, seed):
    game = Counting(TableGame(table))
    budget = METHODS[method].minimum(game.n) + extra
    result = estimate(game, budget=budget, rng=rng(seed), method=method)
    assert result.evaluations == game.asked <= budget
    assert result.unique_evaluations <= min(result.evaluations, 2**game.n)


@pytest.mark.parametrize("method", SHAPLEY)
@given(table=tables, extra=st.integers(0, 40), seed=st.integers(0, 9))
@few
def test_values_add_up_to_what_everybody_gains(method, table, extra, seed):
    game = TableGame(table)
    budget = METHODS[method].minimum(game.n) + extra
    result = estimate(game, budget=budget, rng=rng(seed), method=method)
    assert result.total == table[-1] - table[0]
    assert result.values.sum() == pytest.approx(result.total, abs=1e-8)


@pytest.mark.parametrize("method", NAMES)
@given(table=tables, extra=st.integers(0, 40), batch=st.integers(1, 30))
@few
def test_the_batch_size_changes_nothing(method, table, extra, batch):
    budget = METHODS[method].minimum(TableGame(table).n) + extra
    game = Counting(TableGame(table))
    one, other = (
        estimate(each, budget=budget, rng=rng(1), method=method, batch_size=size)
        for each, size in ((TableGame(table), 8192), (game, batch))
    )
    assert game.largest <= batch
    np.testing.assert_array_equal(one.values, other.values)
    np.testing.assert_array_equal(one.standard_errors, other.standard_errors)


@pytest.mark.parametrize("method", NAMES)
def test_equal_seeds_give_equal_results_and_other_seeds_others(method):
    one, same, other = (
        estimate(AIRPORT, budget=100, rng=rng(seed), method=method).values for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


@pytest.mark.parametrize("method", NAMES)
def test_relabelling_the_players_relabels_the_values(method):
    labels = [f"player {letter}" for letter in "abcdefghijkl"]
    plain = estimate(AIRPORT, budget=120, rng=rng(), method=method, players=labels)
    order = rng(5).permutation(12)
    shuffled = [labels[player] for player in order]
    moved = estimate(Relabelled(AIRPORT, order), budget=120, rng=rng(), method=method, players=shuffled)
    assert dict(zip(shuffled, moved.values, strict=True)) == dict(zip(labels, plain.values, strict=True))
    assert moved.players == tuple(shuffled)


@pytest.mark.parametrize("method", NAMES)
def test_a_run_continued_is_one_uninterrupted_run(method, tmp_path):
    whole = estimate(AIRPORT, budget=300, rng=rng(), method=method)
    estimate(AIRPORT, budget=120, rng=rng(), method=method).save(tmp_path / "run.npz")
    begun = Valuation.load(tmp_path / "run.npz")
    game = Counting(AIRPORT)
    continued = estimate(game, budget=300, continue_from=begun)
    assert game.asked == continued.evaluations - begun.evaluations
    np.testing.assert_array_equal(continued.values, whole.values)
    np.testing.assert_array_equal(continued.standard_errors, whole.standard_errors)
    assert (continued.evaluations, continued.seed) == (whole.evaluations, whole.seed)


@pytest.mark.parametrize("method", NAMES)
@given(st.floats(0.25, 4.0), st.floats(-3, 3), st.integers(0, 3))
@few
def test_values_scale_with_the_game_and_ignore_a_shift(method, factor, shift, seed):
    scaled = FunctionGame(12, lambda members: factor * utility_of(members) + shift)
    one = estimate(AIRPORT, budget=100, rng=rng(seed), method=method)
    other = estimate(scaled, budget=100, rng=rng(seed), method=method)
    np.testing.assert_allclose(other.values, factor * one.values, atol=1e-3 * factor, rtol=1e-3)


def utility_of(members):
    return float(np.sqrt(max(members) + 1.0)) if members else 0.0


@pytest.mark.parametrize("method", ["permutation", "owen", "stratified", "kernel_regression", "banzhaf"])
def test_values_of_a_sum_are_sums_of_values(method):
    tables = rng(6).normal(size=(2, 2**8))
    games = [TableGame(table) for table in (*tables, tables.sum(axis=0))]
    one, other, both = (estimate(game, budget=120, rng=rng(), method=method).values for game in games)
    np.testing.assert_allclose(one + other, both, atol=1e-12)


@given(tables)
@few
def test_auto_is_exact_when_the_budget_allows(table):
    game = TableGame(table)
    result = estimate(game, budget=2**game.n, rng=rng())
    assert result.exact
    np.testing.assert_array_equal(result.values, exact(game).values)
    assert "fit the budget" in result.reason


def test_auto_says_what_it_chose_and_why():
    result = estimate(AIRPORT, budget=100, rng=rng())
    assert result.method == "odd_gp shapley"
    assert "2**12 utilities do not fit the budget of 100" in result.reason


@pytest.mark.parametrize("method", ["auto", "permutation"])
def test_a_single_player_gets_everything(method):
    result = estimate(TableGame([1.0, 4.0]), budget=2, rng=rng(), method=method)
    assert (result.values.tolist(), result.exact) == ([3.0], True)
    with pytest.raises(InputError, match="at least 2"):
        estimate(TableGame([1.0, 4.0]), budget=1, rng=rng(), method=method)


@pytest.mark.parametrize("method", NAMES)
def test_a_budget_below_the_minimum_is_refused_by_name(method):
    least = METHODS[method].minimum(12)
    with pytest.raises(InputError, match=f"{method} needs a budget of at least {least} for 12 players"):
        estimate(AIRPORT, budget=least - 1, rng=rng(), method=method)


@pytest.mark.parametrize("method", NAMES)
def test_a_bad_answer_is_named(method):
    def utility(members):
        return float("nan") if len(members) == 2 and 1 in members else float(len(members) ** 2)

    with pytest.raises(GameError, match=r"the utility of coalition \{.*1.*\} is nan"):
        estimate(FunctionGame(5, utility), budget=40, rng=rng(), method=method)


def test_a_bad_answer_is_named_in_the_columns_of_the_game():
    game = FunctionGame(3, lambda members: float("inf") if members == (2,) else 1.0)
    with pytest.raises(GameError, match=r"coalition \{2\} is inf"):
        estimate(game, budget=8, rng=rng(), method="kernel_regression", players=["c", "b", "a"])


@pytest.mark.parametrize("method", ["permutation", "owen", "stratified", "banzhaf", "truncated_permutation"])
def test_a_game_that_changes_its_mind_is_refused_unless_it_is_noisy(method):
    class Moody:
        n = 5

        def __init__(self):
            self.rng = rng()

        def __call__(self, coalitions):
            return coalitions.sum(axis=1) + self.rng.random(len(coalitions))

    with pytest.raises(GameError, match="not deterministic"):
        estimate(Moody(), budget=200, rng=rng(), method=method)
    assert estimate(Moody(), budget=200, rng=rng(), method=method, noisy=True).noise > 0.1


@pytest.mark.parametrize("method", SHAPLEY)
def test_a_rule_stops_the_run_early_and_is_named(method):
    result = estimate(AIRPORT, budget=100_000, rng=rng(), method=method, stop=after_evaluations(150))
    assert 150 <= result.evaluations < 20_000
    assert "evaluations >= 150" in result.reason


def test_rules_compose():
    rule = standard_error_below(0.02) & ranks_stable(1)
    result = estimate(AIRPORT, budget=2000, rng=rng(), method="odd_gp", stop=rule)
    assert result.standard_errors.max() <= 0.02
    assert result.evaluations < 2000


def test_a_stopped_run_can_go_on_to_the_same_end():
    stopped = estimate(AIRPORT, budget=400, rng=rng(), stop=after_evaluations(60))
    assert stopped.evaluations < 400
    continued = estimate(AIRPORT, budget=400, continue_from=stopped)
    np.testing.assert_array_equal(continued.values, estimate(AIRPORT, budget=400, rng=rng()).values)


def test_only_the_run_itself_is_continued():
    saved = estimate(AIRPORT, budget=120, rng=rng(), method="permutation")
    with pytest.raises(InputError, match="without rng"):
        estimate(AIRPORT, budget=200, rng=rng(), continue_from=saved)
    with pytest.raises(InputError, match="permutation, not owen"):
        estimate(AIRPORT, budget=200, continue_from=saved, method="owen")
    with pytest.raises(InputError, match="other players"):
        estimate(AirportGame(np.arange(1.0, 6.0)), budget=200, continue_from=saved)
    with pytest.raises(InputError, match="less than"):
        estimate(AIRPORT, budget=60, continue_from=saved)
    with pytest.raises(InputError, match="no run"):
        estimate(AIRPORT, budget=200, continue_from=exact(AIRPORT))


def test_a_saved_run_of_other_coalitions_is_refused():
    one, other = (estimate(AIRPORT, budget=60, rng=rng(seed), method="banzhaf") for seed in (1, 2))
    mixed = Valuation(
        **{
            name: getattr(one, name)
            for name in ("players", "values", "standard_errors", "total", "evaluations", "unique_evaluations")
        },
        method=one.method,
        seed=other.seed,
        state=one.state,
    )
    with pytest.raises(InputError, match="measured other coalitions"):
        estimate(AIRPORT, budget=80, continue_from=mixed)


def test_arguments_that_make_no_sense_are_refused():
    for message, arguments in {
        "needs a generator": {"rng": None},
        "no estimator is called 'guess'": {"method": "guess"},
        "12 players need 12 labels": {"players": ["a"]},
        "truncation": {"truncation": 1.5},
        "batch_size": {"batch_size": 0},
    }.items():
        with pytest.raises(InputError, match=message):
            estimate(AIRPORT, **{"budget": 100, "rng": rng(), **arguments})


def test_two_runs_merge():
    one, other = (estimate(AIRPORT, budget=200, rng=rng(seed), method="permutation") for seed in (1, 2))
    both = one + other
    np.testing.assert_allclose(both.values, (one.values + other.values) / 2)
    assert both.evaluations == one.evaluations + other.evaluations


def test_a_cached_game_is_measured_once():
    game = CachedGame(AIRPORT)
    result = estimate(game, budget=500, rng=rng(), method="permutation")
    assert game.unique == result.unique_evaluations < result.evaluations


def test_shares_of_an_estimate_are_whole_and_add_up():
    shares = estimate(AIRPORT, budget=100, rng=rng()).shares(10**18 + 7)
    assert sum(shares) == 10**18 + 7

"""The two time-aware rewards, the games they need, and the conditions that they must meet."""

import re

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from valuation.errors import AssumptionError, InputError
from valuation.federated.incentives import incentive_conditions, monotonicity, time_monotonicity
from valuation.federated.joining import join_times
from valuation.federated.superadditive import dual, dual_cover, first_failure, superadditive_cover
from valuation.federated.time_aware_cumulation import cumulated_rewards, time_aware_cumulation
from valuation.federated.time_aware_valuation import time_aware_rewards, time_aware_valuation
from valuation.game import TableGame
from valuation.shapley import exact
from valuation.shapley.moebius import game_of_dividends

TABLE = np.array([0.0, 2, 2, 6, 1, 4, 4, 10])
"""Section 5 of the reference: v1=v2=2, v3=1, v12=6, v13=v23=4, v123=10."""

ORACLES = [
    (
        (0, 0, 2),
        [3.306566, 3.306566, 1.490506],
        [3.277778, 3.277778, 1.444444],
        [3.476190, 3.476190, 1.761905],
    ),
    (
        (1, 0, 2),
        [2.913097, 2.913097, 1.490506],
        [2.944444, 2.944444, 1.444444],
        [3.333333, 3.333333, 1.761905],
    ),
    (
        (2, 0, 0),
        [2.674446, 2.990506, 1.806566],
        [2.611111, 2.944444, 1.777778],
        [3.047619, 3.261905, 1.976190],
    ),
]

RULES = {
    "valuation": lambda table, times: time_aware_rewards(table, times, gamma=0.5),
    "cumulation": lambda table, times: cumulated_rewards(table, times, beta=1.5),
}

dividends = hnp.arrays(np.float64, 16, elements=st.floats(0, 3))
join = hnp.arrays(np.int64, 4, elements=st.integers(0, 4))


def _superadditive(given):
    """A game of non-negative dividends is convex, hence monotone and superadditive."""
    given[0] = 0.0
    return game_of_dividends(given).values


@pytest.mark.parametrize(("times", "valuation", "cumulation_1", "cumulation_2"), ORACLES)
def test_the_table_of_the_reference(times, valuation, cumulation_1, cumulation_2):
    joined = np.array(times)
    np.testing.assert_allclose(time_aware_rewards(TABLE, joined, 0.5), valuation, atol=5e-7)
    np.testing.assert_allclose(cumulated_rewards(TABLE, joined, 1.0), cumulation_1, atol=5e-7)
    np.testing.assert_allclose(cumulated_rewards(TABLE, joined, 2.0), cumulation_2, atol=5e-7)


def test_without_decay_or_with_only_the_last_interval_it_is_the_shapley_value():
    shapley = [23 / 6, 23 / 6, 14 / 6]
    np.testing.assert_allclose(shapley, [3.8333, 3.8333, 2.3333], atol=5e-5)
    np.testing.assert_allclose(time_aware_rewards(TABLE, np.array([3, 0, 1]), 0.0), shapley)
    np.testing.assert_allclose(cumulated_rewards(TABLE, np.array([3, 0, 1]), 1e12), shapley)
    np.testing.assert_allclose(cumulated_rewards(TABLE, np.array([0, 0, 0]), 1.0), shapley)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@given(given_dividends=dividends, times=join)
def test_the_incentive_conditions_hold_for_both_rules(rule, given_dividends, times):
    table = _superadditive(given_dividends)
    assert [each for each in incentive_conditions(table, times, rule(table, times)) if not each.holds] == []


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@settings(max_examples=40, deadline=None)
@given(given_dividends=dividends, times=join)
def test_joining_earlier_never_costs_and_pays_where_it_should(rule, given_dividends, times):
    table = _superadditive(given_dividends)
    assert [each for each in time_monotonicity(rule, table, times) if not each.holds] == []


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@given(dividends, join, st.integers(0, 3), hnp.arrays(np.float64, 16, elements=st.floats(0, 3)))
def test_who_adds_more_to_its_coalitions_is_never_paid_less(rule, given_dividends, times, player, more):
    table = _superadditive(given_dividends)
    better = table + np.where(np.arange(16) >> player & 1, more, 0)
    assert monotonicity(rule, table, times, better, player).holds


def test_a_rule_that_pays_less_for_more_is_caught_and_only_the_own_coalitions_may_change():
    better = TABLE + np.array([0, 1, 0, 1, 0, 1, 0, 1.0])
    times = np.array([0, 0, 2])
    broken = monotonicity(lambda table, times: 10 - table[1 << np.arange(3)], TABLE, times, better, 0)
    assert (broken.holds, broken.detail) == (False, "player 0 gets -1")
    for player, game in ((1, better), (0, 2 * TABLE - better), (3, better), (0, better[:4])):
        with pytest.raises(InputError, match=f"player {player}"):
            monotonicity(RULES["valuation"], TABLE, times, game, player)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@given(given_dividends=dividends, times=join)
def test_a_residue_stays_only_when_somebody_joins_late(rule, given_dividends, times):
    table = _superadditive(given_dividends)
    rewards = rule(table, times)
    assert rewards.sum() <= table[-1] + 1e-9
    assert rule(table, np.zeros(4, dtype=np.int64)).sum() == pytest.approx(table[-1], abs=1e-9)


@given(dividends, join, st.floats(0, 3))
def test_the_closed_form_is_the_shapley_value_of_the_time_aware_game(given_dividends, times, gamma):
    table = _superadditive(given_dividends)
    # By the definition: dividends of groups weighed by their last member's lambda, coalition by coalition.
    late = np.exp(-gamma * times)
    weighed = given_dividends.copy()
    for mask in range(16):
        members = [player for player in range(4) if mask >> player & 1]
        if len(members) >= 2:
            weighed[mask] *= min(late[player] for player in members)
    expected = exact(game_of_dividends(weighed)).values
    np.testing.assert_allclose(time_aware_rewards(table, times, gamma), expected, atol=1e-9)


def test_rewards_divided_by_time_break_the_conditions_that_the_paper_says_they_break():
    shapley = exact(TableGame(TABLE)).values
    times = np.array([0, 0, 2])
    broken = {c.name for c in incentive_conditions(TABLE, times, shapley / (1 + times)) if not c.holds}
    assert "F2 individual rationality" in broken
    # Without player 0 nothing has any value; it joined last, and is paid less than the others.
    veto = np.array([0.0, 0, 0, 4, 0, 4, 0, 9])
    late = np.array([5, 0, 0])
    naive = exact(TableGame(veto)).values / (1 + late)
    assert {c.name for c in incentive_conditions(veto, late, naive) if not c.holds} >= {"F6 necessity"}


def test_unfair_rewards_are_caught():
    def broken(rewards):
        found = incentive_conditions(TABLE, np.array([0, 0, 2]), np.array(rewards))
        return {each.name.split()[0] for each in found if not each.holds}

    assert broken([5, 5, 5]) == {"F1"}
    assert "F3" in broken([4, 3, 1])
    assert "F4" in broken([2, 2, 3])
    worse = time_monotonicity(
        lambda table, times: table[1 << np.arange(3)] + times, TABLE, np.array([0, 0, 2])
    )
    assert [each.holds for each in worse] == [False, False]
    assert "player 2 joining at 0 instead of 2" in worse[0].detail
    blind = time_monotonicity(lambda table, times: exact(TableGame(table)).values, TABLE, np.array([0, 0, 2]))
    assert [each.holds for each in blind] == [True, False]


@given(hnp.arrays(np.float64, 16, elements=st.floats(-3, 3)))
def test_a_cover_is_superadditive_is_never_below_and_changes_nothing_that_was_superadditive(table):
    cover = superadditive_cover(table)
    assert first_failure(cover, "abcd") == ""
    assert (cover >= np.maximum(table - table[0], 0) - 1e-12).all()
    np.testing.assert_allclose(superadditive_cover(cover), cover, atol=1e-12)


@given(dividends)
def test_the_dual_of_a_dual_is_the_game_and_a_convex_game_passes(given_dividends):
    table = _superadditive(given_dividends)
    np.testing.assert_allclose(dual(dual(table)), table, atol=1e-9)
    assert first_failure(table, "abcd") == ""


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ([0, -1, 2, 3], r"not negative, and zero for nobody: \{'a'\} has -1"),
        ([1, 1, 2, 3], r"not negative, and zero for nobody: \{\} has 1"),
        ([0, 1, 2, 1], r"monotone: 'a' lowers \{'b'\} by 1"),
        ([0, 2, 3, 4.9], r"superadditive: together \{'a'\} and \{'b'\} have 4\.9, apart 5"),
        ([0, 2, 3, 4], r"superadditive: together \{'a'\} and \{'b'\} have 4, apart 5"),
    ],
)
def test_a_game_that_is_not_fit_is_named_with_its_coalition(table, message):
    assert re.search(message, first_failure(np.array(table, dtype=float), "ab"))


@given(hnp.arrays(np.float64, 8, elements=st.floats(-3, 3)))
def test_superadditivity_is_judged_as_pair_by_pair(table):
    table = table - table[0]
    pairs = [(a, b) for a in range(8) for b in range(8) if a & b == 0]
    holds = all(table[a | b] >= table[a] + table[b] for a, b in pairs)
    monotone = all(table[a | b] >= table[a] for a in range(8) for b in range(8))
    margins = [table[a | b] - table[a] - table[b] for a, b in pairs] + [
        table[a | b] - table[a] for a in range(8) for b in range(8)
    ]
    assume(all(abs(margin) > 1e-6 or margin == 0 for margin in margins))
    assert (first_failure(table, "abc") == "") == (holds and monotone and table.min() >= 0)


@pytest.mark.parametrize("method", [time_aware_valuation, time_aware_cumulation])
def test_rounds_are_added_up_and_peers_join_when_they_first_take_part(table_round, part_of, method):
    first = part_of(table_round(TABLE), "ab")
    rounds = [first, first, table_round(TABLE)]
    assert join_times(rounds, ("a", "b", "c")).tolist() == [0, 0, 2]
    result = method(rounds)
    whole = TABLE + 2 * TABLE[[0, 1, 2, 3, 0, 1, 2, 3]]
    rule = {"time-aware-valuation": time_aware_rewards, "time-aware-cumulation": cumulated_rewards}[
        result.method
    ]
    np.testing.assert_allclose(result.values, rule(whole, np.array([0, 0, 2])))
    assert result.total == pytest.approx(22)
    assert result.efficiency_gap == pytest.approx(22 - result.values.sum())
    assert result.evaluations == 4 + 4 + 8
    given_times = method(rounds, times={"a": 0, "b": 0, "c": 0})
    assert given_times.values.sum() == pytest.approx(22)


@pytest.mark.parametrize("method", [time_aware_valuation, time_aware_cumulation])
def test_a_game_that_is_not_superadditive_is_refused_or_covered(table_round, method):
    averaging = table_round([0.0, 3, 2, 2.5])
    with pytest.raises(AssumptionError, match=r"monotone: 'b' lowers .*other transforms: 'dual', 'cover'"):
        method([averaging])
    assert method([averaging], transform="cover").total == pytest.approx(5)
    assert method([averaging], transform="dual-cover").total == pytest.approx(2.5)
    with pytest.raises(InputError, match="no transform is called 'magic'"):
        method([averaging], transform="magic")


@given(hnp.arrays(np.float64, 16, elements=st.floats(-3, 3)))
def test_the_cover_of_the_dual_meets_the_conditions_whatever_the_game(table):
    table[0] = 0.0
    covered = dual_cover(table)
    assert first_failure(covered, "abcd") == ""
    assert (covered >= np.maximum(dual(table), 0) - 1e-12).all()


@given(dividends)
def test_a_game_that_is_convex_already_is_its_own_dual_s_dual_and_divides_alike(given_dividends):
    game = _superadditive(given_dividends)
    np.testing.assert_allclose(dual(dual(game)), game, atol=1e-9)
    # Trainers who replace each other: the dual of a convex game is one, and its cover is the game's own dual.
    submodular = dual(game)
    np.testing.assert_allclose(dual_cover(submodular), game, atol=1e-9)
    shapley = [exact(TableGame(each)).values for each in (game, submodular)]
    np.testing.assert_allclose(*shapley, atol=1e-9)


def test_bad_times_and_parameters_are_refused(table_round):
    round = table_round(TABLE)
    with pytest.raises(InputError, match="peer 'c' has no time"):
        time_aware_valuation([round], times={"a": 0, "b": 0})
    with pytest.raises(InputError, match="as many times from 0"):
        time_aware_valuation([round], times={"a": 0, "b": 0, "c": -1})
    with pytest.raises(InputError, match="gamma must be"):
        time_aware_valuation([round], gamma=-1.0)
    with pytest.raises(InputError, match="beta must be"):
        time_aware_cumulation([round], beta=0.0)
    with pytest.raises(AssumptionError, match="up to 13 peers"):
        time_aware_valuation([table_round(np.zeros(2**14))])

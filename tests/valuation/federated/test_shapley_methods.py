"""FedSV, MR-Shapley and exact semivalues: worked examples, and what makes a Shapley value."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from valuation.errors import AssumptionError, InputError
from valuation.federated.fedsv import fedsv
from valuation.federated.marginals import draw_orders, marginal_contributions, prefixes
from valuation.federated.mr_shapley import mr_shapley
from valuation.federated.shapley_exact import shapley_exact
from valuation.game import TableGame
from valuation.shapley.semivalues import banzhaf_weights

POC = np.array([0.0, 40, 60, 70, 80, 75, 85, 90])
"""Section 1 of the reference: v0=40, v1=60, v01=70, v2=80, v02=75, v12=85, v012=90."""

tables = hnp.arrays(np.float64, 16, elements=st.floats(-5, 5)).map(lambda t: t - t[0])


@pytest.mark.parametrize("method", [fedsv, mr_shapley, shapley_exact])
def test_the_worked_example_of_the_reference(table_round, method):
    result = method([table_round(POC)])
    np.testing.assert_allclose(result.values, [95 / 6, 185 / 6, 260 / 6], rtol=1e-12)
    assert result.exact
    assert result.evaluations == 8


def test_the_banzhaf_values_of_the_worked_example(table_round):
    result = shapley_exact([table_round(POC)], weights=banzhaf_weights)
    np.testing.assert_allclose(result.values, [12.5, 27.5, 40], rtol=1e-12)


def test_fedsv_gives_nothing_for_rounds_that_a_peer_missed(table_round, part_of):
    # Oracle A of section 3: a_t g(S), everyone in round 0, {0, 2} in round 1, {1, 2} in round 2.
    g = np.array([0, 2, 2, 3, 1, 2.5, 2.5, 3.5])
    rounds = [
        table_round(g),
        part_of(table_round(0.5 * g), "ac"),
        part_of(table_round(0.25 * g), "bc"),
    ]
    result = fedsv(rounds)
    np.testing.assert_allclose(result.values, [2.291667, 1.854167, 1.229167], atol=5e-7)
    assert result.players == ("a", "b", "c")
    assert result.evaluations == 8 + 4 + 4


@given(tables)
def test_the_values_of_everyone_add_up_to_the_gain(table_round, table):
    result = fedsv([table_round(table), table_round(-2 * table)])
    assert result.total == pytest.approx(-table[-1], abs=1e-9)
    assert result.values.sum() == pytest.approx(-table[-1], abs=1e-9)


@given(tables, tables)
def test_values_of_rounds_add_up_to_the_value_of_their_sum(table_round, one, other):
    together = fedsv([table_round(one + other)]).values
    np.testing.assert_allclose(fedsv([table_round(one), table_round(other)]).values, together, atol=1e-9)


@given(hnp.arrays(np.float64, 8, elements=st.floats(-5, 5)))
def test_a_player_who_adds_nothing_gets_nothing(table_round, half):
    table = np.concatenate([half - half[0], half - half[0]])
    assert fedsv([table_round(table)]).values[3] == pytest.approx(0, abs=1e-9)


@given(tables)
def test_players_who_can_be_exchanged_get_the_same(table_round, table):
    masks = np.arange(16)
    swapped = masks & ~3 | (masks & 1) << 1 | (masks & 2) >> 1
    values = fedsv([table_round(table + table[swapped])]).values
    assert values[0] == pytest.approx(values[1], abs=1e-9)


@given(tables, st.lists(st.sampled_from("abcd"), min_size=1, unique=True))
def test_a_missed_round_is_as_good_as_one_in_which_the_peer_adds_nothing(
    table_round, part_of, table, present
):
    whole = table_round(table)
    masks = np.arange(16)
    kept = sum(1 << "abcd".index(player) for player in present)
    with_null_players = fedsv([whole, table_round(table[masks & kept])]).values
    np.testing.assert_allclose(fedsv([whole, part_of(whole, present)]).values, with_null_players, atol=1e-9)


@settings(max_examples=10, deadline=None)
@given(tables, st.integers(0, 2**32))
def test_sampled_values_are_the_exact_ones_on_average_over_all_orders(table_round, table, seed):
    # Of 4 players there are 24 orders; means over many drawn ones must come close to the mean over all.
    exact = fedsv([table_round(table)]).values
    sampled = fedsv([table_round(table)], permutations=2000, rng=np.random.default_rng(seed))
    slack = 5 * sampled.standard_errors + 1e-9
    assert (np.abs(sampled.values - exact) <= slack).all()


def test_95_per_cent_intervals_cover_the_truth_in_95_per_cent_of_runs(table_round):
    rng = np.random.default_rng(7)
    covered = []
    for _ in range(500):
        game = table_round(rng.normal(size=32) * (np.arange(32) > 0))
        low, high = fedsv([game], permutations=200, rng=rng).interval()
        truth = fedsv([game]).values
        covered.append((low <= truth) & (truth <= high))
    assert 0.92 <= np.mean(covered) <= 0.98


def test_reversed_orders_cancel_what_the_place_in_the_order_does(table_round):
    # Of |S|^2 a newcomer brings 2 k + 1, k being those before it: a pair of orders brings n to everybody.
    squares = (np.arange(32)[:, None] >> np.arange(5) & 1).sum(axis=1) ** 2
    result = fedsv([table_round(squares)], permutations=4, rng=np.random.default_rng(0))
    np.testing.assert_allclose(result.values, 5)
    np.testing.assert_allclose(result.standard_errors, 0, atol=1e-12)


def test_an_order_and_its_reverse_come_in_pairs_and_begin_with_nobody():
    orders = draw_orders(6, 5, np.random.default_rng(0))
    np.testing.assert_array_equal(orders[0::2], orders[1::2, ::-1])
    np.testing.assert_array_equal(np.sort(orders, axis=1), np.tile(np.arange(5), (6, 1)))
    arrived = prefixes(orders)
    assert not arrived[:, 0].any()
    assert arrived[:, -1].all()
    np.testing.assert_array_equal(np.diff(arrived.sum(axis=2), axis=1), 1)


def test_marginal_contributions_are_differences_of_utilities_along_the_order():
    added = marginal_contributions(TableGame(POC), np.array([[2, 0, 1]]))
    np.testing.assert_array_equal(added, [[-5, 15, 80]])


def test_mr_shapley_refuses_a_round_that_a_peer_missed(table_round, part_of):
    rounds = [table_round(POC), part_of(table_round(POC), "ac")]
    with pytest.raises(AssumptionError, match="peer 'b' is missing from round 1"):
        mr_shapley(rounds)


def test_rounds_with_too_many_peers_are_refused_with_advice(table_round):
    crowd = table_round(np.zeros(2**17))
    with pytest.raises(AssumptionError, match="pass permutations="):
        fedsv([crowd])
    with pytest.raises(AssumptionError, match="up to 16 peers, these rounds have 17"):
        mr_shapley([crowd])


def test_orders_need_a_generator_and_pairs(table_round):
    with pytest.raises(InputError, match="need a generator"):
        fedsv([table_round(POC)], permutations=10)
    with pytest.raises(InputError, match="even number of orders from 4, not 5"):
        fedsv([table_round(POC)], permutations=5, rng=np.random.default_rng(0))
    with pytest.raises(InputError, match="at least one round"):
        fedsv([])

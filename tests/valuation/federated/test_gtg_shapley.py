import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from valuation.errors import InputError
from valuation.federated.fedsv import fedsv
from valuation.federated.gtg_shapley import gtg_shapley, guided_orders

tables = hnp.arrays(np.float64, 16, elements=st.floats(-5, 5)).map(lambda t: t - t[0])
WHOLE = {"between": -1.0, "within": 0.0, "fewest": 200, "most": 400, "tolerance": 0.0}


@given(st.integers(1, 8), st.integers(0, 2**32))
def test_every_player_is_first_in_one_order_of_a_cycle(n, seed):
    orders = guided_orders(n, np.random.default_rng(seed))
    assert orders[:, 0].tolist() == list(range(n))
    np.testing.assert_array_equal(np.sort(orders, axis=1), np.tile(np.arange(n), (n, 1)))


def test_a_round_that_changed_nothing_much_costs_two_evaluations(table_round):
    result = gtg_shapley([table_round([0.0, 4, 5, 0.01])], rng=np.random.default_rng(0))
    assert result.values.tolist() == [0, 0]
    assert result.unique_evaluations == 2


@settings(max_examples=30, deadline=None)
@given(tables, st.integers(0, 2**32))
def test_without_truncation_the_values_add_up_and_are_near_the_exact_ones(table_round, table, seed):
    result = gtg_shapley([table_round(table)], rng=np.random.default_rng(seed), **WHOLE)
    assert result.values.sum() == pytest.approx(table[-1], abs=1e-9)
    exact = fedsv([table_round(table)]).values
    assert (np.abs(result.values - exact) <= 5.5 * result.standard_errors + 1e-9).all()


def test_95_per_cent_intervals_cover_the_truth_in_95_per_cent_of_runs(table_round):
    rng = np.random.default_rng(2)
    covered = []
    limits = {"between": -1.0, "within": 0.0, "fewest": 240, "most": 240}
    for _ in range(500):
        game = table_round(rng.normal(size=16) * (np.arange(16) > 0))
        low, high = gtg_shapley([game], rng=rng, **limits).interval()
        truth = fedsv([game]).values
        covered.append((low <= truth) & (truth <= high))
    assert 0.92 <= np.mean(covered) <= 0.98


def test_orders_end_once_the_utility_is_within_epsilon_of_the_whole(table_round):
    # Whoever comes first brings everything: the others need not be measured.
    table = np.where(np.arange(2**10) > 0, 3.0, 0.0)
    result = gtg_shapley([table_round(table)], rng=np.random.default_rng(0))
    assert result.unique_evaluations == 2 + 10
    np.testing.assert_allclose(result.values, 0.3)


@given(tables, st.floats(0.01, 2))
def test_what_truncation_leaves_out_is_below_epsilon(table_round, table, epsilon):
    limits = {"between": -1.0, "within": epsilon}
    result = gtg_shapley([table_round(table)], rng=np.random.default_rng(0), **limits)
    assert abs(result.values.sum() - table[-1]) <= epsilon + 1e-9


def test_it_stops_when_the_running_means_have_settled(table_round):
    n = 10
    additive = np.arange(1.0, n + 1) @ (np.arange(2**n) >> np.arange(n)[:, None] & 1)
    calm = gtg_shapley([table_round(additive)], rng=np.random.default_rng(0))
    # 30 orders at the least, which are 3 cycles; each costs up to 9 evaluations beside nobody and everyone.
    assert calm.evaluations <= 2 + 30 * 9
    np.testing.assert_allclose(calm.values, np.arange(1, n + 1))
    wild = np.random.default_rng(1).normal(size=2**n) * 10 * (np.arange(2**n) > 0)
    restless = gtg_shapley([table_round(wild)], rng=np.random.default_rng(0))
    assert restless.evaluations > 1.5 * calm.evaluations


def test_limits_that_allow_no_order_are_refused(table_round):
    with pytest.raises(InputError, match="no orders can be drawn"):
        gtg_shapley([table_round([0.0, 1])], rng=np.random.default_rng(0), most=5)

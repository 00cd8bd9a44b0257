"""Leave-one-out, its sampled form, the reward-driven contribution and the loss delta."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from valuation.errors import GameError, InputError
from valuation.federated.leave_one_out import leave_one_out
from valuation.federated.loss_delta import loss_delta
from valuation.federated.reward_driven import reward_driven
from valuation.federated.sampled_leave_one_out import companions, sampled_leave_one_out

POC = np.array([0.0, 40, 60, 70, 80, 75, 85, 90])
tables = hnp.arrays(np.float64, 16, elements=st.floats(-5, 5)).map(lambda t: t - t[0])


def test_the_worked_example_of_the_reference(table_round):
    result = leave_one_out([table_round(POC)])
    np.testing.assert_allclose(result.values, [5, 15, 20], rtol=1e-12)
    assert result.evaluations == 5
    assert result.efficiency_gap == pytest.approx(50)


def test_a_harmful_trainer_has_a_negative_value_but_no_federated_contribution(table_round):
    table = np.array([0.0, 10, -4, 6])
    assert leave_one_out([table_round(table)]).values.tolist() == pytest.approx([10, -4])
    assert reward_driven([table_round(table)]).values.tolist() == pytest.approx([10, 0])


@given(tables, tables)
def test_federated_contributions_are_clipped_in_each_round(table_round, one, other):
    rounds = [table_round(one), table_round(other)]
    clipped = [np.maximum(leave_one_out([round]).values, 0) for round in rounds]
    np.testing.assert_allclose(reward_driven(rounds).values, clipped[0] + clipped[1], atol=1e-9)


@given(tables)
def test_a_loss_delta_is_what_an_update_brings_alone(table_round, table):
    result = loss_delta([table_round(table)])
    np.testing.assert_allclose(result.values, table[[1, 2, 4, 8]], atol=1e-9)
    assert result.evaluations == 6


def test_a_peer_alone_is_worth_the_round(table_round):
    for method in (leave_one_out, reward_driven, loss_delta):
        assert method([table_round([0.0, 3.0])]).values.tolist() == pytest.approx([3.0])


def test_a_round_that_changed_nothing_much_is_worth_nothing_to_the_sampled_form(table_round):
    table = np.array([0.0, 5, 3, 0.01])
    result = sampled_leave_one_out([table_round(table)], rng=np.random.default_rng(0), samples=3)
    assert result.values.tolist() == [0, 0]
    assert result.evaluations == 2
    aware = sampled_leave_one_out([table_round(table)], rng=np.random.default_rng(0), truncation=0.001)
    assert aware.values.any()


@given(tables, st.integers(0, 2**32))
def test_a_sample_is_a_marginal_contribution_to_one_other(table_round, table, seed):
    result = sampled_leave_one_out([table_round(table)], rng=np.random.default_rng(seed), truncation=-1.0)
    for player in range(4):
        others = [1 << other for other in range(4) if other != player]
        possible = [table[other | 1 << player] - table[other] for other in others]
        assert min(abs(result.values[player] - value) for value in possible) < 1e-9
    assert np.isnan(result.standard_errors).all()


def test_samples_cover_the_mean_marginal_contribution_in_95_per_cent_of_runs(table_round):
    rng = np.random.default_rng(11)
    covered = []
    for _ in range(500):
        table = rng.normal(size=32) * (np.arange(32) > 0)
        result = sampled_leave_one_out([table_round(table)], rng=rng, samples=60, truncation=0.0)
        singles = 1 << np.arange(5)
        added = table[singles[:, None] | singles[None, :]] - table[singles[None, :]]
        truth = added[~np.eye(5, dtype=bool)].reshape(5, 4).mean(axis=1)
        low, high = result.interval()
        covered.append((low <= truth) & (truth <= high))
    assert 0.92 <= np.mean(covered) <= 0.98


def test_the_number_of_companions_grows_with_the_logarithm():
    assert [companions(n) for n in (1, 2, 10, 31, 32, 316, 317, 1000)] == [0, 1, 1, 1, 2, 2, 3, 3]


def test_a_loss_that_answers_badly_is_named(table_round):
    good = table_round(POC)
    for answer, message in (
        (lambda models: np.zeros(len(models) + 1), "has the shape"),
        (lambda models: np.where(models.any(axis=1), np.nan, 0.0), "the utility of coalition"),
    ):
        bad = type(good)(good.players, good.updates, good.base, answer, 1.0)
        for method in (leave_one_out, loss_delta):
            with pytest.raises(GameError, match=message):
                method([bad])


def test_no_sample_is_refused(table_round):
    with pytest.raises(InputError, match="0 samples"):
        sampled_leave_one_out([table_round(POC)], rng=np.random.default_rng(0), samples=0)

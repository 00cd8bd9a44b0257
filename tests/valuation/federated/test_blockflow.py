import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from valuation.errors import AssumptionError, GameError, InputError
from valuation.federated.blockflow import blockflow, overall_scores
from valuation.federated.round import Round
from valuation.rewards.deposits import penalties

S = np.array(
    [
        [np.nan, 0.9, 0.5, 0.85],
        [0.88, np.nan, 0.52, 0.86],
        [0.2, 0.95, np.nan, 0.9],
        [0.9, 0.91, 0.48, np.nan],
    ]
)

measurements = st.integers(3, 6).flatmap(lambda n: hnp.arrays(np.float64, (n, n), elements=st.floats(0, 1)))


def test_the_worked_example_of_the_reference():
    scores = overall_scores(S)
    np.testing.assert_allclose(scores, [0.967033, 0.960754, 0, 0.945055], atol=5e-7)
    # The poor model and dishonest measuring of worker 2 cost it 70 % of its deposit.
    assert penalties(scores.tolist(), [5 * 10**18] * 4) == [0, 0, 35 * 10**17, 0]


@given(measurements)
def test_scores_lie_between_zero_and_one_and_own_measurements_do_not_matter(table):
    scores = overall_scores(table)
    assert ((scores >= 0) & (scores <= 1)).all()
    boasting = table.copy()
    np.fill_diagonal(boasting, 1.0)
    np.testing.assert_array_equal(overall_scores(boasting), scores)


@given(measurements, st.randoms())
def test_scores_follow_the_workers_whatever_their_order(table, random):
    order = list(range(len(table)))
    random.shuffle(order)
    np.testing.assert_allclose(overall_scores(table[np.ix_(order, order)]), overall_scores(table)[order])


@given(st.integers(3, 6), st.floats(0.1, 1))
def test_agreement_earns_everyone_the_full_score(n, accuracy):
    np.testing.assert_allclose(overall_scores(np.full((n, n), accuracy)), 1)


def test_a_worker_who_measures_half_off_loses_all():
    table = np.full((5, 5), 0.9)
    table[1] = 0.3
    assert overall_scores(table)[1] == 0


def test_rounds_add_up():
    def round_of(names, models):
        matrix = -np.asarray(models, dtype=np.float32)[:, None]
        return Round(names, matrix, np.zeros(1, dtype=np.float32), lambda m: m[:, 0], 1.0)

    honest = {name: lambda models: models[:, 0] for name in "abcd"}
    rounds = [round_of(tuple("abcd"), [0.9, 0.9, 0.9, 0.45]), round_of(tuple("abd"), [0.5, 0.5, 0.5])]
    result = blockflow(rounds, metrics=honest)
    assert result.players == tuple("abcd")
    np.testing.assert_allclose(result.values, [2, 2, 1, 1.5], atol=1e-6)


def test_what_cannot_be_valued_is_refused(table_round):
    round = table_round(np.zeros(8))
    metrics = {name: lambda models: np.zeros(len(models)) for name in "abc"}
    with pytest.raises(AssumptionError, match="at least 3 peers"):
        blockflow([table_round(np.zeros(4))], metrics=metrics)
    with pytest.raises(AssumptionError, match="metrics has nothing of peer 'b'"):
        blockflow([round], metrics={"a": metrics["a"], "c": metrics["c"]})
    with pytest.raises(GameError, match=r"metric of peer 'c' is -1\.0"):
        blockflow([round], metrics=metrics | {"c": lambda models: np.full(len(models), -1.0)})
    with pytest.raises(InputError, match="at least three workers"):
        overall_scores(np.zeros((2, 2)))
    with pytest.raises(InputError, match=r"lie in \[0, 1\]"):
        overall_scores(S * 2)

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from valuation.errors import AssumptionError, InputError
from valuation.federated.cosine_shapley import CosineGame, cosine_shapley
from valuation.federated.round import Round
from valuation.models import digits
from valuation.models.softmax import Softmax
from valuation.models.training import local_steps


def _round(updates, players=None):
    matrix = np.asarray(updates, dtype=np.float32)
    names = players or tuple(map(str, range(len(matrix))))
    return Round(names, matrix, np.zeros(matrix.shape[1], dtype=np.float32), lambda m: m[:, 0], 1.0)


@pytest.mark.parametrize(
    ("updates", "values"),
    [
        ([[2, 0], [0, 1]], [0.723607, 0.276393]),
        ([[1, 0], [1, 0.2], [-0.5, 1]], [0.409525, 0.447708, 0.142767]),
    ],
)
def test_the_worked_examples_of_the_reference(updates, values):
    np.testing.assert_allclose(cosine_shapley([_round(updates)]).values, values, atol=6e-7)


@given(st.integers(0, 2**32), st.integers(1, 6), st.floats(1e-12, 1e12))
def test_values_add_up_to_one_and_do_not_depend_on_the_scale(seed, n, scale):
    updates = np.random.default_rng(seed).normal(size=(n, 8))
    result = cosine_shapley([_round(updates)])
    assert result.values.sum() == pytest.approx(1)
    np.testing.assert_allclose(cosine_shapley([_round(updates * scale)]).values, result.values, atol=1e-5)


@given(st.integers(0, 2**32))
def test_nodes_with_the_same_update_are_worth_the_same_and_idle_ones_nothing(seed):
    updates = np.random.default_rng(seed).normal(size=(5, 8))
    updates[1], updates[4] = updates[0], 0
    values = cosine_shapley([_round(updates)]).values
    assert values[0] == pytest.approx(values[1], abs=1e-12)
    assert values[4] == pytest.approx(0, abs=1e-12)


@given(st.integers(0, 2**32))
def test_utilities_are_the_cosines_of_the_sums(seed):
    rng = np.random.default_rng(seed)
    updates, coalitions = rng.normal(size=(5, 7)), rng.random((20, 5)) < 0.5
    sums, whole = coalitions @ updates, updates.sum(axis=0)
    norms = np.linalg.norm(sums, axis=1) * np.linalg.norm(whole)
    expected = np.divide(sums @ whole, norms, out=np.zeros(20), where=norms > 0)
    np.testing.assert_allclose(CosineGame(updates)(coalitions), expected, atol=1e-12)


def test_updates_that_cancel_have_no_direction():
    game = CosineGame(np.array([[0.1, 0.2], [-0.1, -0.2], [1.0, 0.0]]))
    assert game(np.array([[True, True, False], [False, False, False]])).tolist() == [0, 0]
    assert cosine_shapley([_round(np.zeros((3, 4)))]).values.tolist() == [0, 0, 0]


@given(st.integers(0, 2**32), st.integers(2, 6))
def test_where_everybody_cancels_up_to_rounding_nobody_is_worth_anything(seed, n):
    updates = np.random.default_rng(seed).normal(size=(n, 7))
    updates = np.vstack([updates, -updates.sum(axis=0)])
    coalitions = np.random.default_rng(seed).random((20, n + 1)) < 0.5
    assert not CosineGame(updates)(coalitions).any()


def test_the_mean_is_over_rounds_whatever_the_order_of_the_peers():
    one, other = _round([[2, 0], [0, 1]], ("a", "b")), _round([[0, 1], [2, 0]], ("b", "a"))
    np.testing.assert_allclose(cosine_shapley([one, other]).values, [0.723607, 0.276393], atol=6e-7)


def test_95_per_cent_intervals_cover_the_truth_in_95_per_cent_of_runs():
    rng = np.random.default_rng(8)
    covered = []
    for _ in range(500):
        round = _round(rng.normal(size=(5, 4)))
        low, high = cosine_shapley([round], samples=40, rng=rng).interval()
        truth = cosine_shapley([round]).values
        covered.append((low <= truth) & (truth <= high))
    assert 0.92 <= np.mean(covered) <= 0.98


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32))
def test_one_sample_a_size_is_unbiased_and_has_no_standard_error(seed):
    rng = np.random.default_rng(seed)
    round = _round(rng.normal(size=(4, 5)))
    single = [cosine_shapley([round], samples=1, rng=rng) for _ in range(400)]
    assert np.isnan(single[0].standard_errors).all()
    values = np.stack([each.values for each in single])
    truth = cosine_shapley([round]).values
    assert (np.abs(values.mean(axis=0) - truth) <= 5 * values.std(axis=0) / 20 + 1e-9).all()


def test_on_digits_the_noisier_a_node_s_labels_the_less_it_is_worth():
    model, data, rng = Softmax(64, 10), digits.load(), np.random.default_rng(0)
    parts = np.array_split(rng.permutation(len(data.y)), 10)
    base, rounds = np.zeros(model.layout.size), []
    labels = data.y.copy()
    for node, part in enumerate(parts):
        noisy = part[rng.random(len(part)) < 0.1 * node]
        labels[noisy] = rng.integers(0, 10, len(noisy))
    for _ in range(8):
        updates = np.stack(
            [
                local_steps(
                    model,
                    base,
                    data.x[part],
                    labels[part],
                    learning_rate=0.5,
                    steps=3,
                    batch_size=64,
                    rng=rng,
                )
                for part in parts
            ]
        )
        rounds.append(_round(updates))
        base = base - updates.mean(axis=0)
    assert np.corrcoef(cosine_shapley(rounds).values, np.arange(10))[0, 1] < -0.8


def test_what_cannot_be_valued_is_refused():
    with pytest.raises(AssumptionError, match="peer '2' is missing from round 1"):
        cosine_shapley([_round(np.eye(3)), _round(np.eye(2, 3))])
    with pytest.raises(AssumptionError, match="up to 16 peers, not 17; pass samples="):
        cosine_shapley([_round(np.eye(17))])
    with pytest.raises(InputError, match="cannot draw"):
        cosine_shapley([_round(np.eye(3))], samples=2)

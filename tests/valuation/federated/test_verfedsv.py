from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer

from valuation.errors import AssumptionError, GameError, InputError
from valuation.federated.embeddings import EmbeddingGame, asynchronous_values, synchronous_values
from valuation.federated.round import Round
from valuation.federated.verfedsv import verfedsv
from valuation.models.softmax import Softmax


def _walk(seed, steps=3, peers=4, samples=6, classes=3):
    rng = np.random.default_rng(seed)
    moves = rng.normal(size=(steps + 1, peers, samples, classes))
    return moves.cumsum(axis=0), rng.integers(0, classes, samples)


def test_the_worked_example_of_the_reference():
    steps = np.array([[[[0.0, 0.0]], [[0.0, 0.0]]], [[[1.0, 0.0]], [[0.0, 0.5]]]])
    game = EmbeddingGame(steps[0], steps[1], np.array([0]))
    coalitions = np.array([[True, False], [False, True], [True, True]])
    np.testing.assert_allclose(game(coalitions), [0.3798855, -0.2809298, 0.2190702], atol=5e-8)
    result = asynchronous_values(steps, np.array([0]), players=("a", "b"))
    np.testing.assert_allclose(result.values, [0.439943, -0.220873], atol=5e-7)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32))
def test_values_add_up_to_the_loss_that_training_took_away(seed):
    embeddings, labels = _walk(seed)
    logits = embeddings.sum(axis=1)
    shifted = logits - logits.max(axis=2, keepdims=True)
    losses = np.log(np.exp(shifted).sum(axis=2)) - shifted[:, np.arange(len(labels)), labels]
    result = asynchronous_values(embeddings, labels)
    assert result.values.sum() == pytest.approx(losses[0].mean() - losses[-1].mean(), abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32))
def test_equal_embeddings_are_worth_the_same_and_constant_ones_nothing(seed):
    embeddings, labels = _walk(seed)
    embeddings[:, 1] = embeddings[:, 0]
    embeddings[:, 2] = embeddings[0, 2]
    values = asynchronous_values(embeddings, labels).values
    assert values[0] == pytest.approx(values[1], abs=1e-12)
    assert values[2] == pytest.approx(0, abs=1e-12)


def test_exact_and_sampled_values_agree_within_their_standard_errors():
    covered = []
    rng = np.random.default_rng(1)
    for seed in range(500):
        embeddings, labels = _walk(seed, steps=1)
        exact = asynchronous_values(embeddings, labels).values
        sampled = asynchronous_values(embeddings, labels, permutations=400, rng=rng)
        low, high = sampled.interval()
        covered.append((low <= exact) & (exact <= high))
        assert sampled.values.sum() == pytest.approx(exact.sum(), abs=1e-9)
    assert 0.92 <= np.mean(covered) <= 0.98


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
def test_mini_batches_of_embeddings_of_low_rank_are_worth_the_same_as_all_of_them(seed):
    rng = np.random.default_rng(seed)
    peers, samples, classes, steps = 3, 20, 2, 6
    # Each peer holds two features: embeddings W_m(t) x have rank two over steps and classes.
    features = rng.normal(size=(peers, samples, 2))
    weights = rng.normal(size=(steps, peers, classes, 2)).cumsum(axis=0)
    embeddings = np.einsum("tmkf,mif->tmik", weights, features)
    labels = rng.integers(0, classes, samples)
    seen = rng.random((steps, samples)) < 0.75
    seen[0], seen[:, :4] = True, True
    whole = asynchronous_values(embeddings, labels).values
    unseen_hidden = np.where(seen[:, None, :, None], embeddings, np.nan)
    partial = synchronous_values(unseen_hidden, seen, labels, rank=2, penalty=1e-8).values
    assert np.linalg.norm(partial - whole) < 0.1 * np.linalg.norm(whole) + 0.02


def test_mini_batches_are_worth_the_same_exactly_and_by_orders():
    rng = np.random.default_rng(5)
    features, weights = rng.normal(size=(4, 20, 2)), rng.normal(size=(4, 4, 3, 2)).cumsum(axis=0)
    embeddings = np.einsum("tmkf,mif->tmik", weights, features)
    seen = rng.random((4, 20)) < 0.8
    seen[0] = True
    arguments = embeddings, seen, rng.integers(0, 3, 20)
    exact = synchronous_values(*arguments, rank=2, penalty=1e-3)
    sampled = synchronous_values(*arguments, rank=2, penalty=1e-3, permutations=2000, rng=rng)
    assert sampled.values.sum() == pytest.approx(exact.values.sum(), abs=1e-9)
    assert (np.abs(sampled.values - exact.values) < 4.5 * sampled.standard_errors + 1e-9).all()


def test_of_two_clients_with_the_same_features_who_speaks_more_often_is_worth_more():
    data = load_breast_cancer()
    scaled = (data.data - data.data.mean(axis=0)) / data.data.std(axis=0)
    blocks = [scaled[:, :15], scaled[:, :15], scaled[:, 15:]]
    weights = [np.zeros((2, block.shape[1])) for block in blocks]
    truth = np.eye(2)[data.target]
    tables = [np.zeros((3, len(truth), 2))]
    for time in range(1, 25):
        logits = tables[-1].sum(axis=0)
        chances = np.exp(logits - logits.max(axis=1, keepdims=True))
        slope = (chances / chances.sum(axis=1, keepdims=True) - truth) / len(truth)
        latest = tables[-1].copy()
        # The first sends its embeddings every time, the second every fourth, the third every second.
        for peer, every in enumerate((1, 4, 2)):
            if time % every == 0:
                weights[peer] = weights[peer] - 0.2 * slope.T @ blocks[peer]
                latest[peer] = blocks[peer] @ weights[peer].T
        tables.append(latest)
    values = asynchronous_values(np.stack(tables), data.target.astype(np.int64)).values
    assert values[0] > 2 * values[1] > 0


def test_an_embedding_of_zero_counts_as_seen():
    embeddings = np.zeros((3, 2, 4, 2))
    embeddings[2, 0, :, 0] = 1.0
    seen = np.ones((3, 4), dtype=bool)
    values = synchronous_values(embeddings, seen, np.zeros(4, dtype=int), rank=2, penalty=1e-9).values
    np.testing.assert_allclose(
        values, asynchronous_values(embeddings, np.zeros(4, dtype=int)).values, atol=1e-5
    )
    assert values[1] == pytest.approx(0, abs=1e-6)


@pytest.fixture(scope="module")
def cancer_rounds():
    """Breast cancer, features in four blocks; a fifth client holds noise, a sixth the same as the first."""
    data = load_breast_cancer()
    rng = np.random.default_rng(0)
    scaled = (data.data - data.data.mean(axis=0)) / data.data.std(axis=0)
    blocks = [*np.array_split(scaled, 4, axis=1), rng.normal(size=(len(scaled), 6))]
    blocks.append(blocks[0])
    x, y = np.hstack(blocks), data.target.astype(np.int64)
    model = Softmax(x.shape[1], 2)
    owner = np.repeat(np.arange(6), [block.shape[1] for block in blocks])
    # The bias belongs to the server, and stays.
    owners = np.concatenate([np.tile(owner, 2), [-1, -1]])
    base, rounds = np.zeros(model.layout.size), []
    for _ in range(20):
        gradient = 0.2 * model.gradient(base, x, y)
        updates = np.where(owners == np.arange(6)[:, None], gradient, 0.0).astype(np.float32)
        names = ("first", "second", "third", "fourth", "noise", "twin")
        rounds.append(Round(names, updates, base.astype(np.float32), lambda m: model.losses(m, x, y), 1.0))
        base = base - updates.sum(axis=0)
    return rounds, model.losses(np.stack([np.zeros_like(base), base]), x, y)


def test_on_breast_cancer_twins_are_equal_noise_is_worth_nothing_and_the_sum_is_the_loss(cancer_rounds):
    rounds, (before, after) = cancer_rounds
    values = dict(zip((result := verfedsv(rounds)).players, result.values, strict=True))
    assert values["first"] == pytest.approx(values["twin"], rel=1e-5)
    assert abs(values["noise"]) < 0.02 * values["first"]
    assert result.values.sum() == pytest.approx(before - after, rel=1e-4)
    assert min(values[name] for name in ("first", "second", "third", "fourth")) > 0.02


def test_updates_of_blocks_are_worth_what_their_embeddings_are(cancer_rounds):
    rounds, _ = cancer_rounds
    data = load_breast_cancer()
    scaled = (data.data - data.data.mean(axis=0)) / data.data.std(axis=0)
    noise = np.random.default_rng(0).normal(size=(len(scaled), 6))
    x = np.hstack([scaled, noise, np.array_split(scaled, 4, axis=1)[0]])
    models = np.stack([round.base for round in rounds[:5]]).astype(float)
    weights = models[:, :-2].reshape(5, 2, -1)
    edges = np.cumsum([0, 8, 8, 7, 7, 6, 8])
    tables = np.stack(
        [np.einsum("tkf,if->tik", weights[:, :, low:high], x[:, low:high]) for low, high in pairwise(edges)],
        axis=1,
    )
    expected = asynchronous_values(tables, data.target.astype(np.int64)).values
    np.testing.assert_allclose(verfedsv(rounds[:4]).values, expected, atol=2e-6)


def test_a_split_that_is_not_vertical_is_refused(table_round):
    round = table_round(np.zeros(8))
    shared = Round(round.players, round.updates + round.updates[:1], round.base, round.loss, 1.0)
    with pytest.raises(AssumptionError, match="in round 1 peers 'a' and 'b' both changed parameter 0"):
        verfedsv([round, shared])


def test_bad_embeddings_are_refused():
    embeddings, labels = _walk(0)
    with pytest.raises(InputError, match="labels of shape"):
        asynchronous_values(embeddings, labels[:-1])
    with pytest.raises(InputError, match="of 3 classes"):
        asynchronous_values(embeddings, labels + 5)
    broken = embeddings.copy()
    broken[1, 2, 3, 0] = np.inf
    with pytest.raises(InputError, match="sample 3 by peer 2 in step 1"):
        asynchronous_values(broken, labels)
    with pytest.raises(InputError, match="need a generator"):
        asynchronous_values(embeddings, labels, permutations=10)
    with pytest.raises(InputError, match="2 names for 4 peers"):
        asynchronous_values(embeddings, labels, players=("a", "b"))
    never = np.ones((4, 6), dtype=bool)
    never[:, 2] = False
    with pytest.raises(AssumptionError, match="sample 2 was in no mini-batch"):
        synchronous_values(embeddings, never, labels, rank=1)


def test_a_loss_of_the_wrong_length_is_named(table_round):
    round = table_round(np.zeros(4))
    bad = Round(round.players, round.updates, round.base, lambda models: np.zeros(len(models) + 1), 1.0)
    with pytest.raises(GameError, match="the loss of 1 models has the shape"):
        verfedsv([bad])

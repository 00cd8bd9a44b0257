"""Fair yet asymptotically equal, both stages: explore until contributions settle, then select by them."""

from typing import NamedTuple

import numpy as np
import pytest

from valuation.federated.cosine_shapley import cosine_shapley
from valuation.federated.round import Round
from valuation.models import digits
from valuation.models.softmax import Softmax
from valuation.models.training import local_steps
from valuation.selection.hotelling import has_settled
from valuation.selection.softmax import select, selection_probabilities, staleness

NODES, SELECTED, ROUNDS, LONGEST = 10, 4, 400, 600
MODEL = Softmax(64, 10)


class Stages(NamedTuple):
    explored: int
    contributions: np.ndarray
    staleness: np.ndarray
    accuracies: np.ndarray


def _play(beta):
    """Ten nodes on digits, of whose labels 0, 2, 4 ... 18 % are wrong; a node keeps the last model it got."""
    rng = np.random.default_rng(0)
    train, validation = digits.train_and_validation()
    parts = np.array_split(rng.permutation(len(train.y)), NODES)
    labels = train.y.copy()
    for node, part in enumerate(parts):
        wrong = part[rng.random(len(part)) < 0.02 * node]
        labels[wrong] = rng.integers(0, 10, len(wrong))
    base, history = np.zeros(MODEL.layout.size), []

    def updates_of(nodes):
        return np.stack(
            [
                local_steps(
                    MODEL,
                    base,
                    train.x[parts[node]],
                    labels[parts[node]],
                    learning_rate=0.1,
                    steps=2,
                    batch_size=64,
                    rng=rng,
                )
                for node in nodes
            ]
        )

    while not history or not has_settled(np.stack(history), window=15, level=0.7, rng=rng):
        updates = updates_of(range(NODES))
        names = tuple(map(str, range(NODES)))
        round = Round(names, updates, base.astype(np.float32), lambda models: models[:, 0], 1.0)
        history.append(cosine_shapley([round]).values)
        base = base - updates.mean(axis=0)
        assert len(history) < LONGEST
    contributions = np.mean(history, axis=0)
    chances = selection_probabilities(contributions, beta)
    models, taken = np.tile(base, (NODES, 1)), np.zeros((ROUNDS, NODES), dtype=bool)
    for taken_now in taken:
        chosen = select(chances, SELECTED, rng)
        taken_now[chosen] = True
        base = base - updates_of(chosen).mean(axis=0)
        models[chosen] = base
    accuracies = MODEL.accuracy(models, validation.x, validation.y)
    return Stages(len(history), contributions, staleness(taken), accuracies)


@pytest.fixture(scope="module")
def fair():
    return _play(beta=30.0)


@pytest.fixture(scope="module")
def equal():
    return _play(beta=0.0)


def test_exploring_ends_and_has_told_the_noisy_nodes(fair):
    assert 15 < fair.explored < LONGEST
    assert np.corrcoef(fair.contributions, np.arange(NODES))[0, 1] < -0.8


def test_who_contributes_more_has_the_fresher_model(fair):
    assert np.corrcoef(fair.contributions, fair.staleness)[0, 1] < -0.7


def test_without_beta_nobody_s_model_is_fresher(equal):
    assert equal.staleness.max() < 1.5 * equal.staleness.min()


def test_in_the_end_all_models_are_equally_good(fair):
    assert fair.accuracies.min() > 0.9
    assert np.ptp(fair.accuracies) < 0.03

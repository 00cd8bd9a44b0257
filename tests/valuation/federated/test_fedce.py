import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.errors import AssumptionError, GameError, InputError
from valuation.federated.fedce import combine, cosines_with_others, fedce
from valuation.federated.round import Round
from valuation.models import digits
from valuation.models.softmax import Softmax
from valuation.models.training import local_steps


def _round(updates, base=None):
    matrix = np.asarray(updates, dtype=np.float32)
    start = np.zeros(matrix.shape[1]) if base is None else np.asarray(base)
    names = tuple("abcdefgh"[: len(matrix)])
    return Round(names, matrix, start.astype(np.float32), lambda m: m[:, 0], 1.0)


def _constant(scores):
    return {
        name: lambda models, score=score: np.full(len(models), score)
        for name, score in zip("abcdefgh", scores, strict=False)
    }


@pytest.mark.parametrize(
    ("updates", "needed", "mode", "expected"),
    [
        ([[1, 0], [0, 1]], [0.9, 0.1], "plus", [0.7, 0.3]),
        ([[1, 0], [0, 1]], [0.9, 0.1], "times", [0.9, 0.1]),
        ([[1, 0], [1, 0.1], [0, 1]], [0.2, 0.2, 0.6], "plus", [0.208860, 0.175176, 0.615964]),
    ],
)
def test_the_worked_examples_of_the_reference(updates, needed, mode, expected):
    result = fedce([_round(updates)], metrics=_constant(1 - np.array(needed)), mode=mode)
    np.testing.assert_allclose(result.values, expected, atol=6e-7)


def test_the_gradient_space_of_the_worked_example():
    cosines = cosines_with_others(np.array([[1, 0], [1, 0.1], [0, 1]]), np.full(3, 1 / 3))
    np.testing.assert_allclose(1 - cosines, [0.327327, 0.226043, 0.950062], atol=5e-7)


def test_the_model_without_a_client_is_that_of_the_worked_example():
    # A global model of 10 with a quarter of a client's 4 is 12 without it: (10 - 4/4) / (3/4).
    seen = {}

    def metric(name):
        def measure(models):
            seen[name] = models[:, 0].tolist()
            return np.zeros(len(models))

        return measure

    # Clients at 4 and three at 12; their mean is 10.
    round = _round([[-4.0], [-12.0], [-12.0], [-12.0]])
    fedce([round], metrics={name: metric(name) for name in "abcd"})
    assert seen["a"] == pytest.approx([12.0])
    assert seen["b"] == pytest.approx([(10 - 12 / 4) / 0.75])


@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=6),
    st.integers(0, 2**32),
    st.sampled_from(["plus", "times"]),
    st.integers(1, 4),
)
def test_weights_are_positive_and_add_up_to_one(scores, seed, mode, count):
    rng = np.random.default_rng(seed)
    rounds = [_round(rng.normal(size=(len(scores), 5))) for _ in range(count)]
    weights = fedce(rounds, metrics=_constant(scores), mode=mode).values
    assert weights.sum() == pytest.approx(1)
    assert (weights > 0).all()


@given(st.integers(0, 2**32))
def test_clients_with_the_same_update_and_metric_get_the_same(seed):
    updates = np.random.default_rng(seed).normal(size=(4, 5))
    updates[1] = updates[0]
    weights = fedce([_round(updates)], metrics=_constant([0.5, 0.5, 0.2, 0.9])).values
    assert weights[0] == pytest.approx(weights[1])


def test_weights_of_a_round_shape_the_consensus_of_the_next():
    rounds = [_round([[1, 0], [1, 0.1], [0, 1]]), _round([[1, 0.5], [0.2, 1], [1, 1]])]
    metrics = _constant([0.8, 0.8, 0.4])
    first = fedce(rounds[:1], metrics=metrics).values
    updates = [round.updates.astype(float) for round in rounds]
    cosines = (
        cosines_with_others(updates[0], np.full(3, 1 / 3)) + cosines_with_others(updates[1], first)
    ) / 2
    expected = combine(np.maximum(0, 1 - cosines), np.array([0.2, 0.2, 0.6]), "plus")
    np.testing.assert_allclose(fedce(rounds, metrics=metrics).values, expected)


def test_a_client_with_other_inputs_weighs_more():
    rng = np.random.default_rng(0)
    common, other = rng.normal(size=20), rng.normal(size=20)
    updates = [common + 0.3 * rng.normal(size=20) for _ in range(5)] + [other]
    weights = fedce([_round(updates)], metrics=_constant([0.9] * 5 + [0.6])).values
    assert np.argmax(weights) == 5


def test_on_digits_a_client_whose_images_are_shifted_weighs_more_from_the_first_round_to_the_last():
    model, (train, _), rng = Softmax(64, 10), digits.train_and_validation(), np.random.default_rng(0)
    parts = [train.take(part) for part in np.array_split(rng.permutation(len(train.y)), 6)]
    clients = [(part.x, part.y) for part in parts[:5]] + [(np.roll(parts[5].x, 3, axis=1), parts[5].y)]
    names, base, rounds = tuple("abcdef"), np.zeros(model.layout.size), []
    for _ in range(12):
        updates = np.stack(
            [
                local_steps(model, base, x, y, learning_rate=0.3, steps=4, batch_size=64, rng=rng)
                for x, y in clients
            ]
        )
        rounds.append(Round(names, updates, base.astype(np.float32), lambda m: m[:, 0], 1.0))
        base = base - updates.mean(axis=0)
    metrics = {
        name: lambda models, x=x, y=y: model.accuracy(models, x, y)
        for name, (x, y) in zip(names, clients, strict=True)
    }
    for count in (1, 4, 12):
        weights = fedce(rounds[:count], metrics=metrics).values
        assert weights[5] > 1.5 * weights[:5].max()


def test_what_cannot_be_valued_is_refused(part_of):
    metrics = _constant([0.5, 0.5, 0.5])
    whole = _round(np.eye(3))
    with pytest.raises(AssumptionError, match="peer 'c' is missing from round 1"):
        fedce([whole, part_of(whole, "ab")], metrics=metrics)
    with pytest.raises(AssumptionError, match="metrics has nothing of peer 'c'"):
        fedce([whole], metrics=_constant([0.5, 0.5]))
    with pytest.raises(AssumptionError, match="at least 2 peers"):
        fedce([part_of(whole, "a")], metrics=metrics)
    with pytest.raises(GameError, match=r"metric of peer 'b' is 1\.5, not between 0 and 1"):
        fedce([whole], metrics=_constant([0.5, 1.5, 0.5]))
    with pytest.raises(GameError, match="metric of peer 'a' of 1 models has the shape"):
        fedce([whole], metrics=metrics | {"a": lambda models: np.zeros(5)})
    with pytest.raises(InputError, match="'plus' or 'times', not 'minus'"):
        fedce([whole], metrics=metrics, mode="minus")

"""Identities that always pull the same way count as one: FoolsGold, and SybilWall among neighbours."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.errors import AssumptionError, InputError
from valuation.integrity.foolsgold import foolsgold, foolsgold_weights
from valuation.integrity.sybilwall import Record, choose, receive, sybilwall, sybilwall_weights


@pytest.mark.parametrize(
    ("histories", "weights"),
    [
        ([(0, 1), (1, 0), (1, -1)], [1, 0, 0]),
        ([(0, 1), (1, 0), (0, -1)], [1, 1, 1]),
        ([(1, 0, 0), (0, 1, 0), (0.1, 0.1, 1), (0.1, 0.1, 1), (0.1, 0.12, 1)], [1, 1, 0, 0, 0]),
    ],
)
def test_the_published_examples_get_their_weights(histories, weights):
    np.testing.assert_allclose(foolsgold_weights(np.array(histories, dtype=float)), weights, atol=1e-12)


def loop_weights(histories):
    """The algorithm with its two loops, as the paper prints it."""
    n = len(histories)
    norms = np.linalg.norm(histories, axis=1)
    cs = histories @ histories.T / norms[:, None] / norms[None, :]
    np.fill_diagonal(cs, 0)
    v = cs.max(axis=1) + 1e-5
    for i in range(n):
        for j in range(n):
            if i != j and v[i] < v[j]:
                cs[i, j] *= v[i] / v[j]
    w = np.clip(1 - cs.max(axis=1), 0, 1)
    w /= w.max()
    w[w == 1] = 0.99
    w = np.array([np.log(x / (1 - x)) + 0.5 if x > 0 else 0.0 for x in w])
    return np.clip(w, 0, 1)


@given(st.integers(2, 8), st.integers(0, 2**32 - 1))
def test_the_weights_are_the_papers_loops(n, seed):
    histories = np.random.default_rng(seed).normal(size=(n, 4))
    np.testing.assert_allclose(foolsgold_weights(histories), loop_weights(histories), atol=1e-9)


@given(st.integers(2, 10), st.integers(0, 2**32 - 1))
def test_sybils_with_one_direction_count_for_nothing(sybils, seed):
    rng = np.random.default_rng(seed)
    honest = np.eye(30)[:4] + 0.01 * rng.normal(size=(4, 30))
    attack = np.tile(np.eye(30)[20], (sybils, 1)) * rng.uniform(1, 5, size=(sybils, 1))
    weights = foolsgold_weights(np.vstack([honest, attack]))
    assert (weights[:4] > 0.9).all()
    assert (weights[4:] == 0).all()


@given(st.integers(2, 8), st.integers(0, 2**32 - 1), st.floats(0.1, 100))
def test_the_length_of_a_history_does_not_matter(n, seed, factor):
    histories = np.random.default_rng(seed).normal(size=(n, 4))
    longer = histories * np.linspace(1, factor, n)[:, None]
    np.testing.assert_allclose(foolsgold_weights(longer), foolsgold_weights(histories), atol=1e-6)


def test_a_coordinate_without_importance_is_not_compared():
    histories = np.array([[9.0, 1.0, 0.0, 0.0], [9.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]])
    np.testing.assert_allclose(foolsgold_weights(histories), [0.0, 0.0, 1.0])
    np.testing.assert_allclose(foolsgold_weights(histories, np.array([0.0, 1.0, 1.0, 1.0])), 1.0)


def test_one_voice_only_is_no_mean():
    with pytest.raises(AssumptionError):
        foolsgold(np.ones((3, 2)), np.ones((3, 2)))


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(InputError):
        foolsgold(np.ones((3, 2)), np.ones((2, 2)))
    with pytest.raises(InputError):
        foolsgold_weights(np.ones((3, 2)), importance=np.array([1.0, -1.0]))
    with pytest.raises(InputError):
        sybilwall_weights(np.ones((3, 2)), np.ones((1, 3)))
    with pytest.raises(InputError):
        sybilwall(np.ones(3), np.ones((3, 2)), np.ones((3, 2)), np.ones((0, 2)))


def test_gossip_exposes_sybils_that_show_themselves_once_to_each_neighbour():
    attack = np.array([0.0, 0.0, 1.0])
    neighbours = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], attack])
    alone = sybilwall_weights(neighbours, np.zeros((0, 3)))
    told = sybilwall_weights(neighbours, gossiped=np.array([attack * 2]))
    assert alone[3] == alone[1] > 0
    assert told[3] == 0
    assert told.sum() == pytest.approx(1.0)
    own = np.array([3.0, 3.0, 0.0])
    averaged = sybilwall(own, neighbours, neighbours, np.array([attack * 2]))
    np.testing.assert_allclose(averaged, [4 / 3, 4 / 3, 0.0])


def record(round=0, distance=1, received_from="ada"):
    return Record(round, distance, received_from, np.zeros(1))


def test_near_histories_are_passed_on_more_often_as_the_law_says():
    records = {"near": record(distance=1), "far": record(distance=3)}
    rng = np.random.default_rng(5)
    near = sum(choose(records, "me", rng) == "near" for _ in range(4000)) / 4000
    expected = 1 / (1 + np.exp(-2 / 1.25))
    assert abs(near - expected) < 4 * np.sqrt(expected * (1 - expected) / 4000)


def test_nobody_is_told_about_itself_or_what_it_told():
    records = {"bob": record(), "eve": record(distance=2, received_from="bob")}
    assert choose(records, "bob", np.random.default_rng(0)) is None
    assert receive({}, "bob", "bob", record(), sender="eve") == {}


@pytest.mark.parametrize(
    ("known", "passed", "replaced"),
    [
        (record(round=1, distance=1), record(round=9), False),
        (record(round=5, distance=2), record(round=5), False),
        (record(round=5, distance=2), record(round=6), True),
        (record(round=5, distance=2), record(round=4), False),
    ],
)
def test_hearsay_replaces_only_older_hearsay(known, passed, replaced):
    after = receive({"ada": known}, "bob", "ada", passed, sender="eve")["ada"]
    if replaced:
        assert (after.round, after.distance, after.received_from) == (
            passed.round,
            passed.distance + 1,
            "eve",
        )
    else:
        assert after is known


def test_impossible_records_and_rates_are_refused():
    with pytest.raises(InputError):
        record(distance=0)
    with pytest.raises(InputError):
        choose({"ada": record()}, "bob", np.random.default_rng(0), rate=0.0)

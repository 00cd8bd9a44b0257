"""Bristle believes a peer class by class, as far as it proves itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.errors import InputError
from valuation.integrity.bristle import Trust, band_counts, integrate, prioritise, trust

scores = st.floats(0, 1)


@pytest.mark.parametrize(
    ("own", "peer", "weight"),
    [(0.8, 0.9, 1.025), (0.5, 0.9, 3.8245), (0.8, 0.8, 1.0), (0.8, 0.7, 0.975), (0.8, 0.3, 0)],
)
def test_the_worked_examples_get_their_weights(own, peer, weight):
    # The examples have certainty 1; with one class the certainty is the peer's F1 score itself.
    found = trust(np.array([own]), np.array([[peer]])).familiar[0, 0]
    assert found == pytest.approx(weight * peer, abs=5e-5)


def test_ten_models_are_taken_as_four_near_five_middling_two_far():
    assert band_counts(10, 0.4) == (4, 5, 2)
    distances = np.arange(30.0)
    chosen = prioritise(distances, chosen=10, rng=np.random.default_rng(0))
    assert np.histogram(chosen, bins=[0, 10, 20, 30])[0].tolist() == [4, 5, 2]
    assert prioritise(distances, 10, np.random.default_rng(0), alpha=0.0).max() < 10
    assert prioritise(distances, 10, np.random.default_rng(0), alpha=1.0).min() >= 20


def test_every_model_of_a_band_has_its_chance():
    rng = np.random.default_rng(2)
    counts = np.zeros(12)
    for _ in range(600):
        counts[prioritise(np.arange(12.0), chosen=6, rng=rng)] += 1
    near = counts[:4] / 600
    np.testing.assert_allclose(near, near.mean(), atol=0.12)
    assert counts.min() > 0


@given(scores, scores, scores)
def test_a_better_peer_counts_for_more(own, low, high):
    low, high = sorted((low, high))
    weak = trust(np.array([own]), np.array([[low]])).familiar
    strong = trust(np.array([own]), np.array([[high]])).familiar
    assert strong[0, 0] >= weak[0, 0]


@given(st.lists(scores, min_size=1, max_size=5))
def test_a_model_that_is_mixed_with_its_own_copies_stays_as_it_is(f1):
    own = np.arange(10.0).reshape(2, 5)
    familiar = np.arange(len(f1))
    believed = trust(np.array(f1), np.array([f1, f1]))
    np.testing.assert_allclose(integrate(own, np.stack([own, own]), familiar, believed), own)


def test_foreign_classes_are_learnt_from_peers_that_prove_themselves_elsewhere():
    own = np.zeros((1, 3))
    peers = np.array([[[1.0, 1.0, 1.0]], [[-9.0, -9.0, -9.0]]])
    believed = trust(np.array([0.5]), np.array([[0.9], [0.1]]))
    assert believed.foreign[1] == 0
    mixed = integrate(own, peers, np.array([0]), believed)[0]
    assert (mixed > 0.5).all()
    # With one familiar class the sum of scores is that class's score.
    np.testing.assert_allclose(mixed, mixed[0])


def test_a_peer_that_is_good_by_chance_is_less_certain():
    steady = trust(np.array([0.5, 0.5]), np.array([[0.7, 0.7]])).foreign[0]
    swinging = trust(np.array([0.5, 0.5]), np.array([[0.4, 1.0]])).foreign[0]
    assert 0 < swinging / 10 < steady


@pytest.mark.parametrize(
    "call",
    [
        lambda: band_counts(-1, 0.4),
        lambda: band_counts(3, 1.4),
        lambda: prioritise(np.array([-1.0]), 1, np.random.default_rng(0)),
        lambda: prioritise(np.array([np.nan]), 1, np.random.default_rng(0)),
        lambda: trust(np.array([0.5]), np.array([[0.5, 0.5]])),
        lambda: trust(np.array([1.5]), np.array([[0.5]])),
        lambda: integrate(
            np.zeros((1, 2)), np.zeros((1, 1, 2)), np.array([2]), Trust(np.ones((1, 1)), np.ones(1))
        ),
        lambda: integrate(
            np.zeros((1, 2)), np.zeros((2, 1, 2)), np.array([1]), Trust(np.ones((1, 1)), np.ones(1))
        ),
    ],
)
def test_what_does_not_fit_is_refused(call):
    with pytest.raises(InputError):
        call()

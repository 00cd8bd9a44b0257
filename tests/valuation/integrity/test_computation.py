"""Proof of computation is wrong as often as it says; easy data and long steps do not sway it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.errors import InputError
from valuation.integrity.computation import chances

SAMPLES, CLASSES = 300, 3


def some_round(seed, n=6, own_size=60):
    """Updates that know nothing of anybody's data, on samples of uneven difficulty."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, CLASSES, SAMPLES)
    difficulty = rng.exponential(size=SAMPLES)
    gains = rng.normal(size=(n, SAMPLES)) + difficulty * rng.uniform(0.5, 2.0, size=(n, 1))
    own = [np.sort(rng.choice(SAMPLES, own_size, replace=False)) for _ in range(n)]
    return gains, -difficulty, labels, own


def test_who_knows_nothing_of_its_data_passes_as_often_as_promised():
    found = np.concatenate(
        [chances(*some_round(seed), seed.to_bytes(4, "big"), decoys=39) for seed in range(100)]
    )
    for level in (0.05, 0.2, 0.5):
        expected, spread = level, np.sqrt(level * (1 - level) / found.size)
        assert abs(np.mean(found <= level + 1e-12) - expected) < 4 * spread


@given(st.integers(0, 1000), st.floats(0.5, 5.0))
def test_who_gains_on_its_own_samples_alone_does_best_on_them(seed, gain):
    gains, before, labels, own = some_round(seed)
    gains = np.zeros_like(gains)
    gains[2, own[2]] = gain
    assert chances(gains, before, labels, own, bytes(32), decoys=99)[2] == 0.01


@given(st.integers(0, 1000), st.floats(0.01, 100.0))
def test_the_length_of_a_step_makes_no_difference(seed, scale):
    gains, before, labels, own = some_round(seed)
    longer = gains.copy()
    longer[0] *= scale
    plain, scaled = (chances(each, before, labels, own, bytes(32), decoys=19)[0] for each in (gains, longer))
    assert abs(plain - scaled) <= 0.05  # a tie may be rounded apart


def test_data_that_are_easy_for_all_prove_nothing():
    gains, before, labels, own = some_round(3)
    easy = 0.01 * gains
    easy[:, own[0]] += 1.0
    assert chances(easy, before, labels, own, bytes(32), decoys=99)[0] > 0.02


def test_a_single_peer_can_prove_its_work():
    gains, before, labels, own = some_round(5, n=1)
    gains[0, own[0]] += 3.0
    assert chances(gains, before, labels, own, bytes(32), decoys=99).tolist() == [0.01]


def test_what_does_not_fit_is_refused():
    gains, before, labels, own = some_round(0)
    for wrong in (
        (gains[:, 1:], before, labels, own, bytes(32), 9),
        (gains, before, labels[1:], own, bytes(32), 9),
        (gains, before, labels, own[1:], bytes(32), 9),
        (gains, before, labels, own, bytes(32), 0),
    ):
        with pytest.raises(InputError):
            chances(*wrong)

"""The rules by which the best updates become a step."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.errors import InputError
from valuation.gauntlet.aggregation import combine, gathered, next_model, stepped_along
from valuation.gauntlet.rules import AGGREGATIONS, Aggregation
from valuation.integrity.clipping import clip_to_median_norm


@given(st.lists(st.integers(-5, 5), max_size=12), st.integers(1, 6))
def test_the_gathered_are_the_best_with_a_positive_score(scores, count):
    found = gathered(scores, count)
    positive = [score for score in scores if score > 0]
    assert len(found) == min(count, len(positive))
    assert sorted((scores[p] for p in found), reverse=True) == sorted(positive, reverse=True)[:count]
    assert found == sorted(found)


def test_one_huge_update_decides_no_sign_once_lengths_are_normalised():
    updates = np.array([[1.0, -1.0], [1.0, -1.0], [-1e9, 1e9]])
    assert combine(updates, "sign").tolist() == [-1, 1]
    assert combine(updates, "normalised-sign").tolist() == [1, -1]


def test_an_entry_is_averaged_over_those_who_sent_it():
    updates = np.array([[3.0, 0.0, 4.0], [0.0, 5.0, 0.0], [4.0, 0.0, 3.0]])
    np.testing.assert_allclose(combine(updates, "clipped-mean-of-senders"), [3.5, 5.0, 3.5])
    longer = updates * np.array([[1.0], [100.0], [1.0]])
    # Clipped, but applied in full, though one peer alone sent it: the published rule's weakness.
    np.testing.assert_allclose(combine(longer, "clipped-mean-of-senders"), [3.5, 5.0, 3.5])


@pytest.mark.parametrize("rule", AGGREGATIONS)
def test_a_zero_update_and_peers_in_another_order_change_nothing_but_the_mean(rule):
    rng = np.random.default_rng(0)
    updates = rng.normal(size=(5, 8))
    step = combine(updates, rule)
    np.testing.assert_allclose(combine(updates[::-1], rule), step, rtol=1e-12)
    assert step.shape == (8,)


def test_what_is_stepped_along():
    updates = np.array([[3.0, 0.0], [0.0, -40.0], [5.0, 0.0]])
    assert stepped_along(updates, "plain").tolist() == updates.tolist()
    assert stepped_along(updates, "sign").tolist() == np.sign(updates).tolist()
    assert stepped_along(updates, "clipped").tolist() == clip_to_median_norm(updates).tolist()


def test_the_next_model_steps_along_the_best_only():
    base = np.ones(3, dtype=np.float32)
    updates = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 99]], dtype=np.float32)
    model = next_model(base, updates, [5, 4, 3], 0.5, Aggregation("mean", count=2))
    assert model.tolist() == [0.75, 0.75, 1.0]
    assert next_model(base, updates, [0, 0, 0], 0.5, Aggregation()).tolist() == [1, 1, 1]


def test_impossible_steps_are_refused():
    with pytest.raises(InputError):
        combine(np.ones((2, 2)), "median")
    with pytest.raises(InputError):
        stepped_along(np.ones((2, 2)), "leap")
    with pytest.raises(InputError):
        next_model(np.ones(2, np.float32), np.ones((2, 2), np.float32), [1], 1.0, Aggregation())
    with pytest.raises(InputError):
        next_model(np.ones(1, np.float32), np.full((1, 1), 3e38, np.float32), [1], 10.0, Aggregation())

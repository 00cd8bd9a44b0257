"""Rules that decide each coordinate, or each length, by its middle."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from valuation.errors import AssumptionError, InputError
from valuation.integrity.clipping import clip_to_median_norm
from valuation.integrity.geometry import cosines, gram, squared_distances, weighted_mean, weighted_sum
from valuation.integrity.robust import coordinate_median, trimmed_mean

rounds = arrays(
    np.float64,
    st.tuples(st.integers(1, 8), st.integers(1, 6)),
    elements=st.floats(-100, 100, allow_subnormal=False),
)


@given(rounds)
def test_distances_and_cosines_are_those_of_the_definition(updates):
    products = gram(updates)
    direct = ((updates[:, None] - updates[None, :]) ** 2).sum(axis=2)
    np.testing.assert_allclose(squared_distances(products), direct, atol=1e-9)
    norms = np.linalg.norm(updates, axis=1)
    large = norms > 1e-100
    expected = (updates[large] / norms[large, None]) @ (updates[large] / norms[large, None]).T
    np.testing.assert_allclose(cosines(products)[np.ix_(large, large)], expected, atol=1e-9)


def test_long_updates_are_read_in_blocks_without_changing_the_result(monkeypatch):
    updates = np.random.default_rng(0).normal(size=(5, 1000)).astype(np.float32)
    whole, total = gram(updates), weighted_sum(np.arange(5.0), updates)
    monkeypatch.setattr("valuation.integrity.geometry.BLOCK_ENTRIES", 35)
    np.testing.assert_allclose(gram(updates), whole, rtol=1e-12)
    np.testing.assert_array_equal(weighted_sum(np.arange(5.0), updates), total)


@given(rounds)
def test_a_weighted_sum_adds_peers_up_in_their_order(updates):
    weights = np.arange(1.0, len(updates) + 1)
    expected = np.zeros(updates.shape[1])
    for weight, update in zip(weights, updates, strict=True):
        expected += weight * update
    np.testing.assert_array_equal(weighted_sum(weights, updates), expected)


@given(rounds)
def test_the_median_is_numpys(updates):
    np.testing.assert_allclose(coordinate_median(updates), np.median(updates, axis=0), rtol=1e-15)


@given(rounds, st.sampled_from([0.0, 0.1, 0.25, 0.4]))
def test_the_trimmed_mean_is_scipys(updates, trim):
    expected = stats.trim_mean(updates, trim, axis=0)
    np.testing.assert_allclose(trimmed_mean(updates, trim), expected, rtol=1e-12, atol=1e-12)


@given(st.integers(0, 3), st.floats(-1e6, 1e6))
def test_fewer_than_half_cannot_move_the_median_past_the_honest(bad, lie):
    honest = np.array([[1.0], [2.0], [3.0], [4.0]])
    updates = np.concatenate([honest, np.full((bad, 1), lie)])
    assert 1.0 <= coordinate_median(updates)[0] <= 4.0
    assert 1.0 <= trimmed_mean(updates, bad / len(updates) + 0.01)[0] <= 4.0


@given(rounds)
def test_nobody_is_longer_than_the_median_after_clipping(updates):
    limit = np.median(np.linalg.norm(updates, axis=1))
    clipped = clip_to_median_norm(updates)
    assert np.linalg.norm(clipped, axis=1).max() <= limit * (1 + 1e-12)
    short = np.linalg.norm(updates, axis=1) <= limit * (1 - 1e-12)
    np.testing.assert_array_equal(clipped[short], updates[short])


def test_each_tensor_is_clipped_for_itself():
    updates = np.array([[1.0, 9.0, 0.0], [2.0, 3.0, 4.0], [8.0, 0.0, 1.0]])
    together = np.hstack([clip_to_median_norm(updates[:, :1]), clip_to_median_norm(updates[:, 1:])])
    np.testing.assert_array_equal(clip_to_median_norm(updates, starts=(0, 1)), together)


@pytest.mark.parametrize("starts", [(1,), (0, 2, 1), (0, 3), (0, 0)])
def test_tensors_that_do_not_follow_each_other_are_refused(starts):
    with pytest.raises(InputError):
        clip_to_median_norm(np.ones((2, 3)), starts)


@pytest.mark.parametrize(
    "updates",
    [np.ones(3), np.ones((0, 3)), np.ones((3, 0)), np.array([[1.0], [np.nan]]), np.ones((2, 2), int)],
)
def test_what_is_no_finite_matrix_is_refused(updates):
    for rule in (coordinate_median, gram, clip_to_median_norm, lambda u: trimmed_mean(u, 0.1)):
        with pytest.raises(InputError):
            rule(updates)


@pytest.mark.parametrize("trim", [-0.1, 0.5, np.nan])
def test_half_or_more_cannot_be_trimmed(trim):
    with pytest.raises(InputError):
        trimmed_mean(np.ones((3, 2)), trim)


def test_a_mean_needs_weights_that_are_not_negative_and_not_all_zero():
    with pytest.raises(InputError):
        weighted_mean(np.array([1.0, -1.0]), np.ones((2, 2)))
    with pytest.raises(AssumptionError):
        weighted_mean(np.zeros(2), np.ones((2, 2)))
    with pytest.raises(InputError):
        weighted_mean(np.array([1.0, np.inf]), np.ones((2, 2)))

"""The Flag aggregator finds the subspace of the many and says how much of each update lies in it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from valuation.errors import InputError
from valuation.integrity.flag import flag, flag_median

EXAMPLE = np.array([[1, 0.1, 0], [1, -0.1, 0], [1, 0, 0.1], [-0.2, 0, 5]])


def basis_of(found, updates):
    return found.coordinates.T @ (updates / np.linalg.norm(updates, axis=1, keepdims=True))


def test_the_worked_example_gets_its_subspace_and_ratios():
    found = flag_median(EXAMPLE, dimension=1)
    np.testing.assert_allclose(found.ratios, [0.986564, 0.986564, 0.998411, 0.000392], atol=1e-6)
    np.testing.assert_allclose(np.abs(basis_of(found, EXAMPLE))[0], [0.998213, 0, 0.059756], atol=1e-6)


@settings(deadline=None)
@given(st.integers(3, 9), st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_the_basis_is_orthonormal_and_the_ratios_are_projections(n, dimension, seed):
    updates = np.random.default_rng(seed).normal(size=(n, 12))
    found = flag_median(updates, dimension, pairwise=0.5)
    basis = basis_of(found, updates)
    np.testing.assert_allclose(basis @ basis.T, np.eye(dimension), atol=1e-9)
    units = updates / np.linalg.norm(updates, axis=1, keepdims=True)
    np.testing.assert_allclose(found.ratios, ((basis @ units.T) ** 2).sum(axis=0), atol=1e-9)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 1.0]))
def test_no_nearby_subspace_has_a_smaller_sum_of_distances(seed, pairwise):
    rng = np.random.default_rng(seed)
    updates = rng.normal(size=(7, 5)) + 2 * np.eye(5)[0]
    units = updates / np.linalg.norm(updates, axis=1, keepdims=True)
    basis = basis_of(flag_median(updates, dimension=2, pairwise=pairwise, iterations=1000), updates).T

    def total(candidate):
        def distances(vectors):
            outside = vectors - vectors @ candidate @ candidate.T
            return np.sqrt(np.sum(outside**2, axis=-1) + 1e-7).sum()

        first, second = np.triu_indices(7, 1)
        return distances(units) + pairwise / (7 * 6) * distances(units[first] - units[second])

    best = total(basis)
    for _ in range(20):
        turned = np.linalg.qr(basis + 1e-3 * rng.normal(size=basis.shape))[0]
        assert total(turned) >= best - 1e-9


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.1, 1e4))
def test_a_few_liars_are_seen_by_their_ratio(seed, size):
    rng = np.random.default_rng(seed)
    honest = np.ones((7, 40)) + 0.3 * rng.normal(size=(7, 40))
    liars = size * rng.normal(size=(3, 40))
    found = flag_median(np.vstack([honest, liars]), dimension=1)
    assert found.ratios[:7].min() > 0.8
    assert found.ratios[7:].max() < 0.5


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_one_long_update_does_not_lengthen_the_step(seed):
    rng = np.random.default_rng(seed)
    updates = np.ones((5, 6)) + 0.1 * rng.normal(size=(5, 6))
    longer = updates.copy()
    longer[0] *= 1000
    assert np.linalg.norm(flag(longer, 2)) < 1.3 * np.linalg.norm(flag(updates, 2))


def test_if_all_agree_the_step_is_what_they_agree_on():
    step = np.array([3.0, 0.0, 4.0])
    np.testing.assert_allclose(flag(np.tile(step, (4, 1)), 1), step, rtol=1e-9)


@pytest.mark.parametrize(
    ("updates", "options"),
    [
        (EXAMPLE, {"dimension": 0}),
        (EXAMPLE, {"dimension": 4}),
        (np.zeros((3, 3)), {"dimension": 1}),
        (EXAMPLE, {"dimension": 1, "pairwise": -1.0}),
        (EXAMPLE, {"dimension": 1, "iterations": 0}),
        (EXAMPLE, {"dimension": 1, "tolerance": -1.0}),
    ],
)
def test_impossible_questions_are_refused(updates, options):
    with pytest.raises(InputError):
        flag_median(updates, **options)

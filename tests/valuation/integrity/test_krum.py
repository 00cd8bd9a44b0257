"""Krum follows the updates that have company."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.errors import AssumptionError, InputError
from valuation.integrity.krum import krum, krum_scores, multi_krum


@given(st.integers(5, 9), st.integers(0, 2), st.integers(0, 2**32 - 1))
def test_the_scores_are_sums_over_the_nearest(n, byzantine, seed):
    if n < 2 * byzantine + 3:
        return
    updates = np.random.default_rng(seed).normal(size=(n, 4))
    expected = []
    for i in range(n):
        distances = sorted(np.sum((updates[i] - updates[j]) ** 2) for j in range(n) if j != i)
        expected.append(sum(distances[: n - byzantine - 2]))
    np.testing.assert_allclose(krum_scores(updates, byzantine), expected, rtol=1e-6)
    np.testing.assert_array_equal(krum(updates, byzantine), updates[int(np.argmin(expected))])


@given(st.integers(0, 2**32 - 1), st.floats(10, 1e6))
def test_far_updates_are_never_chosen_while_they_are_at_most_f(seed, distance):
    rng = np.random.default_rng(seed)
    updates = rng.normal(size=(9, 5))
    updates[:3] += distance * rng.choice([-1, 1], size=(3, 5))
    step = multi_krum(updates, byzantine=3, chosen=6)
    np.testing.assert_allclose(step, updates[3:].mean(axis=0), rtol=1e-12)


def test_choosing_all_but_f_of_none_is_the_mean():
    updates = np.random.default_rng(1).normal(size=(6, 3)).astype(np.float32)
    expected = updates.astype(np.float64).mean(axis=0)
    np.testing.assert_allclose(multi_krum(updates, byzantine=0, chosen=6), expected, rtol=1e-12)


def test_too_few_updates_are_refused_by_name():
    with pytest.raises(AssumptionError, match="needs 5 updates"):
        krum(np.ones((4, 2)), byzantine=1)


@pytest.mark.parametrize(("byzantine", "chosen"), [(-1, 1), (1, 0), (1, 5)])
def test_impossible_numbers_are_refused(byzantine, chosen):
    with pytest.raises(InputError):
        multi_krum(np.ones((5, 2)), byzantine, chosen)

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from valuation.errors import AssumptionError, InputError
from valuation.selection.three_sigma import three_sigma


@settings(max_examples=30)
@given(st.integers(0, 2**32), st.integers(5, 20))
def test_a_far_outlier_goes_and_the_reference_follows_the_survivors(seed, count):
    rng = np.random.default_rng(seed)
    updates = np.concatenate([rng.normal(size=(count, 6)), np.full((1, 6), 1000.0)])
    result = three_sigma(updates)
    assert not result.kept[-1]
    np.testing.assert_allclose(result.reference, updates[result.kept].mean(axis=0))
    assert np.abs(result.reference).max() < 10
    again = three_sigma(updates, result.reference)
    assert not again.kept[-1]
    assert again.kept.any()


@given(st.integers(0, 2**32), st.floats(0, 5))
def test_a_wider_band_never_removes_more(seed, width):
    updates = np.random.default_rng(seed).normal(size=(12, 4))
    narrow, wide = (three_sigma(updates, np.zeros(4), width=each).kept for each in (width, width + 1))
    assert (wide | ~narrow).all()
    assert narrow.any()


def test_who_is_removed_is_who_the_formula_says():
    distances = np.array([1.0, 2.0, 3.0, 6.0, 8.0])
    result = three_sigma(distances[:, None], np.zeros(1))
    # Mean 4, standard deviation sqrt(6.8): the bound is 5.30, and with a width of one 6.61.
    assert result.kept.tolist() == [True, True, True, False, False]
    wider = three_sigma(distances[:, None], np.zeros(1), width=1.0)
    assert wider.kept.tolist() == [True, True, True, True, False]
    np.testing.assert_array_equal(result.distances, distances)


def test_equal_updates_are_all_kept():
    assert three_sigma(np.full((6, 3), 0.1), np.zeros(3)).kept.all()


def test_bad_input_is_refused():
    with pytest.raises(AssumptionError, match="Krum"):
        three_sigma(np.zeros((3, 2)))
    with pytest.raises(InputError, match="a reference of shape"):
        three_sigma(np.zeros((5, 2)), np.zeros(3))
    with pytest.raises(InputError, match="must be finite"):
        three_sigma(np.full((5, 2), np.nan))

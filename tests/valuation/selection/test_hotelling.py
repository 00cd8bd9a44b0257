import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from valuation.errors import InputError
from valuation.selection.hotelling import has_settled, hotelling_test


def test_the_worked_example_of_the_reference():
    result = hotelling_test(np.random.default_rng(0).normal(size=(20, 3)), np.zeros(3))
    assert [round(number, 6) for number in result] == [1.406572, 0.419504, 0.741337]


@given(st.integers(0, 2**32), st.integers(3, 40), st.floats(-2, 2))
def test_in_one_dimension_it_is_the_squared_t_test(seed, count, mean):
    samples = np.random.default_rng(seed).normal(size=(count, 1))
    ours, t_test = hotelling_test(samples, np.array([mean])), stats.ttest_1samp(samples[:, 0], mean)
    assert ours.statistic == pytest.approx(t_test.statistic**2)
    assert ours.p_value == pytest.approx(t_test.pvalue)


@given(st.integers(0, 2**32))
def test_it_does_not_depend_on_the_units(seed):
    rng = np.random.default_rng(seed)
    samples, mix, mean = rng.normal(size=(15, 3)), rng.normal(size=(3, 3)) + 3 * np.eye(3), rng.normal(size=3)
    before, after = hotelling_test(samples, mean), hotelling_test(samples @ mix, mean @ mix)
    assert after.statistic == pytest.approx(before.statistic, rel=1e-6)


def test_false_alarms_are_as_frequent_as_the_level_says():
    rng = np.random.default_rng(3)
    p_values = [hotelling_test(rng.normal(size=(12, 3)), np.zeros(3)).p_value for _ in range(2000)]
    assert stats.kstest(p_values, "uniform").pvalue > 1e-3


def test_contributions_settle_when_they_stop_moving_and_not_before():
    rng = np.random.default_rng(5)
    means = np.array([0.4, 0.3, 0.2, 0.1])
    drift = np.linspace(0, 1, 60)[:, None] * np.array([-0.3, 0.1, 0.1, 0.1])
    settled = []
    for _ in range(100):
        stable = means + 0.02 * rng.normal(size=(60, 4))
        settled.append(has_settled(stable, window=15, level=0.05, rng=rng))
        assert not has_settled(stable + drift, window=15, level=0.05, rng=rng)
        assert not has_settled(stable[:15], window=15, level=0.05, rng=rng)
    # A little fewer than 95 %, because the mean of the earlier rounds is itself only an estimate.
    assert 0.7 < np.mean(settled) < 0.97


@pytest.mark.parametrize(
    ("samples", "mean", "message"),
    [
        (np.zeros((3, 3)), np.zeros(3), "must be more samples"),
        (np.zeros((5, 2)), np.zeros(2), "lie in a plane"),
        (np.full((5, 1), np.nan), np.zeros(1), "finite"),
        (np.zeros((5, 2)), np.zeros(3), "shape"),
    ],
)
def test_samples_that_tell_nothing_are_refused(samples, mean, message):
    with pytest.raises(InputError, match=message):
        hotelling_test(samples, mean)


def test_a_window_that_is_none_is_refused():
    with pytest.raises(InputError, match="window of 2"):
        has_settled(np.zeros((30, 4)), window=2, level=0.5, rng=np.random.default_rng(0))

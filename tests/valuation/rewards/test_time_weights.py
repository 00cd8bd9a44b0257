import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.errors import InputError
from valuation.rewards.time_weights import time_weighted


@given(st.integers(0, 10**15), st.integers(0, 40), st.sampled_from(["0", "0.1", "0.5", "1", "2.25"]))
def test_a_score_decays_exponentially(score, time, decay):
    (weighted,) = time_weighted([score], [time], decay)
    assert weighted == pytest.approx(score * math.exp(-float(decay) * time), abs=1.0, rel=1e-12)


@given(st.lists(st.integers(-(10**30), 10**30), max_size=8))
def test_without_decay_nothing_changes(scores):
    assert time_weighted(scores, list(range(len(scores))), 0) == scores


@given(st.integers(1, 10**30), st.integers(0, 30), st.integers(0, 30))
def test_joining_earlier_never_counts_less(score, one, other):
    early, late = sorted((one, other))
    weighted = time_weighted([score, score], [early, late], "0.3")
    assert weighted[0] >= weighted[1] >= 0


@pytest.mark.parametrize("decay", ["-1", "nan", "inf", "fast"])
def test_a_decay_that_is_none_is_refused(decay):
    with pytest.raises(InputError, match="deca"):
        time_weighted([1], [1], decay)


def test_times_must_fit_the_scores():
    with pytest.raises(InputError, match="2 scores, but 1 times"):
        time_weighted([1, 2], [1], 1)
    with pytest.raises(InputError, match="not be negative"):
        time_weighted([1], [-1], 1)

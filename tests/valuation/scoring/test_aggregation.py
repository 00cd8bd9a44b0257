import hashlib
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from valuation.errors import InputError
from valuation.mechanism import default_mechanism
from valuation.rules import Aggregation
from valuation.scoring import next_model

MECHANISM = default_mechanism()
sane = st.floats(-100, 100, width=32)
shapes = st.tuples(st.integers(0, 6), st.integers(1, 5))
rounds = shapes.flatmap(
    lambda shape: st.tuples(
        hnp.arrays(np.float32, shape[1], elements=sane),
        hnp.arrays(np.float32, shape, elements=sane),
        st.lists(st.integers(-5, 5), min_size=shape[0], max_size=shape[0]),
    )
)


def with_rate(rate):
    return replace(MECHANISM, aggregation=Aggregation("mean", rate, "positive"))


@given(rounds, st.sampled_from([1.0, 0.5, 0.1]))
def test_the_next_model_is_a_step_along_the_mean_of_those_who_helped(case, rate):
    base, updates, scores = case
    found = next_model(with_rate(rate), base, updates, scores)
    helped = [row for row, score in zip(updates.tolist(), scores, strict=True) if score > 0]
    for j, start in enumerate(base.tolist()):
        mean = Fraction(sum(Fraction(row[j]) for row in helped), len(helped)) if helped else 0
        true = float(Fraction(start) - Fraction(rate) * mean)
        assert abs(found[j] - true) <= abs(true) * 2**-24 + 1e-13


@given(rounds)
def test_the_bytes_are_those_of_one_ieee_operation_after_the_other(case):
    base, updates, scores = case
    expected = []
    for j, start in enumerate(base.tolist()):
        total, count = 0.0, 0
        for row, score in zip(updates.tolist(), scores, strict=True):
            if score > 0:
                total, count = total + row[j], count + 1
        expected.append(np.float32(start - total / count * 0.3) if count else np.float32(start))
    found = next_model(with_rate(0.3), base, updates, scores)
    assert found.dtype == np.float32
    assert found.tobytes() == np.array(expected, dtype=np.float32).tobytes()


def test_the_bytes_do_not_depend_on_memory_layout():
    rng = np.random.default_rng(0)
    base = rng.normal(size=1000).astype(np.float32)
    updates = rng.normal(size=(13, 1000)).astype(np.float32)
    digests = {
        hashlib.sha256(next_model(MECHANISM, base, rows, range(-2, 11)).tobytes()).hexdigest()
        for rows in (updates, np.asfortranarray(updates), np.repeat(updates, 2, axis=1)[:, ::2])
    }
    assert len(digests) == 1


def test_nobody_who_did_not_help_has_a_say():
    base = np.arange(3, dtype=np.float32)
    updates = np.array([[1, 1, 1], [np.inf, 0, 0]], dtype=np.float32)
    assert next_model(MECHANISM, base, updates, [1, 0]).tolist() == [-1, 0, 1]
    assert next_model(MECHANISM, base, updates, [-1, 0]).tolist() == base.tolist()
    assert next_model(MECHANISM, base, updates[:0], []).tolist() == base.tolist()


def test_what_has_no_next_model_is_refused():
    base, updates = np.zeros(3, dtype=np.float32), np.full((1, 3), 3e38, dtype=np.float32)
    with pytest.raises(InputError, match="range"):
        next_model(with_rate(2.0), base, updates, [1])
    with pytest.raises(InputError, match="2 scores"):
        next_model(MECHANISM, base, updates, [1, 1])
    with pytest.raises(InputError):
        next_model(MECHANISM, base[:2], updates, [1])

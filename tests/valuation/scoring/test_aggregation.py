import hashlib
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from valuation.errors import InputError, MechanismError
from valuation.integrity.aggregation import aggregate
from valuation.mechanism import default_mechanism, from_json
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
    return replace(MECHANISM, aggregation=Aggregation("mean", rate, "positive", {}))


@given(rounds)
def test_updates_of_disjoint_blocks_add_up(case):
    base, updates, scores = case
    vertical = default_mechanism(method="verfedsv")
    found = next_model(vertical, base, updates, scores)
    helped = [row for row, score in zip(updates, scores, strict=True) if score > 0]
    step = np.sum(helped, axis=0, dtype=np.float64) if helped else np.zeros(base.size)
    rate = vertical.aggregation.learning_rate
    np.testing.assert_allclose(found, base - rate * step, rtol=1e-6, atol=1e-5)


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


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("median", {}),
        ("trimmed-mean", {"trim": 0.25}),
        ("clipped-mean", {}),
        ("krum", {"byzantine": 1}),
        ("multi-krum", {"byzantine": 1, "chosen": 3}),
        ("foolsgold", {}),
        ("flag", {"dimension": 2}),
    ],
)
def test_every_rule_can_be_named_and_steps_along_what_it_makes_of_those_who_helped(name, parameters):
    rng = np.random.default_rng(4)
    base, updates = np.zeros(30, dtype=np.float32), rng.normal(size=(7, 30)).astype(np.float32)
    mechanism = replace(MECHANISM, aggregation=Aggregation(name, 0.5, "positive", parameters))
    assert from_json(mechanism.to_json()) == mechanism
    scores = [1, 1, 1, 1, 1, 1, 0]
    expected = -0.5 * aggregate(name, updates[:6], parameters)
    np.testing.assert_array_equal(next_model(mechanism, base, updates, scores), expected.astype(np.float32))


def test_where_a_rule_promises_nothing_the_median_stands_in():
    mechanism = replace(MECHANISM, aggregation=Aggregation("krum", 1.0, "positive", {"byzantine": 1}))
    updates = np.array([[1, 5], [2, 6], [9, 7]], dtype=np.float32)
    assert next_model(mechanism, np.zeros(2, np.float32), updates, [1, 1, 1]).tolist() == [-2, -6]


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("krum", {}, "aggregation.parameters.byzantine: is missing"),
        ("mean", {"trim": 0.1}, "aggregation.parameters: 'trim' is unknown"),
        ("trimmed-mean", {"trim": 0.5}, "aggregation.parameters.trim: must be between"),
        ("krum", {"byzantine": 0.5}, "aggregation.parameters.byzantine: must be a whole number"),
        ("gauntlet", {}, "aggregation.name: goes with the method gauntlet"),
    ],
)
def test_a_rule_is_named_with_its_own_parameters(name, parameters, message):
    with pytest.raises(MechanismError) as refused:
        replace(MECHANISM, aggregation=Aggregation(name, 1.0, "positive", parameters))
    assert str(refused.value).startswith(message)

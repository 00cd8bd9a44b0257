"""Rules by name, and what they have in common."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from valuation.errors import InputError
from valuation.integrity.aggregation import RULES, aggregate, parameters_of

PARAMETERS = {
    "mean": {},
    "clipped-mean": {},
    "median": {},
    "sum": {},
    "trimmed-mean": {"trim": 0.2},
    "krum": {"byzantine": 2},
    "multi-krum": {"byzantine": 2, "chosen": 5.0},
    "foolsgold": {},
    "flag": {"dimension": 2},
}


def test_every_rule_is_tried_here():
    assert set(PARAMETERS) == set(RULES)
    for name, parameters in PARAMETERS.items():
        assert set(parameters_of(name)) == set(parameters)


@settings(deadline=None, max_examples=30)
@given(st.sampled_from(sorted(PARAMETERS)), st.integers(0, 2**32 - 1))
def test_peers_in_another_order_make_the_same_step(name, seed):
    rng = np.random.default_rng(seed)
    updates = rng.normal(size=(9, 12)) + 0.5
    step = aggregate(name, updates, PARAMETERS[name])
    assert step.shape == (12,)
    assert step.dtype == np.float64
    again = aggregate(name, updates[rng.permutation(9)], PARAMETERS[name])
    np.testing.assert_allclose(again, step, rtol=1e-7, atol=1e-9)


@settings(deadline=None, max_examples=30)
@given(st.sampled_from(sorted(PARAMETERS)), st.integers(0, 2**32 - 1), st.floats(0.01, 100))
def test_updates_twice_as_long_make_a_step_twice_as_long(name, seed, factor):
    updates = np.random.default_rng(seed).normal(size=(9, 12)) + 0.5
    step = aggregate(name, updates, PARAMETERS[name])
    longer = aggregate(name, factor * updates, PARAMETERS[name])
    np.testing.assert_allclose(longer, factor * step, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", sorted(set(PARAMETERS) - {"mean", "sum"}))
def test_one_huge_lie_among_nine_does_not_move_the_step_far(name):
    rng = np.random.default_rng(0)
    updates = np.eye(12)[:9] + 1.0 + 0.1 * rng.normal(size=(9, 12))
    if name == "foolsgold":
        # It looks at directions only, and only against those who share one.
        updates = np.eye(12)[:9]
        updates[0] = updates[1] * 1e6
        np.testing.assert_allclose(aggregate(name, updates, {}), np.r_[0, 0, np.full(7, 1 / 7), 0, 0, 0])
        return
    honest = updates[1:].mean(axis=0)
    updates[0] = -1e6
    step = aggregate(name, updates, PARAMETERS[name])
    assert np.linalg.norm(step - honest) < 0.6 * np.linalg.norm(honest)


def test_unknown_rules_and_parameters_are_refused_by_name():
    with pytest.raises(InputError, match="'median-ish' is unknown"):
        aggregate("median-ish", np.ones((3, 2)), {})
    with pytest.raises(InputError, match="takes"):
        aggregate("krum", np.ones((9, 2)), {})
    with pytest.raises(InputError, match="takes"):
        aggregate("mean", np.ones((9, 2)), {"byzantine": 1})

"""The way to a score ends at the score, and every step of it adds what it says."""

import numpy as np
import pytest

from tests.valuation.scoring.test_drawn_methods import SAMPLED, SEED, by_design, designed
from valuation.errors import InputError
from valuation.mechanism import default_mechanism
from valuation.scoring import divisor, scores, step_count, term, trace, utilities_length

DESIGN = designed(7, 50)
CASES = (
    [(default_mechanism(), None, n, "exact") for n in (1, 2, 5)]
    + [(SAMPLED, None, n, "sampled") for n in (1, 2, 5)]
    + [(by_design(DESIGN), DESIGN, n, "design") for n in (1, 4, 7)]
)
ways = pytest.mark.parametrize(
    ("mechanism", "design", "n"), [case[:3] for case in CASES], ids=[f"{c[3]}-{c[2]}" for c in CASES]
)


def some_utilities(mechanism, n):
    return np.random.default_rng(n).integers(-(2**46), 2**46, utilities_length(mechanism, n))


@ways
def test_the_last_sum_over_the_divisor_is_the_score(mechanism, design, n):
    utilities = some_utilities(mechanism, n)
    sums = trace(mechanism, utilities, n, seed=SEED, design=design)
    steps = step_count(mechanism, n)
    assert len(sums) == n * steps
    by = divisor(mechanism, n, design)
    found = [sums[(i + 1) * steps - 1] // by for i in range(n)]
    assert found == scores(mechanism, utilities, n, seed=SEED, design=design)


@ways
def test_every_step_adds_its_term(mechanism, design, n):
    utilities = some_utilities(mechanism, n).tolist()
    sums = trace(mechanism, np.array(utilities), n, seed=SEED, design=design)
    steps = step_count(mechanism, n)
    for i in range(n):
        for k in range(steps):
            step = term(mechanism, n, i, k, seed=SEED, design=design)
            gain = utilities[step.with_] - (0 if step.without is None else utilities[step.without])
            added = sums[i * steps + k] - (sums[i * steps + k - 1] if k else 0)
            if step.weight is not None:
                assert added == int(design.weights.ravel()[step.weight]) * gain
            elif mechanism is SAMPLED:
                assert added == gain
            else:
                assert added % max(1, abs(gain)) == 0
                assert gain == 0 or added // gain > 0


def test_methods_without_coalitions_have_no_way():
    mechanism = default_mechanism(method="loss-delta")
    assert step_count(mechanism, 3) == 0
    assert trace(mechanism, np.zeros(12, dtype=np.int64), 3, seed=SEED, design=None) == []
    with pytest.raises(InputError, match="not divided"):
        divisor(mechanism, 3, None)
    with pytest.raises(InputError, match="steps"):
        term(mechanism, 3, 0, 0, seed=SEED, design=None)
    assert trace(default_mechanism(), np.zeros(1, dtype=np.int64), 0, seed=SEED, design=None) == []

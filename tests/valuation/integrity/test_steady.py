"""What a next model depends on has the same bits on every machine: sums keep to an order, or are exact."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from valuation.integrity.aggregation import RULES, aggregate, parameters_of
from valuation.integrity.clipping import clip_to_usual_norm, usual_norm
from valuation.integrity.geometry import exact_gram, gram, norms

PARAMETERS = {"trim": 0.2, "byzantine": 1, "chosen": 3, "dimension": 2}
matrices = hnp.arrays(
    np.float32, st.tuples(st.integers(1, 6), st.integers(1, 9)), elements=st.floats(-100, 100, width=32)
)


@given(matrices)
def test_exact_products_do_not_depend_on_the_order_of_the_coordinates(updates):
    order = np.random.default_rng(0).permutation(updates.shape[1])
    np.testing.assert_array_equal(exact_gram(updates), exact_gram(updates[:, order]))
    scale = float(np.abs(updates).max()) ** 2 * updates.shape[1]
    np.testing.assert_allclose(exact_gram(updates), gram(updates), atol=1e-6 * scale + 1e-300)


@given(matrices)
def test_norms_add_one_square_after_the_other(updates):
    for row, found in zip(updates.tolist(), norms(updates).tolist(), strict=True):
        total = 0.0
        for value in row:
            total += value * value
        assert found == np.sqrt(total)
    in_blocks = np.concatenate([updates] * 3, axis=1)
    exact = [float(sum(Fraction(value) ** 2 for value in row)) for row in in_blocks.tolist()]
    np.testing.assert_allclose(norms(in_blocks) ** 2, exact, rtol=1e-12)


@pytest.mark.parametrize("name", RULES)
def test_every_rule_gives_the_same_bits_whatever_the_memory_layout(name):
    updates = np.random.default_rng(2).normal(size=(9, 101)).astype(np.float32)
    parameters = {key: PARAMETERS[key] for key in parameters_of(name)}
    layouts = (updates, np.asfortranarray(updates), np.repeat(updates, 2, axis=1)[:, ::2])
    assert len({aggregate(name, each, parameters).tobytes() for each in layouts}) == 1


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=20))
def test_the_usual_norm_is_one_that_occurs_and_a_quarter_cannot_raise_it(lengths):
    found = usual_norm(np.array(lengths))
    some = sorted(length for length in lengths if length > 0)
    assert found in some if some else found == 0
    raised = np.array([*lengths, *[1e9] * (len(some) // 4)])
    assert usual_norm(raised) <= max(some, default=0)


def test_idle_addresses_do_not_shrink_honest_updates():
    honest, idle = np.eye(4) * 5.0, np.full((7, 4), 0.01)
    clipped = clip_to_usual_norm(np.concatenate([honest, idle]))
    np.testing.assert_array_equal(clipped[:4], honest)

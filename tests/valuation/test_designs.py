import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.designs import IntegerDesign, from_bytes
from valuation.errors import InputError
from valuation.shapley import design

SOME = design(9, 60, "kernel_regression", rng=np.random.default_rng(1)).rounded(2**32)
BLOB = SOME.to_bytes()
HEADER, _, ARRAYS = BLOB.partition(b"\n")


def headed(**changes):
    header = json.loads(HEADER) | changes
    return json.dumps(header, sort_keys=True, separators=(",", ":")).encode() + b"\n" + ARRAYS


@pytest.mark.parametrize("n", [2, 7, 8, 9, 16, 17])
def test_a_published_design_is_read_back_whole(n):
    drawn = design(n, 4 * n + 8, "permutation", rng=np.random.default_rng(0)).rounded(2**40)
    again = from_bytes(drawn.to_bytes())
    np.testing.assert_array_equal(again.coalitions, drawn.coalitions)
    np.testing.assert_array_equal(again.weights, drawn.weights)
    assert (again.method, again.scale, again.error) == (drawn.method, drawn.scale, drawn.error)
    assert again.to_bytes() == drawn.to_bytes()


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"\n",
        HEADER,
        BLOB[:-1],
        BLOB + b"\0",
        b" " + BLOB,
        b"[" * 1000 + BLOB,
        headed(schema="weighhouse/design/2"),
        headed(players=1),
        headed(players=10),
        headed(players=257),
        headed(players=True),
        headed(coalitions=2**40),
        headed(coalitions=-1),
        headed(scale=0),
        headed(scale=1),
        headed(scale=1.5),
        headed(more=1),
        headed(error="much"),
        headed(error=[1]),
        HEADER + b"\n" + b"\xff" + ARRAYS[1:],
    ],
    ids=range(21),
)
def test_bytes_that_are_no_design_are_refused(blob):
    with pytest.raises(InputError):
        from_bytes(blob)


@given(st.binary(max_size=300))
def test_no_bytes_at_all_do_anything_else_than_be_refused(blob):
    with pytest.raises(InputError):
        from_bytes(blob)


def test_a_design_that_amplifies_without_measure_is_not_published():
    weights = SOME.weights.copy()
    weights[3, 5] = 200 * SOME.scale
    with pytest.raises(InputError, match="add up to"):
        IntegerDesign("odd", SOME.coalitions, weights, SOME.scale, 0.0).to_bytes()
    weights[3, 5] = np.iinfo(np.int64).min
    with pytest.raises(InputError, match="add up to"):
        IntegerDesign("odd", SOME.coalitions, weights, SOME.scale, 0.0).to_bytes()


def test_a_design_begins_with_nobody_and_everybody():
    with pytest.raises(InputError, match="nobody and everybody"):
        IntegerDesign("odd", SOME.coalitions[::-1], SOME.weights, SOME.scale, 0.0).to_bytes()

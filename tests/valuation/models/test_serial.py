import hashlib

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from valuation.gradients import errors, tensors
from valuation.gradients.layout import Layout
from valuation.models.serial import model_bytes, model_digest, model_from_bytes

LAYOUT = Layout(("weight", "bias"), ((2, 3), (2,)))
finite = st.floats(width=32, allow_nan=False, allow_infinity=False)
vectors = hnp.arrays(np.float32, LAYOUT.size, elements=finite)


@given(vectors)
def test_a_model_survives_its_bytes_bit_for_bit(params):
    blob = model_bytes(params, LAYOUT)
    assert model_from_bytes(blob, LAYOUT, max_bytes=1000).tobytes() == params.tobytes()
    assert model_digest(params, LAYOUT) == hashlib.sha256(blob).hexdigest()


@given(vectors)
def test_any_safetensors_library_reads_a_model(params):
    found = safetensors.numpy.load(model_bytes(params, LAYOUT))
    assert found["weight"].tolist() == params[:6].reshape(2, 3).tolist()
    assert found["bias"].tolist() == params[6:].tolist()


def test_a_model_that_is_not_finite_has_no_bytes():
    with pytest.raises(errors.NotFinite):
        model_bytes(np.array([0, 0, 0, 0, 0, 0, 0, np.nan], dtype=np.float32), LAYOUT)
    with pytest.raises(errors.WrongShape):
        model_bytes(np.zeros(3, dtype=np.float32), LAYOUT)


GOOD = {"weight": np.zeros((2, 3), np.float32), "bias": np.zeros(2, np.float32)}
SAID = {"schema": "weighhouse/model/1"}


@pytest.mark.parametrize(
    ("blob", "reason"),
    [
        (tensors.dump(GOOD, SAID)[:-1], "truncated"),
        (tensors.dump(GOOD, {}), "bad-metadata"),
        (tensors.dump(GOOD, {"schema": "weighhouse/model/2"}), "bad-metadata"),
        (tensors.dump({**GOOD, "bias": np.zeros(2)}, SAID), "wrong-dtype"),
        (tensors.dump({**GOOD, "bias": np.zeros(3, np.float32)}, SAID), "wrong-shape"),
        (tensors.dump({**GOOD, "bias": np.full(2, np.inf, np.float32)}, SAID), "not-finite"),
        (tensors.dump({**GOOD, "more": np.zeros(2, np.float32)}, SAID), "extra-tensor"),
        (tensors.dump({"bias": GOOD["bias"]}, SAID), "missing-tensor"),
        (bytes(1001), "too-large"),
    ],
)
def test_what_is_no_such_model_is_refused_with_its_reason(blob, reason):
    with pytest.raises(errors.RefusedUpdate) as refused:
        model_from_bytes(blob, LAYOUT, max_bytes=1000)
    assert refused.value.reason == reason


@given(st.integers(0, len(model_bytes(np.ones(8, np.float32), LAYOUT)) - 1), st.integers(1, 255))
def test_any_corruption_gives_a_finite_model_or_is_refused(place, flip):
    blob = bytearray(model_bytes(np.ones(8, np.float32), LAYOUT))
    blob[place] ^= flip
    try:
        params = model_from_bytes(bytes(blob), LAYOUT, max_bytes=1000)
    except errors.RefusedUpdate:
        return
    assert np.isfinite(params).all()

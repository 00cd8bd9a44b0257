from dataclasses import fields, replace

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from valuation.errors import InputError
from valuation.gradients import errors, tensors
from valuation.gradients.codec import Metadata, decode, encode
from valuation.gradients.layout import Layout
from valuation.gradients.top_k import compress, decompress

LAYOUT = Layout(("weight", "bias"), ((4, 5), (4,)))
METADATA = Metadata(
    project="31337:0x5FbDB2315678afecb367f032d93F642f64180aa3",
    round=7,
    address="0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
    base="ab" * 32,
    layout=LAYOUT.digest,
)
LIMIT = 10_000
updates = hnp.arrays(
    np.float32, LAYOUT.size, elements=st.floats(width=32, allow_nan=False, allow_infinity=False)
)
BLOB = encode(np.linspace(-1, 1, LAYOUT.size, dtype=np.float32), LAYOUT, METADATA, density=0.5)


@given(updates, st.floats(0.01, 1.0))
def test_an_update_decodes_to_its_largest_entries(update, density):
    blob = encode(update, LAYOUT, METADATA, density)
    expected = decompress(*compress(update, density), LAYOUT.size)
    assert decode(blob, LAYOUT, METADATA, LIMIT, density).tobytes() == expected.tobytes()


@given(updates, st.floats(0.01, 1.0))
def test_encoding_what_was_decoded_gives_the_same_bytes(update, density):
    blob = encode(update, LAYOUT, METADATA, density)
    assert encode(decode(blob, LAYOUT, METADATA, LIMIT), LAYOUT, METADATA, density) == blob


def test_an_update_of_zeros_is_an_update():
    blob = encode(np.zeros(LAYOUT.size, dtype=np.float32), LAYOUT, METADATA, density=0.1)
    assert not decode(blob, LAYOUT, METADATA, LIMIT).any()


def test_any_safetensors_library_reads_an_update():
    found = safetensors.numpy.load(BLOB)
    assert sorted(found) == ["indices", "values"]
    assert found["indices"].size == LAYOUT.size // 2


@pytest.mark.parametrize("name", [field.name for field in fields(Metadata)])
def test_an_update_that_belongs_elsewhere_is_refused_by_name(name):
    other = 8 if name == "round" else "another"
    with pytest.raises(errors.RefusedUpdate) as refused:
        decode(BLOB, LAYOUT, replace(METADATA, **{name: other}), LIMIT)
    assert refused.value.reason == f"wrong-{name}"


def forged(indices=(0, 1), values=(1, 2), metadata=None, **more):
    arrays = {
        "indices": np.array(indices, dtype=np.int32) if isinstance(indices, tuple) else indices,
        "values": np.array(values, dtype=np.float32) if isinstance(values, tuple) else values,
        **more,
    }
    strings = METADATA.to_strings() if metadata is None else metadata
    return tensors.dump({name: array for name, array in arrays.items() if array is not None}, strings)


@pytest.mark.parametrize(
    ("blob", "reason"),
    [
        (BLOB[:-1], "truncated"),
        (BLOB[:100], "truncated"),
        (b"", "truncated"),
        (BLOB + b"\0", "bad-header"),
        (b"\xff" * 100, "bad-header"),
        (forged(indices=(1, 1)), "bad-index"),
        (forged(indices=(1, 0)), "bad-index"),
        (forged(indices=(-1, 0)), "bad-index"),
        (forged(indices=(0, LAYOUT.size)), "bad-index"),
        (forged(indices=(0,)), "wrong-shape"),
        (forged(indices=np.zeros((2, 1), dtype=np.int32)), "wrong-shape"),
        (forged(indices=np.array([0, 1])), "wrong-dtype"),
        (forged(values=np.array([0.5, 1.5])), "wrong-dtype"),
        (forged(indices=None), "missing-tensor"),
        (forged(more=np.zeros(1, dtype=np.float32)), "extra-tensor"),
        (forged(values=(1, float("nan"))), "not-finite"),
        (forged(values=(1, float("inf"))), "not-finite"),
        (forged(metadata={}), "bad-metadata"),
        (forged(metadata={**METADATA.to_strings(), "more": "x"}), "bad-metadata"),
        (forged(metadata={**METADATA.to_strings(), "round": "07"}), "wrong-round"),
        (forged(indices=tuple(range(13)), values=(1,) * 13), "too-dense"),
        (b"\0" * (LIMIT + 1), "too-large"),
    ],
)
def test_a_malformed_update_is_refused_with_its_reason(blob, reason):
    with pytest.raises(errors.RefusedUpdate) as refused:
        decode(blob, LAYOUT, METADATA, LIMIT, density=0.5)
    assert refused.value.reason == reason


def test_every_reason_is_its_own():
    kinds = errors.RefusedUpdate.__subclasses__()
    assert len({kind.reason for kind in kinds}) == len(kinds)


@settings(max_examples=400)
@given(st.integers(0, len(BLOB) - 1), st.integers(1, 255), st.integers(0, 40))
def test_any_corruption_decodes_to_a_finite_update_or_is_refused(place, flip, cut):
    corrupt = bytearray(BLOB)
    corrupt[place] ^= flip
    try:
        update = decode(bytes(corrupt[: len(corrupt) - cut]), LAYOUT, METADATA, LIMIT)
    except errors.RefusedUpdate:
        return
    assert update.shape == (LAYOUT.size,)
    assert update.dtype == np.float32
    assert np.isfinite(update).all()


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(blob):
    with pytest.raises(errors.RefusedUpdate):
        decode(blob, LAYOUT, METADATA, LIMIT)


def test_an_update_that_cannot_be_encoded_is_refused():
    with pytest.raises(errors.WrongLayout):
        encode(np.zeros(LAYOUT.size, np.float32), LAYOUT, replace(METADATA, layout="1a"), 1.0)
    with pytest.raises(errors.WrongShape):
        encode(np.zeros(3, np.float32), LAYOUT, METADATA, 1.0)
    with pytest.raises(errors.NotFinite):
        encode(np.full(LAYOUT.size, np.nan, np.float32), LAYOUT, METADATA, 1.0)


def test_metadata_without_content_is_refused():
    with pytest.raises(InputError, match="round -1"):
        replace(METADATA, round=-1)
    with pytest.raises(InputError, match="base is empty"):
        replace(METADATA, base="")

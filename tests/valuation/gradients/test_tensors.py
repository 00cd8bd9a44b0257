import contextlib
import json

import numpy as np
import pytest
import safetensors
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from valuation.errors import InputError
from valuation.gradients.errors import BadHeader, RefusedUpdate, Truncated
from valuation.gradients.tensors import dump, load

names = st.text(min_size=1, max_size=8).filter(lambda name: name != "__metadata__")
arrays = st.sampled_from([np.float32, np.float64, np.int32, np.int64]).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
)
files = st.dictionaries(names, arrays, max_size=4)
plain = st.text(st.characters(codec="utf-8"), max_size=10)


def same(left, right):
    return left.keys() == right.keys() and all(
        left[name].dtype == right[name].dtype
        and left[name].shape == right[name].shape
        and left[name].tobytes() == right[name].tobytes()
        for name in left
    )


@given(files, st.dictionaries(plain, plain, max_size=3))
def test_tensors_and_metadata_survive_the_bytes(tensors, metadata):
    found, said = load(dump(tensors, metadata))
    assert same(found, tensors)
    assert said == metadata


@given(st.dictionaries(names.filter(str.isprintable), arrays, max_size=4))
def test_the_safetensors_library_reads_what_we_write(tensors):
    assert same(safetensors.numpy.load(dump(tensors, {"a": "b"})), tensors)


@given(files)
def test_we_read_what_the_safetensors_library_writes(tensors):
    assert same(load(safetensors.numpy.save(tensors))[0], tensors)


def test_equal_contents_give_equal_bytes_in_any_order_and_memory_layout():
    one, other = np.arange(6, dtype=np.float32).reshape(2, 3), np.ones(2, dtype=np.int64)
    blob = dump({"a": one, "b": other}, {"x": "1", "y": "2"})
    assert blob == dump({"b": other, "a": np.asfortranarray(one)}, {"y": "2", "x": "1"})
    assert blob == dump({"a": one.astype(">f4"), "b": other.astype(">i8")}, {"x": "1", "y": "2"})
    assert len(blob) % 8 == 0


def test_other_dtypes_are_not_written():
    with pytest.raises(InputError, match="float16"):
        dump({"a": np.zeros(1, dtype=np.float16)}, {})


def file_with(header, data=b"", *, length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


def tensor(dtype="F32", shape=(1,), span=(0, 4)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(span)}


def test_a_file_without_tensors_is_one():
    assert load(file_with({})) == ({}, {})


@pytest.mark.parametrize(
    ("blob", "error"),
    [
        (b"", Truncated),
        (b"\x01\0\0\0\0\0\0", Truncated),
        (file_with({}, length=2**63), BadHeader),
        (file_with({}, length=3), Truncated),
        (file_with({"a": tensor()}, b"123"), Truncated),
        (file_with({"a": tensor()}, b"12345"), BadHeader),
        (file_with({"a": tensor(span=(4, 8))}, b"12345678"), BadHeader),
        (file_with({"a": tensor(), "b": tensor()}, b"1234"), BadHeader),
        (file_with({"a": tensor(), "b": tensor(span=(8, 12))}, b"x" * 12), BadHeader),
        (file_with({"a": tensor(shape=(2,))}, b"1234"), BadHeader),
        (file_with({"a": tensor(shape=(-1,), span=(0, -4))}), BadHeader),
        (file_with({"a": tensor(shape=(1.0,))}, b"1234"), BadHeader),
        (file_with({"a": tensor(shape=(True,))}, b"1234"), BadHeader),
        (file_with({"a": tensor(shape=(2**62, 4), span=(0, 2**66))}), BadHeader),
        (file_with({"a": tensor(shape=(0, 2**70), span=(0, 0))}), BadHeader),
        (file_with({"a": tensor(shape=(1,) * 9)}, b"1234"), BadHeader),
        (file_with({"a": tensor(span=(0, 4, 4))}, b"1234"), BadHeader),
        (file_with({"a": tensor(dtype="F16", span=(0, 2))}, b"12"), BadHeader),
        (file_with({"a": tensor(dtype=["F32"])}, b"1234"), BadHeader),
        (file_with({"a": {"dtype": "F32", "shape": [1]}}, b"1234"), BadHeader),
        (file_with({"a": {**tensor(), "more": 1}}, b"1234"), BadHeader),
        (file_with({"a": [1]}), BadHeader),
        (file_with([]), BadHeader),
        (file_with({"__metadata__": {"a": 1}}), BadHeader),
        (file_with({"__metadata__": "a"}), BadHeader),
        (file_with(b'{"a":NaN}'), BadHeader),
        (file_with(b'{"__metadata__":{},"__metadata__":{}}'), BadHeader),
        (file_with(b"\xff\xfe{}"), BadHeader),
        (file_with(b"{"), BadHeader),
        (file_with(b"[" * 60_000), BadHeader),
        (file_with(b'{"a":' + b"9" * 60_000 + b"}"), BadHeader),
    ],
)
def test_a_file_that_is_none_is_refused(blob, error):
    with pytest.raises(error):
        load(blob)


@given(st.binary(max_size=200))
def test_nothing_but_a_refusal_comes_of_any_bytes(blob):
    with contextlib.suppress(RefusedUpdate):
        load(blob)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["dtype", "shape", "data_offsets", "a"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["a", "b", "__metadata__"]), json_values), st.binary(max_size=16))
def test_nothing_but_a_refusal_comes_of_any_header(header, data):
    with contextlib.suppress(RefusedUpdate):
        load(file_with(header, data))

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.document import read, write
from valuation.errors import MechanismError


@dataclass(frozen=True)
class Inner:
    size: int
    note: str | None = None


@dataclass(frozen=True)
class Outer:
    rate: float
    inner: Inner
    limits: Mapping[str, float]
    name: str = "plain"


GOOD = {"rate": 0.5, "inner": {"size": 3}, "limits": {"a": 1.5}, "name": "plain"}
numbers = st.floats(-1e299, 1e299)
outers = st.builds(
    Outer,
    rate=numbers,
    inner=st.builds(Inner, size=st.integers(-(10**30), 10**30), note=st.none() | st.text(max_size=5)),
    limits=st.dictionaries(st.text(max_size=5), numbers, max_size=3),
    name=st.text(max_size=5),
)


@given(outers)
def test_what_was_written_reads_back_and_is_canonical(outer):
    text = write(outer)
    assert read(Outer, text) == outer
    assert write(read(Outer, text)) == text
    assert text.isascii()
    content = json.loads(text)
    assert text == json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


@given(outers, st.integers(0, 3))
def test_the_form_of_a_document_does_not_change_what_is_written(outer, indent):
    content = json.loads(write(outer))
    shuffled = dict(reversed(content.items()))
    assert write(read(Outer, json.dumps(shuffled, indent=indent, ensure_ascii=False))) == write(outer)


def test_whole_numbers_in_a_field_of_type_float_are_written_as_floats():
    assert write(read(Outer, json.dumps({**GOOD, "rate": 1}))) == write(
        read(Outer, json.dumps({**GOOD, "rate": 1.0}))
    )
    assert b'"rate":1.0' in write(Outer(rate=1, inner=Inner(3), limits={}))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rate": "0.5"}, "rate: must be a number"),
        ({"rate": True}, "rate: must be a number"),
        ({"rate": None}, "rate: must be a number"),
        ({"rate": 10**400}, "rate: must be below 1e300"),
        ({"inner": {"size": 3.0}}, "inner.size: must be a whole number"),
        ({"inner": {"size": True}}, "inner.size: must be a whole number"),
        ({"inner": {"size": 3, "note": None}}, "inner.note: must be a string"),
        ({"inner": {"size": 3, "more": 1}}, "inner.'more': is unknown"),
        ({"inner": {}}, "inner.size: is missing"),
        ({"inner": []}, "inner: must be an object"),
        ({"limits": {"a": "1"}}, "limits.a: must be a number"),
        ({"limits": [1]}, "limits: must be an object"),
        ({"name": 3}, "name: must be a string"),
        ({"nome": "x"}, "'nome': is unknown"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_path(change, message):
    with pytest.raises(MechanismError) as refused:
        read(Outer, json.dumps({**GOOD, **change}))
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ("[]", "the document: must be an object"),
        ("null", "the document: must be an object"),
        (b"\xff", "not JSON"),
        ('{"rate":NaN}', "holds NaN"),
        ('{"rate":-Infinity}', "holds -Infinity"),
        ('{"rate":1,"rate":1}', "rate: is repeated"),
        ('{"inner":{"size":1,"size":2}}', "size: is repeated"),
        (json.dumps(GOOD).replace("0.5", "1e999"), "rate: must be below 1e300"),
        ("[" * 100_000, "not JSON"),
        ('{"rate":' + "9" * 5000 + "}", "not JSON"),
        (json.dumps({key: value for key, value in GOOD.items() if key != "rate"}), "rate: is missing"),
    ],
)
def test_what_is_no_document_is_refused(text, message):
    with pytest.raises(MechanismError, match=message):
        read(Outer, text)


def test_an_instance_that_does_not_fit_its_types_is_not_written():
    with pytest.raises(MechanismError, match="rate"):
        write(Outer(rate=float("nan"), inner=Inner(3), limits={}))
    with pytest.raises(MechanismError, match=r"inner\.size"):
        write(Outer(rate=1.0, inner=Inner(3.5), limits={}))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*GOOD, "size", "x"]), inner, max_size=4)
    ),
    max_leaves=10,
)


@given(json_values)
def test_any_json_is_read_exactly_or_refused(content):
    try:
        outer = read(Outer, json.dumps(content))
    except MechanismError:
        return
    assert set(content) <= set(GOOD)
    assert json.loads(write(outer))["inner"] == content["inner"]

"""JSON of strangers. The oracle for what is accepted is the standard parser."""

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.errors import InputError
from valuation.json_text import MAX_DEPTH, parse

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)


@given(values, st.booleans())
def test_what_json_wrote_is_read_back(value: object, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    assert parse(text) == value
    assert parse(text.encode()) == value


@given(st.text(alphabet='[]{}":,\\1a ', max_size=40))
def test_what_is_read_is_what_the_standard_parser_reads(text: str) -> None:
    try:
        found = parse(text)
    except InputError:
        return
    assert found == json.loads(text)


@given(st.text(alphabet='[]{}"\\', max_size=200))
def test_brackets_in_strings_are_not_nesting(text: str) -> None:
    assert parse(json.dumps(text)) == text
    assert parse(json.dumps({text: [text]})) == {text: [text]}


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":', '["]",', '["\\"",'])
def test_nesting_that_would_exhaust_the_stack_is_refused(opening: str) -> None:
    # What importing the EVM's libraries does to the interpreter, on purpose here.
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    try:
        with pytest.raises(InputError, match="nested deeper"):
            parse(opening * 200_000)
    finally:
        sys.setrecursionlimit(limit)


def test_nesting_is_allowed_up_to_the_limit() -> None:
    assert parse("[" * MAX_DEPTH + "]" * MAX_DEPTH) is not None
    with pytest.raises(InputError, match="nested deeper"):
        parse("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))


def test_many_shallow_values_are_not_nesting() -> None:
    assert len(parse("[" + ",".join(["[1]"] * 10_000) + "]")) == 10_000


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "Expecting value"),
        ("[1,]", "."),
        (b"\xff", "utf-8"),
        (json.dumps([1]).encode("utf-16"), "utf-8"),
        ('{"a": 1, "b": 2, "a": 3}', "a: is repeated"),
        ("[NaN]", "holds NaN"),
        ("[-Infinity]", "holds -Infinity"),
        ("[" + "9" * 5000 + "]", "digits"),
        ('"' + '\\"' * 100_000, "Unterminated"),
        ("]" * 1000, "Expecting value"),
    ],
)
def test_what_is_not_json_is_refused(text: bytes | str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        parse(text)

"""A mechanism as a file for people: TOML with a line about every field, in the records' own words.

What is hashed and paid by is the mechanism's canonical JSON; a spec reads as exactly one mechanism.
"""

import inspect
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from textwrap import wrap
from typing import Any

from valuation.errors import MechanismError
from valuation.mechanism import Mechanism, from_json

_WIDTH = 100
_FOLLOWS = ("verifiable",)  # from the rest: who changes that should not have to know


def from_toml(text: str) -> Mechanism:
    """Return the mechanism that a TOML document describes; its comments say nothing to it.

    Raises:
        MechanismError: it is not TOML, or not a mechanism; the message begins with the value's path.

    >>> from_toml('schema = "weighhouse/mechanism/1"')
    Traceback (most recent call last):
    valuation.errors.MechanismError: aggregation: is missing
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MechanismError(f"the document is not TOML: {error}") from error
    try:
        return from_json(json.dumps(content))
    except TypeError as error:
        raise MechanismError(f"the document has what a mechanism has not: {error}") from error


def to_toml(mechanism: Mechanism, about: str = "") -> str:
    """Return a mechanism as TOML with comments; `about` stands above.

    >>> from valuation.mechanism import default_mechanism
    >>> text = to_toml(default_mechanism(), "For a test.")
    >>> from_toml(text) == default_mechanism()
    True
    >>> print(text[:60])
    # For a test.
    <BLANKLINE>
    # The version of this format.
    schema = "weigh
    """
    above = [*_comment(about), ""] if about else []
    return "\n".join([*above, *_table(mechanism, "")]).rstrip() + "\n"


def meanings(record: type) -> dict[str, str]:
    """Return what the docstring of a dataclass says of each of its fields.

    >>> from valuation.rules import Reward
    >>> meanings(Reward)["power"][:40]
    'A decimal string, so that it is exact. A'
    """
    text = inspect.getdoc(record) or ""
    found: dict[str, str] = {}
    section = re.search(r"^Args:\n((?:[ ]{4}.*\n?|\n)*)", text, re.MULTILINE)
    for entry in re.split(r"\n(?= {4}\S)", section.group(1).rstrip() if section else ""):
        names, colon, meaning = entry.strip().partition(": ")
        if colon:
            sentence = " ".join(meaning.split())
            found |= dict.fromkeys(re.findall(r"\w+", names), sentence)
    return found


def _table(record: Any, path: str) -> Iterator[str]:
    """The fields of a record: plain ones first, since TOML's tables run to the next one."""
    told = meanings(type(record))
    given = [(part.name, getattr(record, part.name)) for part in fields(record) if part.name not in _FOLLOWS]
    present = [(name, value) for name, value in given if value is not None]
    plain = [(name, value) for name, value in present if not _is_table(value)]
    for name, value in sorted(plain, key=lambda pair: pair[0] != "schema"):
        yield from _comment(told.get(name, ""))
        yield f"{name} = {_shown(value)}"
    for name, value in present:
        if _is_table(value):
            inner = f"{path}.{name}" if path else name
            yield ""
            yield from _comment(told.get(name, ""))
            yield f"[{inner}]"
            yield from _table(value, inner) if is_dataclass(value) else _pairs(value)


def _is_table(value: Any) -> bool:
    return is_dataclass(value) or isinstance(value, Mapping)


def _pairs(values: Mapping[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        yield f"{name} = {_shown(value)}"


def _shown(value: str | int | float | bool) -> str:
    """A value in TOML, which writes all that a mechanism holds as JSON does."""
    return json.dumps(value)


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in wrap(text, _WIDTH)]

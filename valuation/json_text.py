"""JSON that a stranger wrote, parsed without trusting it.

The standard parser recurses once for each level of nesting, up to the interpreter's recursion limit. The
libraries of the EVM raise that limit to 100,000, which is more than the stack holds: on CPython 3.11 a file
of opening brackets would end the process, and with it an evaluator's round. So the depth is looked at first.
"""

from __future__ import annotations

import json
import re
from itertools import accumulate
from typing import Any, NoReturn

from valuation.errors import InputError

MAX_DEPTH = 64
"""More levels than any document of Weighhouse has."""

# A string that does not end runs to the end of the text: no quote is looked at twice.
_STRINGS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_BRACKETS = re.compile(r"[\[\]{}]")
_STEP = {"[": 1, "{": 1, "]": -1, "}": -1}


def parse(text: bytes | str) -> Any:
    """The value of a JSON text, in UTF-8 when it is bytes.

    Raises:
        InputError: Not JSON; deeper than `MAX_DEPTH`; a key twice in an object; NaN or an infinity.

    Example:
        >>> parse(b'{"peers": [1, 2]}')
        {'peers': [1, 2]}
        >>> parse("[" * 100_000)
        Traceback (most recent call last):
            ...
        valuation.errors.InputError: nested deeper than 64 levels
    """
    try:
        decoded = text.decode("utf-8") if isinstance(text, bytes) else text
        levels = accumulate(map(_STEP.__getitem__, _BRACKETS.findall(_STRINGS.sub("", decoded))))
        if max(levels, default=0) > MAX_DEPTH:
            raise InputError(f"nested deeper than {MAX_DEPTH} levels")
        return json.loads(decoded, object_pairs_hook=_unique, parse_constant=_not_json)
    except InputError:
        raise
    # ValueError covers malformed UTF-8, malformed JSON and integers of absurd length.
    except ValueError as error:
        raise InputError(str(error)) from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise InputError(f"{ascii(key[:40])[1:-1]}: is repeated")
        found[key] = value
    return found


def _not_json(constant: str) -> NoReturn:
    raise InputError(f"it holds {constant}, which is no number")

"""Dataclasses as canonical JSON documents, read so strictly that no two readers understand them differently.

A document's bytes are hashed and paid by, so that unknown, missing and repeated keys, numbers of another
type and anything that is not finite are all refused, with the path of the offending value.
"""

import json
import math
import types
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from valuation import json_text
from valuation.errors import InputError, MechanismError

_T = TypeVar("_T")


def write(instance: Any) -> bytes:
    """Return a dataclass as canonical JSON: sorted keys, no spaces, ASCII; a field that is None is left out.

    Numbers are written as Python writes them: the shortest decimals that read back as the same float64.

    Raises:
        MechanismError: a value does not have its field's type, or is not finite.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Point:
    ...     y: float
    ...     x: int
    >>> write(Point(y=0.5, x=2))
    b'{"x":2,"y":0.5}'
    """
    # Reading it once more turns the whole numbers in fields of type float into floats, and checks the types.
    content = _plain(_read(type(instance), _plain(instance), ""))
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def read(kind: type[_T], text: bytes | str) -> _T:
    """Return the dataclass of type `kind` that a JSON document describes.

    Whole numbers are taken for fields of type float, never the other way round. Only a field whose default is
    None may be left out.

    Raises:
        MechanismError: the document is not JSON, or does not describe such a dataclass.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Point:
    ...     y: float
    ...     x: int
    >>> read(Point, '{"x": 2, "y": 1}')
    Point(y=1.0, x=2)
    >>> read(Point, '{"x": 2.5, "y": 1}')
    Traceback (most recent call last):
    valuation.errors.MechanismError: x: must be a whole number, not 2.5
    """
    try:
        content = json_text.parse(text)
    except InputError as error:
        raise MechanismError(f"the document is not JSON: {error}") from error
    found: _T = _read(kind, content, "")
    return found


def require(condition: bool, path: str, complaint: str) -> None:
    """Raise `MechanismError` with the path and the complaint unless the condition holds.

    >>> require(False, "reward.power", "must be positive")
    Traceback (most recent call last):
    valuation.errors.MechanismError: reward.power: must be positive
    """
    if not condition:
        raise MechanismError(f"{path or 'the document'}: {complaint}")


def known(name: str, names: Collection[str], path: str) -> None:
    """Raise `MechanismError` unless the name is one of those that are known.

    >>> known("median", ("mean",), "aggregation.name")
    Traceback (most recent call last):
    valuation.errors.MechanismError: aggregation.name: 'median' is unknown; known: mean
    """
    require(name in names, path, f"{name!a} is unknown; known: {', '.join(sorted(names)) or 'none'}")


def refer(path: str, use: Callable[[], object]) -> None:
    """Use a part of the document, and turn what is wrong with it into a `MechanismError` with its path.

    >>> refer("answer", lambda: 42)
    """
    try:
        use()
    except InputError as error:
        raise MechanismError(f"{path}: {error}") from error


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        pairs = ((field.name, getattr(value, field.name)) for field in fields(value))
        return {name: _plain(part) for name, part in pairs if part is not None}
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    return value


def _read(kind: Any, value: Any, path: str) -> Any:
    if is_dataclass(kind):
        return _read_dataclass(kind, value, path)
    if isinstance(kind, types.UnionType):
        # None itself is never written, and so never read; a text or a number may be given as an option each.
        options = [option for option in get_args(kind) if option is not types.NoneType]
        texts = [option for option in options if option is str]
        return _read(texts[0] if texts and isinstance(value, str) else options[0], value, path)
    if get_origin(kind) is Mapping:
        require(isinstance(value, dict), path, f"must be an object, not {_show(value)}")
        inner = get_args(kind)[1]
        return {key: _read(inner, part, f"{path}.{key}") for key, part in value.items()}
    return _read_leaf(kind, value, path)


def _read_dataclass(kind: Any, value: Any, path: str) -> Any:
    require(isinstance(value, dict), path, f"must be an object, not {_show(value)}")
    prefix = f"{path}." if path else ""
    hints = get_type_hints(kind)
    for key in sorted(set(value) - set(hints)):
        require(False, f"{prefix}{key[:40]!a}", "is unknown")
    for part in sorted(fields(kind), key=lambda part: part.name):
        require(part.name in value or part.default is None, f"{prefix}{part.name}", "is missing")
    return kind(**{key: _read(hints[key], part, f"{prefix}{key}") for key, part in value.items()})


def _read_leaf(kind: type, value: Any, path: str) -> Any:
    if kind is str:
        require(isinstance(value, str), path, f"must be a string, not {_show(value)}")
        return value
    if kind is bool:
        require(isinstance(value, bool), path, f"must be true or false, not {_show(value)}")
        return value
    # A bool is an int to Python, but not to anybody else.
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if kind is int:
        require(is_whole, path, f"must be a whole number, not {_show(value)}")
        return value
    require(is_whole or isinstance(value, float), path, f"must be a number, not {_show(value)}")
    require(abs(value) < 1e300 and math.isfinite(value), path, f"must be below 1e300, not {_show(value)}")
    return float(value)


def _show(value: Any) -> str:
    text = ascii(value)
    return text if len(text) <= 40 else f"{text[:40]}..."

"""Dataclasses as JSON for strangers, and back: integers as decimal strings, bytes as hex, nothing guessed.

Reading is by the types of the fields; that what was read is written back to the same bytes is the last word.
"""

from __future__ import annotations

import types
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints

from chain.errors import VerificationError
from valuation import json_text
from valuation.errors import InputError

MAX_BYTES = 2**25
"""No receipt is read that is longer."""
_LONGEST_NUMBER = 80


class MalformedReceipt(VerificationError):
    """A document is not a receipt."""


def words(value: Any) -> Any:
    """A value as JSON has it.

    Example:
        >>> words((1, b"\\x02", "three", None))
        ['1', '02', 'three', None]
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: words(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [words(item) for item in value]
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, int):
        return str(value)
    return value


def parse(kind: Any, schema: str, blob: bytes) -> Any:
    """The dataclass that a document describes.

    Raises:
        MalformedReceipt: It describes none, or not in canonical form.
    """
    if len(blob) > MAX_BYTES:
        raise MalformedReceipt(f"not a {schema}: longer than {MAX_BYTES} bytes")
    try:
        found = json_text.parse(blob)
        if not isinstance(found, dict) or found.pop("schema", None) != schema:
            raise MalformedReceipt(f"not a {schema}")
        receipt = _read(kind, found, "the document")
    except InputError as error:
        raise MalformedReceipt(f"not a {schema}: {error}") from None
    if receipt.to_bytes() != blob.strip():
        raise MalformedReceipt(f"not a {schema} in canonical form")
    return receipt


def _read(kind: Any, value: Any, path: str) -> Any:
    if isinstance(kind, types.UnionType):
        return None if value is None else _read(get_args(kind)[0], value, path)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        if not isinstance(value, dict) or set(value) != set(hints):
            raise InputError(f"{path}: not the fields {', '.join(sorted(hints))}")
        return kind(**{name: _read(hint, value[name], name) for name, hint in hints.items()})
    if get_origin(kind) is tuple:
        if not isinstance(value, list):
            raise InputError(f"{path}: not a list")
        inner = get_args(kind)
        kinds = [inner[0]] * len(value) if inner[-1] is Ellipsis else list(inner)
        if len(kinds) != len(value):
            raise InputError(f"{path}: {len(value)} items instead of {len(kinds)}")
        return tuple(_read(one, item, path) for one, item in zip(kinds, value, strict=True))
    if not isinstance(value, str):
        raise InputError(f"{path}: not a string")
    return _leaf(kind, value, path)


def _leaf(kind: Any, value: str, path: str) -> Any:
    if kind is str:
        if not value.isprintable():
            raise InputError(f"{path}: holds what cannot be printed")
        return value
    try:
        if kind is bytes:
            return bytes.fromhex(value)
        if len(value) > _LONGEST_NUMBER:
            raise InputError(f"{path}: a number of {len(value)} digits")
        return int(value)
    except ValueError:
        raise InputError(f"{path}: neither number nor hex: {value[:40]!a}") from None

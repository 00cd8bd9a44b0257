"""Writes the JSON Schemas of the documents that strangers read, from the dataclasses they are made of.

usage: python tools/schemas.py [FOLDER]
"""

import json
import sys
import types
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from chain.roles import receipt  # noqa: E402

_LEAVES = {
    str: {"type": "string"},
    int: {"type": "string", "pattern": "^(0|-?[1-9][0-9]*)$"},
    bytes: {"type": "string", "pattern": "^([0-9a-f]{2})*$"},
}


def schema(kind: type, name: str) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a dataclass as `chain.roles.receipt_words` writes it."""
    described = _of(kind)
    described["properties"]["schema"] = {"const": name}
    described["required"] = sorted([*described["required"], "schema"])
    summary = (kind.__doc__ or "").split("\n\n")[0]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": name,
        "description": " ".join(summary.split()),
        **described,
    }


def _of(kind: Any) -> dict[str, Any]:
    if isinstance(kind, types.UnionType):
        return {"anyOf": [{"type": "null"} if one is types.NoneType else _of(one) for one in get_args(kind)]}
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        properties = {field.name: _of(hints[field.name]) for field in fields(kind)}
        return {
            "type": "object",
            "properties": properties,
            "required": sorted(properties),
            "additionalProperties": False,
        }
    if get_origin(kind) is tuple:
        inner = get_args(kind)
        if inner[-1] is Ellipsis:
            return {"type": "array", "items": _of(inner[0])}
        return {"type": "array", "prefixItems": [_of(one) for one in inner], "minItems": len(inner)}
    return dict(_LEAVES[kind])


def documents() -> dict[str, dict[str, Any]]:
    """Return each file's name with its schema."""
    return {"receipt.json": schema(receipt.Receipt, receipt.SCHEMA)}


def main() -> None:
    """Write them all."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "schemas"
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in documents().items():
        (folder / name).write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()

"""The page of documents: the mechanism's fields, and the JSON schemas of what is written."""

import dataclasses
import json
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from extensions.docstrings import escaped, markdown
from valuation.mechanism import SCHEMA, Mechanism, default_mechanism


def page(root: Path) -> str:
    """Return the page; it does not need `docs/schemas` to be there."""
    example = json.dumps(json.loads(default_mechanism().to_json()), indent=2)
    parts = [
        "# Documents",
        f"(mechanism)=\n## The mechanism, `{SCHEMA}`",
        "`weighhouse project create --mechanism FILE` takes one. A document that is not understood to the "
        "last key is refused. Its sha256, of the canonical form, is on chain.",
        "| field | type |\n|---|---|\n" + "\n".join(_rows(Mechanism, "")),
        *_sections(Mechanism),
        f"The default mechanism:\n\n```json\n{example}\n```",
    ]
    parts += [_schema(file) for file in sorted((root / "docs" / "schemas").glob("*.json"))]
    return "\n\n".join(parts) + "\n"


def _classes(kind: Any) -> list[type]:
    if isinstance(kind, types.UnionType) or typing.get_origin(kind) is typing.Union:
        return [one for argument in typing.get_args(kind) for one in _classes(argument)]
    return [kind] if dataclasses.is_dataclass(kind) and isinstance(kind, type) else []


def _rows(kind: type, path: str) -> Iterator[str]:
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        nested = _classes(hints[field.name])
        name = f"{path}{field.name}"
        if not nested:
            text = str(field.type).replace("|", "or")
            yield f"| `{name}` | {escaped(text)} |"
        for one in nested:
            yield from _rows(one, f"{name}.")


def _sections(kind: type) -> Iterator[str]:
    yield f"### {kind.__name__}\n\n{markdown(kind.__doc__)}"
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        for one in _classes(hints[field.name]):
            yield from _sections(one)


def _schema(file: Path) -> str:
    schema = json.loads(file.read_text())
    title, text = schema.get("title", file.stem), schema.get("description", "")
    shown = f"```json\n{json.dumps(schema, indent=2)}\n```"
    return f"(schema-{file.stem})=\n## {title}\n\n{escaped(text)}\n\n{shown}"

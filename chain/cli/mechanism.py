"""`weighhouse mechanism`: mechanisms to start from, as files to read and change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from chain.cli.output import Output, json_option, lines, show
from chain.errors import ConfigError
from chain.files import read_bytes, write_text
from chain.roles.owner import policy_of
from valuation import mechanism as mechanisms
from valuation.mechanism import Mechanism, max_peers
from valuation.presets import PRESETS
from valuation.spec import from_toml, to_toml


@click.group()
def mechanism() -> None:
    """Start from a preset, change its file, check it."""


@mechanism.command("presets")
@json_option
def presets(output: Output) -> None:
    """List the mechanisms to start from."""
    document = {"presets": [{"name": name, "meaning": each.meaning} for name, each in PRESETS.items()]}

    def human(console: Console) -> None:
        table = Table.grid(padding=(0, 2))
        for name, each in PRESETS.items():
            table.add_row(name, each.meaning)
        console.print(table)

    show(output, document, human)


@mechanism.command("new")
@click.argument("preset", type=click.Choice(list(PRESETS)))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
def new(preset: str, file: Path, output: Output) -> None:
    """Write a preset to FILE with a comment on every field: TOML, or with the ending .json plain JSON."""
    if file.exists():
        raise ConfigError(f"{file} exists already")
    chosen = PRESETS[preset]
    made = chosen.build()
    text = _json(made) if file.suffix == ".json" else to_toml(made, chosen.meaning)
    write_text(file, text)
    document = {"file": str(file), **_about(made)}
    show(output, document, lines(document))


@mechanism.command("check")
@click.argument("name", metavar="FILE|PRESET")
@json_option
def check(name: str, output: Output) -> None:
    """Say whether a mechanism holds together, what it can do, and by which digest a chain names it."""
    document = _about(read_mechanism(name))
    show(output, document, lines(document))


def read_mechanism(name: str | Path) -> Mechanism:
    """The mechanism of a preset's name or in a file, TOML or JSON.

    Raises:
        ConfigError: There is no such preset or file, or it cannot be read.
        MechanismError: It is malformed; the message begins with the value's path.
    """
    if str(name) in PRESETS:
        return PRESETS[str(name)].build()
    file = Path(name)
    if not file.exists():
        known = ", ".join(PRESETS)
        raise ConfigError(f"no file and no preset is called {str(name)!r}; presets: {known}")
    blob = read_bytes(file)
    try:
        text = blob.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} is no text: {error}") from None
    return from_toml(text) if file.suffix == ".toml" else mechanisms.from_json(text)


def _about(made: Mechanism) -> dict[str, Any]:
    return {
        "method": made.method.name,
        "max_peers": max_peers(made),
        "verifiable": made.verifiable,
        "evaluator_share": made.evaluator_share,
        "digest": policy_of(made).hex(),
    }


def _json(made: Mechanism) -> str:
    return json.dumps(json.loads(made.to_json()), indent=1) + "\n"

"""What commands print, and how they end."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from chain.errors import ChainError
from valuation.errors import WeighhouseError
from valuation.models.digits import MissingExtraError

SCHEMA_VERSION = "1"
WIDTH = 140
"""Columns of a table that no terminal shows."""


class Output(Enum):
    """What a command prints on stdout."""

    PRETTY = "pretty"
    JSON = "json"
    JSONL = "jsonl"
    CALLDATA = "calldata"

    @property
    def for_programs(self) -> bool:
        """Whether it is one JSON document."""
        return self is not Output.PRETTY


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--output` and `--json`, and ends the command on a named error as documented.

    `calldata` is there for commands that `with_session` can plan.
    """
    kinds = [kind.value for kind in Output if kind is not Output.CALLDATA or hasattr(command, "can_plan")]

    @click.option(
        "--output",
        "output_kind",
        type=click.Choice(kinds),
        default="pretty",
        show_default=True,
        help="For people, as one JSON document, on one line"
        + (", or as calls for a multisig." if "calldata" in kinds else "."),
    )
    @click.option("--json", "as_json", is_flag=True, help="The same as --output json.")
    @functools.wraps(command)
    def wrapped(*arguments: Any, output_kind: str, as_json: bool, **options: Any) -> None:
        output = Output.JSON if as_json and output_kind == "pretty" else Output(output_kind)
        try:
            failed = click.get_current_context().find_root().obj
            if isinstance(failed, WeighhouseError):  # a file of settings that nobody can follow
                raise failed
            command(*arguments, output=output, **options)
        except WeighhouseError as error:
            _fail(error, exit_code(error), output)
        except click.exceptions.ClickException:
            raise
        except Exception as error:
            if os.environ.get("WEIGHHOUSE_DEBUG"):
                raise
            hint = "a defect of Weighhouse: run it again with WEIGHHOUSE_DEBUG=1 and report the traceback"
            _fail(error, 1, output, hint)

    return wrapped


def exit_code(error: WeighhouseError) -> int:
    """The exit code of a named error: `docs/exit-codes.md`."""
    if isinstance(error, ChainError):
        return error.exit_code
    return 3 if isinstance(error, MissingExtraError) else 2


def show(output: Output, document: Mapping[str, Any], human: Callable[[Console], None]) -> None:
    """Prints a result: the document for programs, or what `human` makes of it for people."""
    if output.for_programs:
        _print(output, {"schema_version": SCHEMA_VERSION, "status": "ok", **document})
        return
    human(Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False))


def _print(output: Output, document: Mapping[str, Any]) -> None:
    click.echo(json.dumps(document, indent=1 if output is Output.JSON else None))


def lines(document: Mapping[str, Any]) -> Callable[[Console], None]:
    """Shows a flat document as aligned lines."""

    def human(console: Console) -> None:
        table = Table.grid(padding=(0, 2))
        for name, value in document.items():
            table.add_row(name.replace("_", " "), str(value))
        console.print(table, markup=False)

    return human


def _fail(error: Exception, code: int, output: Output, hint: str = "") -> None:
    name, message = type(error).__name__, str(error)
    if output.for_programs:
        body = {"name": name, "message": message, "exit_code": code, "hint": hint}
        _print(output, {"schema_version": SCHEMA_VERSION, "status": "error", "error": body})
    text = message if message.startswith(name) else f"{name}: {message}"
    click.echo(f"error: {text}" + (f"\n{hint}" if hint else ""), err=True)
    raise SystemExit(code)

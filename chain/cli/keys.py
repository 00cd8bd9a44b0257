"""`weighhouse keys`: encrypted key files."""

from __future__ import annotations

from pathlib import Path

import click

from chain.accounts import create_keystore, read_password
from chain.cli.output import Output, json_option, lines, show


@click.group()
def keys() -> None:
    """Make encrypted key files."""


@keys.command("new")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--password-file", type=click.Path(path_type=Path, dir_okay=False), required=True, help="Mode 0600."
)
@json_option
def new(file: Path, password_file: Path, output: Output) -> None:
    """Make a new key and write it, encrypted, to FILE. Never overwrites one."""
    account = create_keystore(file, read_password(password_file))
    document = {"address": str(account.address), "file": str(file)}
    show(output, document, lines(document))

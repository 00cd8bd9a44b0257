"""Settings from files: what every command would otherwise be told again and again.

An option comes from, in this order: the command line; its environment variable; `weighhouse.toml` in the
folder; `~/.config/weighhouse/config.toml`; its default. A file names options as the command line does. What
stands at its top holds for every command that has the option, what stands under `[project.create]` for that
command alone:

    network = "http://127.0.0.1:8545"
    store = "file:///var/lib/weighhouse"

    [project.create]
    round-budget = "500"
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from chain.errors import ConfigError

Words = tuple[str, ...]
FILE = "weighhouse.toml"
_NEVER = {"help", "version", "broadcast", "json"}
"""Money is sent, and programs are answered, because somebody says so each time."""


@dataclass(frozen=True)
class Settings:
    """What the files say.

    Attributes:
        defaults: As click takes it: nested by command, by parameter name.
        origins: Which file each (command, parameter name) is from.
    """

    defaults: dict[str, Any]
    origins: Mapping[tuple[str, str], Path]


def settings_files(environment: Mapping[str, str]) -> tuple[Path, ...]:
    """The files that are read, the first of them first."""
    home = environment.get("XDG_CONFIG_HOME") or str(
        Path(environment.get("HOME", "~")).expanduser() / ".config"
    )
    return Path(FILE), Path(home) / "weighhouse" / "config.toml"


def read_settings(root: click.Group, files: tuple[Path, ...]) -> Settings:
    """What the files say of the commands of a program.

    Raises:
        ConfigError: A file cannot be read, is no TOML, or sets what no command has; the message says where.
    """
    commands = dict(_leaves(root))
    defaults: dict[str, Any] = {}
    origins: dict[tuple[str, str], Path] = {}
    for file in reversed(files):
        for path, option, value in _entries(file, commands):
            inner = defaults
            for word in path:
                inner = inner.setdefault(word, {})
            inner[option] = value
            origins[" ".join(path), option] = file
    return Settings(defaults, origins)


def _entries(file: Path, commands: Mapping[Words, click.Command]) -> Iterator[tuple[Words, str, Any]]:
    try:
        with file.open("rb") as opened:
            found = tomllib.load(opened)
    except FileNotFoundError:
        return
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is no TOML: {error}") from None
    special: list[tuple[Words, str, Any]] = []
    for path, name, value in _flat(found, ()):
        if name in _NEVER:
            raise ConfigError(f"{file}: {name} is said on the command line, each time")
        having = [each for each in commands if each[: len(path)] == path] if path in _heads(commands) else []
        options = {each: _parameter(commands[each], name) for each in having}
        hits = [(each, option, value) for each, option in options.items() if option]
        if not hits:
            where = f"[{'.'.join(path)}] " if path else ""
            raise ConfigError(f"{file}: {where}{name}: no command has this option")
        if path:
            special += hits
        else:
            yield from hits
    yield from special


def _flat(table: Mapping[str, Any], path: Words) -> Iterator[tuple[Words, str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, (*path, name))
        else:
            yield path, name, value


def _heads(commands: Mapping[Words, click.Command]) -> set[Words]:
    return {path[:length] for path in commands for length in range(len(path) + 1)}


def _parameter(command: click.Command, option: str) -> str | None:
    wanted = f"--{option.replace('_', '-')}"
    return next((p.name for p in command.params if wanted in p.opts), None)


def _leaves(command: click.Command, path: Words = ()) -> Iterator[tuple[Words, click.Command]]:
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from _leaves(inner, (*path, name))
    else:
        yield path, command


def apply_settings(context: click.Context) -> None:
    """Reads the files into a program's context; what is wrong with them is told by the command that runs."""
    root = context.command
    assert isinstance(root, click.Group)
    try:
        found = read_settings(root, settings_files(os.environ))
    except ConfigError as error:
        context.obj = error
        return
    context.default_map = found.defaults
    context.obj = found

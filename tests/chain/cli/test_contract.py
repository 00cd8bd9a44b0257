"""What holds of every command: its help, its exit codes, and one JSON document whatever happens."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from chain.cli import main
from tests.support.commands import weighhouse_here

ARGUMENTS = {
    "address": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    "amount": "1",
    "phase": "publish",
    "flow": "claims",
    "what": "payouts",
    "case": "1",
    "digest": "ab" * 32,
}
"""Something possible for each argument; files are made up."""


def leaves(
    command: click.Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from leaves(inner, (*path, name))
    else:
        yield path, command


LEAVES = dict(leaves(main))
WITH_CHAIN = [
    path
    for path, command in LEAVES.items()
    if any(p.name == "project_number" for p in command.params)
    and path not in (("doctor",), ("config", "show"))
]


def filled(command: click.Command, folder: Path) -> list[str]:
    words = []
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            words.append(ARGUMENTS.get(parameter.name or "", str(folder / "file.json")))
        elif parameter.required:
            value = parameter.type.choices[0] if isinstance(parameter.type, click.Choice) else "x"
            words += [parameter.opts[0], value]
    return words


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_help_says_what_it_does(path: tuple[str, ...], tmp_path: Path) -> None:
    told = weighhouse_here(*path, "--help", cwd=tmp_path)
    assert (told.code, told.err) == (0, "")
    (text,) = {command.help for name, command in LEAVES.items() if name == path}
    assert text
    assert text.split("\n")[0].rstrip().endswith((".", ":"))


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_an_option_that_is_none_ends_with_code_2(path: tuple[str, ...], tmp_path: Path) -> None:
    told = weighhouse_here(*path, "--no-such-option", cwd=tmp_path)
    assert (told.code, told.out) == (2, "")
    assert "no-such-option" in told.err


@pytest.mark.parametrize("path", WITH_CHAIN, ids=" ".join)
@pytest.mark.parametrize("how", ["json", "jsonl"])
def test_a_chain_that_does_not_answer_is_one_document_with_code_4(
    path: tuple[str, ...], how: str, tmp_path: Path
) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{listener.getsockname()[1]}"
    words = filled(LEAVES[path], tmp_path)
    told = weighhouse_here(*path, *words, "--network", dead, "--output", how, cwd=tmp_path)
    document = json.loads(told.out)
    assert (told.code, document["status"]) == (4, "error"), told.err
    assert document["error"]["name"] == "NetworkError"
    assert document["error"]["exit_code"] == 4
    assert told.err.startswith("error: ")
    assert "Traceback" not in told.err


def test_every_command_that_answers_can_answer_programs() -> None:
    for path, command in LEAVES.items():
        names = {parameter.name for parameter in command.params}
        assert {"output_kind", "as_json"} <= names or path == ("completion",), path


def test_every_exit_code_is_documented() -> None:
    page = (Path(__file__).parents[3] / "docs" / "exit-codes.md").read_text()
    from chain import errors

    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    codes = {kind.exit_code for kind in kinds if issubclass(kind, errors.ChainError)} | {0, 1, 2}
    assert all(f"| [{code}](exit-codes/{code}.md) |" in page for code in codes)
    pages = {path.stem for path in (Path(__file__).parents[3] / "docs" / "exit-codes").glob("*.md")}
    assert pages == {str(code) for code in codes}

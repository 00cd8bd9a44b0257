"""Tutorial pages as programs: their blocks, run one after the other in one shell, as a reader types them."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from chain.cli import main
from chain.networks.anvil import find_anvil

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(
    r"^```(?:(sh|python|output)|\{code-block\} python\n:caption: (\S+))\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
_MARK = "==== block {} ===="


@dataclass(frozen=True)
class Block:
    """What a page has the reader run, or save as `file`; `output` is what the page shows of it."""

    language: str
    text: str
    file: str = ""
    output: str = ""


def blocks(page: str) -> list[Block]:
    """The blocks of a page's Markdown; an `output` block belongs to the block before it."""
    found: list[Block] = []
    for language, file, text in _BLOCK.findall(page):
        if language == "output":
            found[-1] = Block(found[-1].language, found[-1].text, found[-1].file, text)
        else:
            found.append(Block(language or "python", text, file))
    return found


def shows(output: str, shown: str) -> bool:
    """Whether the shown lines stand in the output in that order; `...` is anything."""
    wanted = [re.escape(" ".join(line.split())) for line in shown.splitlines() if line.strip()]
    pattern = r"\n(?:.*\n)*?".join(line.replace(r"\.\.\.", ".*") for line in wanted if line != r"\.\.\.")
    if not pattern:
        return True
    lines = "\n".join(" ".join(line.split()) for line in output.splitlines())
    return re.search(rf"^{pattern}$", lines, re.MULTILINE) is not None


def run(pages: list[Path], folder: Path) -> Iterator[tuple[Block, str]]:
    """Runs the pages in one shell and folder; gives each block with what it printed on stdout.

    Raises:
        AssertionError: a block ended with another code than 0.
    """
    script = [_PREAMBLE]
    paged = [(page, block) for page in pages for block in blocks(page.read_text())]
    whole = [block for _, block in paged]
    for number, (page, block) in enumerate(paged):
        script.append(f"echo '{_MARK.format(number)}'")
        if block.file:
            (folder / block.file).write_text(block.text)
        elif block.language == "python":
            said = [each.text for where, each in paged[:number] if where == page and _is_typed(each)]
            (folder / f".block-{number}.py").write_text(_SESSION.format("".join(said), block.text))
            script.append(f"python .block-{number}.py")
        else:
            script.append(block.text)
    ran = subprocess.run(
        ["bash", "-c", "\n".join(script)],
        cwd=folder,
        env=_environment(folder),
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
    pieces = re.split(r"^==== block \d+ ====\n", ran.stdout, flags=re.MULTILINE)[1:]
    assert len(pieces) == len(whole)
    yield from zip(whole, pieces, strict=True)


_SESSION = """import contextlib, io
with contextlib.redirect_stdout(io.StringIO()):
    exec({0!r})
exec({1!r})
"""
"""A page's Python is typed into one session: a block knows what those before it made."""


def _is_typed(block: Block) -> bool:
    return block.language == "python" and not block.file


# What the page starts in the background ends with the page.
_PREAMBLE = "set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT"


def _environment(folder: Path) -> dict[str, str]:
    """The reader's terminal: three programs on PATH, and a free port as every command's default network."""
    programs = folder / ".programs"
    programs.mkdir()
    (programs / "python").symlink_to(sys.executable)
    (programs / "anvil").symlink_to(shutil.which(find_anvil()) or find_anvil())
    start = "from chain.cli import main; main(prog_name='weighhouse')"
    launcher = f'#!/bin/sh\nexec "{sys.executable}" -c "{start}" "$@"\n'
    (programs / "weighhouse").write_text(launcher)
    (programs / "weighhouse").chmod(0o755)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    networks = dict.fromkeys(_network_variables(main, "WEIGHHOUSE"), f"http://127.0.0.1:{port}")
    # Through the link, Python no longer finds its virtual environment: the packages are named instead.
    path = os.pathsep.join([str(ROOT), *(p for p in sys.path if p.endswith("site-packages"))])
    return {
        **os.environ,
        **networks,
        "PORT": port,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": path,
    }


def _network_variables(command: click.Command, prefix: str) -> Iterator[str]:
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from _network_variables(child, f"{prefix}_{name.upper().replace('-', '_')}")
    elif any(option.name == "network" for option in command.params):
        yield f"{prefix}_NETWORK"

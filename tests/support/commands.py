"""Runs commands as a person would: in processes of their own, or here, where starting them takes no time."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from chain.cli import main


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout; anything else there is an error."""
        return json.loads(self.out)


def weighhouse(*arguments: str, cwd: Path, stdin: str = "") -> Ran:
    """Runs `weighhouse` in its own process and folder."""
    ran = subprocess.run(
        [sys.executable, "-c", "from chain.cli import main; main(prog_name='weighhouse')", *arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert "Traceback" not in ran.stderr, ran.stderr
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def weighhouse_here(*arguments: str, cwd: Path) -> Ran:
    """Runs `weighhouse` in this process and another folder."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.chdir(cwd), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(list(arguments), prog_name="weighhouse")
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return Ran(code, out.getvalue(), err.getvalue())


def sending(*words: str) -> tuple[str, ...]:
    """The words of a command, with `--broadcast` where it would only plan without."""
    command: click.Command = main
    for word in words:
        if isinstance(command, click.Group) and word in command.commands:
            command = command.commands[word]
    plans = any(parameter.name == "broadcast" for parameter in command.params)
    return (*words, "--broadcast") if plans else words

"""Runs commands as a person would, in processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


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

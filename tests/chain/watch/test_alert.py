"""Somebody is told that a service gave up; that nobody could be told stops nothing."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from chain.errors import ConfigError
from chain.watch import alert
from chain.watch.alert import alerting, program_of

Said = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def said() -> Said:
    return []


def log_to(said: Said) -> Any:
    return lambda event, **fields: said.append((event, fields))


def test_the_program_reads_why_and_only_when_the_service_gives_up(tmp_path: Path, said: Said) -> None:
    target = tmp_path / "told; rm -rf .json"
    script = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read() + '\\n')"
    log = alerting((sys.executable, "-c", script, str(target)), log_to(said))
    log("did", what="posted round 1")
    log("failed", error="NetworkError")
    assert not target.exists()
    log("gave up", error="NetworkError", role="keeper")
    assert json.loads(target.read_text()) == {"event": "gave up", "error": "NetworkError", "role": "keeper"}
    assert [event for event, _ in said] == ["did", "failed", "gave up"]


@pytest.mark.parametrize(
    ("program", "why"),
    [
        (("/nonexistent/program",), "FileNotFoundError"),
        ((sys.executable, "-c", "raise SystemExit(7)"), "exit code 7"),
        ((sys.executable, "-c", "import time; time.sleep(60)"), "TimeoutExpired"),
    ],
)
def test_an_alert_that_fails_is_logged(
    program: tuple[str, ...], why: str, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alert, "PATIENCE", 1)
    alerting(program, log_to(said))("gave up", error="NetworkError")
    assert said[-1] == ("alert failed", {"error": why})


@pytest.mark.parametrize("command", ["", "  ", "echo 'open"])
def test_what_is_no_command_is_refused(command: str) -> None:
    with pytest.raises(ConfigError):
        program_of(command)


def test_no_shell_sees_the_command() -> None:
    assert program_of("mail 'a b' $(whoami) ; true") == ("mail", "a b", "$(whoami)", ";", "true")

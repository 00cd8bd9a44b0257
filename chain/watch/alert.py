"""Tells somebody that a service has given up: any program, which reads why on its standard input."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Callable, Sequence

from chain.errors import ConfigError

PATIENCE = 30
"""Seconds that the program has."""


def program_of(command: str) -> tuple[str, ...]:
    """The words of a command as a shell would part them; no shell ever sees them.

    Raises:
        ConfigError: It has no words, or a quote is left open.

    Example:
        >>> program_of("notify-send 'the evaluator stopped'")
        ('notify-send', 'the evaluator stopped')
    """
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise ConfigError(f"not a command: {error}: {command!r:.80}") from None
    if not words:
        raise ConfigError("an empty command alerts nobody")
    return words


def alerting(program: Sequence[str], log: Callable[..., None]) -> Callable[..., None]:
    """A log that hands on to another, and runs the program when the service gives up.

    The program reads the event with its fields, one JSON document, and inherits nothing else. That it is
    missing, fails or hangs is logged and stops nothing.

    Example:
        >>> log = alerting(["false"], lambda event, **fields: print(event, fields))
        >>> log("gave up", error="NetworkError")
        gave up {'error': 'NetworkError'}
        alert failed {'error': 'exit code 1'}
    """

    def told(event: str, **fields: object) -> None:
        log(event, **fields)
        if event != "gave up":
            return
        document = json.dumps({"event": event, **fields}).encode()
        try:
            ran = subprocess.run(program, input=document, capture_output=True, timeout=PATIENCE, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            log("alert failed", error=type(error).__name__)
            return
        if ran.returncode:
            log("alert failed", error=f"exit code {ran.returncode}")

    return told

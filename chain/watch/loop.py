"""Does a role's duty again and again, waits when there is none, stops when too much goes wrong in a row."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

from chain.errors import NothingToDo, WindowError
from chain.roles.duties import Duty
from valuation.errors import WeighhouseError


@dataclass
class Pulse:
    """How a service is doing.

    Attributes:
        done: Duties that were done, by their first word.
        failures: Errors, by name.
        in_a_row: Failures since something went well.
        last_good: When something went well last, on the monotonic clock.
        stopped: Whether it has ended.
    """

    done: dict[str, int] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    in_a_row: int = 0
    last_good: float = field(default_factory=time.monotonic)
    stopped: bool = False


def run(
    duty: Duty,
    *,
    pulse: Pulse,
    log: Callable[..., None],
    stop: Event,
    pause: float = 5.0,
    most_failures: int = 5,
    longest_pause: float = 300.0,
) -> None:
    """Runs a duty until `stop` is set.

    After each failure it waits twice as long, up to `longest_pause`. That a window is closed, or somebody
    else was faster, is no failure.

    Args:
        duty: What to do.
        pulse: Is kept up to date.
        log: Is called with an event and its fields.
        stop: Ends the loop, between two duties.
        pause: Seconds to wait when nothing is due.
        most_failures: Failures in a row after which the last one is raised.
        longest_pause: Seconds to wait at most after a failure.

    Raises:
        Exception: The last of too many failures in a row.
    """
    log("started")
    try:
        while not stop.is_set():
            try:
                did = duty()
            except (WindowError, NothingToDo) as late:
                log("too late", error=type(late).__name__, message=str(late))
                did = None
            except Exception as error:
                pulse.in_a_row += 1
                name = type(error).__name__
                pulse.failures[name] = pulse.failures.get(name, 0) + 1
                # What is not ours may hold anything, an address with its secrets included.
                message = str(error) if isinstance(error, WeighhouseError) else ""
                log("failed", error=name, message=message, in_a_row=pulse.in_a_row)
                if pulse.in_a_row >= most_failures:
                    log("gave up", error=name)
                    raise
                stop.wait(min(pause * 2**pulse.in_a_row, longest_pause))
                continue
            pulse.in_a_row, pulse.last_good = 0, time.monotonic()
            if did is None:
                stop.wait(pause)
            else:
                kind = did.partition(" ")[0]
                pulse.done[kind] = pulse.done.get(kind, 0) + 1
                log("did", what=did)
    finally:
        pulse.stopped = True
        log("stopped")

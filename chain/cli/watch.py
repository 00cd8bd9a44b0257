"""`weighhouse watch`: a role as a service."""

from __future__ import annotations

import datetime
import json
import secrets
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from typing import Any

import click
import numpy as np

from chain.cli.output import Output, json_option, lines, show
from chain.cli.session import Session, with_session, workers_option
from chain.errors import ConfigError
from chain.roles import duties
from chain.roles.duties import Duty
from chain.roles.evaluator import Evaluator
from chain.roles.trainer import Trainer
from chain.roles.workforce import workforce
from chain.watch.alert import alerting, program_of
from chain.watch.loop import Pulse, run


@click.command("watch")
@click.option("--role", type=click.Choice(["keeper", "trainer", "evaluator"]), required=True)
@click.option(
    "--pause", type=click.FloatRange(0.01), default=5.0, show_default=True, help="Seconds between looks."
)
@click.option(
    "--failures", type=click.IntRange(1), default=5, show_default=True, help="In a row, until it stops."
)
@click.option("--once", is_flag=True, help="Do what is due now, and end.")
@workers_option
@click.option("--alert-cmd", help="A program to run when the service gives up; reads why, as JSON, on stdin.")
@click.option("--port", type=click.IntRange(0, 65_535), help="Serve /metrics and /health there, on loopback.")
@json_option
@with_session(key=True)
def watch(
    session: Session,
    output: Output,
    role: str,
    pause: float,
    failures: int,
    once: bool,
    workers: str,
    alert_cmd: str | None,
    port: int | None,
) -> None:
    """Do what a role has to do, round after round, until interrupted.

    Says what it does on stderr, one JSON document a line.
    """
    project, sender, pulse, stop = session.project(), session.sender(), Pulse(), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    say: Callable[..., None] = partial(_say, role=role, address=sender.address, project=project.id)
    if alert_cmd is not None:
        say = alerting(program_of(alert_cmd), say)
    server = _served(session, pulse, sender.address, port, patience=60 + 20 * pause)
    if server is not None:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        say("listening", port=server.server_address[1])
    try:
        with workforce(workers) as executor:
            duty = _duty(session, role, executor)
            if once:
                _do_what_is_due(duty, pulse, say)
            else:
                run(duty, pulse=pulse, log=say, stop=stop, pause=pause, most_failures=failures)
    finally:
        if server is not None:
            server.shutdown()
            server.server_close()
    document = {"role": role, "address": sender.address, "done": pulse.done, "failures": pulse.failures}
    show(output, document, lines(document))


def _do_what_is_due(duty: Duty, pulse: Pulse, say: Callable[..., None]) -> None:
    while (did := duty()) is not None:
        kind = did.partition(" ")[0]
        pulse.done[kind] = pulse.done.get(kind, 0) + 1
        say("did", what=did)


def _duty(session: Session, role: str, executor: Executor | None) -> Duty:
    project, sender = session.project(), session.sender()
    if role == "keeper":
        return partial(duties.keep, project, sender)
    if role == "trainer":
        trainer = Trainer(project, sender, session.store, session.state)
        return partial(duties.train, trainer, np.random.default_rng(secrets.randbits(128)))
    return partial(duties.evaluate, Evaluator(project, sender, session.store, session.state, executor))


def _served(session: Session, pulse: Pulse, address: str, port: int | None, *, patience: float) -> Any:
    if port is None:
        return None
    try:
        from chain.watch.monitor import Gauges, monitor
    except ImportError:
        raise ConfigError("--port needs a package: pip install 'weighhouse[watch]'") from None
    try:
        return monitor(Gauges(session.project(), address, pulse), pulse, patience=patience, port=port)
    except OSError as error:
        raise ConfigError(f"cannot listen on 127.0.0.1:{port}: {error.strerror}") from None


def _say(event: str, **fields: object) -> None:
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
    click.echo(json.dumps({"time": now, "event": event, **fields}), err=True)

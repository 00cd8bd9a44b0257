"""A service goes on through trouble, gives up when there is too much of it, and can be looked at."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from chain.contracts.types import Phase
from chain.errors import NetworkError, NothingToDo, WindowError
from chain.watch.loop import Pulse, run
from chain.watch.monitor import Gauges, monitor


def scripted(*turns: object) -> tuple[Callable[[], str | None], threading.Event]:
    """A duty that does or raises one thing a turn, and then sets the event."""
    stop, left = threading.Event(), list(turns)

    def duty() -> str | None:
        turn = left.pop(0)
        if not left:
            stop.set()
        if isinstance(turn, Exception):
            raise turn
        return turn  # type: ignore[return-value]

    return duty, stop


def looped(*turns: object, **options: Any) -> tuple[Pulse, list[tuple[str, dict[str, Any]]]]:
    duty, stop = scripted(*turns)
    pulse, said = Pulse(), []
    run(
        duty,
        pulse=pulse,
        log=lambda event, **fields: said.append((event, fields)),
        stop=stop,
        pause=0.001,
        **options,
    )
    return pulse, said


def test_what_was_done_is_counted_and_said() -> None:
    pulse, said = looped("submitted to round 1", None, "submitted to round 2", "claimed 5 token units", None)
    assert pulse.done == {"submitted": 2, "claimed": 1}
    assert [event for event, _ in said] == ["started", "did", "did", "did", "stopped"]
    assert pulse.stopped


def test_a_closed_window_is_no_failure() -> None:
    pulse, said = looped(*[WindowError("late"), NothingToDo("done")] * 5, most_failures=2)
    assert pulse.failures == {}
    assert pulse.in_a_row == 0
    assert [event for event, _ in said].count("too late") == 10


def test_failures_in_a_row_open_the_breaker_and_success_closes_it() -> None:
    trouble = NetworkError("no answer")
    pulse, _ = looped(trouble, trouble, "opened round 1", trouble, trouble, None, most_failures=3)
    assert pulse.failures == {"NetworkError": 4}
    duty, stop = scripted(trouble, None, trouble, trouble, NetworkError("the last"), "never reached")
    pulse, said = Pulse(), []
    with pytest.raises(NetworkError, match="the last"):
        run(
            duty,
            pulse=pulse,
            log=lambda event, **f: said.append(event),
            stop=stop,
            pause=0.001,
            most_failures=3,
        )
    assert pulse.stopped
    assert said[-2:] == ["gave up", "stopped"]


def test_what_strangers_code_raises_is_told_by_its_kind_only() -> None:
    _, said = looped(ValueError("http://user:SECRET@node"), None)
    assert "SECRET" not in repr(said)
    assert ("failed", {"error": "ValueError", "message": "", "in_a_row": 1}) in said


# The window


@contextmanager
def shown(project: Any, pulse: Pulse, address: str = "") -> Iterator[str]:
    server = monitor(Gauges(project, address, pulse), pulse, patience=100.0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def fetch(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_metrics_are_prometheus_and_tell_of_chain_and_service(stage: Any) -> None:
    stage.owner.send(stage.project.book.open())
    pulse = Pulse(done={"submitted": 3}, failures={"NetworkError": 2}, in_a_row=1)
    project = stage.project
    with shown(project, pulse, stage.owner.address) as url:
        status, health = fetch(f"{url}/health")
        _, text = fetch(f"{url}/metrics")
    assert status == 200
    assert json.loads(health)["healthy"] is True
    values = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert values["weighhouse_round",] == 1
    assert values["weighhouse_phase",] == Phase.COMMIT
    assert 0 < values["weighhouse_seconds_to_deadline",] <= 60
    assert values["weighhouse_wallet_wei",] == float(stage.network.balance(stage.owner.address))
    assert values["weighhouse_pool_remaining",] == float(project.money().remaining)
    assert values["weighhouse_duties_total", "submitted"] == 3
    assert values["weighhouse_exceptions_total", "NetworkError"] == 2
    assert values["weighhouse_consecutive_failures",] == 1
    assert values["weighhouse_node_up",] == 1
    assert values["weighhouse_last_block_seen",] == stage.network.block().number


def test_a_node_that_is_gone_is_a_metric_and_no_error() -> None:
    def gone() -> None:
        raise NetworkError("no answer")

    project = SimpleNamespace(network=SimpleNamespace(block=gone))
    with shown(project, Pulse()) as url:
        status, text = fetch(f"{url}/metrics")
    assert status == 200
    assert "weighhouse_node_up 0.0" in text
    assert "weighhouse_round" not in text


def test_a_service_that_stands_still_or_has_ended_is_not_healthy() -> None:
    still, ended = Pulse(), Pulse(stopped=True)
    still.last_good -= 1_000
    for pulse in (still, ended):
        with shown(SimpleNamespace(), pulse) as url:
            assert fetch(f"{url}/health")[0] == 503
            assert fetch(f"{url}/other")[0] == 404

"""What can be asked of a running service over HTTP: Prometheus metrics, and whether it is well."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from chain.errors import ChainError
from chain.project import Project
from chain.roles.rounds import phase_ends_at
from chain.watch.loop import Pulse


class Gauges:
    """A Prometheus collector: reads chain and pulse whenever it is asked.

    Args:
        project: Whose round and money are shown.
        address: Whose wallet is shown.
        pulse: How the service is doing.
    """

    def __init__(self, project: Project, address: str, pulse: Pulse) -> None:
        self._project = project
        self._address = address
        self._pulse = pulse

    def collect(self) -> Iterable[Metric]:
        """The metrics now. When the node does not answer, those of the chain are left out."""
        pulse = self._pulse
        yield _gauge("consecutive_failures", "Failures since something went well.", pulse.in_a_row)
        yield _gauge("idle_seconds", "Since something went well.", time.monotonic() - pulse.last_good)
        done = CounterMetricFamily("weighhouse_duties", "Duties done, by kind.", labels=["kind"])
        for kind, count in sorted(pulse.done.items()):
            done.add_metric([kind], count)
        failed = CounterMetricFamily("weighhouse_exceptions", "Errors, by name.", labels=["error"])
        for name, count in sorted(pulse.failures.items()):
            failed.add_metric([name], count)
        yield from (done, failed)
        try:
            yield from list(self._of_chain())
        except ChainError:
            yield _gauge("node_up", "Whether the node answers.", 0)

    def _of_chain(self) -> Iterable[Metric]:
        project = self._project
        head, round = project.network.block(), project.current_round()
        end = phase_ends_at(project, round) if round else None
        money = project.money()
        yield _gauge("node_up", "Whether the node answers.", 1)
        yield _gauge("last_block_seen", "Number of the latest block.", head.number)
        yield _gauge("round", "The latest round.", round)
        yield _gauge("phase", "Its phase, 1 commit to 9 void.", project.phase(round) if round else 0)
        left = end - head.timestamp if end is not None else float("nan")
        yield _gauge("seconds_to_deadline", "Until the phase ends by itself.", left)
        yield _gauge("wallet_wei", "What the account holds for gas.", project.network.balance(self._address))
        yield _gauge("pool_remaining", "Token units that no header owes.", money.remaining)
        yield _gauge("pool_claimable", "Token units that can be claimed.", money.claimable)


def monitor(
    collector: Gauges, pulse: Pulse, *, patience: float, host: str = "127.0.0.1", port: int = 0
) -> ThreadingHTTPServer:
    """A server of `/metrics` and `/health`; call its `serve_forever`.

    Healthy, status 200, is a service that runs and for which something went well within `patience` seconds.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)

    def health() -> tuple[int, bytes, str]:
        idle = time.monotonic() - pulse.last_good
        well = not pulse.stopped and idle <= patience
        document = {"healthy": well, "idle_seconds": round(idle, 3), "consecutive_failures": pulse.in_a_row}
        return 200 if well else 503, json.dumps(document).encode() + b"\n", "application/json"

    def metrics() -> tuple[int, bytes, str]:
        return 200, generate_latest(registry), "text/plain; version=0.0.4; charset=utf-8"

    pages: dict[str, Callable[[], tuple[int, bytes, str]]] = {"/metrics": metrics, "/health": health}

    class Handler(BaseHTTPRequestHandler):
        server_version = "weighhouse"
        timeout = 10.0

        def do_GET(self) -> None:
            page = pages.get(self.path)
            status, body, kind = page() if page else (404, b"see /metrics and /health\n", "text/plain")
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing: the log is for what the service does."""

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    return server


def _gauge(name: str, help: str, value: Any) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"weighhouse_{name}", help, value=float(value))

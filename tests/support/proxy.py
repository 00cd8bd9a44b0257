"""A bad connection to a node: an HTTP proxy on the loopback interface that fails as it is told."""

from __future__ import annotations

import contextlib
import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KINDS = (
    "refuse",  # closes before the request reaches the node
    "lose",  # the request arrives, its answer does not
    "hang",  # likewise, and nobody says so
    "late",  # the answer comes late, but in time
    "http 500",
    "http 429",
    "limit",  # JSON-RPC errors instead of the node's answer
    "internal",
    "internal after",  # an error, although the node took the request
    "garbage",  # no JSON
    "half",  # half of the answer
    "null",  # a result that is null: a node that lags behind
    "chain id",  # another chain's id
    "genesis",  # another chain's blocks
)


@dataclass
class Fault:
    """What goes wrong with the next `times` requests of a method, after `after` of them went well."""

    kind: str
    method: str
    times: int = 1
    after: int = 0
    hit: int = field(default=0, init=False)

    def strikes(self, method: str) -> bool:
        """Whether it strikes at this request."""
        if method != self.method:
            return False
        if self.after:
            self.after -= 1
            return False
        if self.hit >= self.times:
            return False
        self.hit += 1
        return True


@dataclass
class Proxy:
    """A running proxy: `url` leads to the node, through whatever is in `faults`."""

    url: str
    node: str
    hang_seconds: float
    faults: list[Fault] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, body: bytes) -> tuple[int, bytes] | None:
        """Status and body of the answer; None to close the connection without one."""
        request = json.loads(body)
        with self.lock:
            kind = next((f.kind for f in self.faults if f.strikes(request["method"])), None)
        match kind:
            case "refuse":
                return None
            case "http 500" | "http 429":
                return int(kind[-3:]), b"{}"
            case "limit":
                return 200, _error(request, -32005, "limit exceeded")
            case "internal":
                return 200, _error(request, -32603, "internal error")
            case "garbage":
                return 200, b"<html>Bad gateway</html>"
        answered = _forward(self.node, body)
        match kind:
            case "lose":
                return None
            case "hang":
                time.sleep(self.hang_seconds)
                return None
            case "late":
                time.sleep(0.4)
            case "half":
                return 200, answered[: len(answered) // 2]
            case "internal after":
                return 200, _error(request, -32603, "internal error")
            case "null":
                return 200, _result(request, None)
            case "chain id":
                return 200, _result(request, "0x1")
            case "genesis":
                other = json.loads(answered)["result"]
                return 200, _result(request, {**other, "hash": "0x" + "ab" * 32})
        return 200, answered


def _forward(node: str, body: bytes) -> bytes:
    headers = {"Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(node, body, headers), timeout=30) as answer:
        return bytes(answer.read())


def _error(request: dict[str, Any], code: int, message: str) -> bytes:
    error = {"code": code, "message": message}
    return json.dumps({"jsonrpc": "2.0", "id": request["id"], "error": error}).encode()


def _result(request: dict[str, Any], result: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}).encode()


@contextmanager
def proxied(node: str, *, hang_seconds: float) -> Iterator[Proxy]:
    """Runs a proxy before a node."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet, or each answer waits for the other side's kernel
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = proxy.answer(body)
            if answer is None:
                self.close_connection = True
                return
            status, content = answer
            with contextlib.suppress(OSError):  # who asked may be gone
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    proxy = Proxy(f"http://127.0.0.1:{server.server_address[1]}", node, hang_seconds)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

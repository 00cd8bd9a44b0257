"""Nodes at an address: HTTP through web3's provider, WebSocket through a small one of ours.

web3 has only an asynchronous provider for WebSocket; everything here is synchronous, one request at a time.
"""

from __future__ import annotations

import json
import threading
from contextlib import ExitStack
from typing import Any, cast
from urllib.parse import SplitResult, urlsplit

import requests
from web3 import HTTPProvider
from web3.providers import BaseProvider
from web3.providers.base import JSONBaseProvider
from web3.providers.rpc.utils import ExceptionRetryConfiguration
from web3.types import RPCEndpoint, RPCResponse
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from chain.errors import ConfigError

CONNECT_TIMEOUT = 2.0
MAX_MESSAGE = 64 * 2**20
# Nothing that a dev node would do twice is among them.
_SAFE_TO_RETRY = ["eth", "net", "web3"]

TRANSPORT_ERRORS: tuple[type[Exception], ...] = (
    requests.RequestException,
    WebSocketException,
    OSError,
    json.JSONDecodeError,
)
"""What a provider raises when there is no answer, or none that is JSON."""


class WebSocketProvider(JSONBaseProvider):
    """JSON-RPC over one WebSocket, opened when first used and again after it broke."""

    def __init__(self, url: str, *, timeout: float) -> None:
        super().__init__()
        self._url = url
        self._timeout = timeout
        self._open = ExitStack()
        self._socket: ClientConnection | None = None
        self._lock = threading.Lock()

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """Sends one request and waits for its answer."""
        request = self.encode_rpc_request(method, params)
        with self._lock:
            if self._socket is None:
                opening = connect(
                    self._url, open_timeout=CONNECT_TIMEOUT, max_size=MAX_MESSAGE, close_timeout=1
                )
                self._socket = self._open.enter_context(opening)
            try:
                self._socket.send(request)
                return self.decode_rpc_response(_as_bytes(self._socket.recv(timeout=self._timeout)))
            except (WebSocketException, OSError):
                self._drop()
                raise

    def close(self) -> None:
        """Closes the socket, if it is open."""
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        self._open.close()
        self._socket = None


def provider_for(url: str, *, timeout: float) -> BaseProvider:
    """The provider for an http, https, ws or wss URL, with a timeout in seconds. Nothing is sent yet.

    Raises:
        ConfigError: It is none of these, or names no host.
    """
    parts = _split(url)
    if parts is None:
        raise ConfigError(f"{redact(url)} is not the address of a node")
    if parts.scheme in ("http", "https"):
        retry = ExceptionRetryConfiguration(
            errors=[requests.ConnectionError], retries=2, backoff_factor=0.1, method_allowlist=_SAFE_TO_RETRY
        )
        return HTTPProvider(
            url,
            request_kwargs={"timeout": (CONNECT_TIMEOUT, timeout)},
            exception_retry_configuration=retry,
        )
    if parts.scheme in ("ws", "wss"):
        return cast(BaseProvider, WebSocketProvider(url, timeout=timeout))
    raise ConfigError(f"{redact(url)}: a node is reached by http, https, ws or wss")


def redact(url: str) -> str:
    """The address without what may be a secret: only scheme, host and port remain.

    Example:
        >>> redact("https://user:password@node.example:8545/v3/KEY?token=T")
        'https://node.example:8545/...'
        >>> redact("http://127.0.0.1:8545")
        'http://127.0.0.1:8545'
    """
    parts = _split(url)
    if parts is None:
        return "(address)"
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
    port = f":{parts.port}" if parts.port else ""
    hidden = parts.path.strip("/") or parts.query or parts.fragment
    return f"{parts.scheme}://{host}{port}{'/...' if hidden else ''}"


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        return parts if parts.scheme and parts.hostname and parts.port != 0 else None
    except ValueError:  # a port that is no number, brackets that do not match
        return None


def _as_bytes(message: str | bytes) -> bytes:
    return message.encode() if isinstance(message, str) else message

"""What comes back from a node, as a result or as a named error: the one place that knows how backends say no.

Nodes agree on results and differ in refusals. Geth and Anvil put a contract's error into `data`, Hardhat into
an object inside `data`, Nethermind behind the word "Reverted"; eth-tester raises an exception with the bytes
spelt out in its text.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from web3 import Web3
from web3.middleware import Web3Middleware
from web3.providers import BaseProvider
from web3.types import RPCEndpoint, RPCResponse

from chain.errors import NetworkError, RpcError
from chain.networks.remote import TRANSPORT_ERRORS

Request = Callable[[RPCEndpoint, Any], RPCResponse]


def client(provider: BaseProvider, endpoint: str) -> Web3:
    """A web3 client on which every request succeeds, or raises `NetworkError` or its kind `RpcError`.

    Args:
        provider: Where requests go.
        endpoint: What to call it in messages; must hold no secret.
    """

    class NamedErrors(Web3Middleware):
        def wrap_make_request(self, make_request: Any) -> Request:
            return _named(make_request, endpoint)

    return Web3(provider, middleware=[NamedErrors])


def _named(make_request: Request, endpoint: str) -> Request:
    def request(method: RPCEndpoint, params: Any) -> RPCResponse:
        try:
            response = make_request(method, params)
        except TRANSPORT_ERRORS as error:
            # The original names the whole address, keys included: its kind is all that may pass.
            raise NetworkError(f"no answer from {endpoint} to {method}: {type(error).__name__}") from None
        except Exception as error:
            refusal = _from_tester(error)
            if refusal is None:
                raise
            raise refusal from None
        if not isinstance(response, dict) or response.get("jsonrpc") != "2.0":
            raise NetworkError(f"{endpoint} answers, but not in JSON-RPC: it is no node")
        if response.get("error") is not None:
            raise _refusal(response["error"])
        if "result" not in response:
            raise NetworkError(f"{endpoint} answered {method} with neither a result nor an error")
        return response

    return request


def _refusal(error: Any) -> RpcError:
    if not isinstance(error, dict):
        return RpcError(str(error))
    message = str(error.get("message") or "the node refused")
    raw = error.get("data")
    if isinstance(raw, dict):
        raw = raw.get("data")
    data = _data(raw)
    reverted = bool(data) or error.get("code") == 3 or "revert" in message.lower()
    return RpcError(message, code=int(error.get("code") or 0), data=data, reverted=reverted)


def _data(raw: Any) -> bytes:
    if not isinstance(raw, str):
        return b""
    try:
        return bytes.fromhex(raw.removeprefix("Reverted ").removeprefix("0x"))
    except ValueError:
        return b""


def _from_tester(error: Exception) -> RpcError | None:
    # By name, since eth-tester need not be installed.
    if type(error).__name__ != "TransactionFailed":
        return None
    text = str(error).removeprefix("execution reverted: ")
    try:
        data = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        data = b""
    return RpcError(
        f"execution reverted: {text}", code=3, data=data if isinstance(data, bytes) else b"", reverted=True
    )

"""The named errors of `chain`, and the exit code with which a command ends on each.

An error says what and where, and never holds a secret: no key, no password, no part of an RPC address beyond
its host.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from valuation.errors import WeighhouseError


class ChainError(WeighhouseError):
    """The root of what can go wrong between Weighhouse and a chain, a key or a store."""

    exit_code: ClassVar[int] = 1


class ConfigError(ChainError):
    """A setting, a file or an address is missing, or is not what it should be."""

    exit_code = 3


class InsufficientFunds(ConfigError):
    """The account cannot pay for the transaction's gas and value. Nothing was sent."""


class NetworkError(ChainError):
    """The node cannot be reached, serves another chain than expected, or has forgotten what was deployed."""

    exit_code = 4


class RpcError(NetworkError):
    """The node answered a request with an error.

    Attributes:
        code: The JSON-RPC error code.
        data: The bytes that came with it; of a reverted call, the contract's error.
        reverted: Whether a contract refused, as opposed to the node.
    """

    def __init__(self, message: str, *, code: int = 0, data: bytes = b"", reverted: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.data = data
        self.reverted = reverted


class TransactionPending(NetworkError):
    """A transaction was sent, and no block had taken it in when the time to wait was over. It may still come.

    Attributes:
        hash: The transaction.
    """

    def __init__(self, message: str, *, hash: str) -> None:
        super().__init__(message)
        self.hash = hash


class VerificationError(ChainError):
    """Chain, store and recomputation do not agree."""

    exit_code = 5


class Reverted(ChainError):
    """A contract refused. `chain.contracts.errors` has one subclass for each custom error of the contracts.

    Attributes:
        name: The error's name in Solidity.
        arguments: Its arguments by their names in Solidity; each is an attribute of the exception as well.
        data: The bytes that the contract returned.
    """

    exit_code = 6

    def __init__(self, name: str, arguments: Mapping[str, Any] | None = None, data: bytes = b"") -> None:
        self.name = name
        self.arguments: dict[str, Any] = dict(arguments or {})
        self.data = data
        super().__init__(f"{name}({', '.join(f'{key}={_shown(v)}' for key, v in self.arguments.items())})")

    def __getattr__(self, name: str) -> Any:
        """An argument of the error, by its name in Solidity."""
        try:
            return self.__dict__["arguments"][name]
        except KeyError:
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}") from None


class WindowError(ChainError):
    """Not yet, or too late."""

    exit_code = 7


class NothingToDo(ChainError):
    """It is done already, or there is nothing to do it with."""

    exit_code = 8


class Refused(ChainError):
    """Not allowed to this account, on this chain, or with a file that others can read."""

    exit_code = 9


class StoreError(ChainError):
    """Stored bytes are missing, corrupt or too large."""

    exit_code = 10


def _shown(value: object) -> str:
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)

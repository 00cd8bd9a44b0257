"""What all typed contract handles share: reading at once, and writing as a `Call` that is yet to be sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from web3.types import BlockIdentifier

from chain.contracts.abi import Parameter, decode, encode
from chain.contracts.artifacts import Fields, artifact, constructor, event, function
from chain.contracts.errors import decode_revert
from chain.errors import NetworkError, RpcError
from chain.network import Network, checked_address
from valuation.errors import InputError


@dataclass(frozen=True)
class Call:
    """A message to a contract, ready to be shown, simulated or sent.

    Attributes:
        to: The contract; None creates one.
        data: Calldata, or creation code.
        value: Wei that go along.
        contract: Name of the contract.
        function: Name of the function in Solidity; `constructor` for a creation.
        arguments: The arguments by their names in Solidity.
    """

    to: str | None
    data: bytes = field(repr=False)
    value: int = 0
    contract: str = ""
    function: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def description(self) -> str:
        """The call as people read it, such as `RoundBook.submit(id=3, digest=0x12...)`."""
        shown = ", ".join(f"{name}={_shown(value)}" for name, value in self.arguments.items())
        return f"{self.contract}.{self.function}({shown})"


@dataclass(frozen=True)
class Log:
    """A raw event: which contract, its topics and data, and its place in the block."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes
    log_index: int


@dataclass(frozen=True)
class Contract:
    """A contract at an address. Subclasses name its artifact and give each function a typed method.

    Raises:
        ConfigError: The address is not one.
    """

    network: Network = field(repr=False)
    address: str

    artifact_name: ClassVar[str]

    def __post_init__(self) -> None:
        checked_address(self.address)

    def _read(self, name: str, *arguments: object, block: BlockIdentifier = "latest") -> Any:
        """The return value of a view: one value as it is, several as a tuple.

        Views that depend on the time are read on the pending block: they tell what a transaction sent now
        would meet.

        Raises:
            Reverted: The contract refused.
            NetworkError: No answer, or no such contract at the address.
        """
        wanted = function(self.artifact_name, name)
        what = f"{self.artifact_name}.{name}"
        data = wanted.selector + encode(wanted.inputs, arguments, what=what)
        try:
            answer = self.network.call(self.address, data, block=block)
        except RpcError as error:
            if error.reverted:
                raise decode_revert(error.data) from None
            raise
        try:
            values = decode(wanted.outputs, answer, what=what)
        except InputError:
            raise NetworkError(
                f"there is no {self.artifact_name} at {self.address} on {self.network.name}"
            ) from None
        return values[0] if len(values) == 1 else values

    def _write(self, name: str, *arguments: object) -> Call:
        """The call of a function that changes state.

        Raises:
            InputError: An argument does not fit.
        """
        wanted = function(self.artifact_name, name)
        data = wanted.selector + encode(wanted.inputs, arguments, what=f"{self.artifact_name}.{name}")
        return Call(
            to=self.address,
            data=data,
            contract=self.artifact_name,
            function=name,
            arguments=dict(zip((p.name for p in wanted.inputs), arguments, strict=True)),
        )


def creation(name: str, *arguments: object) -> Call:
    """The call that creates a contract from its artifact.

    Raises:
        ConfigError: There is no such artifact.
        InputError: An argument does not fit the constructor.
    """
    wanted = constructor(name)
    return Call(
        to=None,
        data=artifact(name).bytecode + encode(wanted, arguments, what=name),
        contract=name,
        function="constructor",
        arguments=dict(zip((p.name for p in wanted), arguments, strict=True)),
    )


def decode_log(contract: str, name: str, log: Log) -> dict[str, Any] | None:
    """The arguments of an event by their names in Solidity; None when the log is not of this event.

    Example:
        >>> from chain.contracts.artifacts import event
        >>> topics = (event("RoundBook", "Closed").hash,)
        >>> decode_log("RoundBook", "Closed", Log("0x" + "00" * 20, topics, b"", 0))
        {}
    """
    wanted = event(contract, name)
    indexed = [p for p in wanted.parameters if p.indexed]
    if len(log.topics) != len(indexed) + 1 or log.topics[0] != wanted.hash:
        return None
    body = [p for p in wanted.parameters if not p.indexed]
    found = dict(zip([p.name for p in body], decode(body, log.data, what=name), strict=True))
    for parameter, topic in zip(indexed, log.topics[1:], strict=True):
        (found[parameter.name],) = decode([parameter], topic, what=name)
    return {p.name: found[p.name] for p in wanted.parameters}


def topics(contract: str, name: str, filters: Mapping[str, object]) -> list[str | None]:
    """The topics that select an event whose indexed fields have these values.

    Raises:
        InputError: A filter is no indexed field of the event, or does not fit its type.
    """
    wanted: Fields = event(contract, name)
    indexed = [p for p in wanted.parameters if p.indexed]
    unknown = set(filters) - {p.name for p in indexed}
    if unknown:
        raise InputError(f"{contract}.{name} has no indexed field {', '.join(sorted(unknown))}")
    selected = [_topic(name, p, filters[p.name]) if p.name in filters else None for p in indexed]
    return ["0x" + wanted.hash.hex(), *selected]


def _topic(what: str, parameter: Parameter, value: object) -> str:
    return "0x" + encode([parameter], [value], what=what).hex()


def _shown(value: object) -> str:
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)

"""What contracts announced, read from the chain by block ranges.

No filter is ever installed on a server: those get lost, and nobody is told. Ranges adapt to what the node
will answer: halved when it refuses, doubled when it does not.

Example:
    >>> from chain.accounts import dev_account
    >>> from chain.contracts import Token
    >>> from chain.network import connect
    >>> from chain.sender import Sender
    >>> with connect("embedded") as network:
    ...     owner = Sender(network, dev_account(network, 0))
    ...     token = Token(network, owner.deploy("TestToken")[0])
    ...     receipts = [owner.send(token.mint(owner.address, amount)) for amount in (5, 7)]
    ...     [event.arguments["value"] for event in events(network, token, "Transfer", 0)]
    [5, 7]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from web3.types import FilterParams

from chain.contracts.handle import Contract, decode_log, topics
from chain.errors import NetworkError, RpcError
from chain.network import Network
from chain.receipts import Receipt, log_from

FIRST_RANGE = 2_000
LARGEST_RANGE = 100_000
_SILENCES = 2
"""Times that no answer is taken for a range that is too wide."""


@dataclass(frozen=True)
class Event:
    """One event of a contract, and where it stands in the chain.

    Attributes:
        name: Its name in Solidity.
        address: Who announced it.
        arguments: Its fields by their names in Solidity; structs are tuples.
        block: Number of its block.
        block_hash: Hash of its block.
        log_index: Its place among the block's events.
        transaction: Hash of the transaction, in hex.
    """

    name: str
    address: str
    arguments: Mapping[str, Any]
    block: int
    block_hash: bytes
    log_index: int
    transaction: str

    @property
    def place(self) -> tuple[int, int]:
        """Block and log index: the order of events."""
        return self.block, self.log_index


def events(
    network: Network,
    contract: Contract,
    name: str,
    from_block: int,
    to_block: int | None = None,
    **filters: object,
) -> list[Event]:
    """The events of one name that a contract announced, in the order of the chain.

    Args:
        network: The chain.
        contract: Who announced them.
        name: The event's name in Solidity.
        from_block: First block to look at.
        to_block: Last block to look at; the latest when not given.
        **filters: Values of indexed fields, by their names in Solidity.

    Raises:
        InputError: A filter is no indexed field of the event.
        NetworkError: No answer, or the node refuses even a single block.
    """
    wanted = topics(contract.artifact_name, name, filters)
    last = network.block().number if to_block is None else to_block
    found = [
        _event(contract.artifact_name, name, log)
        for _, logs in logs_by_range(network, [contract.address], wanted, from_block, last)
        for log in logs
    ]
    return sorted((event for event in found if event is not None), key=lambda event: event.place)


def events_of(receipt: Receipt, contract: Contract, name: str) -> list[Event]:
    """The events of one name that a contract announced in one transaction, in order."""
    found = []
    for log in receipt.logs:
        if log.address == contract.address:
            arguments = decode_log(contract.artifact_name, name, log)
            if arguments is not None:
                place = (receipt.block, receipt.block_hash, log.log_index, receipt.hash)
                found.append(Event(name, log.address, arguments, *place))
    return found


def logs_by_range(
    network: Network, addresses: list[str], wanted: list[str | None], first: int, last: int
) -> Iterator[tuple[int, list[Mapping[str, Any]]]]:
    """The logs of contracts, range of blocks by range of blocks, each with the last block of its range.

    Args:
        network: The chain.
        addresses: The contracts.
        wanted: A topic for each place, or None for any; no topics for all logs.
        first: First block.
        last: Last block.

    Raises:
        NetworkError: No answer, or the node refuses even a single block.
    """
    width, silences = FIRST_RANGE, 0
    while first <= last:
        end = min(first + width - 1, last)
        query = {"address": addresses, "topics": wanted, "fromBlock": first, "toBlock": end}
        try:
            answer = network.web3.eth.get_logs(cast(FilterParams, query))
        except NetworkError as error:
            # A node that is asked for too much refuses in words of its own, or does not answer in time.
            silences += not isinstance(error, RpcError)
            if end == first or silences > _SILENCES:
                raise
            width = (end - first + 1) // 2
            continue
        yield end, cast(list[Mapping[str, Any]], answer)
        first = end + 1
        width = min(2 * width, LARGEST_RANGE)


def _event(contract: str, name: str, found: Mapping[str, Any]) -> Event | None:
    log = log_from(found)
    arguments = decode_log(contract, name, log)
    if arguments is None:
        return None
    return Event(
        name=name,
        address=log.address,
        arguments=arguments,
        block=int(found["blockNumber"]),
        block_hash=bytes(found["blockHash"]),
        log_index=log.log_index,
        transaction="0x" + bytes(found["transactionHash"]).hex(),
    )

"""The receipts and logs of the embedded chain, indexed: asking does not mean walking through its blocks."""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

from eth.abc import BlockAPI, ComputationAPI, ReceiptAPI, SignedTransactionAPI
from eth_typing import Address
from eth_utils.address import to_checksum_address

Json = Any
"""What a JSON-RPC answer may hold."""


class Receipts:
    """Receipts by transaction, logs by block. Memory grows with the number of transactions and logs."""

    def __init__(self) -> None:
        self._receipts: dict[str, Json] = {}
        self._logs: list[Json] = []
        self._blocks: list[int] = []

    def find(self, transaction: str) -> Json:
        """The receipt of a transaction; None when it is in no block."""
        return self._receipts.get(transaction)

    def add(
        self, block: BlockAPI, sent: SignedTransactionAPI, receipt: ReceiptAPI, outcome: ComputationAPI
    ) -> None:
        """Takes in a block with one transaction."""
        header = block.header
        base_fee = header.base_fee_per_gas or 0
        place = {
            "blockHash": to_hex(header.hash),
            "blockNumber": hex(header.block_number),
            "transactionHash": to_hex(sent.hash),
            "transactionIndex": "0x0",
        }
        logs = [
            place
            | {
                "address": to_checksum_address(log.address),
                "topics": [to_hex(topic.to_bytes(32, "big")) for topic in log.topics],
                "data": to_hex(log.data),
                "logIndex": hex(index),
                "removed": False,
            }
            for index, log in enumerate(receipt.logs)
        ]
        self._logs += logs
        self._blocks += [header.block_number] * len(logs)
        self._receipts[to_hex(sent.hash)] = place | {
            "from": to_checksum_address(sent.sender),
            "to": to_checksum_address(sent.to) if sent.to else None,
            "contractAddress": None if sent.to else to_checksum_address(outcome.msg.storage_address),
            "gasUsed": hex(header.gas_used),
            "cumulativeGasUsed": hex(header.gas_used),
            "effectiveGasPrice": hex(
                base_fee + min(sent.max_priority_fee_per_gas, sent.max_fee_per_gas - base_fee)
            ),
            "status": hex(0 if outcome.is_error else 1),
            "type": "0x2",
            "logs": logs,
            "logsBloom": to_hex(receipt.bloom.to_bytes(256, "big")),
        }

    def logs(self, first: int, last: int, addresses: Json, topics: list[Json]) -> list[Json]:
        """The logs of a range of blocks that match, in order.

        Args:
            first: First block.
            last: Last block.
            addresses: One address or a list; any, when there is none.
            topics: At each place one topic, a list of them, or None for any.
        """
        start, end = bisect_left(self._blocks, first), bisect_left(self._blocks, last + 1)
        wanted_addresses = {address.lower() for address in _listed(addresses)}
        wanted_topics = [{topic.lower() for topic in _listed(place)} for place in topics]
        return [log for log in self._logs[start:end] if _matches(log, wanted_addresses, wanted_topics)]


def _matches(log: Json, addresses: set[str], topics: list[set[str]]) -> bool:
    if addresses and log["address"].lower() not in addresses:
        return False
    if len(topics) > len(log["topics"]):
        return False
    return all(not wanted or topic in wanted for wanted, topic in zip(topics, log["topics"], strict=False))


def _listed(value: Json) -> list[str]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def from_hex(text: str) -> bytes:
    """The bytes of a hex string."""
    return bytes.fromhex(text.removeprefix("0x"))


def to_address(text: str) -> Address:
    """The 20 bytes of an address."""
    return Address(from_hex(text))


def to_hex(data: bytes) -> str:
    """Bytes as JSON-RPC spells them."""
    return "0x" + bytes(data).hex()

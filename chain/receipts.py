"""What became of a transaction, in plain values: web3's own types stay below this line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from web3.types import TxReceipt

from chain.contracts.handle import Log


@dataclass(frozen=True)
class Receipt:
    """What became of a transaction.

    Attributes:
        hash: The transaction, in hex.
        block: The block that took it in.
        block_hash: That block's hash.
        gas_used: Gas that it took.
        status: 1 when it succeeded, 0 when it reverted.
        contract: The contract that it created, if any.
        logs: Its events, in order.
    """

    hash: str
    block: int
    block_hash: bytes
    gas_used: int
    status: int
    contract: str | None
    logs: tuple[Log, ...] = field(repr=False)


def receipt_from(found: TxReceipt) -> Receipt:
    """A receipt as web3 returns it, in plain values."""
    created = found.get("contractAddress")
    return Receipt(
        hash="0x" + bytes(found["transactionHash"]).hex(),
        block=int(found["blockNumber"]),
        block_hash=bytes(found["blockHash"]),
        gas_used=int(found["gasUsed"]),
        status=int(found["status"]),
        contract=str(created) if created else None,
        logs=tuple(log_from(log) for log in found["logs"]),
    )


def log_from(found: Mapping[str, Any]) -> Log:
    """A log as web3 returns it, in plain values."""
    return Log(
        address=str(found["address"]),
        topics=tuple(bytes(topic) for topic in found["topics"]),
        data=bytes(found["data"]),
        log_index=int(found["logIndex"]),
    )

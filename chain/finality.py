"""How sure it is that a transaction stays in the chain."""

from __future__ import annotations

from enum import StrEnum

from chain.errors import NetworkError
from chain.network import Network
from chain.receipts import Receipt


class Finality(StrEnum):
    """From "may still come" to "cannot go away"."""

    PENDING = "pending"  # in no block of the chain as it is now
    INCLUDED = "included"  # in a block with few others on top
    CONFIRMED = "confirmed"  # as many blocks on top as were asked for
    FINALIZED = "finalized"  # the chain's own promise: its `finalized` block is at or after it


def is_buried(network: Network, receipt: Receipt, confirmations: int) -> bool:
    """Whether a receipt's very block is in the chain with so many blocks on top.

    The block is compared by its hash: a reorganisation puts another one at its height.

    Raises:
        NetworkError: No answer.
    """
    head = network.block()
    if head.number - receipt.block < confirmations:
        return False
    return network.block(receipt.block).hash == receipt.block_hash


def finality_of(network: Network, receipt: Receipt, confirmations: int) -> Finality:
    """How sure a receipt is now.

    Raises:
        NetworkError: No answer.

    Example:
        >>> from chain.accounts import dev_account
        >>> from chain.contracts import Call
        >>> from chain.network import connect
        >>> from chain.sender import Sender
        >>> with connect("embedded") as network:
        ...     sender = Sender(network, dev_account(network, 0))
        ...     receipt = sender.send(Call(to=sender.address, data=b""))
        ...     finality_of(network, receipt, confirmations=3).value
        'finalized'
    """
    if receipt.block > network.block().number or not is_buried(network, receipt, 0):
        return Finality.PENDING
    if finalized_block(network) >= receipt.block:
        return Finality.FINALIZED
    return Finality.CONFIRMED if is_buried(network, receipt, confirmations) else Finality.INCLUDED


def finalized_block(network: Network) -> int:
    """Number of the latest finalised block; -1 where a chain has no such notion."""
    try:
        return network.block("finalized").number
    except NetworkError:
        return -1

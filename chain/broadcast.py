"""Hands signed transactions to a node, and knows in which words nodes say what they did with them."""

from __future__ import annotations

from enum import Enum, auto

from hexbytes import HexBytes

from chain.errors import InsufficientFunds, NetworkError, RpcError
from chain.network import Network


class Answer(Enum):
    """What became of a transaction that was handed to a node."""

    TAKEN = auto()  # the node has it, now or from before
    SPENT = auto()  # its nonce is used: by itself, if it is in a block already, or by another
    OUTBID = auto()  # the node has another of this nonce that offers more
    SILENCE = auto()  # no answer: it may have arrived


# Geth and Erigon; Nethermind; Besu and Hardhat; Anvil. In lower case.
_TAKEN = ("already known", "alreadyknown", "known transaction", "already imported")
_SPENT = ("nonce too low", "oldnonce", "nonce is too low")
_OUTBID = ("replacement transaction underpriced", "replacementnotallowed", "could not replace existing tx")


def broadcast(network: Network, raw: str) -> Answer:
    """Hands a signed transaction, in hex, to the node. Doing so again does no harm.

    Raises:
        InsufficientFunds: The account cannot pay what it offers.
        RpcError: The node refuses it for another reason.
    """
    try:
        network.web3.eth.send_raw_transaction(HexBytes(raw))
    except RpcError as error:
        text = str(error).lower()
        for answer, words in ((Answer.TAKEN, _TAKEN), (Answer.SPENT, _SPENT), (Answer.OUTBID, _OUTBID)):
            if any(word in text for word in words):
                return answer
        if "insufficient funds" in text:
            raise InsufficientFunds(str(error)) from None
        raise
    except NetworkError:
        return Answer.SILENCE
    return Answer.TAKEN

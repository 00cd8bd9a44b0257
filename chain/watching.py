"""Follows transactions that were signed: into a block, out of it again, and until they are settled."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from hexbytes import HexBytes
from web3.exceptions import TransactionNotFound

from chain.broadcast import broadcast
from chain.errors import InsufficientFunds, NetworkError, RpcError, TransactionPending
from chain.finality import finalized_block, is_buried
from chain.journal import IN_FLIGHT, Entry, Journal, Step
from chain.network import Network
from chain.receipts import Receipt, receipt_from

_LAG = (0.0, 0.5, 1.5)
"""Seconds to wait before each look for a receipt that must exist."""
_NOT_FINAL = 256
"""Blocks below the latest that are looked at again, where a chain does not say what is final."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 1.0


@dataclass(frozen=True)
class Watched:
    """How transactions of one account are followed.

    Attributes:
        network: Where they are.
        journal: Where it is written down how far they have come.
        confirmations: Blocks on top of its own that settle a transaction.
        timeout: Seconds until it is given up for now.
        resubmit: Seconds without a block until it is offered again.
    """

    network: Network
    journal: Journal | None
    confirmations: int
    timeout: float
    resubmit: float

    def until_settled(
        self, entry: Entry, offer_again: Callable[[Entry], Entry]
    ) -> tuple[Entry, Receipt] | None:
        """Waits until an entry is settled; None when its nonce went to another transaction.

        A node that does not answer, or answers with errors, is asked again until the time is over.

        Raises:
            TransactionPending: The time is over.
        """
        begun = time.monotonic()
        offered, pause, trouble = begun, _FIRST_PAUSE, ""
        while True:
            try:
                receipt = find(self.network, entry)
                if receipt is None:
                    if entry.step in (Step.INCLUDED, Step.CONFIRMED):  # a reorganisation took it out
                        entry = self._record(replace(entry, step=Step.SIGNED, block=-1))
                        self._hand_in(entry)
                    if self._is_lost(entry):
                        self._record(replace(entry, step=Step.LOST))
                        return None
                    if pause >= _LONGEST_PAUSE:
                        self._free_the_way(entry)
                    if time.monotonic() - offered >= self.resubmit:
                        offered, entry = time.monotonic(), offer_again(entry)
                elif is_buried(self.network, receipt, self.confirmations):
                    return self._settle(entry, receipt), receipt
                elif (entry.step, entry.block) != (Step.INCLUDED, receipt.block):
                    entry = self._record(replace(entry, step=Step.INCLUDED, block=receipt.block))
                trouble = ""
            except (NetworkError, InsufficientFunds) as error:
                trouble = f": {error}"
            if time.monotonic() - begun > self.timeout:
                state = "has too few blocks on top" if entry.step is Step.INCLUDED else "is in no block"
                hash = entry.attempts[-1].hash
                raise TransactionPending(f"{hash} {state} after {self.timeout:g} s{trouble}", hash=hash)
            time.sleep(pause)
            pause = min(1.5 * pause, _LONGEST_PAUSE)

    def still_there(self, entry: Entry) -> bool:
        """Whether an entry is in the chain or may come to be; hands it to the node again if it is not.

        Raises:
            NetworkError: It was confirmed, is gone, and cannot be sent again as it was.
        """
        if find(self.network, entry) is not None:
            return True
        if self.network.nonce(entry.intent.account) <= entry.nonce:
            self._hand_in(entry)
            return True
        if not self._is_lost(entry):
            return True
        if entry.step is Step.CONFIRMED:
            raise NetworkError(
                f"{self.network.endpoint} does not know {entry.attempts[-1].hash}, which was in block "
                f"{entry.block}: reorganised away, or forgotten by this node; it is not sent a second time"
            )
        self._record(replace(entry, step=Step.LOST))
        return False

    def recover(self, account: str, *, settled_too: bool = False) -> list[Entry]:
        """Looks after an account's transactions in flight, oldest first; returns those that are still alive.

        Those that were settled in blocks that are not final are looked at as well when the latest of them is
        gone: the nonces above it are of no use without it.

        Args:
            account: Whose.
            settled_too: Look at all of these, whether the latest is gone or not.

        Raises:
            NetworkError: No answer.
        """
        if self.journal is None:
            return []
        old = max(finalized_block(self.network), self.network.block().number - _NOT_FINAL)
        entries = self.journal.of(account, IN_FLIGHT)
        settled = self.journal.of(account, (Step.CONFIRMED, Step.REVERTED), old + 1)
        if settled_too or (settled and find(self.network, settled[-1]) is None):
            entries += settled
        ordered = sorted(entries, key=lambda entry: (entry.nonce, entry.number))
        return [entry for entry in ordered if self._recovered(entry)]

    def _free_the_way(self, entry: Entry) -> None:
        """The node may have dropped it, or, in a reorganisation, an earlier one that it has to wait for."""
        if self.network.nonce(entry.intent.account) < entry.nonce:
            self.recover(entry.intent.account)
        try:
            self.network.web3.eth.get_transaction(HexBytes(entry.attempts[-1].hash))
        except TransactionNotFound:
            self._hand_in(entry)

    def _recovered(self, entry: Entry) -> bool:
        receipt = find(self.network, entry)
        if receipt is not None:
            if is_buried(self.network, receipt, self.confirmations):
                self._settle(entry, receipt)
            elif (entry.step, entry.block) != (Step.INCLUDED, receipt.block):
                self._record(replace(entry, step=Step.INCLUDED, block=receipt.block))
            return True
        if self._is_lost(entry):
            if entry.step in IN_FLIGHT:
                self._record(replace(entry, step=Step.LOST))
            return False
        if not self._hand_in(entry):
            return False  # it stays in the journal, and in nobody's way
        self._record(replace(entry, step=Step.SIGNED, block=-1))
        return True

    def _hand_in(self, entry: Entry) -> bool:
        """Hands the latest attempt to the node again; False when it is refused, as for fees of yesterday."""
        try:
            broadcast(self.network, entry.attempts[-1].raw)
        except (RpcError, InsufficientFunds):
            return False
        return True

    def _is_lost(self, entry: Entry) -> bool:
        """Whether another transaction has the nonce, as deep in the chain as a transaction counts as settled.

        Only then can none of the attempts come back.
        """
        account = entry.intent.account
        if self.network.nonce(account) <= entry.nonce:
            return False
        settled = self.network.block().number - self.confirmations
        if settled < 0 or self.network.nonce(account, settled) <= entry.nonce:
            return False
        # The receipts were asked for before the nonce was known to be spent, so ask again: a block may have
        # come in between, and of several nodes behind one address one may lag.
        for pause in _LAG:
            time.sleep(pause)
            if find(self.network, entry) is not None:
                return False
        self.network.verify()
        return True

    def _settle(self, entry: Entry, receipt: Receipt) -> Entry:
        step = Step.CONFIRMED if receipt.status else Step.REVERTED
        if (entry.step, entry.block) == (step, receipt.block):
            return entry
        return self._record(replace(entry, step=step, block=receipt.block))

    def _record(self, entry: Entry) -> Entry:
        return entry if self.journal is None else self.journal.record(entry)


def find(network: Network, entry: Entry) -> Receipt | None:
    """The receipt of whichever attempt is in a block; None when none is."""
    for attempt in reversed(entry.attempts):
        try:
            return receipt_from(network.web3.eth.get_transaction_receipt(HexBytes(attempt.hash)))
        except TransactionNotFound:
            continue
    return None

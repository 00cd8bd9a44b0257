"""Sending transactions so that each is sent once, and a refusal costs nothing.

Every transaction goes one way: simulated first, so that a contract's refusal is named before money moves;
its nonce taken under a lock that holds between processes; written to the journal before it leaves; handed to
the node again, for a higher fee, while no block takes it; watched until its block has others on top. What a
killed process left is taken up by the next one that sends for the account.

Example:
    >>> from chain.accounts import dev_account
    >>> from chain.contracts import Token
    >>> from chain.network import connect
    >>> with connect("embedded") as network:
    ...     owner = Sender(network, dev_account(network, 0))
    ...     address, _ = owner.deploy("TestToken")
    ...     token = Token(network, address)
    ...     owner.send(token.mint(owner.address, 5)).status, token.balance_of(owner.address)
    (1, 5)
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Protocol, cast

from eth_account.datastructures import SignedTransaction
from web3.types import BlockIdentifier, TxParams

from chain.broadcast import broadcast
from chain.contracts.errors import decode_revert
from chain.contracts.handle import Call, creation
from chain.encoding import keccak
from chain.errors import (
    ConfigError,
    InsufficientFunds,
    NetworkError,
    NothingToDo,
    Refused,
    Reverted,
    RpcError,
)
from chain.fees import DEFAULT_CAP, Fees, current_fees, raised
from chain.finality import Finality, finality_of
from chain.journal import Attempt, Entry, Intent, Journal, Step
from chain.locks import locked
from chain.network import Network
from chain.receipts import Receipt
from chain.watching import Watched

__all__ = ["Quote", "Receipt", "Sender", "Signer"]

GAS_MARGIN_PERCENT = 125
MOST_GAS = 2**24
"""What a transaction may use at most since EIP-7825."""
CONFIRMATIONS = 3
"""Blocks that must stand on a transaction's block, where the sender does not say: none on a dev chain."""


class Signer(Protocol):
    """An account that can sign: eth-account's, or anything with these two."""

    @property
    def address(self) -> Any:
        """The account's checksummed address."""

    def sign_transaction(self, transaction: dict[str, Any]) -> SignedTransaction:
        """The signed transaction, with its bytes in `raw_transaction` and its `hash`."""


@dataclass(frozen=True)
class Quote:
    """What a call would take: gas, and at most so many wei, the call's value included."""

    gas: int
    fees: Fees
    cost: int


@dataclass(frozen=True)
class Sender:
    """An account on a network.

    Attributes:
        network: Where to send.
        account: Who signs.
        journal: Where each step is written down; without one, keys are refused and a crash forgets.
        fee_cap: Wei per gas that are offered at most.
        timeout: Seconds to wait for a block.
        resubmit: Seconds without a block after which the transaction is offered again, for a higher fee.
        confirmations: Blocks to wait for on top of the transaction's own; None for the network's usual.
    """

    network: Network
    account: Signer = field(repr=False)
    journal: Journal | None = None
    fee_cap: int = DEFAULT_CAP
    timeout: float = 120.0
    resubmit: float = 30.0
    confirmations: int | None = None

    @property
    def address(self) -> str:
        """The account's address."""
        return str(self.account.address)

    @property
    def depth(self) -> int:
        """Blocks on top of its own after which a transaction counts as confirmed."""
        if self.confirmations is not None:
            return self.confirmations
        return 0 if self.network.is_dev else CONFIRMATIONS

    def send(self, call: Call, *, key: str | None = None, round: int | None = None) -> Receipt:
        """Sends a call and waits until it is confirmed.

        With a journal, the same call of the same account in the same round is taken up where a process that
        was killed left it. Once it is settled, sending it again is another transaction, unless it has a key.

        Args:
            call: What to send.
            key: What it is for. The same key of the same account is sent once, ever: again, it answers with
                the old receipt. Needs a journal.
            round: The round that it belongs to, where its arguments do not say.

        Raises:
            Reverted: The contract refuses; before anything was sent, unless the state changed in between.
            InsufficientFunds: The account cannot pay for the gas. Nothing was sent.
            Refused: The key was used for another call, or fees are above the cap.
            TransactionPending: It was sent, and is not confirmed yet.
            NetworkError: No answer, or another chain answers than before.
            StoreError: The journal cannot be written; nothing was sent.
        """
        if key is not None and self.journal is None:
            raise Refused("a key needs a journal to be remembered in")
        intent = self._intent(call, key, round)
        while True:
            with locked(self._lock_name()):
                self.network.verify()
                entry = self._resume(intent) or self._start(call, intent)
            settled = self._watched.until_settled(entry, lambda entry: self._raise_fees(call, entry))
            if settled is not None:
                break
        entry, receipt = settled
        if not receipt.status:
            raise self._reason(call, receipt)
        return receipt

    def send_once(self, call: Call, *, key: str) -> Receipt:
        """As `send` with a key, for a person who may have forgotten that it was done.

        Raises:
            NothingToDo: It was confirmed before; its transaction is named, and still in the chain.
            ChainError: As `send`.
        """
        done = self.settled(key)
        receipt = self.send(call, key=key)
        if done:
            raise NothingToDo(f"{call.contract}.{call.function} was sent already: {receipt.hash}")
        return receipt

    def deploy(self, artifact: str, *arguments: object, key: str | None = None) -> tuple[str, Receipt]:
        """Creates a contract from its artifact; returns its address. As `send` otherwise.

        Raises:
            NetworkError: No contract came of it.
        """
        receipt = self.send(creation(artifact, *arguments), key=key)
        if receipt.contract is None:
            raise NetworkError(f"{receipt.hash} created no contract")
        return receipt.contract, receipt

    def simulate(self, call: Call) -> bytes:
        """What the call would return in the next block, without sending it.

        Raises:
            Reverted: The contract refuses.
            NetworkError: No answer.
        """
        try:
            return self._call(call, "pending")
        except RpcError as error:
            raise _named(error) from None

    def quote(self, call: Call) -> Quote:
        """What sending the call would take. Nothing is sent.

        Raises:
            Reverted: The contract refuses.
            InsufficientFunds: The account could not pay.
            Refused: Fees are above the cap.
            NetworkError: No answer.
        """
        self.simulate(call)
        fees = current_fees(self.network, cap=self.fee_cap)
        gas = self._gas(call)
        cost = gas * fees.maximum + call.value
        held = self.network.balance(self.address)
        if held < cost:
            raise InsufficientFunds(
                f"{self.address} holds {held} wei on {self.network.name}; "
                f"{call.contract}.{call.function} may take {cost}"
            )
        return Quote(gas, fees, cost)

    def recover(self) -> int:
        """Looks after everything that the journal has in flight or not final yet; returns how many that are.

        What a reorganisation took out of the chain, or a node forgot, is handed to the node again as it was.

        Raises:
            NetworkError: No answer, or another chain answers than before.
        """
        with locked(self._lock_name()):
            self.network.verify()
            return len(self._watched.recover(self.address, settled_too=True))

    def settled(self, key: str) -> str | None:
        """Hash of the confirmed transaction of a key, as the journal tells; None when there is none yet."""
        entry = self._latest_of(key)
        return entry.attempts[-1].hash if entry and entry.step is Step.CONFIRMED else None

    def begun(self, key: str) -> bool:
        """Whether a transaction was signed for a key that may be in the chain, or may come to be."""
        entry = self._latest_of(key)
        return entry is not None and entry.step not in (Step.INTENT, Step.REVERTED, Step.LOST)

    def finality(self, receipt: Receipt) -> Finality:
        """How sure it is now that a receipt's transaction stays in the chain."""
        return finality_of(self.network, receipt, self.depth)

    # One step after the other

    def _start(self, call: Call, intent: Intent) -> Entry:
        ahead = self._watched.recover(self.address)
        quote = self.quote(call)
        nonce = self.network.nonce(self.address, "pending")
        # A node that has just been handed a transaction may not count it yet.
        nonce = max([nonce, *(entry.nonce + 1 for entry in ahead)])
        entry = self._record(Entry(intent, Step.INTENT, nonce, quote.gas))
        entry = self._sign(call, entry, quote.fees)
        broadcast(self.network, entry.attempts[-1].raw)
        return entry

    def _resume(self, intent: Intent) -> Entry | None:
        """The entry of this intent that is or may come to be in the chain; None when it must be started."""
        entry = self.journal.latest(intent) if self.journal else None
        if entry is None:
            return None
        if entry.intent.content != intent.content:
            raise Refused(f"the key {intent.reference} of {intent.account} was used for another call")
        if entry.step in (Step.INTENT, Step.REVERTED, Step.LOST):
            return None
        if entry.step is Step.CONFIRMED and not intent.reference:
            return None
        return entry if self._watched.still_there(entry) else None

    def _raise_fees(self, call: Call, entry: Entry) -> Entry:
        """Offers more for a transaction that no block takes; the same again, when more is above the cap."""
        with locked(self._lock_name()):
            self.network.verify()
            known = self.journal.latest(entry.intent) if self.journal else None
            entry = known if known and known.number == entry.number else entry
            last = entry.attempts[-1]
            try:
                market = current_fees(self.network, cap=self.fee_cap)
                higher = raised(Fees(last.maximum, last.tip), market, cap=self.fee_cap)
            except Refused:
                higher = None
            if higher is not None:
                entry = self._sign(call, entry, higher)
            for attempt in reversed(entry.attempts[-2:]):
                try:
                    broadcast(self.network, attempt.raw)
                    break
                except (RpcError, InsufficientFunds):
                    continue  # the node may still take what was offered before
            return entry

    @property
    def _watched(self) -> Watched:
        return Watched(self.network, self.journal, self.depth, self.timeout, self.resubmit)

    def _sign(self, call: Call, entry: Entry, fees: Fees) -> Entry:
        transaction: dict[str, Any] = {
            "type": 2,
            "chainId": self.network.chain_id,
            "nonce": entry.nonce,
            "gas": entry.gas,
            "maxFeePerGas": fees.maximum,
            "maxPriorityFeePerGas": fees.tip,
            "value": call.value,
            "data": call.data,
        }
        if call.to is not None:
            transaction["to"] = call.to
        signed = self.account.sign_transaction(transaction)
        raw, hash = bytes(signed.raw_transaction), bytes(signed.hash)
        attempt = Attempt("0x" + hash.hex(), "0x" + raw.hex(), fees.maximum, fees.tip)
        return self._record(replace(entry, step=Step.SIGNED, attempts=(*entry.attempts, attempt)))

    def _record(self, entry: Entry) -> Entry:
        return entry if self.journal is None else self.journal.record(entry)

    def _latest_of(self, key: str) -> Entry | None:
        return self.journal.latest(Intent(self.address, "", 0, "", key)) if self.journal else None

    def _intent(self, call: Call, key: str | None, round: int | None) -> Intent:
        if key == "":
            raise ConfigError("a key is not empty")
        to = call.to or ""
        message = to.encode().ljust(42, b"\0") + call.value.to_bytes(32, "big") + call.data
        belongs = round if round is not None else _round_in(call)
        return Intent(self.address, to, belongs, "0x" + keccak(message).hex(), key or "")

    # What nodes are asked

    def _call(self, call: Call, block: BlockIdentifier) -> bytes:
        return self.network.call(call.to, call.data, sender=self.address, value=call.value, block=block)

    def _gas(self, call: Call) -> int:
        request: dict[str, Any] = {"from": self.address, "data": "0x" + call.data.hex(), "value": call.value}
        if call.to is not None:
            request["to"] = call.to
        eth = self.network.web3.eth
        # Some nodes estimate on mined blocks only; the call itself has been simulated on the pending one.
        for block in ("pending", "latest"):
            try:
                estimate = int(eth.estimate_gas(cast(TxParams, request), block))
                return min(estimate * GAS_MARGIN_PERCENT // 100, MOST_GAS)
            except RpcError as error:
                if error.reverted and block == "pending":
                    raise _named(error) from None
        # Hardhat estimates by trying three times what is needed, and refuses itself above the limit.
        return min(int(eth.get_block("latest")["gasLimit"]), MOST_GAS)

    def _reason(self, call: Call, receipt: Receipt) -> Reverted:
        """Why a transaction reverted in its block: asked again on the state that it met."""
        try:
            self._call(call, receipt.block - 1)
        except RpcError as error:
            if error.reverted:
                return decode_revert(error.data)
        return Reverted("Unknown", {"transaction": receipt.hash, "gas_used": receipt.gas_used})

    def _lock_name(self) -> str:
        return f"{self.network.chain_id}-{self.network.genesis_hash.hex()[:16]}-{self.address}"


def _round_in(call: Call) -> int:
    """The round among a call's arguments; 0 when none is."""
    for name in ("round", "id"):
        value = call.arguments.get(name)
        if isinstance(value, int):
            return value
    return int(getattr(call.arguments.get("header"), "round", 0))


def _named(error: RpcError) -> Reverted | RpcError | InsufficientFunds:
    if error.reverted:
        return decode_revert(error.data)
    if "insufficient funds" in str(error).lower():
        return InsufficientFunds(str(error))
    return error

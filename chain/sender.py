"""Sending transactions so that each is sent once, and a refusal costs nothing.

Every transaction goes one way: simulated first, so that a contract's refusal is named before money moves; its
nonce taken under a lock that holds between processes; written to the journal before it leaves; watched until
a block has it.

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

import time
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, cast

from eth_account.datastructures import SignedTransaction
from hexbytes import HexBytes
from web3.exceptions import TransactionNotFound
from web3.types import BlockIdentifier, TxParams

from chain.contracts.errors import decode_revert
from chain.contracts.handle import Call, creation
from chain.encoding import keccak
from chain.errors import InsufficientFunds, NetworkError, Refused, Reverted, RpcError, TransactionPending
from chain.fees import DEFAULT_CAP, Fees, current_fees
from chain.journal import Entry, Journal, Step
from chain.locks import locked
from chain.network import Network
from chain.receipts import Receipt, receipt_from

__all__ = ["Quote", "Receipt", "Sender", "Signer"]

GAS_MARGIN_PERCENT = 125
MOST_GAS = 2**24
"""What a transaction may use at most since EIP-7825."""
_LAG = (0.0, 0.5, 1.5)
"""Seconds to wait before each look for a receipt that must exist."""
_KNOWN_ALREADY = ("already known", "already imported", "known transaction")


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
        journal: Where each step is written down; without one, keys are refused.
        fee_cap: Wei per gas that are offered at most.
        timeout: Seconds to wait for a block.
    """

    network: Network
    account: Signer = field(repr=False)
    journal: Journal | None = None
    fee_cap: int = DEFAULT_CAP
    timeout: float = 120.0

    @property
    def address(self) -> str:
        """The account's address."""
        return str(self.account.address)

    def send(self, call: Call, *, key: str | None = None) -> Receipt:
        """Sends a call and waits for its receipt.

        Args:
            call: What to send.
            key: What it is for. The same key of the same account is sent once: again, it answers with the old
                receipt, and after a crash it takes up where it was. Needs a journal.

        Raises:
            Reverted: The contract refuses; before anything was sent, unless the state changed in between.
            InsufficientFunds: The account cannot pay for the gas. Nothing was sent.
            Refused: The key was used for another call, or fees are above the cap.
            TransactionPending: It was sent, and no block has it yet.
            NetworkError: No answer.
        """
        if key is not None and self.journal is None:
            raise Refused("a key needs a journal to be remembered in")
        name = f"{self.address}/{key}" if key is not None else None
        with locked(self._lock_name()):
            entry = self._resume(call, name) or self._start(call, name)
        receipt = self._wait(entry.hash)
        step = Step.CONFIRMED if receipt.status else Step.REVERTED
        if entry.step is not step:
            self._record(replace(entry, step=step, block=receipt.block))
        if not receipt.status:
            raise self._reason(call, receipt, entry)
        return receipt

    def deploy(self, artifact: str, *arguments: object, key: str | None = None) -> tuple[str, Receipt]:
        """Creates a contract from its artifact; returns its address. As `send` otherwise."""
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

    # One step after the other

    def _start(self, call: Call, name: str | None) -> Entry:
        quote = self.quote(call)
        nonce = int(self.network.web3.eth.get_transaction_count(cast(Any, self.address), "pending"))
        entry = Entry(name or f"{self.address}/nonce-{nonce}", Step.INTENT, _digest(call), nonce)
        self._record(entry)
        signed = self.account.sign_transaction(self._transaction(call, quote, nonce))
        raw, hash = bytes(signed.raw_transaction), bytes(signed.hash)
        entry = replace(entry, step=Step.SIGNED, hash="0x" + hash.hex(), raw="0x" + raw.hex())
        self._record(entry)
        self._broadcast(entry)
        return entry

    def _resume(self, call: Call, name: str | None) -> Entry | None:
        """The entry of this key if it is in a block or may still come; None when it must be started anew."""
        entry = self.journal.latest(name) if self.journal and name else None
        if entry is None:
            return None
        if entry.call != _digest(call):
            raise Refused(f"the key {name} was used for another call")
        if entry.step in (Step.INTENT, Step.REVERTED):
            return None
        if self._seen(entry):
            return entry
        count = self.network.web3.eth.get_transaction_count(cast(Any, self.address), "latest")
        if count <= entry.nonce:
            self._broadcast(entry)
            return entry
        # The nonce is spent. The receipt was asked for before that was known, so ask again: a block may have
        # come in between, and of several nodes behind one address one may lag.
        for pause in _LAG:
            time.sleep(pause)
            if self._seen(entry):
                return entry
        if entry.step is Step.CONFIRMED:
            raise NetworkError(
                f"{self.network.endpoint} does not know {entry.hash}, which was in block {entry.block}: "
                "reorganised away, or forgotten by this node; it is not sent a second time"
            )
        return None

    def _broadcast(self, entry: Entry) -> None:
        try:
            self.network.web3.eth.send_raw_transaction(HexBytes(entry.raw))
        except RpcError as error:
            if not any(words in str(error).lower() for words in _KNOWN_ALREADY):
                raise _named(error) from None

    def _wait(self, hash: str) -> Receipt:
        deadline = time.monotonic() + self.timeout
        pause = 0.02
        while (receipt := self._receipt(hash)) is None:
            if time.monotonic() > deadline:
                raise TransactionPending(f"{hash} is in no block after {self.timeout:g} s", hash=hash)
            time.sleep(pause)
            pause = min(1.5 * pause, 1.0)
        return receipt

    def _seen(self, entry: Entry) -> bool:
        return self._receipt(entry.hash) is not None

    def _receipt(self, hash: str) -> Receipt | None:
        try:
            found = self.network.web3.eth.get_transaction_receipt(HexBytes(hash))
        except TransactionNotFound:
            return None
        return receipt_from(found)

    def _record(self, entry: Entry) -> None:
        if self.journal is not None:
            self.journal.record(entry)

    # What nodes are asked

    def _transaction(self, call: Call, quote: Quote, nonce: int) -> dict[str, Any]:
        transaction: dict[str, Any] = {
            "type": 2,
            "chainId": self.network.chain_id,
            "nonce": nonce,
            "gas": quote.gas,
            "maxFeePerGas": quote.fees.maximum,
            "maxPriorityFeePerGas": quote.fees.tip,
            "value": call.value,
            "data": call.data,
        }
        return transaction if call.to is None else {**transaction, "to": call.to}

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

    def _reason(self, call: Call, receipt: Receipt, entry: Entry) -> Reverted:
        """Why a transaction reverted in its block: asked again on the state that it met."""
        try:
            self._call(call, receipt.block - 1)
        except RpcError as error:
            if error.reverted:
                return decode_revert(error.data)
        return Reverted("Unknown", {"transaction": entry.hash, "gas_used": receipt.gas_used})

    def _lock_name(self) -> str:
        return f"{self.network.chain_id}-{self.network.genesis_hash.hex()[:16]}-{self.address}"


def _digest(call: Call) -> str:
    to = call.to or ""
    return "0x" + keccak(to.encode().ljust(42, b"\0") + call.value.to_bytes(32, "big") + call.data).hex()


def _named(error: RpcError) -> Reverted | RpcError | InsufficientFunds:
    if error.reverted:
        return decode_revert(error.data)
    if "insufficient funds" in str(error).lower():
        return InsufficientFunds(str(error))
    return error

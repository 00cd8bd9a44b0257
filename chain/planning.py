"""What an account would send, told without sending it.

A `Planner` takes a `Sender`'s place: whatever is built on senders then says its calls instead. The first call
is simulated, so that a contract's refusal has its name here too; those after it may need the first to be in
the chain, and are only written down.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from chain.contracts.handle import Call
from chain.errors import NothingToDo
from chain.receipts import Receipt
from chain.sender import Sender


@dataclass(frozen=True)
class PlannedCall:
    """A call that was not sent.

    Attributes:
        call: The call.
        gas: Gas that it may take; None where that cannot be told before the calls ahead of it are sent.
    """

    call: Call
    gas: int | None


@dataclass(frozen=True)
class Watcher:
    """An account that is known by its address alone: it can plan, and sign nothing."""

    address: str

    def sign_transaction(self, transaction: dict[str, Any]) -> Any:
        """Never: there is no key."""
        raise NotImplementedError(f"{self.address} has no key here")


@dataclass(frozen=True)
class Planner(Sender):
    """A sender that writes down what it is given.

    Attributes:
        planned: What it was given so far.

    Example:
        >>> from chain.accounts import dev_account
        >>> from chain.network import connect
        >>> with connect("embedded") as network:
        ...     planner = Planner(network, dev_account(network, 0))
        ...     receipt = planner.send(Call(to=planner.address, data=b"", value=5))
        ...     [planned.call.value for planned in planner.planned], network.nonce(planner.address)
        ([5], 0)
    """

    planned: list[PlannedCall] = field(default_factory=list)

    def send(self, call: Call, *, key: str | None = None, round: int | None = None) -> Receipt:  # noqa: ARG002
        """Writes a call down; the receipt is empty.

        Raises:
            Reverted: The contract refuses the first call.
            NothingToDo: It was sent before, under this key.
            NetworkError: No answer.
        """
        if key is not None and (done := self.settled(key)):
            raise NothingToDo(f"{call.contract}.{call.function} was sent already: {done}")
        gas = None
        if not self.planned:
            self.simulate(call)
            gas = self._gas(call)
        self.planned.append(PlannedCall(call, gas))
        return Receipt(hash="", block=0, block_hash=b"", gas_used=0, status=1, contract=None, logs=())

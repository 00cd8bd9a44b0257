"""A project's past, told by its events: what the contracts no longer store, and what they never did.

All of it follows from the events alone, in the order of the chain.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from chain.contracts.abi import build, plain
from chain.contracts.book import RoundBook
from chain.contracts.handle import Contract
from chain.contracts.types import ZERO_ADDRESS, Header, Round
from chain.encoding import header_hash
from chain.errors import NetworkError
from chain.events import Event, events
from chain.index import EventIndex
from chain.records import MechanismChange


@dataclass(frozen=True)
class History:
    """The events of one project.

    Attributes:
        book: The project's RoundBook.
        created_block: Where its events begin.
        index: Their copy on this machine, which is asked first; without one, the node is.
    """

    book: RoundBook
    created_block: int
    index: EventIndex | None = None

    def of(self, contract: Contract, name: str, **filters: Any) -> list[Event]:
        """The events of one name of one of the project's contracts, in the order of the chain."""
        if self.index is not None and contract.address in self.index.addresses:
            return self.index.events(contract, name, **filters)
        return events(self.book.network, contract, name, self.created_block, **filters)

    def headers(self, round: int | None = None) -> dict[int, Event]:
        """The event of the header that stands, by round; of one round when it is given."""
        standing: dict[int, Event] = {}
        for step in self._decisions(round):
            if step.name == "HeaderPosted":
                standing[step.arguments["round"]] = step
            else:
                standing.pop(step.arguments["round"], None)
        return standing

    def round(self, round: int) -> Round:
        """A round that was opened, as the contract had it when it was last changed.

        Raises:
            NetworkError: There is no such round.
        """
        opened, sealed, drawn = (self._last(name, round) for name in ("RoundOpened", "Sealed", "SeedDrawn"))
        if opened is None:
            raise NetworkError(f"{self.book.network.endpoint} has no record of round {round}")
        standing = self.headers(round).get(round)
        decisions = self._decisions(round)
        return Round(
            opened_at=opened.arguments["openedAt"],
            sealed_block=sealed.arguments["sealedBlock"] if sealed else 0,
            drawn_at=self._time(drawn),
            decided_at=self._time(decisions[-1] if decisions else None),
            revealed=len(self.of(self.book, "UtilitiesRevealed", round=round)),
            posted=standing is not None,
            voided=self._last("RoundVoided", round) is not None,
            poster=standing.arguments["poster"] if standing else ZERO_ADDRESS,
            seed=drawn.arguments["seed"] if drawn else bytes(32),
            header_hash=header_hash(plain(header_in(standing))) if standing else bytes(32),
            policy_hash=opened.arguments["policyHash"],
        )

    def mechanisms(self) -> tuple[MechanismChange, ...]:
        """Which mechanism was in force from which round on, and what is announced for a round to come."""
        opened = self.of(self.book, "RoundOpened")
        announced = self.of(self.book, "MechanismAnnounced")
        known = [MechanismChange(e.arguments["policyHash"], e.arguments["round"]) for e in opened]
        known = known or [MechanismChange(self.book.policy_hash(), 1)]
        if announced and announced[-1].arguments["fromRound"] > len(opened):
            latest = announced[-1].arguments
            known.append(MechanismChange(latest["policyHash"], latest["fromRound"]))
        later = [now for before, now in pairwise(known) if now.policy_hash != before.policy_hash]
        return (known[0], *later)

    def _decisions(self, round: int | None) -> list[Event]:
        chosen = {} if round is None else {"round": round}
        names = ("HeaderPosted", "HeaderVetoed", "HeaderFaulted")
        steps = [step for name in names for step in self.of(self.book, name, **chosen)]
        return sorted(steps, key=lambda step: step.place)

    def _last(self, name: str, round: int) -> Event | None:
        found = self.of(self.book, name, round=round)
        return found[-1] if found else None

    def _time(self, event: Event | None) -> int:
        return self.book.network.block(event.block).timestamp if event else 0


def header_in(event: Event) -> Header:
    """The header that a `HeaderPosted` event states."""
    return build(Header, event.arguments["header"])

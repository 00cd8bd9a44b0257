"""Views for owners, trainers and their tools: one call, one answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from chain.contracts.abi import build
from chain.contracts.handle import Contract
from chain.contracts.types import Claim, Money, Payout, PeerStatus, Root, Status


class ProjectLens(Contract):
    """`ProjectLens`: see contracts/interfaces/IProjectLens.sol."""

    artifact_name: ClassVar[str] = "ProjectLens"

    def status(self, book: str) -> Status:
        """A project in one answer."""
        return build(Status, self._read("status", book, block="pending"))

    def money(self, distributor: str) -> Money:
        """Where a project's money is."""
        return build(Money, self._read("money", distributor, block="pending"))

    def peers(self, book: str, accounts: Sequence[str]) -> tuple[PeerStatus, ...]:
        """The peers of a project, in the order asked for."""
        return tuple(build(PeerStatus, values) for values in self._read("peers", book, list(accounts)))

    def payout(self, distributor: str, root: Root, leaf: Claim) -> Payout:
        """What a leaf is worth now; raises the distributor's reason when the proof does not hold."""
        return build(Payout, self._read("payout", distributor, root, leaf, block="pending"))

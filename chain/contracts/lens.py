"""Views for owners, trainers and their tools: one call, one answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from chain.contracts.abi import build
from chain.contracts.handle import Contract
from chain.contracts.types import Claim, Money, Payout, PeerStatus, Statement, Status


class ProjectLens(Contract):
    """`ProjectLens`: see contracts/interfaces/IProjectLens.sol."""

    artifact_name: ClassVar[str] = "ProjectLens"

    def status(self, book: str, accounts: Sequence[str]) -> Status:
        """A project in one answer. `accounts`: everyone who has claimed."""
        return build(Status, self._read("status", book, list(accounts), block="pending"))

    def money(self, distributor: str, accounts: Sequence[str]) -> Money:
        """Where a project's money is. `accounts`: everyone who has claimed."""
        return build(Money, self._read("money", distributor, list(accounts), block="pending"))

    def peers(self, book: str, accounts: Sequence[str]) -> tuple[PeerStatus, ...]:
        """The peers of a project, in the order asked for."""
        return tuple(build(PeerStatus, values) for values in self._read("peers", book, list(accounts)))

    def payout(self, distributor: str, root: int, leaf: Claim) -> Payout:
        """What a leaf is worth now; raises the distributor's reason when the proof does not hold."""
        return build(Payout, self._read("payout", distributor, root, leaf, block="pending"))

    def statements(self, book: str, root: int, leaves: Sequence[Claim]) -> tuple[Statement, ...]:
        """What each leaf of a root is worth now, and what its peer has locked; raises as `payout`."""
        told = self._read("statements", book, root, list(leaves), block="pending")
        return tuple(build(Statement, values) for values in told)

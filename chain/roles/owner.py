"""The owner: funds it, changes its mechanism, reads the payouts, closes it and takes the rest back."""

from __future__ import annotations

from dataclasses import dataclass

from chain.contracts.types import ProjectConfig
from chain.deployments import System
from chain.encoding import sha256
from chain.project import Project, create_project
from chain.roles.ledger import PeerLine, ledger
from chain.roles.member import approve_exactly
from chain.sender import Receipt, Sender
from chain.store import Store
from valuation.mechanism import Mechanism


def create(
    sender: Sender, system: System, store: Store, mechanism: Mechanism, config: ProjectConfig
) -> Project:
    """Publishes the mechanism and creates a project that is bound to it.

    The mechanism goes to the store first: a project whose rules nobody can read must not exist.

    Raises:
        Reverted: The factory refuses the configuration.
    """
    store.put(mechanism.to_json())
    return create_project(sender, system, config)


def policy_of(mechanism: Mechanism) -> bytes:
    """The 32 bytes by which chain and store name a mechanism."""
    return sha256(mechanism.to_json())


@dataclass(frozen=True)
class Owner:
    """The owner of one project."""

    project: Project
    sender: Sender
    store: Store

    def fund(self, amount: int) -> Receipt:
        """Adds to the escrow, in token units."""
        approve_exactly(self.sender, self.project.token, self.project.distributor.address, amount)
        return self.sender.send(self.project.distributor.fund(amount))

    def announce(self, mechanism: Mechanism, from_round: int) -> Receipt:
        """Announces another mechanism from a later round on."""
        self.store.put(mechanism.to_json())
        return self.sender.send(self.project.book.announce_mechanism(policy_of(mechanism), from_round))

    def payouts(self) -> tuple[PeerLine, ...]:
        """What every peer did and earned."""
        return ledger(self.project, self.store)

    def close(self) -> Receipt:
        """Lets no further round open; one that is under way runs to its end."""
        return self.sender.send(self.project.book.close())

    def refund(self, to: str | None = None) -> Receipt:
        """Takes back what no header owes, once the project is closed and its last round final."""
        return self.sender.send(self.project.distributor.refund(to or self.sender.address))

"""The owner: funds it, changes its mechanism, reads the payouts, closes it and takes the rest back."""

from __future__ import annotations

from dataclasses import dataclass

from chain.contracts.types import NO_RULES, ProjectConfig
from chain.deployments import System
from chain.encoding import sha256
from chain.project import Project, create_project
from chain.roles.ledger import PeerLine, ledger
from chain.roles.member import approve_exactly
from chain.roles.rules import rules_of
from chain.sender import Receipt, Sender
from chain.store import Store
from valuation.mechanism import Mechanism
from valuation.problem import problem_of


def create(
    sender: Sender,
    system: System,
    store: Store,
    mechanism: Mechanism,
    config: ProjectConfig,
    design: bytes | None = None,
    *,
    key: str | None = None,
) -> Project:
    """Publishes the mechanism, with the design that it may name, and creates a project that is bound to it.

    What is published goes to the store first: a project whose rules nobody can read must not exist.

    Raises:
        MechanismError: The mechanism names another design, or data that are not here.
        Reverted: The factory refuses the configuration.
    """
    publish_mechanism(store, mechanism, design)
    return create_project(sender, system, config, key=key)


def publish_mechanism(store: Store, mechanism: Mechanism, design: bytes | None = None) -> None:
    """Puts a mechanism into the store, with the bytes of the design that it may name.

    Raises:
        MechanismError: The mechanism names another design, or data that are not here.
    """
    problem_of(mechanism, design)
    if design is not None:
        store.put(design)
    store.put(mechanism.to_json())


def policy_of(mechanism: Mechanism) -> bytes:
    """The 32 bytes by which chain and store name a mechanism."""
    return sha256(mechanism.to_json())


@dataclass(frozen=True)
class Owner:
    """The owner of one project."""

    project: Project
    sender: Sender
    store: Store

    def fund(self, amount: int, *, key: str | None = None) -> Receipt:
        """Adds to the escrow, in token units.

        Args:
            amount: How much.
            key: What it is for; the same key is paid once, ever.

        Raises:
            InsufficientTokens: The owner does not hold so much.
            NothingToDo: The key was paid already.
        """
        call = self.project.distributor.fund(amount)
        # Once the payment may be under way, the allowance may be spent and must not be given again.
        if key is None or not self.sender.begun(key):
            approve_exactly(self.sender, self.project.token, self.project.distributor.address, amount)
        return self.sender.send(call) if key is None else self.sender.send_once(call, key=key)

    def announce(self, mechanism: Mechanism, from_round: int, design: bytes | None = None) -> Receipt:
        """Announces another mechanism from a later round on, and tells the court its rules.

        Raises:
            MechanismError: The mechanism names another design, or data that are not here.
        """
        publish_mechanism(self.store, mechanism, design)
        policy, rules = policy_of(mechanism), rules_of(problem_of(mechanism, design))
        if rules != NO_RULES and not any(self.project.court.rules_of(policy)):
            self.sender.send(self.project.court.register(policy, rules))
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

    def sweep(self, to: str | None = None) -> Receipt:
        """Takes the next step towards what nobody claimed: ends the project, announces a sweep, sweeps.

        Raises:
            WindowError: The project is open, claims have not expired, or the announcement is too recent.
        """
        distributor = self.project.distributor
        if not distributor.expires_at():
            return self.sender.send(distributor.end())
        if not distributor.announced_sweep()[1]:
            return self.sender.send(distributor.announce_sweep(to or self.sender.address))
        return self.sender.send(distributor.sweep())

"""What a project's events say, one dataclass a kind: as the chain has it, nothing derived."""

from __future__ import annotations

from dataclasses import dataclass

from chain.contracts.proofs import RevealWords
from chain.contracts.types import Part, PeerStatus, Role
from chain.events import Event


@dataclass(frozen=True)
class Submission:
    """A trainer committed to the sha256 digest of its update."""

    trainer: str
    digest: bytes
    block: int
    log_index: int

    @classmethod
    def of(cls, event: Event) -> Submission:
        """The record of an event."""
        return cls(
            trainer=event.arguments["trainer"],
            digest=event.arguments["digest"],
            block=event.block,
            log_index=event.log_index,
        )


@dataclass(frozen=True)
class Commitment:
    """An evaluator committed to its utilities."""

    evaluator: str
    commitment: bytes
    block: int
    log_index: int

    @classmethod
    def of(cls, event: Event) -> Commitment:
        """The record of an event."""
        return cls(
            evaluator=event.arguments["evaluator"],
            commitment=event.arguments["commitment"],
            block=event.block,
            log_index=event.log_index,
        )


@dataclass(frozen=True)
class Reveal:
    """An evaluator opened its commitment.

    Attributes:
        evaluator: Who.
        root: Root of its utilities.
        players: `encoding.players_hash` of the peers that it accepted.
        data_digest: sha256 of its measurement.
        weight: Its stake at that time, in token units.
        block: Where the event stands.
        log_index: Its place in the block.
    """

    evaluator: str
    root: bytes
    players: bytes
    data_digest: bytes
    weight: int
    block: int
    log_index: int

    @classmethod
    def of(cls, event: Event) -> Reveal:
        """The record of an event."""
        return cls(
            evaluator=event.arguments["evaluator"],
            root=event.arguments["root"],
            players=event.arguments["players"],
            data_digest=event.arguments["dataDigest"],
            weight=event.arguments["weight"],
            block=event.block,
            log_index=event.log_index,
        )

    @property
    def words(self) -> RevealWords:
        """What was revealed, as proofs state it."""
        return RevealWords(self.root, self.players, self.data_digest, self.weight)


@dataclass(frozen=True)
class PeerInfo:
    """A peer of the project as it is now, and the block in which it joined."""

    address: str
    role: Role
    payee: str
    stake: int
    unbonding: int
    ready_at: int
    claimer: str
    claimed: int
    registered_block: int

    @classmethod
    def of(cls, address: str, now: PeerStatus, registered_block: int) -> PeerInfo:
        """The record of a peer as the lens sees it."""
        return cls(
            address=address,
            role=now.role,
            payee=now.payee,
            stake=now.stake,
            unbonding=now.unbonding,
            ready_at=now.ready_at,
            claimer=now.claimer,
            claimed=now.claimed,
            registered_block=registered_block,
        )


@dataclass(frozen=True)
class ClaimEvent:
    """A payout: `amount` of what the account has earned went to `to`."""

    account: str
    to: str
    amount: int
    block: int
    log_index: int
    transaction: str

    @classmethod
    def of(cls, event: Event) -> ClaimEvent:
        """The record of an event."""
        return cls(
            account=event.arguments["account"],
            to=event.arguments["to"],
            amount=event.arguments["amount"],
            block=event.block,
            log_index=event.log_index,
            transaction=event.transaction,
        )


@dataclass(frozen=True)
class Funding:
    """A payment into the escrow; `funded` is all that has been paid in since."""

    source: str
    amount: int
    funded: int
    block: int
    log_index: int
    transaction: str

    @classmethod
    def of(cls, event: Event) -> Funding:
        """The record of an event."""
        return cls(
            source=event.arguments["from"],
            amount=event.arguments["amount"],
            funded=event.arguments["funded"],
            block=event.block,
            log_index=event.log_index,
            transaction=event.transaction,
        )


@dataclass(frozen=True)
class Refund:
    """A payment out of the escrow that was no claim: to the owner, or of what nobody claimed."""

    to: str
    amount: int
    block: int
    log_index: int
    transaction: str

    @classmethod
    def of(cls, event: Event) -> Refund:
        """The record of an event."""
        return cls(
            to=event.arguments["to"],
            amount=event.arguments["amount"],
            block=event.block,
            log_index=event.log_index,
            transaction=event.transaction,
        )


@dataclass(frozen=True)
class MechanismChange:
    """From this round on, the mechanism with this hash."""

    policy_hash: bytes
    from_round: int


@dataclass(frozen=True)
class PieceRequest:
    """Somebody asks for a piece of a header, with a bond, to be answered before the deadline is over."""

    id: bytes
    part: Part
    index: int
    requester: str
    deadline: int
    block: int
    log_index: int

    @classmethod
    def of(cls, event: Event) -> PieceRequest:
        """The record of an event."""
        return cls(
            id=event.arguments["id"],
            part=Part(event.arguments["part"]),
            index=event.arguments["index"],
            requester=event.arguments["requester"],
            deadline=event.arguments["deadline"],
            block=event.block,
            log_index=event.log_index,
        )

"""What a project's events say, one dataclass a kind: as the chain has it, nothing derived."""

from __future__ import annotations

from dataclasses import dataclass

from chain.contracts.types import Role


@dataclass(frozen=True)
class Submission:
    """A trainer committed to the sha256 digest of its update."""

    trainer: str
    digest: bytes
    block: int
    log_index: int


@dataclass(frozen=True)
class Commitment:
    """An evaluator committed to its utilities."""

    evaluator: str
    commitment: bytes
    block: int
    log_index: int


@dataclass(frozen=True)
class Reveal:
    """An evaluator opened its commitment. `weight` is its stake at that time, in token units."""

    evaluator: str
    root: bytes
    data_digest: bytes
    weight: int
    block: int
    log_index: int


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


@dataclass(frozen=True)
class ClaimEvent:
    """A payout: `amount` went to `to`; `cumulative` is all that the account has been paid since."""

    account: str
    to: str
    amount: int
    cumulative: int
    block: int
    log_index: int
    transaction: str


@dataclass(frozen=True)
class Funding:
    """A payment into the escrow; `funded` is all that has been paid in since."""

    source: str
    amount: int
    funded: int
    block: int
    log_index: int
    transaction: str


@dataclass(frozen=True)
class Refund:
    """A payment out of the escrow to the owner, after the project was closed."""

    to: str
    amount: int
    block: int
    log_index: int
    transaction: str


@dataclass(frozen=True)
class MechanismChange:
    """From this round on, the mechanism with this hash."""

    policy_hash: bytes
    from_round: int

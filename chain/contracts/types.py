"""What the contracts read and return, as frozen dataclasses: one for each struct, in the order of its fields.

The names are Solidity's in snake case. Addresses are checksummed strings, digests 32 bytes, times seconds
since the epoch, money whole token units.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

ZERO_ADDRESS = "0x0000000000000000000000000000000000000000"


class Role(IntEnum):
    """What an address does in a project."""

    NONE = 0
    TRAINER = 1
    EVALUATOR = 2


class Phase(IntEnum):
    """Where a round stands: follows from what is stored and the time."""

    NONE = 0
    COMMIT = 1
    PUBLISH = 2
    SEAL = 3
    MEASURE = 4
    REVEAL = 5
    POST = 6
    CHALLENGE = 7
    ACTIVE = 8
    VOID = 9


class EmissionKind(IntEnum):
    """How the budget of a round moves with the rounds."""

    FIXED = 0
    LINEAR = 1
    HALVING = 2


@dataclass(frozen=True)
class Schedule:
    """Lengths of a round's phases, in seconds."""

    commit: int
    publish: int
    measure: int
    reveal: int
    challenge: int


@dataclass(frozen=True)
class Emission:
    """How much may be paid up to a round: shape, budget of the first round, period in rounds."""

    kind: EmissionKind
    first: int
    period: int


@dataclass(frozen=True)
class ProjectConfig:
    """What a project is created with. `guardian` and `court` may be the zero address."""

    token: str
    owner: str
    guardian: str
    court: str
    policy_hash: bytes
    schedule: Schedule
    emission: Emission
    trainer_stake: int
    evaluator_stake: int
    unbonding_period: int
    quorum: int


@dataclass(frozen=True)
class ProjectContracts:
    """Where a project's three contracts are."""

    registry: str
    book: str
    distributor: str


@dataclass(frozen=True)
class Round:
    """What `RoundBook` stores of a round. `header_hash` is zero without a header, `seed` before the draw."""

    opened_at: int
    sealed_block: int
    drawn_at: int
    decided_at: int
    revealed: int
    posted: bool
    voided: bool
    poster: str
    seed: bytes
    header_hash: bytes
    policy_hash: bytes


@dataclass(frozen=True)
class Header:
    """What a poster states about a round. `sum` is all that was ever owed, this round included."""

    round: int
    peers: int
    depth: int
    sum: int
    utility_root: bytes
    score_root: bytes
    payout_root: bytes
    model_digest: bytes
    report_digest: bytes


@dataclass(frozen=True)
class Root:
    """A posted payout tree, as claims bring it along. `sequence`: how many roots stood when it was posted."""

    round: int
    sequence: int
    activates_at: int
    depth: int
    sum: int
    node: bytes


@dataclass(frozen=True)
class Claim:
    """A leaf of a payout tree with its path: siblings and their sums, from the leaf up."""

    account: str
    index: int
    cumulative: int
    siblings: tuple[bytes, ...]
    sums: tuple[int, ...]


@dataclass(frozen=True)
class Peer:
    """What `PeerRegistry` stores of an address."""

    stake: int
    unbonding: int
    ready_at: int
    role: Role


@dataclass(frozen=True)
class PeerStatus:
    """A peer as the lens sees it: registry and distributor together."""

    role: Role
    stake: int
    unbonding: int
    ready_at: int
    payee: str
    claimer: str
    claimed: int


@dataclass(frozen=True)
class Money:
    """The escrow's account: funded = claimed + pending + claimable + remaining + refunded."""

    funded: int
    owed: int
    claimed: int
    pending: int
    claimable: int
    remaining: int
    refunded: int


@dataclass(frozen=True)
class Status:
    """A project in one answer of the lens."""

    token: str
    owner: str
    policy_hash: bytes
    round: int
    phase: Phase
    closed: bool
    money: Money


@dataclass(frozen=True)
class Payout:
    """What a leaf is worth now."""

    earned: int
    claimed: int
    claimable: int
    pending: int

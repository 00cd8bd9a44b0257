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


class Mode(IntEnum):
    """How scores follow from utilities; `NONE` has no rules, so that nothing of it can be proved."""

    NONE = 0
    REPORTED = 1
    EXACT = 2
    SAMPLED = 3
    DESIGN = 4
    LOSS_DELTA = 5


class Part(IntEnum):
    """A piece of a header that can be asked for."""

    UTILITY = 0
    TRACE = 1
    SCORE = 2
    PAYOUT = 3
    PLAYERS = 4
    EVALUATORS = 5


class Fault(IntEnum):
    """Which link of a header was broken."""

    STEP = 0
    SCORE = 1
    TOTAL = 2
    PAYOUT = 3
    SUM = 4
    ORDER = 5
    PLAYERS = 6
    ACCOUNT = 7
    STRANGER = 8
    ACCEPTANCE = 9
    EVALUATORS = 10
    STANDING = 11
    UTILITY = 12
    RECOMPUTED = 13
    WITHHELD = 14


class Verdict(IntEnum):
    """What an arbiter found."""

    PENDING = 0
    GUILTY = 1
    INNOCENT = 2


class EmissionKind(IntEnum):
    """How the budget of a round moves with the rounds."""

    FIXED = 0
    LINEAR = 1
    HALVING = 2


class Flow(IntEnum):
    """What the guardian can halt for a while."""

    CLAIMS = 0
    FUNDING = 1


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
class CourtConfig:
    """How a project's court works: the arbiter (or the zero address), money in token units, times in seconds.

    Attributes:
        arbiter: Decides about evaluators; the zero address when nobody does.
        poster_slash: Most that a faulted poster loses.
        evaluator_slash: Most that an evaluator loses whom the arbiter found guilty.
        bond: What a request or an accusation costs until it is closed.
        answer_period: In which a request must be answered; at most half of the challenge period.
        arbiter_period: In which the arbiter must decide.
    """

    arbiter: str
    poster_slash: int
    evaluator_slash: int
    bond: int
    answer_period: int
    arbiter_period: int


@dataclass(frozen=True)
class Judges:
    """Who checks proofs: of scores, of payouts, and of what evaluators agreed on."""

    scores: str
    payouts: str
    agreement: str


@dataclass(frozen=True)
class Rules:
    """What the court needs to know of a mechanism: docs/court.md."""

    mode: Mode
    max_peers: int
    draws: int
    scale: int
    design_root: bytes
    evaluator_share: int
    power: int
    tolerance: int
    outer_tolerance: int


NO_RULES = Rules(Mode.NONE, 0, 0, 0, bytes(32), 0, 0, 0, 0)
"""The rules of a mechanism of which nothing can be proved."""


@dataclass(frozen=True)
class ProjectConfig:
    """What a project is created with. `guardian` may be the zero address."""

    token: str
    owner: str
    guardian: str
    court: CourtConfig
    rules: Rules
    policy_hash: bytes
    schedule: Schedule
    emission: Emission
    trainer_stake: int
    evaluator_stake: int
    unbonding_period: int
    quorum: int


@dataclass(frozen=True)
class ProjectContracts:
    """Where a project's four contracts are."""

    registry: str
    book: str
    distributor: str
    court: str


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
    trace_root: bytes
    score_root: bytes
    payout_root: bytes
    players: bytes
    evaluators: bytes
    model_digest: bytes
    report_digest: bytes


@dataclass(frozen=True)
class Root:
    """A posted payout tree, as its event tells of it.

    `sequence` is how many roots stood when it was posted: by this number claims name it.
    """

    round: int
    sequence: int
    depth: int
    sum: int
    node: bytes


@dataclass(frozen=True)
class Claim:
    """A leaf of a payout tree with its path, as `SumProof.path` packs it."""

    account: str
    index: int
    cumulative: int
    path: bytes


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
    """The escrow: funded = claimed + claimable + pending + expired + remaining + refunded.

    `gifts` is what it holds beyond its books: tokens that were sent past `fund`.
    """

    funded: int
    owed: int
    claimed: int
    claimable: int
    pending: int
    expired: int
    remaining: int
    refunded: int
    gifts: int


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


@dataclass(frozen=True)
class Statement:
    """A peer at a root: what its leaf is worth now, and its stake (what is unbonding included)."""

    account: str
    role: Role
    locked: int
    payout: Payout

"""What proofs carry: one frozen dataclass for each struct that judges take, in the order of its fields.

docs/court.md says what each means and which fault looks at what.
"""

from __future__ import annotations

from dataclasses import dataclass

from chain.contracts.types import ZERO_ADDRESS, Claim, Header, Rules

WITHIN = 0xFFFFFFFF
"""Standing of an evaluator none of whose utilities is further than the tolerance from the agreed one."""
UNCOVERED = 0xFFFFFFFE
"""Standing of an evaluator whose measurement does not cover the agreed peers."""
WITHHELD = 0xFFFFFFFD
"""Standing of an evaluator whose measurement is not in the store, or not what it revealed."""


@dataclass(frozen=True)
class Evaluator:
    """One line of the list of those who revealed; any other standing is an index out of tolerance."""

    account: str
    weight: int
    standing: int


@dataclass(frozen=True)
class Trial:
    """What every proof is about: a header of the court's project, and the rules of its round."""

    court: str
    header: Header
    rules: Rules


@dataclass(frozen=True)
class Agreement:
    """The two lists that a header has the hashes of."""

    players: tuple[str, ...]
    evaluators: tuple[Evaluator, ...]


@dataclass(frozen=True)
class RevealWords:
    """What an evaluator revealed."""

    root: bytes
    players: bytes
    data_digest: bytes
    weight: int


NO_REVEAL = RevealWords(bytes(32), bytes(32), bytes(32), 0)


@dataclass(frozen=True)
class Opening:
    """One evaluator's reveal, laid open as far as a proof needs it; `position` in the list of evaluators."""

    position: int
    reveal: RevealWords
    list: tuple[str, ...] = ()
    value: int = 0
    siblings: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Utility:
    """An agreed utility with its path."""

    index: int
    value: int
    siblings: tuple[bytes, ...]


NO_UTILITY = Utility(0, 0, ())


@dataclass(frozen=True)
class Step:
    """One step of the accumulation: sums before and after it, and what was added, with their paths."""

    player: int
    k: int
    before: int
    beyond: int
    trace: tuple[bytes, ...]
    without: int
    with_: int
    utilities: tuple[bytes, ...]
    weight: int = 0
    weights: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class ScoreLeaf:
    """A leaf of the score tree with its path."""

    index: int
    account: str
    score: int
    prefix: int
    siblings: tuple[bytes, ...]


NO_SCORE = ScoreLeaf(0, ZERO_ADDRESS, 0, 0, ())


@dataclass(frozen=True)
class PayoutProof:
    """All that a cumulative payout follows from: leaves, or the neighbours of one that is absent.

    `previous_root` is the sequence of the root before; any number when nothing was owed then.
    """

    current: tuple[Claim, ...]
    previous_root: int
    previous: tuple[Claim, ...]
    last: ScoreLeaf
    scores: tuple[ScoreLeaf, ...]
    evaluators: tuple[Evaluator, ...]


@dataclass(frozen=True)
class SumNodeProof:
    """A node of the payout tree whose stated sum is wrong, with its children, or with its leaf's content."""

    level: int
    index: int
    sum: int
    left: bytes
    left_sum: int
    right: bytes
    right_sum: int
    account: str
    cumulative: int
    path: bytes


@dataclass(frozen=True)
class Request:
    """What `ScoreCourt` stores of a request for a piece; all zero when there is none."""

    requester: str
    deadline: int
    bond: int


@dataclass(frozen=True)
class CourtCase:
    """What `ScoreCourt` stores of a case before the arbiter; all zero when there is none."""

    accuser: str
    deadline: int
    evaluator: str
    bond: int

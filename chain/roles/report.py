"""A round's report: who was valued at what, who was not and why, and what everybody has earned so far.

The header's `reportDigest` is its sha256, so the next poster, the trainers and the auditors all read the
same words. It holds
nothing that does not follow from chain and store: deriving it again gives the same bytes.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from chain.encoding import canonical_json
from chain.errors import VerificationError
from chain.roles.measurement import Rejection
from valuation import json_text

SCHEMA = "weighhouse/report/1"
MAX_BYTES = 256 * 2**20
"""No store is asked for a larger report than this: about a million peers."""


class MalformedReport(VerificationError):
    """A report's bytes are not what a header's digest should name."""


@dataclass(frozen=True)
class PlayerLine:
    """A valued peer: its score in nano-nats and what it earned in this round, in token units."""

    address: str
    score: int
    payout: int


@dataclass(frozen=True)
class EvaluatorLine:
    """An evaluator who revealed.

    Attributes:
        address: Who.
        weight: Stake at the reveal.
        standing: `within` the tolerance of the median, `outside` of it, `uncovered` when it did not measure
        the agreed peers, or `withheld` when nobody can read it, with the reason in
        `detail`.
        detail: For people; empty when within.
        payout: What it earned in this round, in token units.
    """

    address: str
    weight: int
    standing: str
    detail: str
    payout: int


@dataclass(frozen=True)
class Payee:
    """One leaf of the payout tree: all that an address has ever earned, in token units."""

    address: str
    cumulative: int


@dataclass(frozen=True)
class Report:
    """What the poster of a round says; lists are ascending by address.

    Attributes:
        project: The project's identity, as in the metadata of updates.
        round: The round.
        policy: sha256 of the mechanism, hex.
        seed: The round's seed, hex.
        base: sha256 of the base model, hex.
        model: sha256 of the next base model, hex.
        working: sha256 of the working (`chain.roles.working`), hex: what the header's roots are made of.
        state: sha256 of what the method remembers for the next round, hex; empty where it remembers nothing.
        budget: What the round could pay, in token units.
        players: The valued peers.
        rejections: The submissions that were not valued, with the reasons.
        evaluators: Everyone who revealed.
        payouts: The leaves of the payout tree, in the tree's order.
    """

    project: str
    round: int
    policy: str
    seed: str
    base: str
    model: str
    working: str
    state: str
    budget: int
    players: tuple[PlayerLine, ...]
    rejections: tuple[Rejection, ...]
    evaluators: tuple[EvaluatorLine, ...]
    payouts: tuple[Payee, ...]

    def to_bytes(self) -> bytes:
        """Canonical JSON; amounts and scores are decimal strings: other languages' numbers lose digits."""
        return canonical_json({"schema": SCHEMA, **_words(asdict(self))})

    @classmethod
    def from_bytes(cls, blob: bytes) -> Report:
        """Reads a report back.

        Raises:
            MalformedReport: The bytes are not a report in canonical form.
        """
        try:
            words: dict[str, Any] = json_text.parse(blob)
            if words.pop("schema") != SCHEMA:
                raise MalformedReport(f"not a {SCHEMA}")
            report = cls(
                project=str(words["project"]),
                round=int(words["round"]),
                policy=str(words["policy"]),
                seed=str(words["seed"]),
                base=str(words["base"]),
                model=str(words["model"]),
                working=str(words["working"]),
                state=str(words["state"]),
                budget=int(words["budget"]),
                players=tuple(
                    PlayerLine(str(p["address"]), int(p["score"]), int(p["payout"])) for p in words["players"]
                ),
                rejections=tuple(
                    Rejection(str(r["address"]), str(r["reason"]), str(r["detail"]))
                    for r in words["rejections"]
                ),
                evaluators=tuple(
                    EvaluatorLine(
                        str(e["address"]),
                        int(e["weight"]),
                        str(e["standing"]),
                        str(e["detail"]),
                        int(e["payout"]),
                    )
                    for e in words["evaluators"]
                ),
                payouts=tuple(Payee(str(p["address"]), int(p["cumulative"])) for p in words["payouts"]),
            )
        except MalformedReport:
            raise
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise MalformedReport(f"not a {SCHEMA}: {type(error).__name__}: {error}") from error
        if report.to_bytes() != blob:
            raise MalformedReport(f"not a {SCHEMA} in canonical form")
        return report


def _words(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _words(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_words(item) for item in value]
    if isinstance(value, int):
        return str(value)
    return value

"""What the roots of a header are made of: everything that a court can ask a poster to lay open.

A poster publishes it with the report. Whoever recomputes a round has the same, so that two workings can be
compared leaf by leaf: the first that is wrong is what is proved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eth_utils.address import is_checksum_address

from chain.contracts.proofs import Evaluator
from chain.contracts.types import ZERO_ADDRESS, Header
from chain.encoding import (
    TRACE,
    UTILITIES,
    canonical_json,
    evaluators_hash,
    payout_leaf,
    players_hash,
)
from chain.errors import VerificationError
from chain.trees import EMPTY, IndexTree, SumTree, index_tree, score_tree
from valuation import json_text
from valuation.errors import InputError

SCHEMA = "weighhouse/working/1"
MAX_BYTES = 256 * 2**20
"""No store is asked for a larger working than this."""


class MalformedWorking(VerificationError):
    """A working's bytes are not what a report's digest should name."""


@dataclass(frozen=True)
class ScoreLine:
    """A valued peer: its score in nano-nats, and the sum of all weights up to and including its own."""

    account: str
    score: int
    prefix: int


@dataclass(frozen=True)
class PayoutLine:
    """A leaf of the payout tree: all that an account has ever earned, in token units."""

    account: str
    cumulative: int


NOBODY = PayoutLine(ZERO_ADDRESS, 0)
"""An empty leaf. Honest trees have none between others."""


@dataclass(frozen=True)
class Working:
    """Everything behind the roots of a header, as its poster has it.

    Attributes:
        round: The round.
        players: The valued peers, ascending.
        evaluators: Who revealed, ascending, with their standing.
        utilities: The agreed utilities.
        trace: The sums on the way to the scores, as `valuation.scoring.trace` lays them out.
        scores: One line a player, in the same order.
        payouts: Everyone who ever earned anything, ascending.
        sums: What the nodes of the payout tree are said to sum to, level by level from the leaves; empty when
            they sum to what they do, as they always should.
    """

    round: int
    players: tuple[str, ...]
    evaluators: tuple[Evaluator, ...]
    utilities: tuple[int, ...]
    trace: tuple[int, ...]
    scores: tuple[ScoreLine, ...]
    payouts: tuple[PayoutLine, ...]
    sums: tuple[tuple[int, ...], ...] = ()

    def to_bytes(self) -> bytes:
        """The working as canonical JSON; numbers are decimal strings: other languages' lose digits."""
        return canonical_json(
            {
                "evaluators": [[e.account, str(e.weight), str(e.standing)] for e in self.evaluators],
                "payouts": [[p.account, str(p.cumulative)] for p in self.payouts],
                "players": list(self.players),
                "round": str(self.round),
                "schema": SCHEMA,
                "scores": [[s.account, str(s.score), str(s.prefix)] for s in self.scores],
                "sums": [list(map(str, level)) for level in self.sums],
                "trace": list(map(str, self.trace)),
                "utilities": list(map(str, self.utilities)),
            }
        )

    @classmethod
    def from_bytes(cls, blob: bytes) -> Working:
        """Reads a working back. What it says is not checked, only that every root can be made of it.

        Raises:
            MalformedWorking: The bytes are not a working in canonical form.
        """
        try:
            words: dict[str, Any] = json_text.parse(blob)
            if words["schema"] != SCHEMA:
                raise MalformedWorking(f"not a {SCHEMA}: the schema is {words['schema']!r:.60}")
            working = cls(
                round=int(words["round"]),
                players=tuple(map(_address, words["players"])),
                evaluators=tuple(Evaluator(_address(a), int(w), int(s)) for a, w, s in words["evaluators"]),
                utilities=tuple(map(int, words["utilities"])),
                trace=tuple(map(int, words["trace"])),
                scores=tuple(ScoreLine(_address(a), int(s), int(p)) for a, s, p in words["scores"]),
                payouts=tuple(PayoutLine(_address(a), int(c)) for a, c in words["payouts"]),
                sums=tuple(tuple(map(int, level)) for level in words["sums"]),
            )
        except MalformedWorking:
            raise
        except (InputError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise MalformedWorking(f"not a {SCHEMA}: {type(error).__name__}: {error}") from error
        if working.to_bytes() != blob:
            raise MalformedWorking(f"not a {SCHEMA} in canonical form")
        return working


@dataclass(frozen=True)
class Trees:
    """The trees of a working."""

    utilities: IndexTree
    trace: IndexTree
    scores: IndexTree
    payouts: SumTree


def grow(working: Working, chain_id: int, distributor: str) -> Trees:
    """The trees over a working, for the distributor whose payouts they are.

    O(n) hashes: about a second for 100,000 steps.

    Raises:
        InputError: A number does not fit its type, or the stated sums do not fit the payouts.
    """
    leaves = [
        (EMPTY if line == NOBODY else payout_leaf(chain_id, distributor, i, line.account, line.cumulative))
        for i, line in enumerate(working.payouts)
    ]
    amounts = [line.cumulative for line in working.payouts]
    return Trees(
        index_tree(UTILITIES, working.round, working.utilities),
        index_tree(TRACE, working.round, working.trace),
        score_tree(working.round, ((s.account, s.score, s.prefix) for s in working.scores)),
        SumTree.build(zip(leaves, amounts, strict=True), working.sums),
    )


def head(working: Working, trees: Trees, model_digest: bytes, report_digest: bytes) -> Header:
    """The header over a working.

    Raises:
        InputError: A number does not fit its type.
    """
    return Header(
        round=working.round,
        peers=len(working.players),
        depth=trees.payouts.depth,
        sum=trees.payouts.root.sum,
        utility_root=trees.utilities.root,
        trace_root=trees.trace.root,
        score_root=trees.scores.root,
        payout_root=trees.payouts.root.node,
        players=players_hash(working.players),
        evaluators=evaluators_hash([(e.account, e.weight, e.standing) for e in working.evaluators]),
        model_digest=model_digest,
        report_digest=report_digest,
    )


def is_behind(working: Working, trees: Trees, header: Header) -> bool:
    """Whether a header has the roots of a working: whether it is its poster's."""
    try:
        return head(working, trees, header.model_digest, header.report_digest) == header
    except InputError:
        return False


def _address(value: object) -> str:
    if not isinstance(value, str) or not is_checksum_address(value):
        raise MalformedWorking(f"not a checksummed address: {value!r:.60}")
    return value

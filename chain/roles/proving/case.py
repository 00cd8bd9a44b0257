"""What proofs are made of: a header, what is really behind it, and what its poster says is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chain.contracts import AgreementJudge, Call, PayoutJudge, ScoreJudge
from chain.contracts.proofs import Agreement, Evaluator, ScoreLeaf, Trial
from chain.contracts.types import Claim, Fault, Header, Part, Rules
from chain.encoding import evaluators_hash, players_hash
from chain.errors import VerificationError
from chain.project import Project
from chain.roles.agreement import Revealed
from chain.roles.derivation import Derived
from chain.roles.gathering import Gathered
from chain.roles.payouts import Tree
from chain.roles.working import NOBODY, PayoutLine, ScoreLine, Trees, Working
from chain.trees import IndexTree, SumTree


@dataclass(frozen=True)
class Finding:
    """A broken link: which, where in words, and the call that proves it."""

    fault: Fault
    where: str
    call: Call


class Missing(VerificationError):
    """A piece behind the header differs from the recomputed one, and its poster does not show it.

    Attributes:
        part: What to ask for.
        index: Which of it.
    """

    def __init__(self, part: Part, index: int) -> None:
        super().__init__(f"{part.name.lower()} {index} of the header is not in the store")
        self.part = part
        self.index = index


@dataclass(frozen=True)
class Case:
    """One header under suspicion.

    A piece of the header is taken from what was derived when its root is that one's, otherwise from what the
    poster published when that is what its root is of; otherwise it is `Missing`.

    Attributes:
        project: The project.
        header: The standing header.
        rules: The rules of the round's mechanism.
        gathered: The round's submissions.
        revealed: Every reveal of the round.
        objections: The weight of the objections against each evaluator.
        derived: What everybody derives; None when the reveals support no header.
        working: What the poster published; None when it published nothing that can be read.
        trees: The trees over it.
        previous: The payouts that stood before; None when nothing was owed.
    """

    project: Project
    header: Header
    rules: Rules
    gathered: Gathered
    revealed: tuple[Revealed, ...]
    objections: Mapping[str, int]
    derived: Derived | None
    working: Working | None
    trees: Trees | None
    previous: Tree | None

    @property
    def trial(self) -> Trial:
        """What every proof begins with."""
        return Trial(self.project.court.address, self.header, self.rules)

    @property
    def honest(self) -> Derived:
        """What everybody derives.

        Raises:
            VerificationError: The reveals support no header, and nothing simpler is wrong with this one.
        """
        if self.derived is None:
            raise VerificationError(f"the reveals of round {self.header.round} support no header")
        return self.derived

    @property
    def n(self) -> int:
        """Number of valued peers."""
        return self.header.peers

    def players(self) -> tuple[str, ...]:
        """The list that the header has the hash of."""
        for working in self._workings():
            if players_hash(working.players) == self.header.players:
                return working.players
        raise Missing(Part.PLAYERS, 0)

    def evaluators(self) -> tuple[Evaluator, ...]:
        """The list that the header has the hash of."""
        for working in self._workings():
            lines = [(line.account, line.weight, line.standing) for line in working.evaluators]
            if evaluators_hash(lines) == self.header.evaluators:
                return working.evaluators
        raise Missing(Part.EVALUATORS, 0)

    def agreement(self) -> Agreement:
        """Both lists."""
        return Agreement(self.players(), self.evaluators())

    def utilities(self) -> tuple[tuple[int, ...], IndexTree]:
        """The agreed utilities as posted, and their tree."""
        for working, trees in self._grown():
            if trees.utilities.root == self.header.utility_root:
                return working.utilities, trees.utilities
        raise Missing(Part.UTILITY, 0)

    def trace(self) -> tuple[tuple[int, ...], IndexTree]:
        """The trace as posted, and its tree."""
        for working, trees in self._grown():
            if trees.trace.root == self.header.trace_root:
                return working.trace, trees.trace
        raise Missing(Part.TRACE, 0)

    def scores(self) -> tuple[tuple[ScoreLine, ...], IndexTree]:
        """The scores as posted, and their tree."""
        for working, trees in self._grown():
            if trees.scores.root == self.header.score_root:
                return working.scores, trees.scores
        raise Missing(Part.SCORE, 0)

    def payouts(self) -> tuple[tuple[PayoutLine, ...], SumTree]:
        """The payouts as posted, and their tree."""
        stated = (self.header.payout_root, self.header.sum, self.header.depth)
        for working, trees in self._grown():
            tree = trees.payouts
            if (tree.root.node, tree.root.sum, tree.depth) == stated:
                return working.payouts, tree
        raise Missing(Part.PAYOUT, 0)

    def score_leaf(self, index: int) -> ScoreLeaf:
        """A posted score with its path."""
        lines, tree = self.scores()
        line = lines[index]
        return ScoreLeaf(index, line.account, line.score, line.prefix, tree.proof(index))

    @property
    def scores_judge(self) -> ScoreJudge:
        """Who checks scores."""
        return ScoreJudge(self.project.network, self.project.court.judges().scores)

    @property
    def payouts_judge(self) -> PayoutJudge:
        """Who checks payouts."""
        return PayoutJudge(self.project.network, self.project.court.judges().payouts)

    @property
    def agreement_judge(self) -> AgreementJudge:
        """Who checks what evaluators agreed on."""
        return AgreementJudge(self.project.network, self.project.court.judges().agreement)

    def _workings(self) -> list[Working]:
        derived = [self.derived.working] if self.derived else []
        return [*derived, *([self.working] if self.working else [])]

    def _grown(self) -> list[tuple[Working, Trees]]:
        derived = [(self.derived.working, self.derived.trees)] if self.derived else []
        posted = [(self.working, self.trees)] if self.working and self.trees else []
        return [*derived, *posted]


def claim_at(lines: tuple[PayoutLine, ...], tree: SumTree, place: int) -> Claim:
    """The leaf at a place of a payout tree with its path; the empty leaf beyond the last."""
    line = lines[place] if place < len(lines) else NOBODY
    return Claim(line.account, place, line.cumulative, tree.place_proof(place).path)

"""Who checks proofs, on chain: three contracts that all projects of a factory share. Each call names a court.

contracts/interfaces says what each function proves and refuses; docs/court.md has the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from chain.contracts.handle import Call, Contract
from chain.contracts.proofs import (
    Agreement,
    Evaluator,
    Opening,
    PayoutProof,
    RevealWords,
    ScoreLeaf,
    Step,
    SumNodeProof,
    Trial,
    Utility,
)
from chain.contracts.types import Claim


class ScoreJudge(Contract):
    """`ScoreJudge`: from utilities to scores."""

    artifact_name: ClassVar[str] = "ScoreJudge"

    def prove_step(self, trial: Trial, step: Step) -> Call:
        """F1: a sum of the trace does not follow from the one before it."""
        return self._write("proveStep", trial, step)

    def prove_score(
        self, trial: Trial, leaf: ScoreLeaf, basis: Sequence[int], siblings: Sequence[bytes]
    ) -> Call:
        """F1, F7: a score does not follow from the end of its accumulation, or from its losses."""
        return self._write("proveScore", trial, leaf, list(basis), list(siblings))

    def prove_total(self, trial: Trial, leaves: Sequence[ScoreLeaf]) -> Call:
        """F3: a running total of the scores' weights is wrong."""
        return self._write("proveTotal", trial, list(leaves))

    def recompute(self, trial: Trial, players: Sequence[str], utilities: Sequence[int]) -> Call:
        """The whole formula at once, for exact games of up to ten peers."""
        return self._write("recompute", trial, list(players), list(utilities))


class PayoutJudge(Contract):
    """`PayoutJudge`: from scores to payouts."""

    artifact_name: ClassVar[str] = "PayoutJudge"

    def prove_payout(self, trial: Trial, account: str, proof: PayoutProof) -> Call:
        """F2: a cumulative payout is not the one before and what the account earned in the round."""
        return self._write("provePayout", trial, account, proof)

    def prove_sum(self, trial: Trial, node: SumNodeProof) -> Call:
        """F3: a node of the payout tree does not have the sum that it is said to have."""
        return self._write("proveSum", trial, node)

    def prove_order(self, trial: Trial, first: Claim, second: Claim) -> Call:
        """F4: two neighbouring payouts are not in ascending order of address."""
        return self._write("proveOrder", trial, first, second)


class AgreementJudge(Contract):
    """`AgreementJudge`: from reveals to players and utilities."""

    artifact_name: ClassVar[str] = "AgreementJudge"

    def prove_players(self, trial: Trial, players: Sequence[str]) -> Call:
        """F4, F5: the agreed peers are not as many as stated, too many, or not in ascending order."""
        return self._write("provePlayers", trial, list(players))

    def prove_account(self, trial: Trial, players: Sequence[str], leaf: ScoreLeaf) -> Call:
        """F4: a score is not that of the peer at its place."""
        return self._write("proveAccount", trial, list(players), leaf)

    def prove_stranger(self, trial: Trial, players: Sequence[str], position: int) -> Call:
        """F5: a valued peer did not submit."""
        return self._write("proveStranger", trial, list(players), position)

    def prove_acceptance(
        self, trial: Trial, agreement: Agreement, peer: str, openings: Sequence[Opening]
    ) -> Call:
        """F5: a peer that most of the weight accepted is missing, or one that it did not is there."""
        return self._write("proveAcceptance", trial, agreement, peer, list(openings))

    def prove_evaluators(
        self, trial: Trial, evaluators: Sequence[Evaluator], account: str, reveal: RevealWords
    ) -> Call:
        """The list of evaluators is not that of those who revealed."""
        return self._write("proveEvaluators", trial, list(evaluators), account, reveal)

    def prove_standing(self, trial: Trial, agreement: Agreement, opening: Opening, utility: Utility) -> Call:
        """An evaluator's standing is wrong."""
        return self._write("proveStanding", trial, agreement, opening, utility)

    def accuse(self, trial: Trial, agreement: Agreement, opening: Opening, utility: Utility) -> Call:
        """Bring an evaluator before the arbiter, with a bond: a utility is beyond the outer tolerance."""
        return self._write("accuse", trial, agreement, opening, utility)

    def prove_utility(
        self, trial: Trial, agreement: Agreement, utility: Utility, openings: Sequence[Opening]
    ) -> Call:
        """F6: an agreed utility is not the lower weighted median of the revealed ones, or out of range."""
        return self._write("proveUtility", trial, agreement, utility, list(openings))

"""From what the evaluators revealed to the header that may be posted: the one way, for posters and auditors
alike.

Everything here is a pure function of its arguments, which come from chain and store alone. From the agreed
utilities on it is integer arithmetic, so two machines cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from chain.contracts.proofs import UNCOVERED, WITHHELD, WITHIN
from chain.contracts.types import Header
from chain.encoding import address_bytes, sha256
from chain.roles.agreement import Agreed, NoAgreement, Revealed, agreement
from chain.roles.gathering import Gathered
from chain.roles.report import EvaluatorLine, Payee, PlayerLine, Report
from chain.roles.working import PayoutLine, ScoreLine, Trees, Working, grow, head
from valuation.errors import InputError
from valuation.models.serial import model_bytes
from valuation.scoring import Seen, next_model, round_pay, score_round, trace

_STANDINGS = {WITHIN: "within", UNCOVERED: "uncovered", WITHHELD: "withheld"}


@dataclass(frozen=True)
class Derived:
    """Everything that a poster publishes: the header on chain; report, working, model and the method's memory
    in the store."""

    header: Header
    report: Report
    report_bytes: bytes
    model_bytes: bytes
    state_bytes: bytes
    working: Working
    working_bytes: bytes
    trees: Trees

    @property
    def utilities(self) -> npt.NDArray[np.int64]:
        """The agreed utilities, int64 (k,)."""
        return np.array(self.working.utilities, dtype=np.int64)


@dataclass(frozen=True)
class Inputs:
    """What a header follows from beside the submissions.

    Attributes:
        revealed: Every reveal of the round.
        objections: The weight of the objections against each evaluator.
        chain_id: Where the distributor is.
        distributor: Address that the payout leaves bind.
        budget: What the round may pay in total, in token units.
        earned: Cumulative payouts up to the last active round, by address.
        state: What the method remembered when the last standing header was derived.
    """

    revealed: tuple[Revealed, ...]
    objections: Mapping[str, int]
    chain_id: int
    distributor: str
    budget: int
    earned: Mapping[str, int]
    state: bytes = b""


def derive(gathered: Gathered, inputs: Inputs) -> Derived:
    """The header, report, working and model that follow from a round's submissions and reveals.

    Raises:
        NoAgreement: The reveals support no header.
    """
    ground, mechanism, budget = gathered.ground, gathered.ground.mechanism, inputs.budget
    agreed = agreement(gathered, inputs.revealed, inputs.objections)
    players, utilities, design = agreed.players, agreed.utilities, ground.problem.design
    seen = Seen(
        round=ground.round,
        seed=gathered.seed,
        players=players,
        updates=gathered.matrix(players),
        committed=[gathered.submitters.index(player) for player in players],
        rejections={rejection.address: rejection.reason for rejection in agreed.rejections},
        state=inputs.state,
    )
    try:
        values, state_after = score_round(mechanism, utilities, seen, design)
    except InputError as error:
        raise NoAgreement(f"round {ground.round}: {error}") from error
    stakes = [line.weight for line in agreed.evaluators]
    within = [line.standing == WITHIN for line in agreed.evaluators]
    pay = round_pay(mechanism, values, budget, stakes, within)
    total = _add(
        inputs.earned,
        [*zip(players, pay.trainers, strict=True)]
        + [(line.account, part) for line, part in zip(agreed.evaluators, pay.evaluators, strict=True)],
    )
    prefixes = [0] * len(values) if pay.weights is None else list(accumulate(pay.weights))
    working = Working(
        round=ground.round,
        players=players,
        evaluators=agreed.evaluators,
        utilities=tuple(utilities.tolist()),
        trace=tuple(trace(mechanism, utilities, len(players), seed=gathered.seed, design=design)),
        scores=tuple(ScoreLine(*line) for line in zip(players, values, prefixes, strict=True)),
        payouts=tuple(PayoutLine(*line) for line in total),
    )
    model = model_bytes(next_model(mechanism, ground.base, seen.updates, values), ground.model.layout)
    working_bytes = working.to_bytes()
    report = Report(
        project=ground.project,
        round=ground.round,
        policy=ground.policy.hex(),
        seed=gathered.seed.hex(),
        base=ground.base_digest.hex(),
        model=sha256(model).hex(),
        working=sha256(working_bytes).hex(),
        state=sha256(state_after).hex() if state_after else "",
        budget=budget,
        players=tuple(PlayerLine(*line) for line in zip(players, values, pay.trainers, strict=True)),
        rejections=agreed.rejections,
        evaluators=_evaluator_lines(agreed, pay.evaluators),
        payouts=tuple(Payee(address, amount) for address, amount in total),
    )
    blob, trees = report.to_bytes(), grow(working, inputs.chain_id, inputs.distributor)
    header = head(working, trees, sha256(model), sha256(blob))
    return Derived(header, report, blob, model, state_after, working, working_bytes, trees)


def _evaluator_lines(agreed: Agreed, pay: Sequence[int]) -> tuple[EvaluatorLine, ...]:
    return tuple(
        EvaluatorLine(
            line.account,
            line.weight,
            _STANDINGS.get(line.standing, "outside"),
            agreed.details.get(line.account, ""),
            amount,
        )
        for line, amount in zip(agreed.evaluators, pay, strict=True)
    )


def _add(earned: Mapping[str, int], payments: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    total = dict(earned)
    for address, amount in payments:
        total[address] = total.get(address, 0) + amount
    return [(address, total[address]) for address in sorted(total, key=address_bytes) if total[address] > 0]

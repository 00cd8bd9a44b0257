"""From what the evaluators revealed to the header that may be posted: the one way, for posters and auditors
alike.

Everything here is a pure function of its arguments, which come from chain and store alone. From the agreed
utilities on
it is integer arithmetic, so two machines cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chain.contracts.types import Header
from chain.encoding import SCORES, UTILITIES, address_bytes, sha256
from chain.errors import VerificationError
from chain.roles.gathering import Gathered
from chain.roles.measurement import Measurement, Rejection
from chain.roles.report import EvaluatorLine, Payee, PlayerLine, Report
from chain.trees import index_tree, payout_tree
from valuation.errors import InputError
from valuation.models.serial import model_bytes
from valuation.rewards.payouts import evaluator_payouts, payouts, split_budget
from valuation.scoring import agree, next_model, restrict, scores, within_tolerance


class NoAgreement(VerificationError):
    """The revealed measurements do not support any header."""


@dataclass(frozen=True)
class Revealed:
    """One evaluator's reveal: a measurement that hashes to what was revealed, or why there is none.

    Attributes:
        evaluator: Who revealed.
        weight: Its stake at the reveal.
        measurement: The verified measurement; None when it is unusable.
        fault: Why it is unusable; empty when it is not.
    """

    evaluator: str
    weight: int
    measurement: Measurement | None
    fault: str


@dataclass(frozen=True)
class Derived:
    """Everything that a poster publishes: the header on chain, report and model in the store."""

    header: Header
    report: Report
    report_bytes: bytes
    model_bytes: bytes
    utilities: npt.NDArray[np.int64]


def derive(
    gathered: Gathered,
    revealed: Sequence[Revealed],
    *,
    chain_id: int,
    distributor: str,
    budget: int,
    earned: Mapping[str, int],
) -> Derived:
    """The header, report and model that follow from a round's reveals.

    Args:
        gathered: The round's submissions, base model and mechanism.
        revealed: Every reveal of the round.
        chain_id: Where the distributor is.
        distributor: Address that the payout leaves bind.
        budget: What the round may pay in total, in token units.
        earned: Cumulative payouts up to the last active round, by address.

    Raises:
        NoAgreement: No measurement is usable, or the evaluators accepted a submission that cannot be decoded
        here.
    """
    ground, mechanism = gathered.ground, gathered.ground.mechanism
    players, rejections = _agreed_players(gathered, revealed)
    read = {r.evaluator: _restricted(gathered, r, players) for r in revealed}
    usable = [(r, found) for r in revealed if not isinstance(found := read[r.evaluator], str)]
    if not usable:
        raise NoAgreement(
            f"round {ground.round}: no revealed measurement covers the agreed peers {list(players)}"
        )
    measured = np.stack([found for _, found in usable])
    weights = [r.weight for r, _ in usable]
    utilities = agree(measured, weights)
    within = within_tolerance(measured, utilities, mechanism.tolerance)

    values = scores(mechanism, utilities, len(players))
    trainers_part, pot = split_budget(budget, mechanism.evaluator_share)
    player_pay = payouts(values, trainers_part, mechanism.reward.power)
    evaluator_pay = evaluator_payouts(weights, within.tolist(), pot if any(player_pay) else 0)

    standing = {
        r.evaluator: EvaluatorLine(r.evaluator, r.weight, "unusable", str(read[r.evaluator]), 0)
        for r in revealed
    }
    for (r, _), ok, pay in zip(usable, within.tolist(), evaluator_pay, strict=True):
        detail = (
            "" if ok else f"a utility differs from the median by more than {mechanism.tolerance} nano-nats"
        )
        standing[r.evaluator] = EvaluatorLine(
            r.evaluator, r.weight, "within" if ok else "outside", detail, pay
        )
    lines = tuple(PlayerLine(*line) for line in zip(players, values, player_pay, strict=True))
    total = _add(
        earned,
        [(line.address, line.payout) for line in lines]
        + [(line.address, line.payout) for line in standing.values()],
    )

    model = model_bytes(
        next_model(mechanism, ground.base, gathered.matrix(players), values), ground.model.layout
    )
    report = Report(
        project=ground.project,
        round=ground.round,
        policy=ground.policy.hex(),
        seed=gathered.seed.hex(),
        base=ground.base_digest.hex(),
        model=sha256(model).hex(),
        budget=budget,
        players=lines,
        rejections=rejections,
        evaluators=tuple(standing[evaluator] for evaluator in sorted(standing, key=address_bytes)),
        payouts=tuple(Payee(address, amount) for address, amount in total),
    )
    tree = payout_tree(chain_id, distributor, total)
    blob = report.to_bytes()
    header = Header(
        round=ground.round,
        peers=len(players),
        depth=tree.depth,
        sum=tree.root.sum,
        utility_root=index_tree(UTILITIES, ground.round, utilities.tolist()).root,
        score_root=index_tree(SCORES, ground.round, values).root,
        payout_root=tree.root.node,
        model_digest=sha256(model),
        report_digest=sha256(blob),
    )
    return Derived(header, report, blob, model, utilities)


def _agreed_players(
    gathered: Gathered, revealed: Sequence[Revealed]
) -> tuple[tuple[str, ...], tuple[Rejection, ...]]:
    """Who was accepted by more than half of the usable weight, and why the others were not."""
    usable = [r for r in revealed if r.measurement is not None]
    total = sum(r.weight for r in usable)
    if total == 0:
        raise NoAgreement(f"round {gathered.ground.round}: no revealed measurement can be used")
    accepted: dict[str, int] = {}
    for r in usable:
        assert r.measurement is not None
        for address in r.measurement.players:
            accepted[address] = accepted.get(address, 0) + r.weight
    players = tuple(sorted((a for a, weight in accepted.items() if 2 * weight > total), key=address_bytes))
    unknown = [address for address in players if address not in gathered.updates]
    if unknown:
        raise NoAgreement(
            f"round {gathered.ground.round}: the evaluators accepted {unknown}, which cannot be decoded here"
        )
    heaviest = sorted(usable, key=lambda r: (-r.weight, address_bytes(r.evaluator)))
    return players, tuple(
        _reason(address, heaviest)
        for address in sorted(gathered.submitters, key=address_bytes)
        if address not in players
    )


def _reason(address: str, heaviest: Sequence[Revealed]) -> Rejection:
    """The reason of the heaviest evaluator that rejected the submission.

    Taken from the reveals and not from today's store: a blob that appears late must not change what a report
    says.
    """
    for r in heaviest:
        assert r.measurement is not None
        for rejection in r.measurement.rejections:
            if rejection.address == address:
                return rejection
    return Rejection(address, "minority", "accepted by no more than half of the evaluators' weight")


def _restricted(
    gathered: Gathered, revealed: Revealed, players: Sequence[str]
) -> npt.NDArray[np.int64] | str:
    """What an evaluator measured of the agreed peers alone, or why that cannot be told."""
    measurement = revealed.measurement
    if measurement is None:
        return revealed.fault
    missing = [address for address in players if address not in measurement.players]
    if missing:
        return f"did not measure {', '.join(missing)}"
    try:
        return restrict(gathered.ground.mechanism, measurement.utilities, measurement.players, players)
    except InputError as error:
        return str(error)


def _add(earned: Mapping[str, int], payments: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    total = dict(earned)
    for address, amount in payments:
        total[address] = total.get(address, 0) + amount
    return [(address, total[address]) for address in sorted(total, key=address_bytes) if total[address] > 0]

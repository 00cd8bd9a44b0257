"""One round from the accepted updates to everybody's pay, without a chain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuation.gradients import codec
from valuation.gradients.codec import Metadata
from valuation.gradients.errors import RefusedUpdate
from valuation.problem import Problem
from valuation.round_data import RoundData, canonical_order
from valuation.scoring import RoundPay, Seen, accept, measure, next_model, round_pay, score_round

Update = npt.NDArray[np.float32]
_NO_DIGEST = 64 * "0"  # as long as a digest: what an update says of itself counts for its size


@dataclass(frozen=True)
class Ground:
    """What a round starts from.

    Attributes:
        problem: the mechanism with its model and data.
        base: the model that the updates start from, float32 (d,).
        assignment_seed: what picked each sender's training data.
        seed: the round's own randomness.
        joined: the round of each address's first submission, counted from 0, for methods that ask for it.
        history: earlier rounds, the earliest first, for methods that look at them.
    """

    problem: Problem
    base: Update
    assignment_seed: bytes
    seed: bytes
    joined: Mapping[str, int] | None = None
    history: tuple[RoundData, ...] = ()

    def data(self, updates: Mapping[str, Update]) -> RoundData:
        """Return the round with some updates, float32 (d,) by address, as an evaluator measures it."""
        players = tuple(canonical_order(list(updates)))
        return RoundData(
            players=players,
            updates=self.matrix(updates, players),
            base=self.base,
            model=self.problem.model,
            evaluation=self.problem.evaluation(self.seed),
            assigned=tuple(self.problem.assigned(self.assignment_seed, player) for player in players),
            seed=self.seed,
            joined=() if self.joined is None else tuple(self.joined[player] for player in players),
            history=self.history,
            design=self.problem.design,
        )

    def matrix(self, updates: Mapping[str, Update], players: Sequence[str]) -> Update:
        """Return the updates of some players, one row each, float32 (n, d)."""
        rows = [updates[player] for player in players]
        return np.stack(rows) if rows else np.zeros((0, self.base.size), dtype=np.float32)


@dataclass(frozen=True)
class Verdict:
    """What the evaluators agree on.

    Attributes:
        players: the agreed players, (n,), ascending.
        utilities: the agreed measurement, int64 (k,), in nano-nats.
        stakes: of each evaluator; 0 where its reveal cannot be used.
        within: whether each measured within tolerance.
    """

    players: tuple[str, ...]
    utilities: npt.NDArray[np.int64]
    stakes: list[int]
    within: list[bool]


@dataclass(frozen=True)
class Settled:
    """What follows from a verdict.

    Attributes:
        players: who was valued, (n,).
        scores: what each was worth, (n,), in nano-nats.
        pay: what each earned, and the evaluators, in token units.
        model: the next base model, float32 (d,).
        state: what the method remembers.
    """

    players: tuple[str, ...]
    scores: list[int]
    pay: RoundPay
    model: Update
    state: bytes


def settle_round(
    ground: Ground,
    round: int,
    verdict: Verdict,
    submitted: Mapping[str, Update],
    refused: Mapping[str, str],
    budget: int,
    state: bytes = b"",
) -> Settled:
    """Return scores, pay and the next model, by the functions that the roles on chain call.

    Args:
        ground: what the round started from.
        round: its number, which rises from round to round.
        verdict: what the evaluators agree on.
        submitted: the updates, as the checks leave them, float32 (d,) by address, in the order of the chain.
        refused: why others' submissions do not count: the reason's code by address.
        budget: what the round may pay, in token units.
        state: what the method remembers of the round before.

    Raises:
        InputError: the measurement does not fit the method, or the remembered state is another method's.
    """
    mechanism = ground.problem.mechanism
    order = list(submitted)
    matrix = ground.matrix(submitted, verdict.players)
    seen = Seen(
        round,
        ground.seed,
        verdict.players,
        matrix,
        [order.index(player) for player in verdict.players],
        refused,
        state,
    )
    scores, after = score_round(mechanism, verdict.utilities, seen, ground.problem.design)
    pay = round_pay(mechanism, scores, budget, verdict.stakes, verdict.within)
    model = next_model(mechanism, ground.base, matrix, scores)
    return Settled(verdict.players, scores, pay, model, after)


@dataclass(frozen=True)
class Valued:
    """A round that honest evaluators measured, and what follows.

    Attributes:
        settled: scores, pay, the next model and what the method remembers.
        refused: why submissions do not count: the reason's code by address.
        data: the round as it was measured.
    """

    settled: Settled
    refused: Mapping[str, str]
    data: RoundData


def value_round(
    ground: Ground,
    round: int,
    submitted: Mapping[str, Update],
    refused: Mapping[str, str],
    budget: int,
    stakes: Sequence[int] = (1,),
    state: bytes = b"",
) -> Valued:
    """Check, measure and settle a round, with evaluators who are honest and so measure alike.

    Args:
        ground: what the round started from.
        round: its number, which rises from round to round.
        submitted: the decoded updates, float32 (d,) by address, in the order of the chain.
        refused: why others' bytes are no update.
        budget: what the round may pay, in token units.
        stakes: of the evaluators who share what is theirs, (m,).
        state: what the method remembers of the round before.

    Raises:
        InputError: the method cannot value the round, or the remembered state is another method's.
    """
    accepted = accept(ground.problem, ground.base, submitted, ground.assignment_seed, ground.seed)
    why = {**refused, **{who: found.reason for who, found in accepted.rejections.items()}}
    data = ground.data(accepted.updates)
    utilities = measure(ground.problem.mechanism, data)
    verdict = Verdict(data.players, utilities, list(stakes), [True] * len(stakes))
    updates = {**submitted, **accepted.updates}
    return Valued(settle_round(ground, round, verdict, updates, why, budget, state), why, data)


def through_codec(problem: Problem, address: str, round: int, update: Update) -> Update:
    """Return what an evaluator decodes, float32 (d,), from the bytes that a sender of this update publishes.

    Args:
        problem: the mechanism with its model and data.
        address: the sender's.
        round: the round.
        update: the update before it is compressed, float32 (d,).

    Raises:
        RefusedUpdate: it is not finite, or too large for the mechanism.
    """
    mechanism, layout = problem.mechanism, problem.model.layout
    metadata = Metadata("simulation", round, address, _NO_DIGEST, layout.digest, mechanism.codec.name)
    blob = codec.encode(update, layout, metadata, mechanism.codec.density)
    return codec.decode(blob, layout, metadata, mechanism.checks.max_bytes, mechanism.codec.density)


def arriving(
    problem: Problem, round: int, sent: Mapping[str, Update]
) -> tuple[dict[str, Update], dict[str, str]]:
    """Return what evaluators decode of what is sent, float32 (d,) by address, and why not of the others.

    Args:
        problem: the mechanism with its model and data.
        round: the round.
        sent: the updates before they are compressed, float32 (d,) by address, in the order of the chain.
    """
    arrived, refused = {}, {}
    for address, update in sent.items():
        try:
            arrived[address] = through_codec(problem, address, round, update)
        except RefusedUpdate as error:
            refused[address] = error.reason
    return arrived, refused

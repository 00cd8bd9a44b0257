"""Past rounds valued again under another mechanism: who would have got what."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from valuation.document import require
from valuation.federated.registry import asks_for_times
from valuation.mechanism import Mechanism
from valuation.problem import Problem
from valuation.round_data import RoundData
from valuation.simulation.past import Past
from valuation.simulation.rounds import Ground, Update, arriving, value_round


@dataclass(frozen=True)
class SimulatedRound:
    """A round under a mechanism; money in token units.

    Attributes:
        number: the round.
        budget: what it could pay.
        scores: what each valued trainer was worth, in nano-nats by address.
        pay: what each of them earned.
        evaluators: what all evaluators earned together.
        refused: why each other submission does not count: the reason's code by address.
        loss: the validation loss after the round, in nats, of the model that the mechanism makes of it.
    """

    number: int
    budget: int
    scores: Mapping[str, int]
    pay: Mapping[str, int]
    evaluators: int
    refused: Mapping[str, str]
    loss: float


@dataclass(frozen=True)
class Simulation:
    """Rounds under a mechanism.

    Attributes:
        mechanism: the mechanism.
        rounds: the rounds.
        before: the validation losses of the models that the rounds started from, in nats.
    """

    mechanism: Mechanism
    rounds: tuple[SimulatedRound, ...]
    before: tuple[float, ...]

    @property
    def earned(self) -> Mapping[str, int]:
        """What each trainer who ever sent something earned, in token units, by address."""
        found: Counter[str] = Counter()
        for each in self.rounds:
            found.update(dict.fromkeys(each.refused, 0))
            found.update(each.pay)
        return dict(found)

    @property
    def shares(self) -> Mapping[str, float]:
        """Each trainer's part of what all trainers earned, from 0 to 1, for display."""
        earned = self.earned
        total = sum(earned.values())
        return {who: amount / total if total else 0.0 for who, amount in earned.items()}

    @property
    def spent(self) -> int:
        """What all rounds paid, the evaluators included, in token units."""
        return sum(self.earned.values()) + sum(each.evaluators for each in self.rounds)


def check_comparable(mechanism: Mechanism, past: Past) -> None:
    """Refuse a mechanism under which the past rounds could not have been played.

    The updates were trained for one model, on the data that one rule assigned.

    Raises:
        MechanismError: model or training differ, or a vertical split is another mechanism's.

    >>> from valuation.mechanism import default_mechanism
    >>> check_comparable(default_mechanism(power="2"), Past(default_mechanism(), (), 100))
    >>> check_comparable(default_mechanism(samples=9), Past(default_mechanism(), (), 100))
    Traceback (most recent call last):
    valuation.errors.MechanismError: training: differs from the history's: updates were trained for another
    """
    told = "differs from the history's: updates were trained for another"
    require(mechanism.model == past.mechanism.model, "model", told)
    require(mechanism.training == past.mechanism.training, "training", told)
    vertical = mechanism.training.assignment.parties is not None
    same = mechanism == past.mechanism
    require(same or not vertical, "training.assignment.parties", "who holds which features differs")


def simulate(
    problem: Problem, past: Past, allowed: Sequence[int] | None = None, stakes: Sequence[int] = (1,)
) -> Simulation:
    """Value past rounds under a mechanism, with honest evaluators who all measure alike.

    Each round starts from the base model that it started from in the past, since from that its updates were
    trained; what the mechanism would have made of the round is told by its loss. Time and memory are those of
    measuring each round once.

    Args:
        problem: the mechanism with its model, data and design.
        past: the rounds.
        allowed: what may have been paid by the end of each round, in token units, (rounds,); by default the
            past's budget of a round times the rounds. What a round leaves is there for the next.
        stakes: of the evaluators who share what is theirs.

    Raises:
        MechanismError: the mechanism does not fit the rounds (`check_comparable`).
        InputError: the method cannot value a round: its number and the reason are said.

    >>> import numpy as np
    >>> from valuation.mechanism import default_mechanism
    >>> from valuation.problem import problem_of
    >>> from valuation.simulation.past import PastRound
    >>> mechanism, zeros = default_mechanism(), np.zeros((1, 650), dtype=np.float32)
    >>> lazy = PastRound(1, bytes(32), bytes(32), zeros[0], ("0xa0",), zeros, {})
    >>> found = simulate(problem_of(mechanism), Past(mechanism, (lazy,), round_budget=100))
    >>> found.earned, found.rounds[0].refused
    ({'0xa0': 0}, {'0xa0': 'zero-update'})
    """
    mechanism = problem.mechanism
    check_comparable(mechanism, past)
    if allowed is None:
        allowed = [past.round_budget * (number + 1) for number in range(len(past.rounds))]
    joined = _joined(past) if asks_for_times(mechanism.method.name) else None
    history: tuple[RoundData, ...] = ()
    wanted = mechanism.method.history or 0
    rounds: list[SimulatedRound] = []
    models: list[Update] = []
    spent, state = 0, b""
    for each, most in zip(past.rounds, allowed, strict=True):
        sent = dict(zip(each.senders, each.updates, strict=True))
        submitted, lost = arriving(problem, each.number, sent)
        refused = {**each.refused, **lost}
        ground = Ground(problem, each.base, each.assignment_seed, each.seed, joined, history)
        budget = max(0, most - spent)
        valued = value_round(ground, each.number, submitted, refused, budget, stakes, state)
        settled = valued.settled
        state = settled.state
        found = SimulatedRound(
            number=each.number,
            budget=budget,
            scores=dict(zip(settled.players, settled.scores, strict=True)),
            pay=dict(zip(settled.players, settled.pay.trainers, strict=True)),
            evaluators=sum(settled.pay.evaluators),
            refused=valued.refused,
            loss=0.0,
        )
        spent += sum(found.pay.values()) + found.evaluators
        if wanted:
            history = (*history, replace(valued.data, joined=(), history=()))[-wanted:]
        rounds.append(found)
        models.append(settled.model)
    losses = _losses(problem, models)
    return Simulation(
        mechanism,
        tuple(replace(each, loss=loss) for each, loss in zip(rounds, losses, strict=True)),
        _losses(problem, [each.base for each in past.rounds]),
    )


def _joined(past: Past) -> dict[str, int]:
    first: dict[str, int] = {}
    for each in past.rounds:
        for sender in (*each.senders, *each.refused):
            first.setdefault(sender, each.number - 1)
    return first


def _losses(problem: Problem, models: Sequence[Update]) -> tuple[float, ...]:
    if not models:
        return ()
    data = problem.validation
    return tuple(problem.model.losses(np.stack(models), data.x, data.y).tolist())

"""A project played without a chain: training, checks, measuring, agreement, scores, pay, the next model.

Every step is the function that the roles on chain call. Seeds stand in for the blocks', and money is counted
as the escrow pays it: what nobody earned in a round is there for the next.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from valuation.attacks.behaviour import Attack, Moment, Update
from valuation.attacks.judges import HONEST_JUDGES, Judge, Sight
from valuation.gradients import codec
from valuation.gradients.codec import Metadata
from valuation.gradients.errors import RefusedUpdate
from valuation.mechanism import Mechanism
from valuation.models.training import LocalTraining
from valuation.problem import Problem
from valuation.rewards.payouts import evaluator_payouts, split_budget
from valuation.round_data import RoundData
from valuation.scoring import (
    Seen,
    accept,
    agree,
    agreed_players,
    canonical_order,
    next_model,
    restrict,
    score_round,
    trainer_payouts,
    within_tolerance,
)

BUDGET = 10**18
"""What each round adds to the budget."""
_ATTACKERS = 1000


@dataclass(frozen=True)
class Setting:
    """A project and its honest people.

    Args:
        problem: The mechanism, with its model and data.
        honest: The number of honest trainers.
        rounds: The number of rounds.
        training: How trainers train.
    """

    problem: Problem
    honest: int = 8
    rounds: int = 10
    training: LocalTraining = field(default_factory=LocalTraining)


@dataclass(frozen=True)
class Outcome:
    """What came of a run.

    Args:
        pay: What each trainer's address earned in each round, in parts of `BUDGET`.
        judges_pay: What each evaluator earned.
        losses: The validation loss before the first and after every round, in nats.
        refused: How often a submission was refused, by address and reason.
        attackers: The attacker's addresses in each round.
    """

    pay: tuple[Mapping[str, int], ...]
    judges_pay: tuple[int, ...]
    losses: tuple[float, ...]
    refused: Mapping[tuple[str, str], int]
    attackers: tuple[tuple[str, ...], ...]

    def attackers_pay(self, since: int = 0) -> int:
        """Return what the attacker's addresses earned from a round on."""
        return sum(
            paid.get(who, 0)
            for paid, whose in zip(self.pay[since:], self.attackers[since:], strict=True)
            for who in whose
        )

    def honest_pay(self, since: int = 0) -> int:
        """Return what everybody else earned from a round on."""
        return sum(sum(paid.values()) for paid in self.pay[since:]) - self.attackers_pay(since)


def play(
    setting: Setting, attack: Attack | None, seed: int, judges: tuple[Judge, ...] = HONEST_JUDGES
) -> Outcome:
    """Play a project with an attacker, or with nobody but the honest, from a seed.

    >>> from valuation.attacks.catalogue import ATTACKS
    >>> from valuation.mechanism import default_mechanism
    >>> from valuation.problem import problem_of
    >>> setting = Setting(problem_of(default_mechanism()), honest=2, rounds=1)
    >>> outcome = play(setting, ATTACKS["zeros"], seed=0)
    >>> outcome.attackers_pay(), outcome.losses[1] < outcome.losses[0]
    (0, True)
    """
    problem, mechanism = setting.problem, setting.problem.mechanism
    bases = [problem.model.initial(_seed(seed, "initial"))]
    pay: list[Mapping[str, int]] = []
    names: list[tuple[str, ...]] = []
    fees, refused = [0] * len(judges), Counter[tuple[str, str]]()
    published: Mapping[str, Update] = {}
    sights: Sequence[Sight | None] = [None] * len(judges)
    state = b""
    for round in range(setting.rounds):
        ground = Ground(problem, bases[-1], _seed(seed, f"assignment/{round}"), _seed(seed, f"seal/{round}"))
        attackers = _names(attack, round)
        scene = Moment(
            problem,
            setting.training,
            round,
            setting.rounds,
            tuple(bases),
            attackers,
            ground.assignment_seed,
            published,
            seed,
        )
        submitted = _submit(setting, attack, scene, refused)
        accepted = accept(problem, ground.base, submitted, ground.assignment_seed, ground.seed)
        refused.update((who, found.reason) for who, found in accepted.rejections.items())
        accomplices = {who: submitted[who] for who in attackers if who in submitted}
        sights = [
            judge.see(mechanism, ground.data, accepted.updates, accomplices, last)
            for judge, last in zip(judges, sights, strict=True)
        ]
        verdict = _agree(mechanism, judges, sights)
        updates = {**submitted, **accepted.updates}
        published = {player: updates[player] for player in verdict.players}
        matrix = ground.matrix(updates, verdict.players)
        seen = Seen(
            round,
            ground.seed,
            verdict.players,
            matrix,
            [list(submitted).index(player) for player in verdict.players],
            {who: found.reason for who, found in accepted.rejections.items() if who not in published},
            state,
        )
        values, state = score_round(mechanism, verdict.utilities, seen)
        paid = sum(sum(each.values()) for each in pay) + sum(fees)
        trainers, pot = split_budget((round + 1) * BUDGET - paid, mechanism.evaluator_share)
        earned = trainer_payouts(mechanism, values, trainers)
        shares = evaluator_payouts(verdict.stakes, verdict.within, pot if any(earned) else 0)
        fees = [fee + share for fee, share in zip(fees, shares, strict=True)]
        pay.append(dict(zip(verdict.players, earned, strict=True)))
        names.append(attackers)
        bases.append(next_model(mechanism, ground.base, matrix, values))
    losses = problem.model.losses(np.stack(bases), problem.validation.x, problem.validation.y)
    return Outcome(tuple(pay), tuple(fees), tuple(losses.tolist()), dict(refused), tuple(names))


@dataclass(frozen=True)
class Ground:
    """What a round starts from: the problem, the base model, and the two seeds."""

    problem: Problem
    base: Update
    assignment_seed: bytes
    seed: bytes

    def data(self, updates: Mapping[str, Update]) -> RoundData:
        """Return the round with some updates, as an evaluator measures it."""
        players = tuple(canonical_order(list(updates)))
        return RoundData(
            players=players,
            updates=self.matrix(updates, players),
            base=self.base,
            model=self.problem.model,
            evaluation=self.problem.evaluation(self.seed),
            assigned=tuple(self.problem.assigned(self.assignment_seed, player) for player in players),
            seed=self.seed,
        )

    def matrix(self, updates: Mapping[str, Update], players: Sequence[str]) -> Update:
        """Return the updates of some players, one row each, float32 (n, d)."""
        rows = [updates[player] for player in players]
        return np.stack(rows) if rows else np.zeros((0, self.base.size), dtype=np.float32)


@dataclass(frozen=True)
class Verdict:
    """What the evaluators agree on; stakes are 0, and within false, of those whose reveal cannot be used."""

    players: tuple[str, ...]
    utilities: npt.NDArray[np.int64]
    stakes: list[int]
    within: list[bool]


def _agree(mechanism: Mechanism, judges: Sequence[Judge], sights: Sequence[Sight | None]) -> Verdict:
    seen = [sight for sight in sights if sight is not None]
    stakes = [judge.stake for judge in judges]
    players = tuple(agreed_players([sight.players for sight in seen], stakes))
    usable = [number for number, sight in enumerate(seen) if set(players) <= set(sight.players)]
    measured = np.stack(
        [restrict(mechanism, seen[number].utilities, seen[number].players, players) for number in usable]
    )
    utilities = agree(measured, [stakes[number] for number in usable])
    close = within_tolerance(measured, utilities, mechanism.tolerance).tolist()
    within = dict(zip(usable, close, strict=True))
    return Verdict(
        players,
        utilities,
        [stake if number in within else 0 for number, stake in enumerate(stakes)],
        [within.get(number, False) for number in range(len(stakes))],
    )


def _submit(
    setting: Setting, attack: Attack | None, scene: Moment, refused: Counter[tuple[str, str]]
) -> dict[str, Update]:
    """Return what arrives and can be decoded, in the order of the chain."""
    honest = {
        address: replace(scene, address=address, addresses=(address,)).train()
        for address in map(_address, range(setting.honest))
    }
    bad: dict[str, Update] = {}
    for identity, address in enumerate(scene.addresses if attack else ()):
        assert attack is not None
        update = attack.act(replace(scene, address=address, identity=identity, leaked=honest))
        if update is not None:
            bad[address] = update
    ordered = {**bad, **honest} if attack is not None and attack.first else {**honest, **bad}
    arrived = {}
    for address, update in ordered.items():
        try:
            arrived[address] = _through_bytes(setting.problem, scene.base, address, scene.round, update)
        except RefusedUpdate as error:
            refused[address, error.reason] += 1
    return arrived


def _through_bytes(problem: Problem, base: Update, address: str, round: int, update: Update) -> Update:
    """Return what an evaluator decodes from the bytes that the sender publishes."""
    mechanism, layout = problem.mechanism, problem.model.layout
    digest = hashlib.sha256(base.tobytes()).hexdigest()
    metadata = Metadata("simulation", round, address, digest, layout.digest, mechanism.codec.name)
    blob = codec.encode(update, layout, metadata, mechanism.codec.density)
    return codec.decode(blob, layout, metadata, mechanism.checks.max_bytes, mechanism.codec.density)


def _names(attack: Attack | None, round: int) -> tuple[str, ...]:
    if attack is None:
        return ()
    numbers = (attack.renames(identity, round) for identity in range(attack.identities))
    return tuple(_address(_ATTACKERS + number) for number in numbers)


def _address(number: int) -> str:
    return f"0x{number:040x}"


def _seed(seed: int, label: str) -> bytes:
    return hashlib.sha256(f"{seed}/{label}".encode()).digest()


def rejected(outcome: Outcome) -> Mapping[str, int]:
    """Return how often the attacker's submissions were refused, by reason.

    >>> rejected(Outcome((), (), (), {("0xa0", "duplicate"): 2, ("0xb0", "duplicate"): 1}, (("0xa0",),)))
    {'duplicate': 2}
    """
    whose = {who for names in outcome.attackers for who in names}
    found: dict[str, int] = {}
    for (who, reason), count in outcome.refused.items():
        if who in whose:
            found[reason] = found.get(reason, 0) + count
    return found

"""A project played without a chain: training, checks, measuring, agreement, scores, pay, the next model.

Every step is the function that the roles on chain call (docs/design.md). Seeds stand in for the blocks', and
money is counted as the escrow pays it: what nobody earned in a round is there for the next.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from valuation.attacks.behaviour import Attack, Moment, Update, run_seed
from valuation.attacks.judges import HONEST_JUDGES, Judge, Sight
from valuation.mechanism import Mechanism
from valuation.models.training import LocalTraining
from valuation.problem import Problem
from valuation.scoring import accept, agree, agreed_players, restrict, within_tolerance
from valuation.simulation.rounds import Ground, Verdict, arriving, settle_round

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
    bases = [problem.model.initial(run_seed(seed, "initial"))]
    pay: list[Mapping[str, int]] = []
    names: list[tuple[str, ...]] = []
    fees, refused = [0] * len(judges), Counter[tuple[str, str]]()
    published: Mapping[str, Update] = {}
    sights: Sequence[Sight | None] = [None] * len(judges)
    state = b""
    for round in range(setting.rounds):
        ground = Ground(
            problem, bases[-1], run_seed(seed, f"assignment/{round}"), run_seed(seed, f"seal/{round}")
        )
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
        rejections = {who: why.reason for who, why in accepted.rejections.items() if who not in published}
        left = (round + 1) * BUDGET - sum(sum(each.values()) for each in pay) - sum(fees)
        settled = settle_round(ground, round, verdict, updates, rejections, left, state)
        state = settled.state
        fees = [fee + share for fee, share in zip(fees, settled.pay.evaluators, strict=True)]
        pay.append(dict(zip(verdict.players, settled.pay.trainers, strict=True)))
        names.append(attackers)
        bases.append(settled.model)
    losses = problem.model.losses(np.stack(bases), problem.validation.x, problem.validation.y)
    return Outcome(tuple(pay), tuple(fees), tuple(losses.tolist()), dict(refused), tuple(names))


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
    arrived, lost = arriving(setting.problem, scene.round, ordered)
    refused.update(lost.items())
    return arrived


def _names(attack: Attack | None, round: int) -> tuple[str, ...]:
    if attack is None:
        return ()
    numbers = (attack.renames(identity, round) for identity in range(attack.identities))
    return tuple(_address(_ATTACKERS + number) for number in numbers)


def _address(number: int) -> str:
    return f"0x{number:040x}"


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

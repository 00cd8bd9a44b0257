"""One row of the bench: what an attack earns, what it does to the model, and what it costs the honest.

The attacks are those of the catalogue in docs/attacks.md; the measure is this project's own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from valuation.attacks.behaviour import Attack
from valuation.attacks.catalogue import ATTACKS, HONEST
from valuation.attacks.game import Outcome, Setting, play
from valuation.attacks.judges import JUDGES_ATTACKS, JudgesAttack, honestly

OPEN = 0.05
"""From this share of an honest trainer's pay on, an attack is open."""

Floats = npt.NDArray[np.float64]
References = Callable[[int, int], Outcome]
Played = tuple[float, float, float]


@dataclass(frozen=True)
class Row:
    """What an attack comes to under a mechanism, on average over seeds.

    Args:
        name: The attack's.
        relative_pay: The attacker's pay over that of honest trainers with the same resources.
        low, high: The ends of its 95 % interval (Student's t over the seeds; never below 0).
        model_damage: How much the final validation loss is above that without the attacker, as a share.
        honest_loss: The part of their pay that honest trainers lose to the attacker's presence.
        open: The attack earns more than 5 %.
    """

    name: str
    relative_pay: float
    low: float
    high: float
    model_damage: float
    honest_loss: float
    open: bool


def attack_names() -> tuple[str, ...]:
    """Return the names of all attacks, trainers' first.

    >>> attack_names()[0], attack_names()[-1]
    ('copy', 'copying-evaluator')
    """
    return (*ATTACKS, *JUDGES_ATTACKS)


def references(setting: Setting) -> References:
    """Return what plays, and remembers, the runs that attacks are compared with: seed and helpers to outcome.

    The helpers are honest trainers in the attacker's place; with none of them, the honest are alone.
    """

    @cache
    def reference(seed: int, helpers: int) -> Outcome:
        if not helpers:
            return play(setting, None, seed)
        return play(setting, Attack("honest", (), HONEST.meaning, HONEST.act, identities=helpers), seed)

    return reference


def measure_attack(
    setting: Setting, name: str, seeds: Sequence[int], reference: References | None = None
) -> Row:
    """Play an attack once a seed, and compare with the runs without it.

    Args:
        setting: The project.
        name: The attack's name, one of `attack_names()`.
        seeds: The seeds, at least one.
        reference: What `references` returned for the setting, so that several attacks share the runs.

    >>> from valuation.mechanism import default_mechanism
    >>> from valuation.problem import problem_of
    >>> setting = Setting(problem_of(default_mechanism()), honest=2, rounds=1)
    >>> measure_attack(setting, "zeros", seeds=[0]).relative_pay
    0.0
    """
    compared = reference or references(setting)
    return attack_row(name, np.array([play_attack(setting, name, seed, compared) for seed in seeds]))


def play_attack(setting: Setting, name: str, seed: int, reference: References) -> Played:
    """Play an attack once: its relative pay, the model's damage, the honest trainers' loss, as shares.

    Args:
        setting: The project.
        name: The attack's name, one of `attack_names()`.
        seed: The seed.
        reference: What `references` returned for the setting.
    """
    if name in ATTACKS:
        return _trainers(setting, ATTACKS[name], seed, reference)
    return _judges(setting, JUDGES_ATTACKS[name], seed, reference)


def attack_row(name: str, played: Floats) -> Row:
    """Return the row of an attack that was played once a seed, (seeds, 3) as `play_attack` says.

    >>> attack_row("zeros", np.array([[0.0, 0.1, 0.0], [0.0, 0.3, 0.0]])).model_damage
    0.2
    """
    pay, damage, loss = played.T
    mean, low, high = interval(pay)
    return Row(name, mean, low, high, float(damage.mean()), float(loss.mean()), mean > OPEN)


def interval(values: Floats) -> tuple[float, float, float]:
    """Return the mean of non-negative values (m,) and the ends of its 95 % interval; one value has no width.

    >>> interval(np.array([1.0, 1.0, 1.0]))
    (1.0, 1.0, 1.0)
    """
    mean = float(values.mean())
    if values.size < 2:
        return mean, mean, mean
    reach = float(stdtrit(values.size - 1, 0.975) * values.std(ddof=1) / np.sqrt(values.size))
    return mean, max(0.0, mean - reach), mean + reach


def _trainers(setting: Setting, attack: Attack, seed: int, reference: References) -> Played:
    since = int(attack.counts_from * setting.rounds)
    attacked, alone = play(setting, attack, seed), reference(seed, 0)
    honest = reference(seed, attack.resources)
    usual = (honest.attackers_pay(since) + honest.honest_pay(since)) / (setting.honest + attack.resources)
    share = _over(attacked.attackers_pay(since), usual * attack.resources)
    return share, *_harm(attacked, alone, since)


def _judges(setting: Setting, attack: JudgesAttack, seed: int, reference: References) -> Played:
    helper = ATTACKS["noise"] if attack.accomplice else None
    attacked, alone = play(setting, helper, seed, attack.judges), reference(seed, 0)
    if attack.accomplice:
        honest = reference(seed, 1)
        usual = (honest.attackers_pay() + honest.honest_pay()) / (setting.honest + 1)
        share = _over(attacked.attackers_pay(), usual)
    else:
        paid = list(zip(attack.judges, attacked.judges_pay, strict=True))
        bad = sum(pay for judge, pay in paid if not judge.honest)
        mended = tuple(replace(judge, see=honestly) for judge in attack.judges)
        fair = play(setting, None, seed, mended).judges_pay
        due = sum(pay for judge, pay in zip(attack.judges, fair, strict=True) if not judge.honest)
        share = _over(bad, due)
    return share, *_harm(attacked, alone, 0)


def _harm(attacked: Outcome, alone: Outcome, since: int) -> tuple[float, float]:
    damage = attacked.losses[-1] / alone.losses[-1] - 1
    return damage, 1 - _over(attacked.honest_pay(since), alone.honest_pay(since))


def _over(part: float, whole: float) -> float:
    return part / whole if whole else 0.0

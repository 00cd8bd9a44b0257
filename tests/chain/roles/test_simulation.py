"""What a mechanism is tried with, and how long its money lasts."""

from dataclasses import replace

import numpy as np
import pytest

from chain.contracts.types import Emission, EmissionKind
from chain.roles.simulation import MOST_ROUNDS, Terms, attempt, runway
from valuation.attacks import Company, rehearse
from valuation.mechanism import default_mechanism
from valuation.models.training import LocalTraining
from valuation.problem import problem_of
from valuation.shapley import design
from valuation.simulation import Past, SimulatedRound, Simulation

FIXED = Emission(EmissionKind.FIXED, 1000, 0)


def spending(part: float) -> Simulation:
    last = SimulatedRound(1, 1000, {}, {"a": int(900 * part)}, int(100 * part), {}, 0.0)
    return Simulation(default_mechanism(), (last,), (0.0,))


@pytest.mark.parametrize(
    ("emission", "funded", "part", "expected"),
    [
        (FIXED, 5000, 1.0, 5),
        (FIXED, 5001, 1.0, 5),  # 99 % are spent
        (FIXED, None, 1.0, None),
        (FIXED, 5000, 0.0, None),
        (FIXED, 1000, 0.5, 7),  # 1 - 2^-7 > 99 %
        (Emission(EmissionKind.LINEAR, 1000, 9), 5000, 1.0, 9),  # that is all it ever pays
        (Emission(EmissionKind.LINEAR, 1000, 9), 9000, 1.0, None),
        (Emission(EmissionKind.HALVING, 1000, 2), 3000, 1.0, 4),
    ],
)
def test_the_runway_follows_from_schedule_and_spending(
    emission: Emission, funded: int | None, part: float, expected: int | None
) -> None:
    assert runway(Terms(emission, funded), spending(part)) == expected


def test_the_runway_of_a_fortune_is_not_counted_to_its_end() -> None:
    assert runway(Terms(FIXED, 1000 * (MOST_ROUNDS + 200)), spending(1.0)) is None


@pytest.fixture(scope="module")
def past() -> Past:
    problem = problem_of(default_mechanism(decoys=0))
    return rehearse(problem, Company(4, (), LocalTraining(steps=3)), rounds=2, seed=1, round_budget=1000)[0]


def test_a_trial_draws_again_and_tries_other_methods_and_powers(past: Past) -> None:
    found = attempt(past.mechanism, None, past, Terms(FIXED, 2000), draws=2)
    assert len(found.draws) == 2
    assert found.draws[0].earned != found.draws[1].earned
    named = [(each.what, each.to) for each in found.changed]
    assert named == [("method", "shapley-sampled"), ("method", "loss-delta"), ("power", "2")]
    # So many permutations of four trainers hardly miss the exact values.
    moved = {each.to: each.difference.moved for each in found.changed}
    assert moved["shapley-sampled"] < 0.02 < moved["2"]
    assert found.runway == 2


def test_a_design_is_tried_with_its_own_bytes(past: Past) -> None:
    drawn = design(4, 14, rng=np.random.default_rng(0)).rounded(2**32)
    rules = default_mechanism(method="shapley-design", design=drawn, decoys=0)
    found = attempt(rules, drawn.to_bytes(), past, Terms(FIXED), draws=1)
    assert found.draws[0].spent > 0


def test_a_gauntlet_has_no_other_method(past: Past) -> None:
    found = attempt(default_mechanism(method="gauntlet"), None, past, Terms(FIXED), draws=1)
    assert found.changed == ()


def test_more_evaluators_share_the_same(past: Past) -> None:
    rules = replace(past.mechanism, evaluator_share=1000)
    alone, three = (
        attempt(rules, None, past, Terms(FIXED, stakes=stakes), draws=1).draws[0]
        for stakes in ((1,), (1, 1, 1))
    )
    assert alone.rounds[0].pay == three.rounds[0].pay
    assert 0 <= alone.rounds[0].evaluators - three.rounds[0].evaluators < 3

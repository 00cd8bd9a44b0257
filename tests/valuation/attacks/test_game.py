"""A project played without a chain pays as the chain would, the same every time."""

from dataclasses import replace

import numpy as np
import pytest

from valuation.attacks.bench import attack_names, interval, measure_attack, references
from valuation.attacks.catalogue import ATTACKS
from valuation.attacks.game import BUDGET, Setting, play, rejected
from valuation.attacks.judges import JUDGES_ATTACKS, Judge, honestly
from valuation.attacks.mechanisms import MECHANISMS, unchecked
from valuation.attacks.replication import measure_replication
from valuation.mechanism import default_mechanism
from valuation.problem import problem_of

PROBLEM = problem_of(default_mechanism())
SMALL = Setting(PROBLEM, honest=4, rounds=3)
LOOSE = Setting(problem_of(unchecked(default_mechanism())), honest=4, rounds=3)


def test_what_is_paid_is_the_budget_but_for_what_rounding_leaves_and_the_model_learns():
    outcome = play(SMALL, None, seed=0)
    paid = sum(sum(paid.values()) for paid in outcome.pay) + sum(outcome.judges_pay)
    assert 0 <= 3 * BUDGET - paid < 3 * (4 + 1)
    assert outcome.judges_pay == (3 * BUDGET // 10,)
    assert list(outcome.losses) == sorted(outcome.losses, reverse=True)
    assert outcome.losses[-1] < outcome.losses[0] / 2


def test_a_run_is_the_same_again_and_another_with_another_seed():
    attack = ATTACKS["stretching"]
    assert play(SMALL, attack, seed=1) == play(SMALL, attack, seed=1)
    assert play(SMALL, attack, seed=1).losses != play(SMALL, attack, seed=2).losses


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("copy", "unproven"),
        ("zeros", "zero-update"),
        ("noise", "unproven"),
        ("sign-flip", "unproven"),
        ("norm-inflation", "norm-too-large"),
        ("cherry-picked", "unproven"),
    ],
)
def test_refused_is_who_ought_to_be_for_the_reason_that_it_is(name, reason):
    outcome = play(SMALL, ATTACKS[name], seed=0)
    assert rejected(outcome) == {reason: 3}
    assert outcome.attackers_pay() == 0


def test_without_checks_free_riders_are_paid():
    """The bench can find an attack that works: otherwise its zeros would say nothing."""
    for name in ("copy", "accumulate", "wrong-data"):
        assert measure_attack(LOOSE, name, seeds=[0]).open
    assert measure_attack(LOOSE, "sign-flip", seeds=[0]).relative_pay == 0


def test_a_gauntlet_pays_only_those_whom_it_knows():
    setting = Setting(problem_of(default_mechanism(method="gauntlet", decoys=0)), honest=3, rounds=7)
    outcome = play(setting, ATTACKS["accumulate"], seed=0)
    paid = [sum(each.values()) for each in outcome.pay]
    assert paid[:4] == [0] * 4
    assert sum(paid) == 7 * BUDGET * 9 // 10


def test_less_than_half_of_the_stake_cannot_pay_a_friend_and_more_can():
    below, above = (
        measure_attack(SMALL, f"evaluators-{side}-half", seeds=[0]) for side in ("below", "above")
    )
    assert below.relative_pay == 0
    assert above.relative_pay > 0.5
    assert above.open


def test_evaluators_who_measure_nothing_earn_nothing():
    for name in ("lazy-evaluator", "copying-evaluator"):
        assert measure_attack(SMALL, name, seeds=[0]).relative_pay == 0


def test_honest_evaluators_are_paid_by_stake():
    judges = (Judge(1, honestly), Judge(3, honestly))
    first, second = play(SMALL, None, 0, judges).judges_pay
    assert second == 3 * first


def test_honest_work_is_no_attack():
    compared = references(SMALL)
    with_helper = compared(0, 1)
    assert with_helper.attackers_pay() > 0
    assert compared(0, 1) is with_helper


def test_every_attack_of_the_catalogue_that_concerns_pay_is_there_and_explained():
    rows = {row for attack in (*ATTACKS.values(), *JUDGES_ATTACKS.values()) for row in attack.rows}
    assert rows >= {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 25}
    assert len(set(attack_names())) == len(ATTACKS) + len(JUDGES_ATTACKS)
    assert all(attack.meaning for attack in (*ATTACKS.values(), *JUDGES_ATTACKS.values()))


@pytest.mark.parametrize("name", MECHANISMS)
def test_every_mechanism_of_the_bench_can_be_played(name):
    if name == "transformer":
        pytest.importorskip("torch", reason="the extra `torch` is not installed here")
    mechanism = MECHANISMS[name]()
    setting = Setting(problem_of(mechanism), honest=3, rounds=2)
    outcome = play(setting, ATTACKS["noise"], seed=0)
    assert len(outcome.losses) == 3


def test_splitting_gains_nothing_under_the_default_and_does_without_its_checks():
    with_checks = measure_replication("default", SMALL, "same update", 3, seeds=[0])
    without = measure_replication("bare", LOOSE, "same update", 3, seeds=[0])
    assert with_checks.gain <= 1.05 < without.gain
    assert without.open
    assert not with_checks.open
    assert without.per_stake == pytest.approx(without.gain / 3)


def test_an_interval_widens_with_disagreement_and_never_goes_below_zero():
    assert interval(np.array([0.5])) == (0.5, 0.5, 0.5)
    mean, low, high = interval(np.array([0.0, 0.0, 0.3]))
    assert (mean, low) == (pytest.approx(0.1), 0.0)
    assert high > 0.3
    narrow = interval(np.array([0.1, 0.1, 0.1001]))
    assert narrow[2] - narrow[1] < 0.001


def test_the_reserved_setting_is_not_changed_by_a_run():
    before = replace(SMALL)
    play(SMALL, ATTACKS["whitewashing"], seed=0)
    assert before == SMALL

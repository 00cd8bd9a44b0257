"""Past rounds under a mechanism pay what the mechanism itself would have paid, and nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from valuation.attacks import Company, rehearse
from valuation.attacks.mechanisms import unchecked
from valuation.errors import MechanismError
from valuation.federated.registry import methods
from valuation.mechanism import METHODS, Mechanism, default_mechanism
from valuation.models.training import LocalTraining
from valuation.problem import Problem, problem_of
from valuation.rules import ModelRule
from valuation.simulation import Past, reseeded, simulate

BUDGET = 1_000_003


@pytest.fixture(scope="module")
def problem() -> Problem:
    return problem_of(default_mechanism())


@pytest.fixture(scope="module")
def past(problem: Problem) -> Past:
    company = Company(honest=3, others=("noise", "zeros"), training=LocalTraining(steps=5))
    return rehearse(problem, company, rounds=3, seed=5, round_budget=BUDGET)[0]


def under(mechanism: Mechanism, problem: Problem) -> Problem:
    return replace(problem, mechanism=mechanism)


def test_the_same_mechanism_finds_the_same_models(problem: Problem, past: Past) -> None:
    found = simulate(problem, past)
    data = problem.validation
    losses = problem.model.losses(np.stack([each.base for each in past.rounds]), data.x, data.y)
    assert found.before == tuple(losses)
    # The base of each round is what the mechanism made of the round before.
    assert [each.loss for each in found.rounds[:-1]] == list(losses[1:])


def test_what_a_round_leaves_is_there_for_the_next_and_no_more(problem: Problem, past: Past) -> None:
    found = simulate(problem, past, stakes=(1, 1, 1))
    spent = 0
    for number, each in enumerate(found.rounds, 1):
        assert each.budget == number * BUDGET - spent
        paid = sum(each.pay.values()) + each.evaluators
        assert 0 <= each.budget - paid < 8  # what rounding down leaves
        spent += paid
    assert found.spent == spent
    assert sum(found.earned.values()) == spent - sum(each.evaluators for each in found.rounds)
    assert sum(found.shares.values()) == pytest.approx(1)


def test_nothing_is_paid_beyond_what_is_allowed(problem: Problem, past: Past) -> None:
    found = simulate(problem, past, allowed=[BUDGET, BUDGET, BUDGET])
    assert found.spent <= BUDGET
    assert [each.budget < 8 for each in found.rounds] == [False, True, True]


def test_who_does_nothing_is_refused_and_earns_nothing(problem: Problem, past: Past) -> None:
    found = simulate(problem, past)
    noise, zeros = past.rounds[0].senders[3:]
    assert found.earned[noise] == found.earned[zeros] == 0
    assert all(each.refused[zeros] == "zero-update" for each in found.rounds)
    assert all(each.refused[noise] == "unproven" for each in found.rounds)


def test_bytes_that_were_no_update_are_refused_again(problem: Problem, past: Past) -> None:
    first = replace(past.rounds[0], refused={"0xbad": "corrupt"})
    found = simulate(problem, replace(past, rounds=(first,)))
    assert found.rounds[0].refused["0xbad"] == "corrupt"
    assert found.earned["0xbad"] == 0


def test_without_checks_everybody_who_sent_something_is_valued(problem: Problem, past: Past) -> None:
    found = simulate(
        under(replace(problem.mechanism, checks=unchecked(problem.mechanism).checks), problem), past
    )
    for each in found.rounds:
        assert len(each.scores) == 4  # zeros are no update, whatever the checks
        assert all(isinstance(score, int) for score in each.scores.values())


@pytest.mark.parametrize("method", [name for name in METHODS if name != "shapley-design"])
def test_every_method_can_be_tried(method: str, problem: Problem, past: Past) -> None:
    rule = METHODS[method]
    mechanism = default_mechanism(method=method)
    if rule.remembers:
        mechanism = replace(mechanism, method=replace(mechanism.method, history=2))
    if rule.vertical:
        with pytest.raises(MechanismError, match=r"^training: "):
            simulate(problem_of(mechanism), past)
        return
    found = simulate(under(mechanism, problem), past)
    assert len(found.rounds) == 3
    assert found.spent <= 3 * BUDGET
    assert set(found.earned) == set(past.rounds[0].senders)


def test_a_smaller_update_limit_refuses_what_is_larger(problem: Problem, past: Past) -> None:
    small = replace(problem.mechanism, checks=replace(problem.mechanism.checks, max_bytes=100))
    found = simulate(under(small, problem), past)
    assert found.spent == 0
    assert {reason for each in found.rounds for reason in each.refused.values()} == {"too-large"}


def test_a_denser_codec_changes_nothing_of_what_was_sent(problem: Problem, past: Past) -> None:
    dense = replace(problem.mechanism, codec=replace(problem.mechanism.codec, density=1.0))
    assert simulate(under(dense, problem), past).earned == simulate(problem, past).earned


def test_other_draws_change_the_rounds_seeds_alone(problem: Problem, past: Past) -> None:
    assert reseeded(past, 0) is past
    again = reseeded(past, 1)
    assert [each.seed for each in again.rounds] != [each.seed for each in past.rounds]
    assert [each.assignment_seed for each in again.rounds] == [each.assignment_seed for each in past.rounds]
    assert simulate(problem, again).earned != simulate(problem, past).earned


@pytest.mark.parametrize("part", ["model", "training"])
def test_a_mechanism_for_other_updates_is_refused(part: str, problem: Problem, past: Past) -> None:
    rules = problem.mechanism
    other = (
        replace(rules, model=ModelRule("mlp", 64, 10, hidden=8))
        if part == "model"
        else replace(
            rules, training=replace(rules.training, assignment=replace(rules.training.assignment, samples=10))
        )
    )
    with pytest.raises(MechanismError, match=f"^{part}: differs from the history's"):
        simulate(problem_of(other), past)


def test_the_methods_that_look_back_see_the_rounds_before(problem: Problem, past: Past) -> None:
    name = next(name for name in methods() if METHODS[name].remembers)
    rules = default_mechanism(method=name)
    looking = replace(rules, method=replace(rules.method, history=2))
    one = simulate(under(looking, problem), past).rounds[2].scores
    alone = simulate(under(rules, problem), past).rounds[2].scores
    assert one != alone


def test_lengths_that_do_not_fit_are_refused(problem: Problem, past: Past) -> None:
    with pytest.raises(ValueError, match="zip"):
        simulate(problem, past, allowed=[1])

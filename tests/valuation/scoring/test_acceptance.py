"""Which updates are measured: honest work is, and nothing else can get it refused."""

from dataclasses import replace

import numpy as np
import pytest

from valuation.mechanism import default_mechanism
from valuation.models.training import local_steps
from valuation.problem import problem_of
from valuation.scoring import accept

PROBLEM = problem_of(default_mechanism())
BASE = PROBLEM.model.initial(b"acceptance")
ASSIGNED, SEED = b"a" * 32, b"s" * 32
NAMES = [f"0x{number:040x}" for number in range(5)]


def trained(on, seed=0, steps=40):
    data = PROBLEM.assigned(ASSIGNED, on)
    rng = np.random.default_rng(seed)
    return local_steps(PROBLEM.model, BASE, *data, learning_rate=0.5, steps=steps, batch_size=32, rng=rng)


HONEST = {name: trained(name, seed) for seed, name in enumerate(NAMES)}


def reasons(submitted, problem=PROBLEM):
    found = accept(problem, BASE, submitted, ASSIGNED, SEED)
    assert set(found.updates) | set(found.rejections) == set(submitted)
    assert not set(found.updates) & set(found.rejections)
    return {name: rejection.reason for name, rejection in found.rejections.items()}


def unproven(**changes):
    mechanism = default_mechanism(decoys=0)
    return replace(PROBLEM, mechanism=replace(mechanism, checks=replace(mechanism.checks, **changes)))


def test_honest_work_is_accepted():
    assert reasons(HONEST) == {}


@pytest.mark.parametrize(
    ("update", "reason"),
    [
        (lambda: trained("somewhere else"), "unproven"),
        (lambda: np.mean(list(HONEST.values()), axis=0), "unproven"),
        (lambda: HONEST[NAMES[0]], "unproven"),
        (lambda: -trained("0xbad"), "unproven"),
        (lambda: np.zeros_like(BASE), "zero-update"),
        (lambda: np.full_like(BASE, np.nan), "not-finite"),
        (lambda: 3 * trained("0xbad"), "norm-too-large"),
        (lambda: 1e30 * trained("0xbad"), "norm-too-large"),
    ],
)
def test_what_is_no_work_is_refused_and_costs_nobody_else_anything(update, reason):
    assert reasons({**HONEST, "0xbad": update().astype(np.float32)}) == {"0xbad": reason}


def test_a_look_alike_that_was_committed_earlier_cannot_get_its_victim_refused():
    victim = NAMES[0]
    framing = HONEST[victim] * np.float32(1.001)
    assert reasons({"0xbad": framing, **HONEST}) == {"0xbad": "unproven"}
    # Without proof of computation the chain's order is all that there is to go by.
    assert reasons({"0xbad": framing, **HONEST}, unproven()) == {victim: "duplicate"}


def test_long_updates_are_scaled_down_to_the_usual_norm_and_short_ones_left_alone():
    longer = {**HONEST, NAMES[0]: np.float32(1.5) * HONEST[NAMES[0]]}
    found = accept(PROBLEM, BASE, longer, ASSIGNED, SEED).updates
    lengths = {name: float(np.linalg.norm(update)) for name, update in longer.items()}
    usual = sorted(lengths.values())[3]
    for name, update in found.items():
        assert np.linalg.norm(update) == pytest.approx(min(lengths[name], usual), rel=1e-6)
    left = accept(unproven(norm_ratio=0.0), BASE, longer, ASSIGNED, SEED).updates
    assert all(np.array_equal(left[name], longer[name]) for name in longer)


def test_of_too_many_the_seed_draws():
    rng = np.random.default_rng(0)
    many = {f"0x{number:040x}": rng.normal(size=BASE.size).astype(np.float32) for number in range(20)}
    problem = unproven(max_norm=100.0)
    first = reasons(many, problem)
    assert set(first.values()) == {"not-drawn"}
    assert len(first) == 4
    assert set(accept(problem, BASE, many, ASSIGNED, b"t" * 32).rejections) != set(first)


def test_nobody_is_no_problem():
    assert reasons({}) == {}

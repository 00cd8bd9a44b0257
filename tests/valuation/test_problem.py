"""A problem, and a few whole rounds on it: from data to payouts, without any chain."""

from dataclasses import replace

import numpy as np
import pytest

from valuation.errors import MechanismError
from valuation.gradients.codec import Metadata, decode, encode
from valuation.gradients.top_k import error_feedback
from valuation.integrity.checks import check
from valuation.mechanism import default_mechanism
from valuation.models.serial import model_digest
from valuation.models.training import local_steps
from valuation.problem import problem_of
from valuation.rewards.payouts import payouts
from valuation.scoring import RoundData, agree, canonical_order, measure, next_model, scores, within_tolerance

PROBLEM = problem_of(default_mechanism())


def test_each_round_and_address_has_its_data_and_each_round_its_evaluation():
    one = PROBLEM.assigned(b"round 1", "0xa1")
    assert len(one.y) == PROBLEM.mechanism.training.assignment.samples
    for other in (PROBLEM.assigned(b"round 2", "0xa1"), PROBLEM.assigned(b"round 1", "0xa2")):
        assert one.x.tobytes() != other.x.tobytes()
    assert one.x.tobytes() == PROBLEM.assigned(b"round 1", "0xa1").x.tobytes()
    measured = PROBLEM.evaluation(b"round 1")
    assert len(measured.y) == PROBLEM.mechanism.evaluation.samples
    assert measured.x.tobytes() != PROBLEM.evaluation(b"round 2").x.tobytes()


def test_nobody_trains_on_what_is_measured():
    trained = {row.tobytes() for row in PROBLEM.train.x}
    repeated = sum(row.tobytes() in trained for row in PROBLEM.validation.x)
    assert repeated == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda m: {"training": replace(m.training, digest="ab" * 32)},
            "^training.digest: digits has the digest",
        ),
        (lambda m: {"evaluation": replace(m.evaluation, digest="ab" * 32)}, "^evaluation.digest: "),
        (lambda m: {"evaluation": replace(m.evaluation, samples=598)}, "^evaluation.samples: 598 of 597"),
        (lambda m: {"model": replace(m.model, features=63)}, "^model: "),
        (lambda m: {"model": replace(m.model, classes=9)}, "^model: "),
        (
            lambda m: {
                "training": replace(m.training, assignment=replace(m.training.assignment, samples=1201))
            },
            "^training.assignment.samples: 1201 of 1200",
        ),
    ],
)
def test_a_problem_that_cannot_be_posed_is_refused(change, message):
    mechanism = PROBLEM.mechanism
    with pytest.raises(MechanismError, match=message):
        problem_of(replace(mechanism, **change(mechanism)))


HONEST = 5
ADDRESSES = canonical_order([f"0x{seed * 0x9E3779B97F4A7C15 % 2**160:040x}" for seed in range(1, HONEST + 4)])
NOISE, FLIP, COPY = ADDRESSES[HONEST:]


def updates_of_a_round(problem, base, number, residuals, rng):
    """What each address publishes: honest trainers, noise, a flipped sign, and a scaled copy."""
    seed = bytes([number]) * 32
    published = {}
    for address in ADDRESSES:
        data = problem.assigned(seed, address)
        update = local_steps(problem.model, base, *data, learning_rate=0.5, steps=20, batch_size=32, rng=rng)
        if address == NOISE:
            update = rng.normal(size=update.size).astype(np.float32) * np.linalg.norm(update) / 25
        if address == FLIP:
            update = -update
        if address == COPY:
            update = published[ADDRESSES[0]] * np.float32(0.5)
        residual = residuals.get(address, np.zeros_like(update))
        published[address], residuals[address] = error_feedback(
            residual, update, problem.mechanism.codec.density
        )
    return published


@pytest.mark.parametrize("method", ["shapley-exact", "loss-delta"])
def test_honest_training_is_paid_and_cheating_is_not(method):
    problem = problem_of(default_mechanism(method=method))
    mechanism, model = problem.mechanism, problem.model
    base, rng = model.initial(b"start"), np.random.default_rng(7)
    losses, earned, residuals = [], dict.fromkeys(ADDRESSES, 0), {}
    for number in range(1, 6):
        losses.append(model.losses(base[None], *problem.validation)[0])
        published = updates_of_a_round(problem, base, number, residuals, rng)
        decoded = {}
        for address, update in published.items():
            metadata = Metadata(
                "1:0xb0", number, address, model_digest(base, model.layout), model.layout.digest
            )
            blob = encode(update, model.layout, metadata, mechanism.codec.density)
            decoded[address] = decode(
                blob, model.layout, metadata, mechanism.checks.max_bytes, mechanism.codec.density
            )
        rows = np.stack([decoded[address] for address in ADDRESSES])
        verdicts = check(
            rows,
            range(len(rows)),
            max_norm=mechanism.checks.max_norm,
            duplicate_cosine=mechanism.checks.duplicate_cosine,
        )
        assert [a for a, verdict in zip(ADDRESSES, verdicts, strict=True) if verdict] == [COPY]
        players = tuple(a for a, verdict in zip(ADDRESSES, verdicts, strict=True) if verdict is None)
        seed = bytes([number]) * 32
        data = RoundData(
            players,
            np.stack([decoded[a] for a in players]),
            base,
            model,
            problem.evaluation(bytes([100 + number]) * 32),
            [problem.assigned(seed, a) for a in players],
        )
        measured = np.stack([measure(mechanism, data)] * 2 + [np.zeros_like(measure(mechanism, data))])
        agreed = agree(measured, [100, 100, 100])
        assert within_tolerance(measured, agreed, mechanism.tolerance).tolist() == [True, True, False]
        found = scores(mechanism, agreed, len(players))
        for address, pay in zip(players, payouts(found, 10**18), strict=True):
            earned[address] += pay
        base = next_model(mechanism, base, data.updates, found)
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.5 * losses[0]
    assert 0 <= 5 * 10**18 - sum(earned.values()) < 5 * len(ADDRESSES)
    for cheat in (NOISE, FLIP, COPY):
        assert earned[cheat] <= sum(earned.values()) // 100
    assert min(earned[address] for address in ADDRESSES[:HONEST]) > 10**17

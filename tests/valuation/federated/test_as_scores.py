"""Methods as mechanisms: on real updates, in whole nano-nats, the same for everybody who has the seed."""

from dataclasses import replace

import numpy as np
import pytest

from valuation.errors import InputError
from valuation.federated.as_scores import method_scores
from valuation.federated.contributions import contributions
from valuation.federated.registry import methods
from valuation.fixed_point import NANO
from valuation.mechanism import default_mechanism, max_peers
from valuation.models import digits
from valuation.models.softmax import Softmax
from valuation.models.training import local_steps
from valuation.round_data import RoundData
from valuation.scoring import measure, utilities_length

PLAYERS = tuple(f"0x{number:040x}" for number in (3, 7, 11, 200))
MODEL = Softmax(64, 10)
SEED = bytes(range(32))


@pytest.fixture(scope="module")
def history():
    """Three rounds of four trainers on digits, the last of whom sends noise."""
    train, validation = digits.train_and_validation()
    rng = np.random.default_rng(0)
    parts = [train.take(part) for part in np.array_split(rng.permutation(len(train.y)), 4)]
    assigned = tuple((part.x[:250], part.y[:250]) for part in parts)
    base, rounds = np.zeros(MODEL.layout.size, dtype=np.float32), []
    for _ in range(3):
        updates = [
            local_steps(MODEL, base, x, y, learning_rate=0.3, steps=4, batch_size=100, rng=rng)
            for x, y in assigned
        ]
        noise = rng.normal(size=base.size).astype(np.float32)
        updates[3] = noise * np.linalg.norm(updates[0]) / np.linalg.norm(noise)
        rounds.append(
            RoundData(PLAYERS, np.stack(updates), base, MODEL, (validation.x, validation.y), assigned)
        )
        base = (base - np.mean(updates[:3], axis=0)).astype(np.float32)
    return rounds


def _scores(name, rounds, parameters=None, seed=SEED):
    return method_scores(name, parameters or {}, rounds, learning_rate=1.0, seed=seed)


REFUSES = {"verfedsv", "time-aware-cumulation", "time-aware-valuation"}
"""Horizontal updates share parameters, and the drop in loss of noise is negative."""

BLIND = {"fedce"}
"""FedCE pays for being different, which noise is too."""


@pytest.mark.parametrize("name", sorted(set(methods()) - REFUSES))
def test_every_method_scores_a_real_round_and_most_see_through_noise(history, name):
    scores = _scores(name, history[:1])
    assert scores.dtype == np.int64
    assert scores.shape == (4,)
    np.testing.assert_array_equal(_scores(name, history[:1]), scores)
    if name in BLIND:
        assert scores[3] > scores[:3].max()
    else:
        assert scores[3] < scores[:3].max() / 2
    assert (scores[:3] > 0).any()


@pytest.mark.parametrize("name", sorted(REFUSES))
def test_a_round_that_a_method_cannot_value_pays_nobody(history, name):
    assert _scores(name, history[:1]).tolist() == [0, 0, 0, 0]


def test_a_cover_makes_any_round_fit_for_time_aware_rewards(history):
    scores = method_scores(
        "time-aware-valuation", {"transform": "cover"}, history[:1], learning_rate=1.0, seed=SEED
    )
    assert (scores[:3] > 0).all()


def test_scores_are_the_contributions_in_nano_nats(history):
    data = history[0]
    x, y = data.evaluation
    values = contributions(data.updates, data.base, lambda m: MODEL.losses(m, x, y), "fedsv", players=PLAYERS)
    np.testing.assert_allclose(_scores("fedsv", history[:1]) / NANO, values.values, atol=1e-9)


@pytest.mark.parametrize(
    "name", ["fedsv", "leave-one-out", "gtg-shapley", "sampled-leave-one-out", "consortium"]
)
def test_a_round_scores_what_it_adds_to_the_sum_over_rounds(history, name):
    one, two = _scores(name, history[:1]), _scores(name, history[:2])
    alone = _scores(name, history[1:2])
    if name in ("fedsv", "leave-one-out", "consortium"):
        np.testing.assert_allclose(two, alone, atol=2)
    assert not np.array_equal(one, two)


@pytest.mark.parametrize("name", ["cosine-shapley", "fedce"])
def test_a_standing_is_scored_as_it_stands(history, name):
    assert _scores(name, history).sum() == pytest.approx(NANO, abs=2)


def _fewer(data, kept):
    return RoundData(
        tuple(data.players[i] for i in kept),
        data.updates[kept],
        data.base,
        MODEL,
        data.evaluation,
        tuple(data.assigned[i] for i in kept),
    )


REMEMBER = sorted(name for name, spec in methods().items() if spec.remembers and name not in REFUSES)


@pytest.mark.parametrize("name", REMEMBER)
def test_a_newcomer_gets_no_more_for_coming_now_and_nobody_loses_the_pay(history, name):
    rounds = [_fewer(history[0], [0, 1]), _fewer(history[1], [1, 2]), _fewer(history[2], [0, 1, 2])]
    with_past, alone = _scores(name, rounds), _scores(name, rounds[2:])
    assert (with_past > 0).any()
    assert with_past[2] < 2 * max(alone) + NANO / 10


@pytest.mark.parametrize("name", ["time-aware-cumulation", "time-aware-valuation"])
def test_who_joined_later_scores_less_than_had_it_come_at_once(history, name):
    rounds = [_fewer(history[0], [0, 1, 2])]
    parameters = {"transform": "dual-cover"}
    at_once, late = (
        _scores(name, [replace(rounds[0], joined=joined)], parameters) for joined in ((0, 0, 0), (0, 0, 3))
    )
    assert late[2] < at_once[2] - 1000
    assert (late >= 0).all()


@pytest.mark.parametrize("name", sorted(methods()))
def test_no_round_of_the_allowed_number_of_peers_stops_a_project(name):
    """Whatever a mechanism allows can be measured: what a method cannot value pays nobody."""
    mechanism = default_mechanism(method=name)
    most = min(max_peers(mechanism), 24)
    model = Softmax(2, 2)
    x = np.random.default_rng(0).normal(size=(8, 2)).astype(np.float32)
    samples = (x, (x[:, 0] > 0).astype(np.int64))
    updates = np.random.default_rng(1).normal(size=(most, 6)).astype(np.float32)
    players = tuple(f"0x{number:040x}" for number in range(most))
    data = RoundData(players, updates, np.zeros(6, np.float32), model, samples, (samples,) * most, SEED)
    if name != "consortium":  # 17 times 2^16 coalitions take a minute
        assert len(measure(mechanism, data)) == utilities_length(mechanism, most)


def test_a_trainer_who_was_away_earlier_is_scored_with_the_others(history):
    first = history[0]
    fewer = RoundData(PLAYERS[:3], first.updates[:3], first.base, MODEL, first.evaluation, first.assigned[:3])
    scores = _scores("fedsv", [fewer, history[1]])
    np.testing.assert_allclose(scores, _scores("fedsv", history[1:2]), atol=2)


def test_only_the_seed_decides_what_is_drawn(history):
    one, again = (_scores("sampled-leave-one-out", history[:1]) for _ in range(2))
    np.testing.assert_array_equal(one, again)
    others = {tuple(_scores("sampled-leave-one-out", history[:1], seed=bytes([n]))) for n in range(1, 9)}
    assert len(others) > 2


def test_a_seed_gives_the_uniform_doubles_that_the_cipher_and_ieee_say():
    key = np.array([1, 2], dtype=np.uint64)
    raw = np.random.Philox(key=key).random_raw(1000)
    doubles = np.random.Generator(np.random.Philox(key=key)).random(1000)
    np.testing.assert_array_equal(doubles, (raw >> np.uint64(11)).astype(float) * 2.0**-53)


def test_an_absurd_update_lowers_its_own_score_and_leaves_the_round_measurable(history):
    data = history[0]
    updates = data.updates.copy()
    updates[3] = 1e37 * np.sign(updates[3])
    absurd = RoundData(PLAYERS, updates, data.base, MODEL, data.evaluation, data.assigned)
    scores = _scores("fedsv", [absurd])
    assert scores[3] < -1e12
    # The others do not become saviours by diluting it.
    assert (scores[:3] > 0).all()
    assert (scores[:3] < 3 * NANO).all()


def test_whole_numbers_may_arrive_as_floats_and_unknown_parameters_are_refused(history):
    sampled = _scores("cosine-shapley", history[:1], {"samples": 3.0})
    assert sampled.sum() == pytest.approx(NANO, rel=0.5)
    with pytest.raises(InputError, match="fedsv has no parameter 'speed'"):
        _scores("fedsv", history[:1], {"speed": 1.0})


def test_a_round_without_players_has_no_scores(history):
    data = history[0]
    empty = RoundData((), data.updates[:0], data.base, MODEL, data.evaluation)
    assert _scores("fedsv", [empty]).shape == (0,)
    np.testing.assert_array_equal(_scores("fedsv", [empty, data]), _scores("fedsv", [data]))

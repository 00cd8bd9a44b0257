"""A Gauntlet run on real training: who is paid after thirty rounds on the digits."""

from dataclasses import replace

import numpy as np
import pytest

from valuation.errors import InputError
from valuation.fixed_point import NANO
from valuation.gauntlet.aggregation import next_model, stepped_along
from valuation.gauntlet.evaluation import Exam, evaluate_round, observe
from valuation.gauntlet.fast_evaluation import Submissions
from valuation.gauntlet.normalisation import normalise
from valuation.gauntlet.presets import PRESETS, preset
from valuation.gauntlet.rules import Measurement, Selection
from valuation.gauntlet.settings import Settings
from valuation.gauntlet.state import State
from valuation.gauntlet.synchronisation import coordinates
from valuation.models.assignment import assign
from valuation.models.softmax import Softmax
from valuation.models.training import local_steps

digits = pytest.importorskip("valuation.models.digits")
TRAIN, VALIDATION = digits.train_and_validation()
MODEL = Softmax(64, 10)
HONEST = 5
CHEATS = ("sign-flip", "noise", "copy", "zeros", "late", "silent", "stale")
PLAYERS = tuple(f"0xa{i}" for i in range(HONEST)) + CHEATS


def seed_of(round):
    return round.to_bytes(32, "big")


def data_of(round, player):
    chosen = TRAIN.take(assign(seed_of(round), player, TRAIN.y, samples=100, alpha=1.0))
    return chosen.x, chosen.y


def train(base, round, player):
    rng = np.random.default_rng([round, PLAYERS.index(player)])
    x, y = data_of(round, player)
    return local_steps(MODEL, base, x, y, learning_rate=0.3, steps=8, batch_size=32, rng=rng)


def submit(base, old, round, settings):
    n, d = len(PLAYERS), base.size
    rng = np.random.default_rng(round)
    updates = np.zeros((n, d), dtype=np.float32)
    for place in range(HONEST):
        updates[place] = train(base, round, PLAYERS[place])
    cheats = {name: HONEST + place for place, name in enumerate(CHEATS)}
    updates[cheats["sign-flip"]] = -train(base, round, "sign-flip")
    updates[cheats["noise"]] = rng.normal(size=d) * np.abs(updates[0]).mean()
    updates[cheats["copy"]] = 1.5 * updates[1]
    updates[cheats["late"]] = train(base, round, "late")
    updates[cheats["stale"]] = train(old, round, "stale")
    published = np.full(n, 5)
    published[cheats["late"]] = settings.window + 1
    published[cheats["silent"]] = -1
    asked = coordinates(seed_of(round), d, settings.synchronisation)
    reported = np.tile(base.astype(np.float64)[asked], (n, 1))
    reported[cheats["stale"]] = old[asked]
    return Submissions(
        players=PLAYERS,
        updates=updates,
        digests=tuple(f"{round}/{player}" for player in PLAYERS),
        committed=np.arange(n),
        published=published,
        reported=reported,
        refused={},
    )


def exam_of(base, round, step):
    return Exam(
        round=round,
        seed=seed_of(round),
        opens=0,
        model=MODEL,
        base=base,
        usual_step=np.full(base.size, step),
        learning_rate=1.0,
        assigned=[data_of(round, player) for player in PLAYERS],
        unseen=(VALIDATION.x, VALIDATION.y),
    )


def run(settings, rounds):
    base = MODEL.initial(bytes(32))
    models, state, paid, step = [base] * 6, State(), np.zeros(len(PLAYERS)), 0.01
    for round in range(rounds):
        submissions = submit(base, models[-6], round, settings)
        state, scores, _ = evaluate_round(state, submissions, exam_of(base, round, step), settings)
        paid += normalise(scores, settings.normalisation).payouts(10**6)
        after = next_model(base, submissions.updates, scores, 1.0, settings.aggregation)
        step = 0.8 * step + 0.2 * float(np.abs(after - base).mean())
        base = after
        models.append(base)
    losses = MODEL.losses(np.stack([models[0], base]), VALIDATION.x, VALIDATION.y)
    return dict(zip(PLAYERS, paid, strict=True)), losses


def test_honest_training_is_paid_and_cheating_is_not():
    paid, losses = run(replace(Settings(), selection=Selection(count=10)), rounds=40)
    honest = [paid[player] for player in PLAYERS[:HONEST]]
    assert min(honest) > 0
    for name in ("sign-flip", "noise", "copy", "zeros", "late", "silent"):
        assert paid[name] <= 0.05 * np.mean(honest), name
    assert paid["stale"] < 0.5 * np.mean(honest)
    assert losses[1] < 0.5 * losses[0]


@pytest.mark.parametrize("name", PRESETS)
def test_every_version_runs(name):
    settings = preset(name)
    base = MODEL.initial(bytes(32))
    state = State()
    for round in range(3):
        submissions = submit(base, base, round, settings)
        state, scores, reasons = evaluate_round(state, submissions, exam_of(base, round, 0.01), settings)
        evaluated = [record.evaluated == round for record in state.peers.values()]
        assert 0 < sum(evaluated) <= settings.selection.count
        assert len(scores) == len(reasons) == len(PLAYERS)
        assert sum(normalise(scores, settings.normalisation).payouts(1000)) <= 1000


def test_losses_are_measured_of_one_step_along_each_update():
    settings = replace(
        Settings(), measurement=Measurement(step="clipped", share=0.25), selection=Selection(count=99)
    )
    base = MODEL.initial(bytes(32))
    submissions = submit(base, base, 0, settings)
    seen = observe(State(), submissions, exam_of(base, 0, 0.01), settings)
    accepted = [place for place, rejection in enumerate(seen.rejections) if rejection is None]
    assert seen.evaluated.tolist() == accepted
    along = stepped_along(submissions.updates[accepted], "clipped")
    for row, place in enumerate(accepted):
        models = np.stack([base, base - 0.25 * along[row]])
        own = MODEL.losses(models, *data_of(0, PLAYERS[place]))
        unseen = MODEL.losses(models, VALIDATION.x, VALIDATION.y)
        expected = np.concatenate([own, unseen]) * NANO
        np.testing.assert_allclose(seen.losses.reshape(-1, 4)[row], expected, atol=20)


def test_the_banned_are_not_measured():
    settings = Settings()
    base = MODEL.initial(bytes(32))
    state, _, _ = evaluate_round(State(), submit(base, base, 0, settings), exam_of(base, 0, 0.01), settings)
    peers = dict(state.peers)
    peers["0xa2"] = replace(peers["0xa2"], banned_until=5)
    seen = observe(State(0, peers), submit(base, base, 1, settings), exam_of(base, 1, 0.01), settings)
    assert 2 not in seen.evaluated
    assert {0, 1, 3, 4} <= set(seen.evaluated.tolist())


def test_a_round_in_which_nothing_arrives_pays_nobody():
    settings = Settings()
    base = MODEL.initial(bytes(32))
    nothing = replace(submit(base, base, 0, settings), published=np.full(len(PLAYERS), -1))
    state, scores, _ = evaluate_round(State(), nothing, exam_of(base, 0, 0.01), settings)
    assert scores == (0,) * len(PLAYERS)
    assert state.round == 0


def test_an_exam_that_does_not_fit_is_refused():
    base = MODEL.initial(bytes(32))
    exam = exam_of(base, 0, 0.01)
    with pytest.raises(InputError):
        replace(exam, base=base[:-1])
    with pytest.raises(InputError):
        replace(exam, usual_step=np.ones(3))
    with pytest.raises(InputError):
        observe(State(), submit(base, base, 0, Settings()), replace(exam, assigned=[]), Settings())

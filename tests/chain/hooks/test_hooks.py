"""A training script hands its update over in a line, and rounds reach a tracker."""

import json
from pathlib import Path

import numpy as np
import pytest

from chain.contracts.types import Phase
from chain.errors import ConfigError
from chain.hooks import JsonLines, submit_update, track, write_update
from chain.network import connect
from chain.roles.ledger import reports
from chain.roles.rounds import advance_to, losses_by_round, open_round
from tests.support.world import TOKEN, World, build_world
from valuation.errors import WeighhouseError
from valuation.fixed_point import NANO


@pytest.fixture
def world(tmp_path: Path):
    with connect("embedded") as network:
        yield build_world(network, tmp_path)


def own_update(world: World, index: int, round: int) -> dict[str, np.ndarray]:
    trainer = world.trainers[index]
    flat = trainer.train(round, np.random.default_rng([round, index]))
    layout = trainer.ground(round).model.layout
    parts = np.split(flat, np.cumsum([int(np.prod(shape)) for shape in layout.shapes])[:-1])
    return {n: p.reshape(s) for n, s, p in zip(layout.names, layout.shapes, parts, strict=True)}


def test_updates_from_memory_are_valued_and_paid(world: World) -> None:
    round = open_round(world.project, world.owner.sender)
    digests = [submit_update(t, own_update(world, i, round)) for i, t in enumerate(world.trainers)]
    assert digests == [each.digest.hex() for each in world.project.submissions(round)]
    with pytest.raises(WeighhouseError):
        submit_update(world.trainers[0], {"nothing": np.zeros(1, dtype=np.float32)})
    advance_to(world.project, round, Phase.PUBLISH)
    for trainer in world.trainers:
        trainer.publish(round)
    world.seal(round)
    world.measure(round)
    world.finish(round)
    (report,) = reports(world.project, world.store)
    assert sum(line.payout for line in report.players) > 899 * TOKEN


def test_a_tracker_gets_each_round_once(world: World, tmp_path: Path) -> None:
    tracker = JsonLines(tmp_path / "runs" / "rounds.jsonl")
    world.play_round()
    last = track(world.project, world.store, tracker)
    world.play_round()
    assert track(world.project, world.store, tracker, after=last) == 2
    told = [json.loads(line) for line in tracker.path.read_text().splitlines()]
    assert [each["round"] for each in told] == [1, 2]
    losses = losses_by_round(world.project, world.store)
    for each, report in zip(told, reports(world.project, world.store), strict=True):
        assert each["loss"] == losses[each["round"]]
        assert each["paid"] == pytest.approx(1_000, abs=1e-9)
        for line in report.players:
            assert each[f"value/{line.address}"] == line.score / NANO


def test_what_is_not_finite_is_null_and_numpy_numbers_are_numbers(tmp_path: Path) -> None:
    tracker = JsonLines(tmp_path / "rounds.jsonl")
    tracker.log(1, {"loss": float("nan"), "paid": np.float32(0.5)})
    assert json.loads(tracker.path.read_text()) == {"round": 1, "loss": None, "paid": 0.5}


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigError, match="cannot write"):
        write_update(tmp_path / "file" / "x", {"a": np.zeros(1, dtype=np.float32)})
    with pytest.raises(ConfigError, match="cannot write"):
        JsonLines(tmp_path / "file" / "x").log(1, {})


def test_tensorboard_gets_scalars(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    from chain.hooks import TensorBoard

    tracker = TensorBoard(tmp_path / "run")
    for round, loss in ((1, 0.75), (2, 0.5)):
        tracker.log(round, {"loss": loss})
    events = EventAccumulator(str(tmp_path / "run"))
    events.Reload()
    assert [(each.step, each.value) for each in events.Scalars("loss")] == [(1, 0.75), (2, 0.5)]

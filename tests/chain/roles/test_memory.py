"""Mechanisms that look back: earlier rounds and times of joining, read from chain and store by everybody."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chain.network import Network
from chain.roles.gathering import gather
from chain.roles.ledger import reports
from chain.roles.measuring import measure_round
from tests.support.world import World, all_but_dust, build_world
from valuation.federated.as_scores import method_scores
from valuation.mechanism import Mechanism, default_mechanism
from valuation.round_data import RoundData
from valuation.rules import Method


def looking_back(method: str, rounds: int | None, **parameters: float | str) -> Mechanism:
    return replace(default_mechanism(decoys=0), method=Method(method, parameters, rounds))


def play(world: World, taking_part: Sequence[int]) -> int:
    """Plays a round in which only some of the trainers take part."""
    return replace(world, trainers=tuple(world.trainers[i] for i in taking_part)).play_round()


def data_of(world: World, round: int) -> RoundData:
    """A round as its mechanism's method is given it, put together by hand."""
    gathered = gather(world.project, world.store, round)
    ground, players = gathered.ground, gathered.players
    return RoundData(
        players,
        gathered.matrix(players),
        ground.base,
        ground.model,
        ground.problem.evaluation(gathered.seed),
        tuple(ground.assigned(player) for player in players),
        gathered.seed,
    )


def scores_in(world: World, round: int) -> dict[str, int]:
    report = reports(world.project, world.store)[round - 1]
    return {line.address: line.score for line in report.players}


def expected(world: World, method: str, rounds: Sequence[int], **parameters: float | str) -> dict[str, int]:
    data = [data_of(world, round) for round in rounds]
    scores = method_scores(method, parameters, data, learning_rate=1.0, seed=data[-1].seed)
    return dict(zip(data[-1].players, scores.tolist(), strict=True))


@pytest.mark.parametrize("method", ["cosine-shapley", "fedce"])
def test_a_standing_rests_on_the_earlier_rounds_that_the_mechanism_names(
    chain_here: Network, tmp_path: Path, method: str
) -> None:
    world = build_world(chain_here, tmp_path, evaluators=2, mechanism=looking_back(method, 2))
    for _ in range(4):
        world.play_round()
    for round in (1, 2, 3, 4):
        looked_at = range(max(1, round - 2), round + 1)
        assert scores_in(world, round) == pytest.approx(expected(world, method, looked_at), abs=2)
    assert scores_in(world, 4) != pytest.approx(expected(world, method, [4]), abs=1000)
    assert world.auditor.audit().first_difference is None


def test_rounds_are_completed_with_those_before_and_a_newcomer_stops_nobodys_pay(
    chain_here: Network, tmp_path: Path
) -> None:
    mechanism = looking_back("comfedsv", 5, rank=1, penalty=0.001)
    world = build_world(chain_here, tmp_path, trainers=4, evaluators=2, mechanism=mechanism)
    for taking_part in ([0, 1, 2], [0, 2], [0, 1, 2], [0, 1, 2, 3]):
        play(world, taking_part)
    parameters = {"rank": 1, "penalty": 0.001}
    assert scores_in(world, 3) == pytest.approx(expected(world, "comfedsv", [1, 2, 3], **parameters), abs=2)
    assert scores_in(world, 3) != pytest.approx(expected(world, "comfedsv", [3], **parameters), abs=1000)
    # The rounds before a newcomer came are completed for it too, and this one is paid.
    scores = scores_in(world, 4)
    assert set(scores) == {trainer.address for trainer in world.trainers}
    assert scores == pytest.approx(expected(world, "comfedsv", [1, 2, 3, 4], **parameters), abs=2)
    latest = reports(world.project, world.store)[-1]
    paid = [line.payout for line in latest.players] + [line.payout for line in latest.evaluators]
    assert all_but_dust(sum(paid), latest.budget)
    assert world.auditor.audit().first_difference is None


def test_who_submits_for_the_first_time_later_scores_less_than_had_it_come_at_once(
    chain_here: Network, tmp_path: Path
) -> None:
    parameters: dict[str, float | str] = {"beta": 1.0, "transform": "dual-cover"}
    mechanism = looking_back("time-aware-cumulation", None, **parameters)
    world = build_world(chain_here, tmp_path, evaluators=2, mechanism=mechanism)
    late = world.trainers[2].address
    play(world, [0, 1])
    play(world, [0, 1, 2])
    assert world.project.first_submissions()[late] == 2
    data = data_of(world, 2)

    def scores(joined: tuple[int, ...]) -> dict[str, int]:
        found = method_scores(
            "time-aware-cumulation",
            parameters,
            [replace(data, joined=joined)],
            learning_rate=1.0,
            seed=data.seed,
        )
        return dict(zip(data.players, found.tolist(), strict=True))

    on_time = scores((0, 0, 0))
    assert scores_in(world, 2) == pytest.approx(
        scores(tuple(int(player == late) for player in data.players)), abs=2
    )
    assert 0 < scores_in(world, 2)[late] < 0.9 * on_time[late]
    assert world.auditor.audit().first_difference is None


def test_an_update_that_has_left_the_store_costs_its_sender_the_past_and_nobody_the_measurement(
    chain_here: Network, tmp_path: Path
) -> None:
    world = build_world(chain_here, tmp_path, evaluators=2, mechanism=looking_back("cosine-shapley", 1))
    world.play_round()
    round = world.open_and_submit()
    world.seal(round)
    gathered = gather(world.project, world.store, round)
    before = measure_round(world.project, world.store, gathered, "")
    digest = world.project.submissions(1)[0].digest
    (file,) = (tmp_path / "store").rglob(f"*{digest.hex()}*")
    file.unlink()
    after = measure_round(world.project, world.store, gathered, "")
    assert not np.array_equal(before.utilities, after.utilities)
    # Cosine Shapley takes everybody or nobody: the earlier round no longer counts.
    alone = expected(world, "cosine-shapley", [round])
    assert after.utilities.tolist() == pytest.approx(list(alone.values()), abs=2)

"""What is simulated under a project's own mechanism is what the project paid."""

from dataclasses import replace
from pathlib import Path

import pytest

from chain.errors import ConfigError, NothingToDo
from chain.roles.gathering import problem_at
from chain.roles.ledger import reports
from chain.roles.past import past_of, write_history
from tests.support.world import BUDGET, World
from valuation.mechanism import default_mechanism
from valuation.simulation import read_past, simulate


def test_a_simulation_pays_what_the_chain_paid(world: World, tmp_path: Path) -> None:
    """Through the folder, to the token unit; what was garbage on chain is refused for the same reason."""
    world.play_round()
    world.play_round({1: b"garbage"})
    write_history(tmp_path / "run", past_of(world.project, world.store))
    past = read_past(tmp_path / "run")
    policy = world.project.round(1).policy_hash
    stakes = tuple(line.weight for line in reports(world.project, world.store)[0].evaluators)
    found = simulate(problem_at(world.store, policy), past, stakes=stakes)
    assert past.round_budget == BUDGET
    for told, simulated in zip(reports(world.project, world.store), found.rounds, strict=True):
        assert simulated.number == told.round
        assert simulated.budget == told.budget
        assert simulated.scores == {line.address: line.score for line in told.players}
        assert simulated.pay == {line.address: line.payout for line in told.players}
        assert simulated.evaluators == sum(line.payout for line in told.evaluators)
        assert simulated.refused == {line.address: line.reason for line in told.rejections}


def test_rounds_can_be_chosen_and_need_a_seed(world: World) -> None:
    with pytest.raises(NothingToDo, match="no round from 1 to 0"):
        past_of(world.project, world.store)
    for _ in range(3):
        world.play_round()
    world.open_and_submit()
    assert [each.number for each in past_of(world.project, world.store).rounds] == [1, 2, 3]
    assert [each.number for each in past_of(world.project, world.store, first=2, last=2).rounds] == [2]
    assert [each.number for each in past_of(world.project, world.store, last=99).rounds] == [1, 2, 3]
    with pytest.raises(NothingToDo, match="no round from 4 to 4"):
        past_of(world.project, world.store, first=4)


def test_rounds_for_another_assignment_of_data_are_left_out(world: World) -> None:
    world.play_round()
    world.owner.announce(default_mechanism(decoys=0, samples=100), from_round=2)
    world.play_round()
    world.owner.announce(replace(default_mechanism(decoys=0, samples=100), tolerance=7), from_round=3)
    world.play_round()
    past = past_of(world.project, world.store)
    assert [each.number for each in past.rounds] == [2, 3]
    assert past.mechanism.tolerance == 7


def test_a_folder_that_cannot_be_written_is_named(world: World, tmp_path: Path) -> None:
    world.play_round()
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot write"):
        write_history(tmp_path / "file" / "run", past_of(world.project, world.store))

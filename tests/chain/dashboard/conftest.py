"""A project with three rounds, of which one has a refusal and one a faulted header."""

from collections.abc import Iterator

import pytest

from chain.contracts.types import Phase
from chain.dashboard.pages import Dashboard
from chain.network import connect
from chain.roles.challenger import Challenger
from chain.roles.rounds import advance_to
from tests.support.liars import LIES, post_lie
from tests.support.world import World, build_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with connect("embedded") as network:
        world = build_world(network, tmp_path_factory.mktemp("dashboard"))
        world.play_round()
        world.trainers[0].claim()
        world.play_round({1: b"garbage"})
        round = world.open_and_submit()
        world.seal(round)
        world.measure(round)
        lie = next(lie for lie in LIES if "payout" in lie.name)
        post_lie(world.evaluators[0], world.evaluators[0].derive(round), lie.bend)
        Challenger(world.project, world.stranger, world.store).challenge(round)
        world.evaluators[1].post(round)
        advance_to(world.project, round, Phase.ACTIVE)
        yield world


@pytest.fixture(scope="session")
def dashboard(world: World) -> Dashboard:
    return Dashboard(world.project, world.store)

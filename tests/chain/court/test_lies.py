"""Whatever link of a header is broken, the challenger finds it and the court accepts its proof."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from chain.contracts.types import Phase
from chain.errors import NothingToDo
from chain.network import connect
from chain.roles.challenger import Challenger, case_of, first_broken
from chain.roles.derivation import Derived
from tests.support.liars import LIES, Lie, post_lie
from tests.support.world import World, build_world
from valuation.mechanism import default_mechanism
from valuation.shapley import design

METHODS = ("shapley-exact", "shapley-sampled", "shapley-design", "loss-delta", "leave-one-out")


@dataclass(frozen=True)
class Stage:
    """A round that waits for its header, the second one: something was owed before."""

    method: str
    world: World
    round: int
    honest: Derived


@pytest.fixture(scope="module", params=METHODS)
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    method: str = request.param
    chosen = design(6, 40, rng=np.random.default_rng(0)).rounded(2**32) if "design" in method else None
    mechanism = default_mechanism(method=method, design=chosen, decoys=0)
    with connect("embedded") as network:
        world = build_world(
            network, tmp_path_factory.mktemp("lies"), trainers=4, mechanism=mechanism, design=chosen
        )
        world.play_round()
        round = world.open_and_submit()
        world.seal(round)
        world.measure(round)
        yield Stage(method, world, round, world.evaluators[0].derive(round))


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.name)
def test_every_broken_link_is_found_and_its_proof_accepted(stage: Stage, lie: Lie) -> None:
    if stage.method not in lie.modes:
        pytest.skip(f"{stage.method} has no such link")
    world, round = stage.world, stage.round
    post_lie(world.evaluators[0], stage.honest, lie.bend)
    try:
        assert world.project.phase(round) is Phase.CHALLENGE
        finding = first_broken(case_of(world.project, world.store, round))
        assert finding is not None
        assert finding.fault is lie.fault
        world.stranger.simulate(finding.call)
    finally:
        world.owner.sender.send(world.project.book.veto(round))


def test_an_honest_header_has_no_broken_link(stage: Stage) -> None:
    world, round = stage.world, stage.round
    world.evaluators[1].post(round)
    try:
        assert first_broken(case_of(world.project, world.store, round)) is None
        with pytest.raises(NothingToDo):
            Challenger(world.project, world.stranger, world.store).challenge(round)
    finally:
        world.owner.sender.send(world.project.book.veto(round))

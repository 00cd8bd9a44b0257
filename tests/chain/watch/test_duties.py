"""Duties, taken again and again, carry a project from round to round, whoever is killed on the way."""

from functools import partial
from pathlib import Path

import numpy as np

from chain.contracts.types import Phase
from chain.network import Network
from chain.roles import duties
from chain.roles.rounds import advance_to
from tests.support.world import BUDGET, World, all_but_dust, build_world


def until(world: World, round: int, limit: int = 60) -> list[str]:
    """Everybody's duties, and time when there are none, until a round is final and the next is open."""
    rng = np.random.default_rng(0)
    everybody = [
        partial(duties.keep, world.project, world.stranger),
        *(partial(duties.train, trainer, rng) for trainer in world.trainers),
        *(partial(duties.evaluate, evaluator) for evaluator in world.evaluators),
    ]
    done: list[str] = []
    for _ in range(limit):
        did = [what for duty in everybody if (what := duty()) is not None]
        done += did
        current = world.project.current_round()
        phase = world.project.phase(current)
        if current > round and not did:
            return done
        if not did:
            advance_to(world.project, current, Phase(phase + 1))
    raise AssertionError(f"round {round} is not final after {limit} turns: {done}")


def test_duties_carry_a_project_through_its_rounds(embedded: Network, tmp_path: Path) -> None:
    world = build_world(embedded, tmp_path, trainers=2, evaluators=2)
    done = until(world, 1)
    kinds = [what.split()[0] for what in done]
    assert kinds.count("sealed") == kinds.count("posted") == 1
    for kind in ("opened", "published", "measured", "revealed"):
        assert kinds.count(kind) == 2, done
    assert kinds.count("submitted") == kinds.count("claimed") == 4
    money = world.project.money()
    assert money.claimable == 0
    assert all_but_dust(money.claimed, BUDGET)
    assert world.auditor.audit().passed


def test_a_round_that_nobody_can_post_is_ended(embedded: Network, tmp_path: Path) -> None:
    world = build_world(embedded, tmp_path, trainers=1, evaluators=1)
    keep = partial(duties.keep, world.project, world.stranger)
    assert keep() == "opened round 1"
    assert keep() is None
    advance_to(world.project, 1, Phase.SEAL)
    assert keep() == "sealed round 1"
    advance_to(world.project, 1, Phase.POST)
    assert keep() == "voided round 1"
    assert keep() == "opened round 2"

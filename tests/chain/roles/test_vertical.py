"""A vertical split: trainers hold features, their updates add up, and VerFedSV values each block."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chain.contracts.types import Phase
from chain.network import Network
from chain.roles.gathering import gather
from chain.roles.ledger import reports
from chain.roles.rounds import advance_to, losses_by_round, open_round
from chain.roles.trainer import NoFeatures
from tests.support.world import World, build_world
from valuation.fixed_point import NANO
from valuation.mechanism import default_mechanism


@pytest.fixture
def world(chain_here: Network, tmp_path: Path) -> World:
    return build_world(
        chain_here, tmp_path, trainers=5, evaluators=2, mechanism=default_mechanism(method="verfedsv")
    )


@pytest.fixture
def parties(world: World) -> World:
    return replace(world, trainers=world.trainers[:4])


def test_parties_train_their_own_blocks_and_share_the_whole_drop_in_loss(parties: World) -> None:
    world = parties
    for _ in range(2):
        world.play_round()
    first, second = reports(world.project, world.store)
    assert len(first.players) == len(second.players) == 4
    losses = losses_by_round(world.project, world.store)
    assert losses[2] < losses[1] < losses[0]
    gathered = gather(world.project, world.store, 1)
    updates = gathered.matrix(gathered.players)
    assert ((updates != 0).sum(axis=0) <= 1).all()
    # Balance: the values add up to what the sum of all updates brought, on the data that the seed drew.
    ground = gathered.ground
    step = ground.mechanism.aggregation.learning_rate * updates.sum(axis=0)
    models = np.stack([ground.base, ground.base - step])
    before, after = ground.model.losses(models, *ground.problem.evaluation(gathered.seed))
    assert sum(line.score for line in first.players) == pytest.approx((before - after) * NANO, abs=10)
    assert world.auditor.audit().first_difference is None


def test_a_party_holds_the_same_features_in_every_round_and_all_have_the_same_samples(parties: World) -> None:
    world = parties
    world.play_round()
    open_round(world.project, world.owner.sender)
    one, two = (world.trainers[0].ground(round) for round in (1, 2))
    addresses = [trainer.address for trainer in world.trainers]
    np.testing.assert_array_equal([one.block(a) for a in addresses], [two.block(a) for a in addresses])
    for address in addresses:
        np.testing.assert_array_equal(two.assigned(address).x, two.assigned(addresses[0]).x)
    assert (two.assigned(addresses[0]).x != one.assigned(addresses[0]).x).any()


def test_who_registers_after_the_features_are_dealt_has_nothing_to_train(world: World) -> None:
    late = world.trainers[4]
    round = open_round(world.project, world.owner.sender)
    with pytest.raises(NoFeatures, match="4 others registered before"):
        late.train(round, np.random.default_rng(0))


def test_who_changes_what_it_does_not_hold_loses_its_own_round_only(world: World) -> None:
    late, greedy = world.trainers[4], world.trainers[1]
    round = open_round(world.project, world.owner.sender)
    model = late.ground(round).model
    everything = np.random.default_rng(1).normal(size=model.layout.size).astype(np.float32)
    for trainer in world.trainers:
        honest = trainer not in (late, greedy)
        trainer.submit(round, world.honest(trainer, round) if honest else trainer.encode(round, everything))
    advance_to(world.project, round, Phase.PUBLISH)
    for trainer in world.trainers:
        trainer.publish(round)
    world.seal(round)
    world.measure(round)
    world.finish(round)
    (report,) = reports(world.project, world.store)
    assert {line.address for line in report.players} == {
        trainer.address for trainer in world.trainers if trainer not in (late, greedy)
    }
    assert {line.address: line.reason for line in report.rejections} == {
        late.address: "not-own-block",
        greedy.address: "not-own-block",
    }
    assert world.auditor.audit().first_difference is None

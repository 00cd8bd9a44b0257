"""An evaluator far from all others is brought before an arbiter, who decides over bond and stake."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from chain.accounts import dev_account
from chain.contracts import MultisigArbiter
from chain.contracts.types import Phase, Verdict
from chain.errors import NothingToDo
from chain.network import Network, connect
from chain.roles.accuser import accuse_outliers
from chain.roles.rounds import advance_to
from chain.sender import Sender
from tests.chain.roles.test_rounds import commit_as
from tests.support.world import COURT, World, build_world


def build(network: Network, root: Path) -> tuple[World, MultisigArbiter]:
    """A project whose arbiter is its owner and a trainer together."""
    boss, friend = (Sender(network, dev_account(network, index)) for index in (0, 2))
    address, _ = boss.deploy("MultisigArbiter", [boss.address, friend.address], 2)
    world = build_world(
        network, root, adapt=lambda config: replace(config, court=replace(COURT, arbiter=address))
    )
    return world, MultisigArbiter(network, address)


@pytest.mark.parametrize("verdict", [Verdict.GUILTY, Verdict.INNOCENT, Verdict.PENDING])
def test_an_arbiter_decides_over_stake_and_bond(tmp_path: Path, verdict: Verdict) -> None:
    with connect("embedded") as network:
        world, arbiter = build(network, tmp_path)
        project, token, accuser = world.project, world.project.token, world.stranger
        round = world.open_and_submit()
        world.seal(round)
        liar = world.evaluators[2]
        honest = liar.measure(round)
        for evaluator in world.evaluators[:2]:
            evaluator.commit(round)
        bent = honest.utilities.copy()
        bent[5] += 2_000_000
        commit_as(liar, round, replace(honest, utilities=bent))
        advance_to(project, round, Phase.REVEAL)
        for evaluator in world.evaluators:
            evaluator.reveal(round)
        advance_to(project, round, Phase.POST)
        world.evaluators[0].post(round)

        world.owner.sender.send(token.mint(accuser.address, COURT.bond))
        (accused,) = accuse_outliers(project, world.store, accuser, round)
        assert (accused.evaluator, accused.index) == (liar.address, 5)
        assert abs(accused.deviation - 2_000_000) <= 2
        with pytest.raises(NothingToDo):
            accuse_outliers(project, world.store, accuser, round)

        registry = project.registry.address
        stake, held = project.registry.peer(liar.address).stake, token.balance_of(registry)
        if verdict is not Verdict.PENDING:
            for signer in (world.owner.sender, world.trainers[0].sender):
                signer.send(arbiter.vote(project.court.address, accused.id, verdict))
        else:
            network.advance(COURT.arbiter_period + 1)
        assert arbiter.verdict(project.court.address, accused.id) is verdict
        accuser.send(project.court.settle(accused.id))
        lost = COURT.evaluator_slash if verdict is Verdict.GUILTY else 0
        assert stake - project.registry.peer(liar.address).stake == lost
        innocent = verdict is Verdict.INNOCENT
        winner = liar.sender if innocent else accuser
        assert project.court.credit(winner.address) == COURT.bond + lost // 2
        before = token.balance_of(winner.address)
        winner.send(project.court.collect(winner.address))
        assert token.balance_of(winner.address) - before == COURT.bond + lost // 2
        # What is not rewarded is burned where it lies.
        assert held - token.balance_of(registry) == lost // 2


def test_nobody_is_accused_of_what_is_within_the_outer_tolerance(tmp_path: Path) -> None:
    with connect("embedded") as network:
        world, _ = build(network, tmp_path)
        round = world.open_and_submit()
        world.seal(round)
        world.measure(round)
        world.evaluators[0].post(round)
        with pytest.raises(NothingToDo):
            accuse_outliers(world.project, world.store, world.stranger, round)

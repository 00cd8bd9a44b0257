"""A project can be paid by any method: a round is measured, agreed upon, paid and audited."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chain.contracts.types import Phase
from chain.network import Network
from chain.roles.ledger import reports
from chain.roles.rounds import advance_to
from tests.chain.roles.test_rounds import commit_as
from tests.support.world import BUDGET, all_but_dust, build_world
from valuation.mechanism import METHODS, default_mechanism
from valuation.shapley import design


@pytest.mark.parametrize("method", METHODS)
def test_every_method_values_pays_and_can_be_audited(
    chain_here: Network, tmp_path: Path, method: str
) -> None:
    chosen = design(6, 40, rng=np.random.default_rng(0)).rounded(2**32)
    named = chosen if method == "shapley-design" else None
    world = build_world(
        chain_here,
        tmp_path,
        trainers=4,
        evaluators=2,
        mechanism=default_mechanism(method=method, design=named, decoys=0),
        design=named,
    )
    world.play_round()
    (report,) = reports(world.project, world.store)
    assert len(report.players) == 4
    assert all(line.standing == "within" for line in report.evaluators)
    owed = world.project.distributor.owed()
    # A Gauntlet pays once a few rounds have shown that a peer works.
    assert all_but_dust(owed, BUDGET) or (method == "gauntlet" and owed == 0)
    assert any(line.score > 0 and line.payout > 0 for line in report.players) or method == "gauntlet"
    assert world.auditor.audit().first_difference is None


def test_scores_of_more_peers_than_were_agreed_cannot_be_used(chain_here: Network, tmp_path: Path) -> None:
    world = build_world(chain_here, tmp_path, mechanism=default_mechanism(method="leave-one-out", decoys=0))
    round = world.open_and_submit()
    world.seal(round)
    everyone = world.evaluators[0].measure(round)
    fewer = replace(everyone, players=everyone.players[1:], utilities=everyone.utilities[1:])
    world.evaluators[0].commit(round)
    for evaluator in world.evaluators[1:]:
        commit_as(evaluator, round, fewer)
    advance_to(world.project, round, Phase.REVEAL)
    for evaluator in world.evaluators:
        evaluator.reveal(round)
    advance_to(world.project, round, Phase.POST)
    world.finish(round)
    (report,) = reports(world.project, world.store)
    assert [line.address for line in report.players] == list(everyone.players[1:])
    wider = next(line for line in report.evaluators if line.address == world.evaluators[0].address)
    assert (wider.standing, wider.payout) == ("uncovered", 0)
    assert "say nothing about" in wider.detail

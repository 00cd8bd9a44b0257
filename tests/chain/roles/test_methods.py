"""A project can be paid by any method: a round is measured, agreed upon, paid and audited."""

from dataclasses import replace
from pathlib import Path

import pytest

from chain.contracts.types import Phase
from chain.network import Network
from chain.roles.ledger import reports
from chain.roles.rounds import advance_to
from tests.chain.roles.test_rounds import commit_as
from tests.support.world import BUDGET, build_world
from valuation.mechanism import METHODS, default_mechanism


@pytest.mark.parametrize("method", METHODS)
def test_every_method_values_pays_and_can_be_audited(
    chain_here: Network, tmp_path: Path, method: str
) -> None:
    world = build_world(
        chain_here, tmp_path, trainers=4, evaluators=2, mechanism=default_mechanism(method=method)
    )
    world.play_round()
    (report,) = reports(world.project, world.store)
    assert len(report.players) == 4
    assert all(line.standing == "within" for line in report.evaluators)
    assert world.project.distributor.owed() in (0, BUDGET)
    assert any(line.score for line in report.players)
    assert world.auditor.audit().first_difference is None


def test_scores_of_more_peers_than_were_agreed_cannot_be_used(chain_here: Network, tmp_path: Path) -> None:
    world = build_world(chain_here, tmp_path, mechanism=default_mechanism(method="leave-one-out"))
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
    assert (wider.standing, wider.payout) == ("unusable", 0)
    assert "say nothing about" in wider.detail

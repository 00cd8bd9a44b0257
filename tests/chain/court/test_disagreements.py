"""Evaluators who disagree: every wrong word about them in a header can be proved, and no right one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest

from chain.contracts.proofs import UNCOVERED, WITHHELD, WITHIN
from chain.contracts.types import Fault, Phase
from chain.encoding import commitment_of
from chain.network import connect
from chain.roles.challenger import case_of, first_broken
from chain.roles.derivation import Derived
from chain.roles.rounds import advance_to
from tests.chain.roles.test_rounds import commit_as
from tests.support.liars import Bend, bend_utility, post_lie, stand
from tests.support.world import World, build_world
from valuation.mechanism import default_mechanism
from valuation.scoring import restrict

HONEST, WIDE, NARROW, OUTSIDE, SILENT = range(5)
"""Evaluators of weights 1,000 to 1,400: three accept the second peer to the last, two of them the first too;
one has dropped another, one measured something else, and what one measured is nowhere."""


@dataclass(frozen=True)
class Stage:
    world: World
    round: int
    derived: Derived

    def place(self, evaluator: int) -> int:
        """Where an evaluator stands in the header's list."""
        address = self.world.evaluators[evaluator].address
        return [line.account for line in self.derived.working.evaluators].index(address)


@pytest.fixture(scope="module", params=["shapley-exact", "loss-delta", "shapley-sampled"])
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with connect("embedded") as network:
        world = build_world(
            network,
            tmp_path_factory.mktemp("court"),
            trainers=4,
            evaluators=5,
            mechanism=default_mechanism(method=request.param, decoys=0),
        )
        round = world.open_and_submit()
        world.seal(round)
        disagree(world, round)
        yield Stage(world, round, world.evaluators[HONEST].derive(round))


def disagree(world: World, round: int) -> None:
    judges, book = world.evaluators, world.project.book
    everything = judges[HONEST].measure(round)
    mechanism = world.trainers[0].ground(round).mechanism
    sampled = mechanism.method.name == "shapley-sampled"

    def of(players: tuple[str, ...], by: int = 0):  # type: ignore[no-untyped-def]
        """A measurement of these players; of drawn orders, one of the right length."""
        if sampled and players != everything.players:
            utilities = np.zeros(200 * (len(players) + 1), dtype=np.int64)
        else:
            utilities = restrict(mechanism, everything.utilities, everything.players, players)
        moved = utilities.copy()
        moved[3:] += by
        return replace(everything, players=players, utilities=moved)

    agreed = everything.players if sampled else everything.players[1:]
    commit_as(judges[HONEST], round, of(agreed))
    commit_as(judges[WIDE], round, of(everything.players if not sampled else agreed))
    commit_as(judges[NARROW], round, of(agreed[1:]))
    commit_as(judges[OUTSIDE], round, of(agreed, by=5000))
    ghost = judges[SILENT]
    root, players, digest, salt = (bytes([number]) * 32 for number in range(1, 5))
    commitment = commitment_of(
        world.network.chain_id, book.address, round, ghost.address, root, players, digest, salt
    )
    ghost.sender.send(book.commit_utilities(round, commitment))
    advance_to(world.project, round, Phase.REVEAL)
    for judge in judges[:SILENT]:
        judge.reveal(round)
    ghost.sender.send(book.reveal_utilities(round, root, players, digest, salt))
    advance_to(world.project, round, Phase.POST)
    for judge in judges[:SILENT]:
        judge.object(round)


def finding_of(stage: Stage, bend: Bend):  # type: ignore[no-untyped-def]
    """What is found in a bent header, its proof being one that the court accepts."""
    world, round = stage.world, stage.round
    post_lie(world.evaluators[HONEST], stage.derived, bend)
    try:
        finding = first_broken(case_of(world.project, world.store, round))
        if finding is not None:
            world.stranger.simulate(finding.call)
        return finding
    finally:
        world.owner.sender.send(world.project.book.veto(round))


def test_each_stands_as_it_measured(stage: Stage) -> None:
    standings = [stage.derived.working.evaluators[stage.place(e)].standing for e in range(5)]
    assert standings[HONEST] == standings[WIDE] == WITHIN
    assert (standings[NARROW], standings[SILENT]) == (UNCOVERED, WITHHELD)
    assert standings[OUTSIDE] == 3
    assert finding_of(stage, lambda working: working) is None


@pytest.mark.parametrize("evaluator", range(5))
@pytest.mark.parametrize("standing", [WITHIN, UNCOVERED, WITHHELD, 0, 3, 5])
def test_every_wrong_standing_is_proved(stage: Stage, evaluator: int, standing: int) -> None:
    place = stage.place(evaluator)
    right = stage.derived.working.evaluators[place].standing
    finding = finding_of(stage, stand(place, standing))
    if standing == right:
        assert finding is None
    else:
        assert finding is not None
        assert finding.fault is Fault.STANDING


@pytest.mark.parametrize("by", [1, 4999, 5000, -1, -(10**9)])
@pytest.mark.parametrize("index", [0, 3, 6])
def test_no_value_but_the_lower_median_stands(stage: Stage, index: int, by: int) -> None:
    finding = finding_of(stage, bend_utility(index, by))
    assert finding is not None
    assert finding.fault is Fault.UTILITY


def test_a_peer_that_only_a_minority_accepted_is_not_valued(stage: Stage) -> None:
    everyone = tuple(sorted((t.address for t in stage.world.trainers), key=str.lower))
    players = stage.derived.working.players
    for bent in (everyone, players[1:], players[:-1], ()):
        finding = finding_of(stage, lambda working, bent=bent: replace(working, players=bent))  # type: ignore[misc]
        if bent == players:
            assert finding is None
        else:
            assert finding is not None
            assert finding.fault is Fault.ACCEPTANCE

"""A poster lies; anyone proves it in one transaction; another posts, and all are paid as if it had not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from chain.contracts.errors import Barred
from chain.contracts.types import Fault, Part, Phase
from chain.encoding import sha256
from chain.errors import NothingToDo, Reverted, WindowError
from chain.network import connect
from chain.roles.answering import NothingToShow, answer_requests
from chain.roles.challenger import Challenger, NotProvable
from chain.roles.derivation import Derived
from chain.roles.rounds import advance_to
from tests.support.liars import LIES, Lie, bend_score, bend_trace, post_lie
from tests.support.world import COURT, World, build_world

KINDS = {lie.fault: lie for lie in LIES}
"""One lie of each kind."""


@pytest.fixture
def world(tmp_path: Path):  # type: ignore[no-untyped-def]
    with connect("embedded") as network:
        yield build_world(network, tmp_path)


def to_post(world: World) -> tuple[int, Derived]:
    round = world.open_and_submit()
    world.seal(round)
    world.measure(round)
    return round, world.evaluators[0].derive(round)


def challenger_of(world: World) -> Challenger:
    return Challenger(world.project, world.stranger, world.store)


def stake_of(world: World, index: int) -> int:
    return world.project.registry.peer(world.evaluators[index].address).stake


def in_registry(world: World) -> int:
    return world.project.token.balance_of(world.project.registry.address)


@pytest.mark.parametrize("lie", KINDS.values(), ids=[fault.name.lower() for fault in KINDS])
def test_a_liar_is_slashed_to_the_wei_and_the_round_ends_as_it_should(world: World, lie: Lie) -> None:
    round, honest = to_post(world)
    post_lie(world.evaluators[0], honest, lie.bend)
    before, held, stakes = (
        stake_of(world, 0),
        world.project.token.balance_of(world.stranger.address),
        in_registry(world),
    )
    done = challenger_of(world).challenge(round)
    assert (done.action, done.fault, done.slashed, done.earned) == (
        "proved",
        lie.fault,
        COURT.poster_slash,
        COURT.poster_slash // 2,
    )
    assert before - stake_of(world, 0) == COURT.poster_slash
    assert world.project.token.balance_of(world.stranger.address) == held
    assert world.project.court.credit(world.stranger.address) == COURT.poster_slash // 2
    world.stranger.send(world.project.court.collect(world.stranger.address))
    assert world.project.token.balance_of(world.stranger.address) - held == COURT.poster_slash // 2
    # What is not rewarded is burned where it lies.
    assert stakes - in_registry(world) == COURT.poster_slash // 2
    assert world.project.phase(round) is Phase.POST
    assert world.project.header(round) is None
    assert world.project.distributor.owed() == 0

    with pytest.raises(Barred):
        world.evaluators[0].post(round)
    posted, _ = world.evaluators[1].post(round)
    assert posted.header == honest.header == world.project.header(round)
    advance_to(world.project, round, Phase.ACTIVE)
    for trainer in world.trainers:
        trainer.claim()
    paid = {line.account: line.cumulative for line in honest.working.payouts}
    claimed = {claim.account: claim.amount for claim in world.project.claims()}
    assert claimed == {trainer.address: paid[trainer.address] for trainer in world.trainers}
    assert world.auditor.audit().first_difference is None


def test_a_small_game_is_recomputed_when_its_poster_shows_nothing(world: World) -> None:
    round, honest = to_post(world)
    post_lie(world.evaluators[0], honest, bend_score(10**9), publish=False)
    done = challenger_of(world).challenge(round)
    assert (done.action, done.fault, done.slashed) == ("proved", Fault.RECOMPUTED, COURT.poster_slash)
    assert world.project.header(round) is None


def test_what_is_not_shown_is_asked_for_and_not_answering_is_a_fault(world: World) -> None:
    round, honest = to_post(world)
    post_lie(world.evaluators[0], honest, bend_trace(3, 1), publish=False)
    token, challenger = world.project.token, challenger_of(world)
    world.owner.sender.send(token.mint(world.stranger.address, COURT.bond))
    asked = challenger.challenge(round)
    assert (asked.action, asked.fault) == ("requested", Fault.WITHHELD)
    assert "trace" in asked.where
    assert token.balance_of(world.stranger.address) == 0
    again = challenger.challenge(round)
    assert (again.action, again.deadline, again.transaction) == ("waiting", asked.deadline, "")
    world.network.advance(COURT.answer_period + 1)
    done = challenger.challenge(round)
    assert (done.action, done.slashed) == ("expired", COURT.poster_slash)
    assert world.project.header(round) is None
    world.stranger.send(world.project.court.collect(world.stranger.address))
    assert token.balance_of(world.stranger.address) == COURT.bond + COURT.poster_slash // 2


def test_who_has_the_piece_answers_and_is_credited_the_bond(world: World) -> None:
    round, honest = to_post(world)
    world.evaluators[0].post(round)
    project, token = world.project, world.project.token
    world.owner.sender.send(token.mint(world.stranger.address, 5 * COURT.bond))
    world.stranger.send(token.approve(project.court.address, 5 * COURT.bond))
    rules = project.rules(project.round(round).policy_hash)
    pieces = [(Part.UTILITY, 3), (Part.TRACE, 5), (Part.SCORE, 1), (Part.PAYOUT, 7), (Part.EVALUATORS, 0)]
    for part, index in pieces:
        world.stranger.send(project.court.request(honest.header, rules, part, index))
    assert len(project.requests(round)) == 5
    # Nothing is needed but the reveals: an honest header can be laid open by anybody.
    shutil.rmtree(world.root / "store" / sha256(honest.working_bytes).hex()[:2])
    answerer = world.trainers[0].sender
    assert len(answer_requests(project, world.store, answerer, round)) == 5
    assert project.requests(round) == ()
    assert project.court.credit(answerer.address) == 5 * COURT.bond
    assert world.store.has(sha256(honest.working_bytes))
    with pytest.raises(NothingToDo):
        answer_requests(project, world.store, answerer, round)
    world.network.advance(COURT.answer_period + 1)
    with pytest.raises(Reverted):
        world.stranger.send(project.court.expire(honest.header, Part.TRACE, 5))


def test_what_nobody_has_is_not_answered(world: World) -> None:
    round, honest = to_post(world)
    post_lie(world.evaluators[0], honest, bend_trace(3, 1), publish=False)
    world.owner.sender.send(world.project.token.mint(world.stranger.address, COURT.bond))
    challenger_of(world).challenge(round)
    with pytest.raises(NothingToShow, match="trace 0"):
        answer_requests(world.project, world.store, world.stranger, round)


def test_a_model_that_was_made_up_is_no_matter_for_a_court(world: World) -> None:
    round, honest = to_post(world)
    header = honest.header.__class__(**{**honest.header.__dict__, "model_digest": bytes(31) + b"\1"})
    for blob in (honest.report_bytes, honest.working_bytes):
        world.store.put(blob)
    world.evaluators[0].sender.send(world.project.book.post(header))
    with pytest.raises(NotProvable, match="model"):
        challenger_of(world).challenge(round)


def test_a_final_header_is_not_challenged(world: World) -> None:
    round = world.play_round()
    with pytest.raises(WindowError):
        challenger_of(world).challenge(round)


def test_nobody_is_slashed_twice_for_one_header(world: World) -> None:
    round, honest = to_post(world)
    post_lie(world.evaluators[0], honest, bend_score(5))
    challenger_of(world).challenge(round)
    with pytest.raises(WindowError):
        challenger_of(world).challenge(round)
    assert stake_of(world, 0) == 1_000 * 10**18 - COURT.poster_slash

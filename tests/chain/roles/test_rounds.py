"""Rounds among trainers who err and evaluators who disagree."""

from dataclasses import replace

import numpy as np
import pytest

from chain.contracts.errors import AlreadyCommitted, AlreadySealed, AlreadySubmitted, QuorumMissing
from chain.contracts.types import Header, Phase
from chain.encoding import UTILITIES, commitment_of, players_hash, sha256
from chain.errors import NothingToDo, StoreError, WindowError
from chain.roles.agreement import Unreadable
from chain.roles.evaluator import Evaluator
from chain.roles.gathering import gather, update_metadata
from chain.roles.ledger import ledger, reports
from chain.roles.measurement import Measurement
from chain.roles.payouts import payouts_of
from chain.roles.rounds import advance_to, losses_by_round, open_round, seal_and_draw
from chain.trees import index_tree
from tests.support.world import BUDGET, TOKEN, World, all_but_dust
from valuation.gradients.codec import encode


def commit_as(evaluator: Evaluator, round: int, measurement: Measurement) -> None:
    """Commits to and keeps a measurement of one's own making."""
    real = replace(measurement, evaluator=evaluator.address)

    class Bent(Evaluator):
        def measure(self, round: int) -> Measurement:
            return real

    Bent(evaluator.project, evaluator.sender, evaluator.store, evaluator.state).commit(round)


def finish(world: World, round: int) -> None:
    advance_to(world.project, round, Phase.REVEAL)
    for evaluator in world.evaluators:
        evaluator.reveal(round)
    advance_to(world.project, round, Phase.POST)
    world.finish(round)


def test_honest_trainers_share_the_budget_and_the_loss_falls(world: World) -> None:
    world.play_round()
    world.play_round()
    losses = losses_by_round(world.project, world.store)
    assert losses[2] < losses[1] < losses[0]
    lines = ledger(world.project, world.store)
    assert all_but_dust(sum(line.earned for line in lines), 2 * BUDGET)
    assert all(line.earned > 0 for line in lines)
    assert world.auditor.audit().first_difference is None


@pytest.mark.parametrize(
    ("bytes_of", "reason"),
    [
        (lambda blob: blob[:-1], "truncated"),
        (lambda blob: b"", "truncated"),
        (lambda blob: b"\xff" * 100, "bad-header"),
        (lambda blob: blob + b"\0" * 100_000, "too-large"),
    ],
)
def test_malformed_bytes_cost_their_sender_and_nobody_else(world: World, bytes_of, reason: str) -> None:  # type: ignore[no-untyped-def]
    round = open_round(world.project, world.owner.sender)
    bad = bytes_of(world.honest(world.trainers[0], round))
    for index, trainer in enumerate(world.trainers):
        trainer.submit(round, bad if index == 0 else world.honest(trainer, round, index))
    advance_to(world.project, round, Phase.PUBLISH)
    for trainer in world.trainers:
        trainer.publish(round)
    world.seal(round)
    world.measure(round)
    world.finish(round)
    (report,) = reports(world.project, world.store)
    assert [(r.address, r.reason) for r in report.rejections] == [(world.trainers[0].address, reason)]
    assert sum(line.payout for line in report.players) > 0.9 * BUDGET * 0.9
    assert world.auditor.audit().passed


def test_bytes_that_are_never_published_earn_nothing(world: World) -> None:
    round = open_round(world.project, world.owner.sender)
    for index, trainer in enumerate(world.trainers):
        trainer.submit(round, world.honest(trainer, round, index))
    advance_to(world.project, round, Phase.PUBLISH)
    for trainer in world.trainers[1:]:
        trainer.publish(round)
    world.seal(round)
    world.measure(round)
    world.finish(round)
    (report,) = reports(world.project, world.store)
    assert [r.reason for r in report.rejections] == ["missing"]
    # Published when it is too late, the bytes change nothing that was said.
    world.trainers[0].publish(round)
    assert world.trainers[0].address not in {line.address for line in report.players}


def test_bytes_of_another_count_for_nobody(world: World) -> None:
    first, second, third = world.trainers
    round = open_round(world.project, world.owner.sender)
    blob = world.honest(first, round)
    first.submit(round, blob)
    second.submit(round, blob)
    third.submit(round, world.honest(third, round, 2))
    advance_to(world.project, round, Phase.PUBLISH)
    first.publish(round)
    third.publish(round)
    world.seal(round)
    gathered = gather(world.project, world.store, round)
    assert set(gathered.players) == {first.address, third.address}
    assert [(r.address, r.reason) for r in gathered.rejections] == [(second.address, "wrong-address")]


def test_a_round_without_a_useful_update_pays_nobody_and_its_budget_carries(world: World) -> None:
    def harmful(index: int, round: int) -> bytes:
        trainer = world.trainers[index]
        return trainer.encode(round, -trainer.train(round, np.random.default_rng(index)))

    round = world.play_round()
    paid_first = world.project.distributor.owed()
    next_round = open_round(world.project, world.owner.sender)
    for index, trainer in enumerate(world.trainers):
        trainer.submit(next_round, harmful(index, next_round))
    advance_to(world.project, next_round, Phase.PUBLISH)
    for trainer in world.trainers:
        trainer.publish(next_round)
    world.seal(next_round)
    world.measure(next_round)
    world.finish(next_round)
    assert world.project.distributor.owed() == paid_first
    report = reports(world.project, world.store)[-1]
    assert all(line.payout == 0 for line in (*report.players, *report.evaluators))
    assert report.model == report.base
    third = world.play_round()
    assert (round, next_round, third) == (1, 2, 3)
    assert all_but_dust(world.project.distributor.owed(), 3 * BUDGET)
    assert world.auditor.audit().first_difference is None


def test_an_evaluator_far_from_the_median_earns_nothing_and_moves_nothing(world: World) -> None:
    round = world.open_and_submit()
    world.seal(round)
    honest = world.evaluators[0].measure(round)
    bent = replace(honest, utilities=honest.utilities + 10**9)
    world.evaluators[0].commit(round)
    world.evaluators[1].commit(round)
    commit_as(world.evaluators[2], round, bent)
    finish(world, round)
    (report,) = reports(world.project, world.store)
    standing = {line.address: (line.standing, line.payout > 0) for line in report.evaluators}
    assert standing == {
        world.evaluators[0].address: ("within", True),
        world.evaluators[1].address: ("within", True),
        world.evaluators[2].address: ("outside", False),
    }
    assert world.auditor.audit().passed


def test_an_evaluator_that_drops_a_peer_cannot_keep_it_from_its_pay(world: World) -> None:
    round = world.open_and_submit()
    world.seal(round)
    honest = world.evaluators[0].measure(round)
    kept = honest.players[1:]
    dropped = replace(honest, players=kept, utilities=honest.utilities[::2])
    world.evaluators[0].commit(round)
    world.evaluators[1].commit(round)
    commit_as(world.evaluators[2], round, dropped)
    finish(world, round)
    (report,) = reports(world.project, world.store)
    assert [line.address for line in report.players] == list(honest.players)
    unusable = next(line for line in report.evaluators if line.address == world.evaluators[2].address)
    assert (unusable.standing, unusable.payout) == ("uncovered", 0)
    assert honest.players[0] in unusable.detail


def test_a_reveal_whose_bytes_are_missing_is_withheld_once_a_majority_objects(world: World) -> None:
    round = world.open_and_submit()
    world.seal(round)
    ghost = world.evaluators[2]
    salt, root, players, digest = (bytes([number]) * 32 for number in range(1, 5))
    for evaluator in world.evaluators[:2]:
        evaluator.commit(round)
    book, chain_id = world.project.book, world.network.chain_id
    commitment = commitment_of(chain_id, book.address, round, ghost.address, root, players, digest, salt)
    ghost.sender.send(book.commit_utilities(round, commitment))
    advance_to(world.project, round, Phase.REVEAL)
    for evaluator in world.evaluators[:2]:
        evaluator.reveal(round)
    ghost.sender.send(book.reveal_utilities(round, root, players, digest, salt))
    advance_to(world.project, round, Phase.POST)
    with pytest.raises(Unreadable, match=ghost.address):
        world.evaluators[0].post(round)
    assert world.evaluators[0].object(round) == (ghost.address,)
    with pytest.raises(NothingToDo):
        world.evaluators[0].object(round)
    with pytest.raises(Unreadable):
        world.evaluators[0].post(round)
    world.evaluators[1].object(round)
    world.finish(round)
    (report,) = reports(world.project, world.store)
    line = next(line for line in report.evaluators if line.address == ghost.address)
    assert (line.standing, line.payout) == ("withheld", 0)
    assert "no blob" in line.detail
    assert world.auditor.audit().passed


def test_utilities_that_do_not_have_the_revealed_root_count_as_withheld(world: World) -> None:
    round = world.open_and_submit()
    world.seal(round)
    liar = world.evaluators[0]
    measurement = liar.measure(round)
    blob = replace(measurement, utilities=measurement.utilities + 1).to_bytes()
    world.store.put(blob)
    root = index_tree(UTILITIES, round, measurement.utilities.tolist()).root
    players = players_hash(measurement.players)
    salt, book = b"\x01" * 32, world.project.book
    liar.sender.send(
        book.commit_utilities(
            round,
            commitment_of(
                world.network.chain_id, book.address, round, liar.address, root, players, sha256(blob), salt
            ),
        )
    )
    for evaluator in world.evaluators[1:]:
        evaluator.commit(round)
    advance_to(world.project, round, Phase.REVEAL)
    liar.sender.send(book.reveal_utilities(round, root, players, sha256(blob), salt))
    for evaluator in world.evaluators[1:]:
        evaluator.reveal(round)
    advance_to(world.project, round, Phase.POST)
    for evaluator in world.evaluators[1:]:
        assert evaluator.object(round) == (liar.address,)
    world.finish(round)
    (report,) = reports(world.project, world.store)
    line = next(line for line in report.evaluators if line.address == liar.address)
    assert (line.standing, "root" in line.detail) == ("withheld", True)


def test_an_update_is_not_published_while_it_could_be_copied(world: World) -> None:
    first = world.trainers[0]
    round = open_round(world.project, world.owner.sender)
    blob = world.honest(first, round)
    first.submit(round, blob)
    with pytest.raises(WindowError, match="copied"):
        first.publish(round)
    assert not world.store.has(sha256(blob))


def test_a_second_attempt_does_not_replace_what_was_submitted_first(world: World) -> None:
    first = world.trainers[0]
    round = open_round(world.project, world.owner.sender)
    blob = world.honest(first, round)
    first.submit(round, blob)
    with pytest.raises(AlreadySubmitted):
        first.submit(round, world.honest(first, round, seed=9))
    advance_to(world.project, round, Phase.PUBLISH)
    assert first.publish(round) == sha256(blob).hex()


def test_a_second_measurement_does_not_replace_the_salt_of_the_first(world: World) -> None:
    round = world.open_and_submit()
    world.seal(round)
    evaluator = world.evaluators[0]
    evaluator.commit(round)
    with pytest.raises(AlreadyCommitted):
        evaluator.commit(round)
    advance_to(world.project, round, Phase.REVEAL)
    evaluator.reveal(round)
    assert world.project.round(round).revealed == 1


def test_duplicates_leave_the_earliest(world: World) -> None:
    first, second, third = world.trainers
    round = open_round(world.project, world.owner.sender)
    update = first.train(round, np.random.default_rng(1))
    second.submit(round, second.encode(round, update))
    first.submit(round, first.encode(round, update * np.float32(1.5)))
    third.submit(round, world.honest(third, round, 2))
    advance_to(world.project, round, Phase.PUBLISH)
    for trainer in world.trainers:
        trainer.publish(round)
    world.seal(round)
    gathered = gather(world.project, world.store, round)
    assert [(r.address, r.reason) for r in gathered.rejections] == [(first.address, "duplicate")]
    assert second.address in gathered.rejections[0].detail


def test_a_header_is_posted_once(world: World) -> None:
    round = world.play_round()
    with pytest.raises(NothingToDo, match="stands already"):
        world.evaluators[1].post(round)


def test_a_vetoed_header_can_be_posted_again_and_pays_the_same(world: World) -> None:
    round = world.open_and_submit()
    world.seal(round)
    world.measure(round)
    derived, _ = world.evaluators[0].post(round)
    world.owner.sender.send(world.project.book.veto(round))
    assert world.project.phase(round) is Phase.POST
    assert world.project.header(round) is None
    again, _ = world.evaluators[1].post(round)
    assert again.header == derived.header
    advance_to(world.project, round, Phase.ACTIVE)
    assert all_but_dust(payouts_of(world.project, world.store, again.header).root.sum, BUDGET)
    assert world.auditor.audit().passed


def test_a_round_below_its_quorum_is_voided_and_the_next_one_uses_its_budget(world: World) -> None:
    round = world.open_and_submit()
    world.seal(round)
    advance_to(world.project, round, Phase.POST)
    with pytest.raises(WindowError):
        world.evaluators[0].reveal(round)
    with pytest.raises(QuorumMissing):
        world.evaluators[0].sender.send(world.project.book.post(Header(round, 0, 0, 0, *[bytes(32)] * 8)))
    world.owner.sender.send(world.project.book.void_round(round))
    world.play_round()
    assert all_but_dust(world.project.distributor.owed(), 2 * BUDGET)
    assert world.auditor.audit().first_difference is None


def test_only_the_first_seal_counts(world: World) -> None:
    round = world.open_and_submit()
    advance_to(world.project, round, Phase.SEAL)
    world.owner.sender.send(world.project.book.seal(round))
    with pytest.raises(AlreadySealed):
        world.stranger.send(world.project.book.seal(round))
    seal_and_draw(world.project, world.stranger, round)
    assert world.project.phase(round) is Phase.MEASURE


def test_a_mechanism_that_the_store_lost_is_named(world: World) -> None:
    round = world.open_and_submit()
    policy = world.project.round(round).policy_hash.hex()
    (world.root / "store" / policy[:2] / policy).unlink()
    world.seal(round)
    with pytest.raises(StoreError, match=policy):
        gather(world.project, world.store, round)


def test_metadata_of_another_project_is_refused(world: World) -> None:
    first = world.trainers[0]
    round = open_round(world.project, world.owner.sender)
    ground = first.ground(round)
    metadata = replace(
        update_metadata(ground, first.address), project="1:0x0000000000000000000000000000000000000001"
    )
    update = first.train(round, np.random.default_rng(0))
    first.submit(round, encode(update, ground.model.layout, metadata, ground.mechanism.codec.density))
    advance_to(world.project, round, Phase.PUBLISH)
    first.publish(round)
    world.seal(round)
    gathered = gather(world.project, world.store, round)
    assert [r.reason for r in gathered.rejections] == ["wrong-project"]
    assert gathered.players == ()


def test_claims_pay_the_payee_and_leave_the_rest_claimable(world: World) -> None:
    world.play_round()
    first = world.trainers[0]
    payee = world.stranger.address
    first.sender.send(world.project.distributor.set_payee(payee))
    first.claim()
    line = next(line for line in ledger(world.project, world.store) if line.address == first.address)
    assert line.claimable == 0
    assert world.project.token.balance_of(payee) == line.claimed == line.earned > 0
    with pytest.raises(NothingToDo):
        first.claim()
    money = world.project.money()
    assert money.funded == 5 * BUDGET == money.claimed + money.claimable + money.remaining
    assert all_but_dust(money.claimable + line.claimed, BUDGET)
    assert TOKEN < line.earned < BUDGET

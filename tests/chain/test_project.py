"""Everything about a project is read from the chain, and chain and events tell the same."""

from dataclasses import replace
from typing import Any

import pytest

from chain.contracts import errors
from chain.contracts.types import ZERO_ADDRESS, Claim, Header, Phase, Role
from chain.errors import NetworkError, VerificationError, WindowError
from chain.history import History
from chain.project import Project, create_project
from chain.records import MechanismChange
from chain.trees import payout_tree

TOKENS = 10**18


def header(round: int, sum: int = 0, node: bytes = bytes(32), depth: int = 0) -> Header:
    others = [bytes([number]) * 32 for number in range(0x41, 0x47)]
    return Header(round, 3, depth, sum, *others[:3], node, *others[3:], bytes([round]) * 32)


def test_a_project_is_what_it_was_created_with(stage: Any) -> None:
    assert stage.project.config() == stage.config
    assert stage.project == Project.at(stage.network, stage.system, stage.project.id)
    assert stage.project.identity == f"{stage.network.chain_id}:{stage.project.book.address}"


def test_projects_of_one_factory_are_told_apart(stage: Any) -> None:
    other = create_project(stage.owner, stage.system, replace(stage.config, quorum=1))
    assert other.id == stage.project.id + 1
    assert other.book.address != stage.project.book.address
    assert Project.at(stage.network, stage.system, other.id) == other
    assert other.peers() == ()
    with pytest.raises(errors.UnknownProject):
        Project.at(stage.network, stage.system, other.id + 1)


def test_a_configuration_that_the_factory_refuses_is_named(stage: Any) -> None:
    for change, error in (
        ({"unbonding_period": 1}, errors.UnbondingTooShort),
        ({"policy_hash": bytes(32)}, errors.ZeroPolicy),
        ({"token": ZERO_ADDRESS}, errors.ZeroAddress),
    ):
        with pytest.raises(error):
            create_project(stage.owner, stage.system, replace(stage.config, **change))


def test_a_system_that_is_not_there_is_a_named_error(stage: Any) -> None:
    elsewhere = replace(stage.system, factory=stage.owner.address)
    with pytest.raises(NetworkError, match="no ProjectFactory"):
        Project.at(stage.network, elsewhere, 1)


def test_peers_are_listed_in_the_order_in_which_they_joined(stage: Any) -> None:
    members = [s.address for s in (*stage.trainers, *stage.evaluators)]
    peers = stage.project.peers()
    assert [peer.address for peer in peers] == members
    assert [peer.stake for peer in peers] == [10 * TOKENS] * 5
    assert [peer.payee for peer in peers] == members
    assert [p.address for p in stage.project.peers(Role.EVALUATOR)] == members[3:]
    assert sorted(p.registered_block for p in peers) == [p.registered_block for p in peers]
    trainer = stage.trainers[0]
    trainer.send(stage.project.registry.unbond(4 * TOKENS))
    trainer.send(stage.project.distributor.set_payee(stage.owner.address))
    now = stage.project.peers()[0]
    assert (now.stake, now.unbonding, now.payee) == (6 * TOKENS, 4 * TOKENS, stage.owner.address)
    assert now.ready_at >= stage.network.now()


def test_a_round_is_read_back_as_it_was_played(stage: Any) -> None:
    project, book = stage.project, stage.project.book
    assert (project.current_round(), project.rounds(), project.phase(1)) == (0, (), Phase.NONE)
    round = stage.to_post()
    assert [(s.trainer, s.digest) for s in project.submissions(round)] == [
        (trainer.address, bytes([round, index + 1]) * 16) for index, trainer in enumerate(stage.trainers)
    ]
    assert [c.evaluator for c in project.commitments(round)] == [e.address for e in stage.evaluators]
    assert [(r.evaluator, r.root, r.data_digest, r.weight) for r in project.reveals(round)] == [
        (e.address, b"\x11" * 32, b"\x22" * 32, 10 * TOKENS) for e in stage.evaluators
    ]
    assert project.phase(round) is Phase.POST
    assert project.header(round) is None
    assert project.rounds() == (book.round(round),)
    assert project.submissions(round + 1) == project.reveals(round + 1) == ()
    with pytest.raises(errors.WrongPhase):
        stage.trainers[0].send(book.submit(round, b"\x01" * 32))


def test_the_seed_is_that_of_the_sealed_block_and_has_a_place(stage: Any) -> None:
    with pytest.raises(WindowError):
        stage.project.drawn(1)
    round = stage.to_measure()
    found = stage.project.round(round)
    assert found.seed != bytes(32)
    block, _ = stage.project.drawn(round)
    assert block > found.sealed_block
    assert stage.network.block(block).timestamp == found.drawn_at


def test_a_vetoed_header_is_gone_and_another_may_stand(stage: Any) -> None:
    project, book, poster = stage.project, stage.project.book, stage.evaluators[0]
    round = stage.to_post()
    first, second = header(round), replace(header(round), report_digest=b"\x77" * 32)
    poster.send(book.post(first))
    assert project.header(round) == first
    assert project.headers() == (first,)
    assert project.payout_root(round) is not None
    assert project.active_round() is None
    stage.guardian.send(book.veto(round))
    assert project.header(round) is None
    assert project.headers() == ()
    assert project.payout_root(round) is None
    stage.evaluators[1].send(book.post(second))
    stage.network.advance(61)
    assert project.header(round) == second
    assert project.active_round() == round
    assert project.round(round).poster == stage.evaluators[1].address


def test_events_tell_of_a_round_what_the_contract_stores(stage: Any) -> None:
    project, book = stage.project, stage.project.book

    def agree(round: int) -> None:
        assert project.history.round(round) == book.round(round)

    played = stage.to_measure()
    agree(played)
    stage.network.advance(91)
    stage.owner.send(book.void_round(played))
    agree(played)
    posted = stage.to_post()
    agree(posted)
    stage.evaluators[0].send(book.post(header(posted)))
    agree(posted)
    stage.guardian.send(book.veto(posted))
    assert replace(project.history.round(posted), header_hash=bytes(32), poster=ZERO_ADDRESS) == replace(
        book.round(posted), header_hash=bytes(32), poster=ZERO_ADDRESS
    )
    stage.evaluators[1].send(book.post(header(posted)))
    agree(posted)
    stage.network.advance(61)
    stage.owner.send(book.open())
    agree(posted + 1)
    agree(posted)
    with pytest.raises(NetworkError, match="no record of round 99"):
        project.history.round(99)


@pytest.mark.parametrize("network", ["embedded"], indirect=True)
def test_rounds_that_the_contract_has_forgotten_are_told_from_events(stage: Any) -> None:
    project, book, owner = stage.project, stage.project.book, stage.owner
    first = stage.to_post()
    stage.evaluators[0].send(book.post(header(first)))
    stage.network.advance(61)
    remembered = book.round(first)
    for _ in range(64):
        owner.send(book.open())
        round = book.current_round()
        stage.network.advance(91)
        owner.send(book.seal(round))
        owner.send(book.draw(round))
        stage.network.advance(91)
        owner.send(book.void_round(round))
    with pytest.raises(errors.RoundForgotten):
        book.round(first)
    assert project.round(first) == remembered
    assert project.phase(first) is Phase.ACTIVE
    assert project.header(first) == header(first)
    assert project.active_round() == first
    assert len(project.rounds()) == 65
    stage.owner.send(book.open())
    assert project.phase(first + 1) is Phase.VOID
    assert project.round(first + 1).voided


def test_money_is_accounted_for_from_funding_to_claims_and_refund(stage: Any) -> None:
    project, book, distributor = stage.project, stage.project.book, stage.project.distributor
    round = stage.to_post()
    payouts = sorted(
        ((trainer.address, (index + 1) * TOKENS) for index, trainer in enumerate(stage.trainers)),
        key=lambda payout: bytes.fromhex(payout[0][2:]),
    )
    tree = payout_tree(stage.network.chain_id, distributor.address, payouts)
    posted = header(round, tree.root.sum, tree.root.node, tree.depth)
    stage.evaluators[0].send(book.post(posted))
    money = project.money()
    assert (money.funded, money.owed, money.pending, money.claimable) == (
        1_000 * TOKENS,
        6 * TOKENS,
        6 * TOKENS,
        0,
    )
    root = project.payout_root(round)
    assert root is not None
    leaves = [
        Claim(account, index, amount, tree.proof(index).path)
        for index, (account, amount) in enumerate(payouts)
    ]
    with pytest.raises(errors.NotActiveYet):
        stage.owner.send(distributor.claim_for(root.sequence, leaves[0]))
    stage.network.advance(61)
    assert (
        project.lens.payout(distributor.address, root.sequence, leaves[0]).claimable == leaves[0].cumulative
    )
    stage.owner.send(distributor.claim_for(root.sequence, leaves[0]))
    with pytest.raises(errors.AlreadyClaimed) as caught:
        stage.owner.send(distributor.claim_for(root.sequence, leaves[0]))
    assert caught.value.claimed == leaves[0].cumulative
    with pytest.raises(errors.WrongProof):
        stage.owner.send(
            distributor.claim_for(root.sequence, replace(leaves[1], cumulative=leaves[1].cumulative + 1))
        )
    stage.owner.send(distributor.claim_batch(root.sequence, leaves))
    assert [(c.account, c.amount) for c in project.claims()] == payouts
    assert all(c.to == c.account for c in project.claims())
    stage.owner.send(book.close())
    stage.owner.send(distributor.refund(stage.owner.address))
    money = project.money()
    assert money.claimed == sum(c.amount for c in project.claims()) == 6 * TOKENS
    assert money.refunded == sum(r.amount for r in project.refunds()) == 994 * TOKENS
    assert money.funded == sum(f.amount for f in project.funding())
    assert money.funded == money.claimed + money.claimable + money.pending + money.remaining + money.refunded
    assert project.token.balance_of(distributor.address) == 0


def test_the_history_of_mechanisms_names_changes_only(stage: Any) -> None:
    project, book = stage.project, stage.project.book
    first, second, third = (bytes([value]) * 32 for value in (1, 2, 3))
    assert project.mechanism_history() == (MechanismChange(first, 1),)
    stage.owner.send(book.announce_mechanism(third, 2))
    stage.owner.send(book.announce_mechanism(second, 2))
    assert project.mechanism_history() == (MechanismChange(first, 1), MechanismChange(second, 2))
    for _ in range(2):
        round = stage.to_measure()
        stage.network.advance(91)
        stage.owner.send(book.void_round(round))
    assert project.round(2).policy_hash == second
    assert project.mechanism_history() == (MechanismChange(first, 1), MechanismChange(second, 2))
    stage.owner.send(book.open())
    assert project.mechanism_history() == (MechanismChange(first, 1), MechanismChange(second, 2))


def test_the_status_of_the_lens_is_that_of_the_parts(stage: Any) -> None:
    stage.to_measure()
    status = stage.project.status()
    assert status.money == stage.project.money()
    assert (status.round, status.phase, status.closed) == (1, Phase.MEASURE, False)
    assert (status.owner, status.token) == (stage.owner.address, stage.project.token.address)


def test_a_header_that_comes_between_two_answers_is_no_difference(
    stage: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    round = stage.to_post()
    told, late = History.headers, [round]

    def headers(self: History, wanted: int | None = None) -> dict[int, Any]:
        found = told(self, wanted)
        if late:
            stage.evaluators[0].send(stage.project.book.post(header(late.pop())))
            found = told(self, wanted)
        return found

    monkeypatch.setattr(History, "headers", headers)
    assert stage.project.header(round) == header(round)


def test_events_that_tell_of_another_header_are_not_believed(
    stage: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    round = stage.to_post()
    stage.evaluators[0].send(stage.project.book.post(header(round)))
    monkeypatch.setattr(History, "headers", lambda self, wanted=None: {})
    with pytest.raises(VerificationError, match="another header"):
        stage.project.header(round)

"""A signed claim pays what was signed to whom was signed, once, whoever brings it, and nothing else."""

from dataclasses import replace

import pytest

from chain.accounts import dev_account
from chain.contracts import errors
from chain.errors import NothingToDo, Refused
from chain.roles.signed_claims import SignedClaim, bring, sign_claim
from tests.support.world import World
from valuation.errors import InputError


@pytest.fixture
def played(world: World) -> World:
    world.play_round()
    return world


def sign(world: World, index: int, to: str, valid_for: int = 3_600) -> SignedClaim:
    trainer = world.trainers[index]
    return sign_claim(world.project, world.store, trainer.sender.account, to, valid_for)  # type: ignore[arg-type]


def test_anyone_brings_it_and_the_named_address_is_paid(played: World) -> None:
    project, first = played.project, played.trainers[0].address
    to = dev_account(played.network, 29).address
    signed = SignedClaim.from_json(sign(played, 0, to).to_json())
    bring(project, played.store, played.stranger, signed)
    assert project.token.balance_of(to) == signed.cumulative == project.distributor.claimed(first) > 0
    with pytest.raises(NothingToDo):
        bring(project, played.store, played.stranger, signed)


def test_it_pays_what_was_signed_though_more_was_earned_since(played: World) -> None:
    project = played.project
    signed = sign(played, 0, played.stranger.address, valid_for=1_000_000)
    played.play_round()
    before = project.token.balance_of(played.stranger.address)
    bring(project, played.store, played.stranger, signed)
    assert project.token.balance_of(played.stranger.address) == before + signed.cumulative
    played.trainers[0].claim()


def test_what_was_not_signed_is_refused(played: World) -> None:
    project, store, stranger = played.project, played.store, played.stranger
    signed = sign(played, 0, stranger.address)
    other = played.trainers[1].address
    with pytest.raises(errors.WrongSignature):
        bring(project, store, stranger, replace(signed, to=other))
    with pytest.raises(errors.WrongSignature):
        bring(project, store, stranger, replace(signed, deadline=signed.deadline + 1))
    with pytest.raises(errors.WrongSignature):
        bring(project, store, stranger, replace(signed, signature=bytes(65)))
    with pytest.raises(Refused):
        bring(project, store, stranger, replace(signed, chain_id=signed.chain_id + 1))
    with pytest.raises(NothingToDo):
        bring(project, store, stranger, replace(signed, cumulative=signed.cumulative + 1))
    with pytest.raises(NothingToDo):
        bring(project, store, stranger, replace(signed, nonce=1))
    played.network.advance(3_601)
    with pytest.raises(errors.SignatureExpired):
        bring(project, store, stranger, signed)


def test_a_cancelled_signature_is_worth_nothing(played: World) -> None:
    signed = sign(played, 0, played.stranger.address)
    played.trainers[0].sender.send(played.project.distributor.cancel_signed())
    with pytest.raises(NothingToDo):
        bring(played.project, played.store, played.stranger, signed)


def test_there_must_be_something_to_sign_for(played: World) -> None:
    played.trainers[0].claim()
    with pytest.raises(NothingToDo):
        sign(played, 0, played.stranger.address)


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b"{}", b"null", b"\xff", b'{"cumulative": "1", "signature": "0x"}', b"[" * 100_000],
)
def test_a_document_that_is_none_is_refused(text: bytes) -> None:
    with pytest.raises(InputError):
        SignedClaim.from_json(text)


def test_numbers_of_a_document_must_be_numbers() -> None:
    here = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
    good = SignedClaim(1, here, here, 5, here, 0, 9, b"\x01").to_json()
    for bad in (b'"nonce":-1', b'"nonce":"0"', b'"nonce":true', b'"nonce":0.0'):
        with pytest.raises(InputError):
            SignedClaim.from_json(good.replace(b'"nonce":0', bad))

"""A receipt holds everything that a payout follows from, and nothing in it can be changed unnoticed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from eth_abi.exceptions import EncodingError
from eth_account import Account
from web3.exceptions import Web3Exception

from chain.accounts import dev_account
from chain.contracts.types import Role
from chain.encoding import canonical_json
from chain.errors import ChainError, NothingToDo, Refused
from chain.network import connect
from chain.roles.receipt import Receipt, receipt_of, sign_receipt
from chain.roles.receipt_check import check_receipt
from chain.roles.receipt_terms import score_terms
from chain.roles.receipt_words import MAX_BYTES, MalformedReceipt
from tests.support.receipts_again import verified_payout
from tests.support.world import World, build_world
from valuation.errors import WeighhouseError
from valuation.mechanism import default_mechanism
from valuation.shapley import design

METHODS = ("shapley-exact", "shapley-sampled", "shapley-design", "loss-delta", "leave-one-out", "gauntlet")


@pytest.fixture(scope="module", params=METHODS)
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Two rounds; in the second one trainer sends garbage, and one stays away."""
    method: str = request.param
    chosen = design(6, 40, rng=np.random.default_rng(0)).rounded(2**32) if "design" in method else None
    power = "2" if method == "shapley-exact" else "1"
    mechanism = default_mechanism(method=method, design=chosen, decoys=0)
    if mechanism.gauntlet is None:
        mechanism = replace(mechanism, reward=replace(mechanism.reward, power=power))
    with connect("embedded") as network:
        root = tmp_path_factory.mktemp("receipts")
        world = build_world(network, root, trainers=4, mechanism=mechanism, design=chosen)
        world.play_round()
        world.play_round({1: b"garbage"})
        yield world


def call_of(world: World) -> Any:
    return lambda to, data: bytes(world.network.web3.eth.call({"to": to, "data": data}))


def receipts(world: World, round: int) -> dict[str, Receipt]:
    peers = world.project.peers()
    return {peer.address: receipt_of(world.project, world.store, round, peer.address) for peer in peers}


def test_two_implementations_come_to_what_was_paid(played: World) -> None:
    project, book = played.project, played.project.book.address
    for round in (1, 2):
        for address, receipt in receipts(played, round).items():
            checks = check_receipt(project, receipt)
            assert [check for check in checks if not check.passed] == []
            assert Receipt.from_bytes(receipt.to_bytes()) == receipt
            if "gauntlet" not in receipt.mechanism:
                assert verified_payout(receipt.to_bytes(), call_of(played), book) == receipt.payout
            assert receipt.account == address
    first, second = receipts(played, 1), receipts(played, 2)
    earned = {address: told.payout + first[address].payout for address, told in second.items()}
    for peer in project.peers():
        leaf = second[peer.address].leaf
        assert earned[peer.address] == (leaf.cumulative if leaf else 0)


def test_who_was_not_paid_is_told_why(played: World) -> None:
    told = receipts(played, 2)[played.trainers[1].address]
    assert told.reason
    assert told.detail
    assert (told.payout, told.rank) == (0, 0)
    assert told.submission
    assert score_terms(told) == ()


def test_the_terms_make_up_the_score(played: World) -> None:
    for receipt in receipts(played, 1).values():
        terms = score_terms(receipt)
        if receipt.role == "evaluator":
            assert terms == ()
        elif "gauntlet" in receipt.mechanism:
            assert {"skill", "deviation", "gain"} <= {term.name for term in terms}
        else:
            score = next(line.score for line in receipt.scores if line.account == receipt.account)
            assert 0 <= score - sum(term.value for term in terms) <= len(terms)


def test_the_signature_says_whose_word_it_is(played: World) -> None:
    account = dev_account(played.network, 9)
    receipt = receipts(played, 1)[played.trainers[0].address]
    signed = sign_receipt(receipt, account)
    assert signed.signer == account.address
    assert all(check.passed for check in check_receipt(played.project, signed))
    other = replace(signed, signer=dev_account(played.network, 8).address)
    assert [c.name for c in check_receipt(played.project, other) if not c.passed] == ["signature"]
    stolen = replace(receipts(played, 2)[receipt.account], signer=signed.signer, signature=signed.signature)
    assert "signature" in [c.name for c in check_receipt(played.project, stolen) if not c.passed]


def leaves_of(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key in value:
            yield from leaves_of(value[key], (*path, key))
    elif isinstance(value, list):
        for place in range(len(value)):
            yield from leaves_of(value[place], (*path, place))
    elif value is not None:
        yield path


# What the chain alone cannot tell, so that only the signature stands for it.
WORDS = {"reason", "detail", "memory", "rank_before", "working", "base", "state", "design"}


def corrupted(text: str, key: object) -> str:
    if text.startswith("0x"):
        return Account.create().address
    if text.lstrip("-").isdecimal():
        return str(int(text) + 1)
    if text and set(text) <= set("0123456789abcdef"):
        return format((int(text[0], 16) + 1) % 16, "x") + text[1:]
    return text + "x"


def test_whatever_is_changed_is_found(played: World) -> None:
    """Every number, digest and address, in both implementations; of lists the first two items."""
    book = played.project.book.address
    told = [each for each in receipts(played, 2).values() if each.role == "trainer"]
    best = max(told, key=lambda each: (each.before is not None, each.payout))
    receipt = sign_receipt(best, dev_account(played.network, 9))
    whole = json.loads(receipt.to_bytes())
    assert verified_here(played, whole)
    for path in leaves_of(whole):
        if any(isinstance(key, int) and key not in (0, 1) for key in path):
            continue
        changed = json.loads(receipt.to_bytes())
        inner = changed
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = corrupted(inner[path[-1]], path[-1])
        assert not verified_here(played, changed), path
        stated = {"signer", "signature", "schema", "role", "submission", "project"} | WORDS
        if "gauntlet" not in receipt.mechanism and not stated & set(path) and path[0] != "before":
            assert not verified(played, changed, book), path


def verified_here(played: World, document: Any) -> bool:
    try:
        receipt = Receipt.from_bytes(canonical_json(document))
        return all(check.passed for check in check_receipt(played.project, receipt))
    except WeighhouseError:
        return False


def verified(played: World, document: Any, book: str) -> bool:
    try:
        verified_payout(canonical_json(document), call_of(played), book)
    except (AssertionError, ValueError, OverflowError, EncodingError, Web3Exception):
        return False
    return True


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"{}",
        b"[" * 10_000,
        b'{"schema": "weighhouse/receipt/1"}',
        b'{"schema": "weighhouse/receipt/1", "round": 1e999}',
        b'{"schema": ["weighhouse/receipt/1"]}',
        b"\xff\xfe",
        b"x" * (MAX_BYTES + 1),
    ],
    ids=range(8),
)
def test_what_is_no_receipt_is_refused(blob: bytes) -> None:
    with pytest.raises(MalformedReceipt):
        Receipt.from_bytes(blob)


def test_hostile_values_in_a_receipt_are_refused(played: World) -> None:
    receipt = receipts(played, 1)[played.trainers[0].address]
    for change in (
        {"round": "9" * 100},
        {"round": 1},
        {"round": None},
        {"round": "0x1"},
        {"seed": "zz"},
        {"reason": "\x1b[31mred"},
        {"detail": "\u202eevil"},
        {"scores": {}},
        {"scores": [[]]},
        {"memory": [["one"]]},
        {"header": None},
        {"more": "1"},
    ):
        document = json.loads(receipt.to_bytes()) | change
        with pytest.raises(MalformedReceipt):
            Receipt.from_bytes(json.dumps(document, sort_keys=True, separators=(",", ":")).encode())
    with pytest.raises(MalformedReceipt, match="canonical"):
        Receipt.from_bytes(json.dumps(json.loads(receipt.to_bytes()), indent=1).encode())


def test_a_receipt_of_elsewhere_or_of_nothing_is_refused(played: World) -> None:
    receipt = receipts(played, 1)[played.trainers[0].address]
    for change in ({"chain_id": 1}, {"distributor": receipt.poster}, {"project": "1:0x0"}):
        with pytest.raises(Refused):
            check_receipt(played.project, replace(receipt, **change))
    assert not all(c.passed for c in check_receipt(played.project, replace(receipt, round=99)))
    with pytest.raises(NothingToDo):
        receipt_of(played.project, played.store, 3, receipt.account)
    with pytest.raises(NothingToDo):
        receipt_of(played.project, played.store, 1, played.stranger.address)


def test_an_evaluators_receipt_holds_its_share(played: World) -> None:
    judges = [peer.address for peer in played.project.peers(Role.EVALUATOR)]
    told = [receipts(played, 1)[address] for address in judges]
    assert all(each.role == "evaluator" and not each.submission for each in told)
    if "gauntlet" not in told[0].mechanism:
        assert sorted(each.payout for each in told) == [each.payout for each in told]  # by stake
        assert all(each.payout > 0 for each in told)


def test_errors_are_named(played: World) -> None:
    assert issubclass(MalformedReceipt, ChainError)
    assert MalformedReceipt.exit_code == 5

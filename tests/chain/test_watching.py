"""A transaction is followed until it is settled: through stale fees, lost nonces and reorganisations."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from chain.accounts import dev_account
from chain.broadcast import Answer, broadcast
from chain.contracts import Call
from chain.errors import InsufficientFunds, NothingToDo, Refused, RpcError, TransactionPending
from chain.fees import Fees, raised
from chain.finality import Finality
from chain.journal import Intent, Journal, Step
from chain.network import Network, connect
from chain.sender import Sender

RECEIVER = Account.from_key(b"\x42" * 32).address
GIFT = Call(to=RECEIVER, data=b"", value=7)


@pytest.fixture(scope="module")
def shared() -> Iterator[Network]:
    with connect("anvil") as network:
        yield network


@pytest.fixture
def anvil(shared: Network) -> Iterator[Network]:
    """One Anvil for all, as it was at the start."""
    before = shared.rpc("evm_snapshot")
    shared.rpc("anvil_setNextBlockBaseFeePerGas", hex(10**9))  # the pool's idea of it outlives a revert
    shared.mine()
    yield shared
    shared.rpc("evm_setAutomine", True)
    shared.rpc("anvil_dropAllTransactions")
    shared.rpc("evm_revert", before)


@pytest.fixture
def sender(anvil: Network, tmp_path: Path) -> Sender:
    journal = Journal(tmp_path / "j", chain_id=anvil.chain_id, genesis_hash=anvil.genesis_hash)
    return Sender(anvil, dev_account(anvil, 0), journal, timeout=0.2)


def step_of(sender: Sender, key: str) -> Step:
    assert sender.journal is not None
    found = sender.journal.latest(Intent(sender.address, "", 0, "", key))
    assert found is not None
    return found.step


@given(st.integers(1, 10**12), st.integers(0, 10**12), st.integers(1, 10**12), st.integers(0, 10**12))
def test_a_raised_offer_beats_the_old_one_by_an_eighth_in_both_parts(
    maximum: int, tip: int, market: int, market_tip: int
) -> None:
    old = Fees(max(maximum, tip), tip)
    higher = raised(old, Fees(max(market, market_tip), market_tip), cap=2 * 10**12)
    assert higher is not None
    assert 8 * higher.maximum >= 9 * old.maximum
    assert 8 * higher.tip >= 9 * old.tip
    assert higher.tip > old.tip
    assert higher.maximum >= higher.tip
    assert raised(old, higher, cap=old.maximum) is None


def test_a_stuck_transaction_is_offered_again_for_more_and_only_one_is_taken(
    anvil: Network, sender: Sender
) -> None:
    anvil.rpc("evm_setAutomine", False)
    with pytest.raises(TransactionPending):
        sender.send(GIFT, key="gift")
    anvil.rpc("anvil_setNextBlockBaseFeePerGas", hex(10**11))  # far above what was offered
    anvil.mine()
    assert anvil.balance(RECEIVER) == 0
    with pytest.raises(TransactionPending):
        replace(sender, resubmit=0.05).send(GIFT, key="gift")
    anvil.mine()
    receipt = sender.send(GIFT, key="gift")
    assert sender.journal is not None
    entry = sender.journal.latest(Intent(sender.address, "", 0, "", "gift"))
    assert entry is not None
    assert len(entry.attempts) > 1
    assert receipt.hash in [attempt.hash for attempt in entry.attempts[1:]]
    for before, after in zip(entry.attempts, entry.attempts[1:], strict=False):
        assert 8 * after.maximum >= 9 * before.maximum
        assert 8 * after.tip >= 9 * before.tip
    assert anvil.balance(RECEIVER) == 7
    assert anvil.nonce(sender.address) == 1


def test_fees_are_never_raised_above_the_cap(anvil: Network, sender: Sender) -> None:
    anvil.rpc("evm_setAutomine", False)
    stingy = replace(sender, resubmit=0.05, fee_cap=4_000_000_000, timeout=0.6)
    with pytest.raises(TransactionPending):
        stingy.send(GIFT, key="gift")
    assert sender.journal is not None
    entry = sender.journal.latest(Intent(sender.address, "", 0, "", "gift"))
    assert entry is not None
    assert all(attempt.maximum <= stingy.fee_cap for attempt in entry.attempts)
    anvil.mine()
    assert sender.send(GIFT, key="gift").hash == entry.attempts[-1].hash


def test_a_node_says_what_it_did_and_is_understood(anvil: Network, sender: Sender) -> None:
    anvil.rpc("evm_setAutomine", False)
    account = dev_account(anvil, 1)

    def signed(**changes: int) -> str:
        call = {"type": 2, "chainId": anvil.chain_id, "nonce": 0, "gas": 21_000, "to": RECEIVER, "value": 1}
        fees = {"maxFeePerGas": 10**10, "maxPriorityFeePerGas": 10**9}
        return "0x" + bytes(account.sign_transaction({**call, **fees, **changes}).raw_transaction).hex()

    assert broadcast(anvil, signed()) is Answer.TAKEN
    assert broadcast(anvil, signed()) is Answer.TAKEN
    assert broadcast(anvil, signed(value=2)) is Answer.OUTBID
    anvil.mine()
    assert broadcast(anvil, signed(value=2)) is Answer.SPENT
    with pytest.raises(InsufficientFunds):
        broadcast(anvil, signed(nonce=1, value=10**30))
    with pytest.raises(RpcError):
        broadcast(anvil, "0x02c0")


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ("already known", Answer.TAKEN),
        ("AlreadyKnown", Answer.TAKEN),
        ("Known transaction", Answer.TAKEN),
        ("transaction already imported", Answer.TAKEN),
        ("Transaction with the same hash was already imported.", Answer.TAKEN),
        ("nonce too low: next nonce 5, tx nonce 4", Answer.SPENT),
        ("OldNonce, Current nonce: 5, nonce of rejected tx: 4", Answer.SPENT),
        ("Transaction nonce is too low. Try incrementing the nonce.", Answer.SPENT),
        ("Nonce too low. Expected nonce to be 5 but got 4.", Answer.SPENT),
        ("replacement transaction underpriced", Answer.OUTBID),
        ("ReplacementNotAllowed", Answer.OUTBID),
        ("could not replace existing tx", Answer.OUTBID),
    ],
)
def test_the_words_of_every_kind_of_node_are_known(
    message: str, answer: Answer, anvil: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise RpcError(message)

    monkeypatch.setattr(anvil.web3.eth, "send_raw_transaction", refuse)
    assert broadcast(anvil, "0x00") is answer


def test_a_call_without_a_key_is_taken_up_after_a_crash_and_repeated_after_success(
    anvil: Network, sender: Sender
) -> None:
    anvil.rpc("evm_setAutomine", False)
    with pytest.raises(TransactionPending) as caught:
        sender.send(GIFT)
    with pytest.raises(TransactionPending) as again:
        sender.send(GIFT)
    assert again.value.hash == caught.value.hash
    anvil.mine()
    assert sender.send(GIFT).hash == caught.value.hash
    anvil.rpc("evm_setAutomine", True)
    assert sender.send(GIFT).hash != caught.value.hash
    assert anvil.balance(RECEIVER) == 14


def test_another_call_does_not_take_the_nonce_of_one_that_the_node_forgot(
    anvil: Network, sender: Sender
) -> None:
    anvil.rpc("evm_setAutomine", False)
    with pytest.raises(TransactionPending) as caught:
        sender.send(GIFT, key="gift")
    anvil.rpc("anvil_dropTransaction", caught.value.hash)
    with pytest.raises(TransactionPending):
        sender.send(replace(GIFT, value=1), key="other")
    anvil.mine()
    assert sender.send(GIFT, key="gift").hash == caught.value.hash
    sender.send(replace(GIFT, value=1), key="other")
    assert anvil.balance(RECEIVER) == 8
    assert anvil.nonce(sender.address) == 2


def test_done_already_is_a_named_error_with_its_transaction(anvil: Network, sender: Sender) -> None:
    first = sender.send_once(GIFT, key="gift")
    with pytest.raises(NothingToDo, match=first.hash):
        sender.send_once(GIFT, key="gift")
    with pytest.raises(Refused, match="another call"):
        sender.send_once(replace(GIFT, value=8), key="gift")
    assert anvil.balance(RECEIVER) == 7


# Blocks that come and go


def test_included_confirmed_and_finalised_are_told_apart(anvil: Network, sender: Sender) -> None:
    careful = replace(sender, confirmations=3)
    with pytest.raises(TransactionPending, match="too few blocks on top"):
        careful.send(GIFT, key="gift")
    assert step_of(careful, "gift") is Step.INCLUDED
    anvil.mine(2)
    with pytest.raises(TransactionPending):
        careful.send(GIFT, key="gift")
    anvil.mine()
    receipt = careful.send(GIFT, key="gift")
    assert step_of(careful, "gift") is Step.CONFIRMED
    assert careful.finality(receipt) is Finality.CONFIRMED
    assert replace(careful, confirmations=4).finality(receipt) is Finality.INCLUDED
    anvil.mine(200)
    assert careful.finality(receipt) is Finality.FINALIZED
    lost = replace(receipt, block_hash=bytes(32))
    assert careful.finality(lost) is Finality.PENDING
    assert careful.finality(replace(receipt, block=10**9)) is Finality.PENDING


@pytest.mark.parametrize("depth", [1, 3, 5])
def test_what_a_reorganisation_takes_out_while_waiting_is_handed_in_again(
    depth: int, anvil: Network, sender: Sender
) -> None:
    anvil.mine(5)
    careful = replace(sender, confirmations=6, timeout=30.0)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(careful.send, GIFT, key="gift")
        while anvil.balance(RECEIVER) == 0:
            pass
        anvil.mine(depth - 1)
        anvil.rpc("anvil_reorg", depth, [])
        while anvil.balance(RECEIVER) == 0:
            pass
        anvil.mine(6)
        receipt = waiting.result()
    assert anvil.block(receipt.block).hash == receipt.block_hash
    assert anvil.balance(RECEIVER) == 7
    assert anvil.nonce(sender.address) == 1


def test_a_confirmed_transaction_that_is_reorganised_away_comes_back_with_the_next_one(
    anvil: Network, sender: Sender
) -> None:
    anvil.mine(5)
    first = sender.send(GIFT, key="gift")
    anvil.mine(2)
    anvil.rpc("anvil_reorg", 4, [])
    assert anvil.balance(RECEIVER) == 0
    assert sender.recover() == 1
    assert anvil.balance(RECEIVER) == 7
    assert sender.send(GIFT, key="gift").hash == first.hash
    assert anvil.nonce(sender.address) == 1


def test_a_nonce_counts_as_lost_only_as_deep_as_a_transaction_counts_as_settled(
    anvil: Network, sender: Sender
) -> None:
    anvil.rpc("evm_setAutomine", False)
    careful = replace(sender, confirmations=2)
    with pytest.raises(TransactionPending) as caught:
        careful.send(GIFT, key="gift")
    anvil.rpc("anvil_dropTransaction", caught.value.hash)
    with pytest.raises(TransactionPending):
        replace(sender, journal=None).send(replace(GIFT, value=1))
    anvil.mine()  # the nonce is spent, in a block that may still go away
    with pytest.raises(TransactionPending) as still:
        careful.send(GIFT, key="gift")
    assert still.value.hash == caught.value.hash
    anvil.mine(2)
    with pytest.raises(TransactionPending) as anew:
        careful.send(GIFT, key="gift")
    assert anew.value.hash != caught.value.hash
    anvil.mine(3)
    assert careful.send(GIFT, key="gift").hash == anew.value.hash
    assert anvil.balance(RECEIVER) == 8


def test_a_transaction_does_not_wait_for_ever_behind_one_that_was_reorganised_away(
    anvil: Network, sender: Sender
) -> None:
    """Found by the soak: the earlier was confirmed, its block went away, and the later was stuck."""
    patient = replace(sender, timeout=30.0)
    first = patient.send(GIFT, key="first")
    anvil.rpc("evm_setAutomine", False)
    with ThreadPoolExecutor(1) as side:
        waiting = side.submit(patient.send, replace(GIFT, value=8), key="second")
        while step_of(sender, "first") is not Step.CONFIRMED or not pending(anvil, sender):
            pass
        anvil.rpc("anvil_reorg", 1, [])
        anvil.rpc("evm_setAutomine", True)
        anvil.mine()
        second = waiting.result(timeout=25)
    assert anvil.balance(RECEIVER) == 15
    assert (
        anvil.web3.eth.get_transaction(first.hash)["nonce"] + 1
        == (  # type: ignore[arg-type]
            anvil.web3.eth.get_transaction(second.hash)["nonce"]  # type: ignore[arg-type]
        )
    )


def test_the_nonce_of_one_that_was_reorganised_away_is_not_given_out_again(
    anvil: Network, sender: Sender
) -> None:
    patient = replace(sender, timeout=10.0)
    first = patient.send(GIFT, key="first")
    anvil.rpc("anvil_reorg", 1, [])
    second = patient.send(replace(GIFT, value=8), key="second")
    assert anvil.balance(RECEIVER) == 15
    nonces = [anvil.web3.eth.get_transaction(sent.hash)["nonce"] for sent in (first, second)]  # type: ignore[arg-type]
    assert nonces[1] == nonces[0] + 1


def pending(network: Network, sender: Sender) -> bool:
    return network.nonce(sender.address, "pending") > network.nonce(sender.address)

"""The embedded chain answers as Anvil does; where they may differ (hashes, times) nothing above may care."""

from typing import Any

import pytest
from eth_account import Account

from chain.accounts import dev_account
from chain.contracts.handle import creation
from chain.contracts.token import Token
from chain.errors import NetworkError, RpcError
from chain.network import Network, connect
from chain.networks.anvil import start_anvil
from chain.sender import Sender

# PUSH0 and MCOPY: stores a word at 0, copies it to 32 and returns the copy.
COPIES_A_WORD = bytes.fromhex("7f" + "ab" * 32 + "5f52" + "60205f60205e" + "60206020f3")
# Returns BLOCKHASH(NUMBER - 1).
RETURNS_LAST_HASH = bytes.fromhex("6001430340" + "5f52" + "60205ff3")
RETURNS_CHAIN_ID = bytes.fromhex("46" + "5f52" + "60205ff3")
RETURNS_TIME = bytes.fromhex("42" + "5f52" + "60205ff3")
RETURNS_NUMBER = bytes.fromhex("43" + "5f52" + "60205ff3")


def story(network: Network) -> list[Any]:
    """What a few transactions leave behind, as far as two chains can agree on it."""
    owner, other = (dev_account(network, index) for index in (0, 1))
    sender = Sender(network, owner)
    address, created = sender.deploy("TestToken")
    token = Token(network, address)
    receipts = [
        created,
        sender.send(token.mint(owner.address, 1_000)),
        sender.send(token.transfer(other.address, 400)),
        sender.send(token.approve(other.address, 7)),
    ]
    refusals = []
    for account, call in ((owner, token.transfer(other.address, 601)), (other, token.mint(other.address, 1))):
        with pytest.raises(RpcError) as caught:
            network.call(call.to, call.data, sender=account.address)
        refusals.append((caught.value.data, caught.value.reverted, caught.value.code))
    logs = network.web3.eth.get_logs({"address": token.address, "fromBlock": 0, "toBlock": "latest"})
    return [
        [(r.block, r.gas_used, r.status, r.contract, r.logs) for r in receipts],
        refusals,
        [(log["blockNumber"], log["logIndex"], log["topics"], log["data"]) for log in logs],
        [token.balance_of(a.address) for a in (owner, other)],
        [network.web3.eth.get_transaction_count(a.address) for a in (owner, other)],
        network.code(token.address),
    ]


def test_the_embedded_chain_and_anvil_tell_the_same_story() -> None:
    with connect("embedded") as embedded:
        node = start_anvil(accounts=2, arguments=("--chain-id", str(embedded.chain_id)))
        try:
            with connect(node.url) as anvil:
                assert story(embedded) == story(anvil)
        finally:
            node.stop()


def test_the_opcodes_of_cancun_work(network: Network) -> None:
    assert network.call(None, COPIES_A_WORD) == b"\xab" * 32
    assert network.call(None, RETURNS_CHAIN_ID) == network.chain_id.to_bytes(32, "big")


def test_the_hash_of_a_past_block_can_be_read(network: Network) -> None:
    network.mine(3)
    head = network.block()
    assert network.call(None, RETURNS_LAST_HASH, block="pending") == head.hash
    assert network.call(None, RETURNS_LAST_HASH) == network.block(head.number - 1).hash


def test_the_pending_block_comes_after_the_latest(network: Network) -> None:
    head = network.block()
    assert int.from_bytes(network.call(None, RETURNS_NUMBER, block="pending")) == head.number + 1
    assert int.from_bytes(network.call(None, RETURNS_NUMBER)) == head.number
    assert int.from_bytes(network.call(None, RETURNS_TIME, block="pending")) >= head.timestamp


def test_state_can_be_asked_as_it_was(network: Network) -> None:
    sender = Sender(network, dev_account(network, 0))
    address, created = sender.deploy("TestToken")
    token = Token(network, address)
    for amount in (1, 10, 100):
        sender.send(token.mint(sender.address, amount))
    ask = bytes.fromhex("70a08231") + bytes(12) + bytes.fromhex(sender.address[2:])
    held = [int.from_bytes(network.call(address, ask, block=created.block + n)) for n in range(4)]
    assert held == [0, 1, 11, 111]


def test_an_embedded_chain_is_the_same_on_every_run() -> None:
    def hashes() -> list[bytes]:
        with connect("embedded") as network:
            story(network)
            network.advance(1_000)
            network.mine(2)
            return [network.block(n).hash for n in range(network.block().number + 1)]

    assert hashes() == hashes()


def test_blocks_of_the_embedded_chain_have_different_hashes(embedded: Network) -> None:
    embedded.mine(20)
    assert len({embedded.block(n).hash for n in range(21)}) == 21


def test_an_estimate_is_enough_to_send_with(embedded: Network) -> None:
    owner = dev_account(embedded, 0)
    sender = Sender(embedded, owner)
    address, _ = sender.deploy("TestToken")
    mint = Token(embedded, address).mint(owner.address, 5)
    for call in (creation("TestToken"), creation("ProjectLens"), mint):
        request: dict[str, Any] = {"from": owner.address, "data": call.data}
        request |= {"to": call.to} if call.to else {}
        gas = embedded.web3.eth.estimate_gas(request, "pending")  # type: ignore[arg-type]
        signed = owner.sign_transaction(
            {
                "chainId": embedded.chain_id,
                "nonce": embedded.web3.eth.get_transaction_count(owner.address),
                "gas": gas,
                "maxFeePerGas": 10**10,
                "maxPriorityFeePerGas": 0,
                "data": call.data,
                "value": 0,
                **({"to": call.to} if call.to else {}),
            }
        )
        hash = embedded.web3.eth.send_raw_transaction(signed.raw_transaction)
        assert embedded.web3.eth.get_transaction_receipt(hash)["status"] == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"nonce": 0}, "nonce too low"),
        ({"nonce": 9}, "nonce too high"),
        ({"maxFeePerGas": 1}, "max fee per gas less than block base fee"),
        ({"value": 10**30}, "insufficient funds"),
        ({"gas": 20_000}, "gas"),
        ({"chainId": 5}, "chain"),
    ],
)
def test_a_transaction_that_cannot_be_mined_is_refused_and_changes_nothing(
    change: dict[str, int], words: str, embedded: Network
) -> None:
    owner, receiver = dev_account(embedded, 0), dev_account(embedded, 1).address
    Sender(embedded, owner).deploy("TestToken")
    before = embedded.block()
    transaction = {
        "chainId": embedded.chain_id,
        "nonce": 1,
        "gas": 30_000,
        "maxFeePerGas": 10**10,
        "maxPriorityFeePerGas": 0,
        "to": receiver,
        "value": 1,
        "data": b"",
    }
    signed = owner.sign_transaction({**transaction, **change})
    with pytest.raises(RpcError, match=words):
        embedded.web3.eth.send_raw_transaction(signed.raw_transaction)
    assert embedded.block() == before
    embedded.web3.eth.send_raw_transaction(owner.sign_transaction(transaction).raw_transaction)
    with pytest.raises(RpcError, match="already known"):
        embedded.web3.eth.send_raw_transaction(owner.sign_transaction(transaction).raw_transaction)


@pytest.mark.parametrize("raw", ["0x", "0x02", "0xdeadbeef", "0x" + "00" * 100])
def test_bytes_that_are_no_transaction_are_refused(raw: str, embedded: Network) -> None:
    with pytest.raises(NetworkError):
        embedded.rpc("eth_sendRawTransaction", raw)


def test_a_message_that_costs_more_than_its_sender_has_is_refused(network: Network) -> None:
    poor = Account.from_key(b"\x07" * 32).address
    with pytest.raises(RpcError, match=r"(?i)insufficient funds"):
        network.call(dev_account(network, 0).address, b"", sender=poor, value=1)


def test_a_block_that_is_not_there_is_a_named_error(network: Network) -> None:
    with pytest.raises(NetworkError):
        network.block(10_000)


def test_logs_are_selected_by_address_topic_and_block(network: Network) -> None:
    sender = Sender(network, dev_account(network, 0))
    tokens = [Token(network, sender.deploy("TestToken")[0]) for _ in range(2)]
    receivers = [dev_account(network, index).address for index in (1, 2)]
    sent = [(t, r, sender.send(t.mint(r, 1)).block) for t in tokens for r in receivers]
    topic = sender.send(tokens[0].mint(sender.address, 1)).logs[0].topics[0]

    def blocks(**query: Any) -> list[int]:
        found = network.web3.eth.get_logs({"fromBlock": sent[0][2], "toBlock": sent[-1][2], **query})  # type: ignore[typeddict-item]
        return [log["blockNumber"] for log in found]

    def padded(address: str) -> str:
        return "0x" + "00" * 12 + address[2:].lower()

    zero = "0x" + "00" * 32
    assert blocks() == [block for _, _, block in sent]
    assert blocks(address=tokens[1].address) == [b for t, _, b in sent if t == tokens[1]]
    assert blocks(address=[t.address for t in tokens]) == [b for _, _, b in sent]
    assert blocks(topics=["0x" + topic.hex()]) == [b for _, _, b in sent]
    assert blocks(topics=[None, zero, padded(receivers[1])]) == [b for _, r, b in sent if r == receivers[1]]
    assert blocks(topics=[None, None, [padded(r) for r in receivers]]) == [b for _, _, b in sent]
    assert blocks(topics=[["0x" + topic.hex(), zero], None, padded(receivers[0])]) == [
        b for _, r, b in sent if r == receivers[0]
    ]
    assert blocks(topics=[zero]) == []
    assert blocks(toBlock=sent[1][2]) == [b for _, _, b in sent[:2]]

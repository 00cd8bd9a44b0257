"""Events are the same whatever ranges a node will answer."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from web3.providers import BaseProvider
from web3.types import RPCEndpoint, RPCResponse

from chain.accounts import dev_account
from chain.contracts import Token
from chain.errors import RpcError
from chain.events import events, events_of
from chain.network import Network, attach, connect
from chain.sender import Sender
from valuation.errors import InputError


class Stingy(BaseProvider):
    """A node that refuses logs of more than so many blocks at once."""

    def __init__(self, node: BaseProvider, most: int) -> None:
        super().__init__()
        self.node = node
        self.most = most
        self.asked = 0

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        if method == "eth_getLogs":
            self.asked += 1
            width = int(params[0]["toBlock"], 16) - int(params[0]["fromBlock"], 16) + 1
            if width > self.most:
                return {
                    "jsonrpc": "2.0",
                    "id": 1,
                    "error": {"code": -32602, "message": "too wide"},
                }
        return self.node.make_request(method, params)  # type: ignore[attr-defined, no-any-return]


def minted(network: Network, amounts: list[int]) -> Token:
    sender = Sender(network, dev_account(network, 0))
    token = Token(network, sender.deploy("TestToken")[0])
    for amount in amounts:
        sender.send(token.mint(dev_account(network, amount % 3).address, amount))
    return token


def test_events_have_their_arguments_and_their_place(network: Network) -> None:
    sender = Sender(network, dev_account(network, 0))
    token = Token(network, sender.deploy("TestToken")[0])
    receipts = [sender.send(token.mint(sender.address, amount)) for amount in (5, 7, 9)]
    found = events(network, token, "Transfer", 0)
    assert [event.arguments for event in found] == [
        {"from": "0x" + "00" * 20, "to": sender.address, "value": amount} for amount in (5, 7, 9)
    ]
    for event, receipt in zip(found, receipts, strict=True):
        assert (event.block, event.block_hash, event.transaction) == (
            receipt.block,
            receipt.block_hash,
            receipt.hash,
        )
        assert events_of(receipt, token, "Transfer") == [event]
        assert events_of(receipt, token, "Approval") == []


def test_events_are_selected_by_block_and_by_indexed_fields(network: Network) -> None:
    token = minted(network, [1, 2, 3, 4, 5, 6])
    receiver = dev_account(network, 1).address
    everything = events(network, token, "Transfer", 0)
    assert [e.arguments["value"] for e in everything] == [1, 2, 3, 4, 5, 6]
    assert events(network, token, "Transfer", 0, to=receiver) == [
        e for e in everything if e.arguments["to"] == receiver
    ]
    first, last = everything[1].block, everything[3].block
    assert events(network, token, "Transfer", first, last) == everything[1:4]
    assert events(network, token, "Transfer", last + 100) == []
    with pytest.raises(InputError):
        events(network, token, "Transfer", 0, value=5)


def test_only_the_contracts_own_events_count(embedded: Network) -> None:
    first, second = minted(embedded, [1]), minted(embedded, [2])
    assert [e.arguments["value"] for e in events(embedded, first, "Transfer", 0)] == [1]
    assert [e.arguments["value"] for e in events(embedded, second, "Transfer", 0)] == [2]


@settings(max_examples=12)
@given(st.integers(1, 40))
def test_a_node_that_answers_small_ranges_only_tells_the_same(most: int) -> None:
    with connect("embedded") as network:
        token = minted(network, [1, 2])
        network.mine(20)
        sender = Sender(network, dev_account(network, 0))
        sender.send(token.mint(sender.address, 3))
        stingy = Stingy(network.web3.provider, most)  # type: ignore[arg-type]
        careful = attach(stingy, endpoint="stingy")
        found = events(careful, Token(careful, token.address), "Transfer", 0)
        assert found == events(network, token, "Transfer", 0)
        assert len(found) == 3
        assert stingy.asked >= -(-(network.block().number + 1) // most)


def test_a_node_that_answers_no_range_at_all_is_a_named_error(embedded: Network) -> None:
    token = minted(embedded, [1])
    closed = attach(Stingy(embedded.web3.provider, 0), endpoint="closed")  # type: ignore[arg-type]
    with pytest.raises(RpcError, match="too wide"):
        events(closed, token, "Transfer", 0)

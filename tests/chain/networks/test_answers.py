"""However a node says no, it comes out as the same named error."""

from typing import Any

import pytest
from eth_account import Account
from eth_tester import EthereumTester, PyEVMBackend
from web3 import EthereumTesterProvider
from web3.providers import BaseProvider
from web3.types import RPCEndpoint, RPCResponse

from chain.contracts import Token, errors
from chain.errors import Reverted, RpcError
from chain.network import attach
from chain.networks.answers import client
from chain.networks.dev import MNEMONIC, dev_key
from chain.sender import Sender

# NotEnough(uint256) with 5, as bytes and as the four ways in which nodes are known to wrap them.
DATA = bytes.fromhex("5a8181ac") + (5).to_bytes(32, "big")
HEX = "0x" + DATA.hex()
GETH = {"code": 3, "message": "execution reverted", "data": HEX}
HARDHAT_2 = {"code": -32603, "message": "Error: VM Exception while processing transaction", "data": HEX}
HARDHAT_3 = {"code": 3, "message": "reverted", "data": {"message": "reverted", "txHash": "0x01", "data": HEX}}
NETHERMIND = {"code": -32015, "message": "VM execution error.", "data": f"Reverted {HEX}"}


class Answering(BaseProvider):
    """A node with one answer to everything."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__()
        self.answer = answer

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        return {"jsonrpc": "2.0", "id": 1, **self.answer}  # type: ignore[typeddict-item]


def refusal(error: Any) -> RpcError:
    with pytest.raises(RpcError) as caught:
        client(Answering({"error": error}), "the node").eth.get_block_number()
    return caught.value


@pytest.mark.parametrize("error", [GETH, HARDHAT_2, HARDHAT_3, NETHERMIND])
def test_the_bytes_of_a_revert_are_found_wherever_the_node_puts_them(error: dict[str, Any]) -> None:
    found = refusal(error)
    assert found.reverted
    assert found.data == DATA


@pytest.mark.parametrize(
    "error",
    [
        {"code": -32000, "message": "nonce too low"},
        {"code": -32000, "message": "nonce too low", "data": None},
        {"code": -32000, "message": "nonce too low", "data": {}},
        {"code": -32000, "message": "nonce too low", "data": "0x"},
        {"code": -32000, "message": "nonce too low", "data": 7},
    ],
)
def test_a_refusal_of_the_node_itself_is_no_revert(error: dict[str, Any]) -> None:
    found = refusal(error)
    assert not found.reverted
    assert (found.code, str(found)) == (-32000, "nonce too low")


@pytest.mark.parametrize("error", ["no", 5, {"message": None}, {"code": None, "data": "not hex"}, []])
def test_a_malformed_refusal_is_a_refusal(error: Any) -> None:
    assert not refusal(error).reverted


def test_a_revert_without_data_is_a_revert() -> None:
    found = refusal({"code": 3, "message": "execution reverted"})
    assert found.reverted
    assert found.data == b""


def test_eth_tester_serves_as_a_network() -> None:
    """ape's in-process network is eth-tester behind a provider of its own."""
    backend = PyEVMBackend.from_mnemonic(MNEMONIC, hd_path="m/44'/60'/0'/0")
    network = attach(EthereumTesterProvider(EthereumTester(backend)), endpoint="eth-tester", name="tester")
    sender = Sender(network, Account.from_key(dev_key(0)))
    address, receipt = sender.deploy("TestToken")
    token = Token(network, address)
    assert receipt.status == 1
    assert network.is_dev
    sender.send(token.mint(sender.address, 5))
    assert token.balance_of(sender.address) == 5
    with pytest.raises(Reverted) as caught:
        sender.send(token.transfer(Account.from_key(dev_key(1)).address, 6))
    assert isinstance(caught.value, errors.ERC20InsufficientBalance)
    assert (caught.value.balance, caught.value.needed) == (5, 6)

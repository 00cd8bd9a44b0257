"""A signer elsewhere keeps the key, and what it returns is checked: tested against Anvil's own accounts."""

from collections.abc import Iterator
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data
from web3.types import RPCEndpoint

from chain.accounts import dev_account
from chain.contracts import Call, Token
from chain.errors import ConfigError, NetworkError, Refused
from chain.network import Network, connect
from chain.networks.anvil import start_anvil
from chain.networks.dev import dev_address, dev_key
from chain.sender import Sender
from chain.signers import ExternalSigner, WrongSignature

RECEIVER = Account.from_key(b"\x42" * 32).address
TYPED = {
    "types": {
        "EIP712Domain": [{"name": "name", "type": "string"}, {"name": "chainId", "type": "uint256"}],
        "Claim": [{"name": "to", "type": "address"}, {"name": "amounts", "type": "uint256[]"}],
    },
    "primaryType": "Claim",
    "domain": {"name": "Weighhouse", "chainId": 31337},
    "message": {"to": RECEIVER, "amounts": [1, 2**200]},
}


@pytest.fixture(scope="module")
def anvil() -> Iterator[Network]:
    with connect("anvil") as network:
        yield network


@pytest.fixture
def signer(anvil: Network) -> ExternalSigner:
    return ExternalSigner.at(anvil.endpoint, dev_address(3))


def test_a_sender_works_with_an_external_signer_as_with_a_key(anvil: Network, signer: ExternalSigner) -> None:
    outside = Sender(anvil, signer)
    address, _ = outside.deploy("TestToken")
    outside.send(Token(anvil, address).mint(RECEIVER, 5))
    outside.send(Call(to=RECEIVER, data=b"", value=7))
    assert Token(anvil, address).balance_of(RECEIVER) == 5
    assert anvil.balance(RECEIVER) == 7
    assert outside.address == dev_address(3)


def test_it_signs_the_same_transaction_as_the_key_would(anvil: Network, signer: ExternalSigner) -> None:
    call: dict[str, Any] = {
        "type": 2,
        "chainId": anvil.chain_id,
        "nonce": 9,
        "gas": 21_000,
        "maxFeePerGas": 3,
        "maxPriorityFeePerGas": 1,
        "value": 5,
        "data": b"\x01",
        "to": RECEIVER,
    }
    ours = Account.from_key(dev_key(3)).sign_transaction(call)
    theirs = signer.sign_transaction(call)
    assert (theirs.raw_transaction, theirs.hash) == (ours.raw_transaction, ours.hash)
    assert (theirs.r, theirs.s, theirs.v) == (ours.r, ours.s, ours.v)


def test_it_signs_text_and_typed_data_as_the_key_would(signer: ExternalSigner) -> None:
    key = Account.from_key(dev_key(3))
    text = key.sign_message(encode_defunct(b"weigh")).signature
    assert signer.sign_text(b"weigh") == bytes(text)
    typed = key.sign_message(encode_typed_data(full_message=TYPED)).signature
    assert signer.sign_typed_data(TYPED) == bytes(typed)


def test_an_account_that_the_signer_does_not_have_is_named(anvil: Network) -> None:
    with pytest.raises(ConfigError, match=RECEIVER):
        ExternalSigner.at(anvil.endpoint, RECEIVER)
    with pytest.raises(ConfigError, match="checksummed"):
        ExternalSigner.at(anvil.endpoint, dev_address(3).lower())


def test_a_signer_on_another_machine_is_reached_by_https_only() -> None:
    with pytest.raises(Refused, match="https only"):
        ExternalSigner.at("http://signer.example:9000/SECRET", dev_address(3))


def test_a_signer_that_is_gone_is_a_network_error_without_its_secrets() -> None:
    node = start_anvil(accounts=4)
    signer = ExternalSigner.at(node.url + "/?key=SECRET", dev_address(3))
    node.stop()
    with pytest.raises(NetworkError, match="no answer from the signer") as caught:
        signer.sign_text(b"weigh")
    assert "SECRET" not in str(caught.value) + repr(signer)


class Lying(ExternalSigner):
    """Asks a true signer for something else than it was asked for."""

    def _ask(self, method: str, *params: object) -> Any:
        if method == "eth_signTransaction":
            asked = dict(params[0])  # type: ignore[call-overload]
            params = ({**asked, **LIES[self.endpoint]},)
        if method == "personal_sign":
            params = ("0x00", self.address)
        if method == "eth_signTypedData_v4":
            params = (dev_address(1), params[1])
        return self._web3.manager.request_blocking(RPCEndpoint(method), params)


LIES: dict[str, dict[str, Any]] = {
    "value": {"value": "0x6"},
    "receiver": {"to": dev_address(9)},
    "nonce": {"nonce": "0xa"},
    "fees": {"maxFeePerGas": "0xff"},
    "data": {"data": "0x02"},
    "account": {"from": dev_address(1)},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_signer_that_signs_something_else_is_found_out(lie: str, anvil: Network) -> None:
    lying = Lying(dev_address(3), lie, anvil.web3)
    before = anvil.nonce(dev_address(3))
    with pytest.raises(WrongSignature):
        Sender(anvil, lying).send(Call(to=RECEIVER, data=b"\x01", value=5))
    for forged in (lambda: lying.sign_text(b"weigh"), lambda: lying.sign_typed_data(TYPED)):
        with pytest.raises(WrongSignature):
            forged()
    assert anvil.nonce(dev_address(3)) == before


@pytest.mark.parametrize("answer", ["0x", "nonsense", None, 7, {}, {"raw": "0x02c0"}, "0x02f8"])
def test_nonsense_from_a_signer_is_a_named_error(answer: Any, anvil: Network) -> None:
    class Broken(ExternalSigner):
        def _ask(self, method: str, *params: object) -> Any:
            return answer

    broken = Broken(dev_address(3), "broken", anvil.web3)
    for act in (
        lambda: Sender(anvil, broken).send(Call(to=RECEIVER, data=b"", value=1)),
        lambda: broken.sign_text(b"weigh"),
    ):
        with pytest.raises(WrongSignature):
            act()
    assert dev_account(anvil, 3).address == dev_address(3)

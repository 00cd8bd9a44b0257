"""Keys stay where they belong: test accounts on dev chains, all others in encrypted files of their owner."""

import json
import stat
from pathlib import Path

import pytest
from eth_account import Account
from eth_account.messages import SignableMessage, encode_defunct

from chain.accounts import create_keystore, dev_account, ensure_funded, load_keystore, read_password
from chain.errors import ConfigError, InsufficientFunds, Refused
from chain.network import Network, connect
from chain.networks.anvil import start_anvil

# Anvil prints these two when it starts, and documents them.
FIRST = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
TENTH = "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720"


@pytest.fixture(scope="module")
def keystore(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    path = tmp_path_factory.mktemp("keys") / "owner.json"
    return path, create_keystore(path, "correct horse").address


def test_test_accounts_are_those_that_dev_chains_share(network: Network) -> None:
    assert dev_account(network, 0).address == FIRST
    assert dev_account(network, 9).address == TENTH


def test_thirty_test_accounts_have_money_on_every_chain_of_our_own(network: Network) -> None:
    addresses = {dev_account(network, index).address for index in range(30)}
    assert len(addresses) == 30
    assert all(network.balance(address) >= 1000 * 10**18 for address in addresses)


def test_there_is_no_test_account_before_the_first(embedded: Network) -> None:
    with pytest.raises(ConfigError):
        dev_account(embedded, -1)


def test_who_lacks_money_on_a_foreign_dev_chain_is_topped_up_once() -> None:
    node = start_anvil(accounts=1)
    try:
        with connect(node.url) as network:
            addresses = [dev_account(network, index).address for index in (0, 5, 6)]
            assert [network.balance(a) > 0 for a in addresses] == [True, False, False]
            ensure_funded(network, addresses, 10**18)
            block = network.block()
            assert [network.balance(a) for a in addresses[1:]] == [10**18, 10**18]
            ensure_funded(network, addresses, 10**18)
            assert network.block() == block
            with pytest.raises(InsufficientFunds):
                ensure_funded(network, addresses, 10**30)
    finally:
        node.stop()


def test_a_keystore_gives_its_key_back_to_who_knows_the_password(keystore: tuple[Path, str]) -> None:
    path, address = keystore
    account = load_keystore(path, "correct horse")
    assert account.address == address
    signature = account.sign_message(_message()).signature
    assert Account.recover_message(_message(), signature=signature) == address


def test_a_keystore_is_for_its_owner_only_and_holds_no_key_in_the_clear(keystore: tuple[Path, str]) -> None:
    path, _ = keystore
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    key = load_keystore(path, "correct horse").key.hex()
    assert key not in path.read_text()


def test_a_wrong_password_is_refused(keystore: tuple[Path, str]) -> None:
    with pytest.raises(Refused, match="wrong password"):
        load_keystore(keystore[0], "battery staple")


def test_a_keystore_is_never_overwritten(keystore: tuple[Path, str]) -> None:
    before = keystore[0].read_bytes()
    with pytest.raises(Refused, match="never overwritten"):
        create_keystore(keystore[0], "another")
    assert keystore[0].read_bytes() == before


def test_a_keystore_needs_a_password_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        create_keystore(tmp_path / "empty.json", "")
    assert not (tmp_path / "empty.json").exists()
    with pytest.raises(ConfigError):
        create_keystore(tmp_path / "missing" / "owner.json", "password")


def test_what_is_no_keystore_is_a_named_error(keystore: tuple[Path, str], tmp_path: Path) -> None:
    document = json.loads(keystore[0].read_text())
    crypto = document["crypto"]
    damaged = [
        "",
        "not json",
        "[]",
        "null",
        "{}",
        json.dumps({**document, "version": 2}),
        json.dumps({**document, "crypto": None}),
        json.dumps({**document, "crypto": {**crypto, "kdf": "md5"}}),
        json.dumps({**document, "crypto": {k: v for k, v in crypto.items() if k != "ciphertext"}}),
        json.dumps({**document, "crypto": {**crypto, "kdfparams": {}}}),
        json.dumps({**document, "crypto": {**crypto, "ciphertext": "zz"}}),
    ]
    path = tmp_path / "damaged.json"
    for text in damaged:
        path.write_text(text)
        with pytest.raises(ConfigError, match="not a keystore"):
            load_keystore(path, "correct horse")
    with pytest.raises(ConfigError, match="cannot read"):
        load_keystore(tmp_path / "nowhere.json", "correct horse")


def test_a_keystore_that_was_changed_is_refused(keystore: tuple[Path, str], tmp_path: Path) -> None:
    document = json.loads(keystore[0].read_text())
    text = document["crypto"]["ciphertext"]
    document["crypto"]["ciphertext"] = ("0" if text[0] != "0" else "1") + text[1:]
    path = tmp_path / "changed.json"
    path.write_text(json.dumps(document))
    with pytest.raises(Refused):
        load_keystore(path, "correct horse")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o606, 0o677])
def test_a_password_that_others_can_read_is_refused(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("secret-words\n")
    path.chmod(mode)
    with pytest.raises(Refused) as caught:
        read_password(path)
    assert "secret-words" not in str(caught.value)


def test_a_password_is_read_without_the_end_of_its_line(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("correct horse \n")
    path.chmod(0o600)
    assert read_password(path) == "correct horse "


def test_a_password_file_that_is_missing_empty_or_binary_is_a_named_error(tmp_path: Path) -> None:
    path = tmp_path / "password"
    with pytest.raises(ConfigError):
        read_password(path)
    for content in (b"", b"\n", b"\xff\xfe"):
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(ConfigError):
            read_password(path)


def _message() -> SignableMessage:

    return encode_defunct(b"Weighhouse")

"""One network object whatever serves the chain, and no secret of an address in any message."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.accounts import dev_account
from chain.errors import ChainError, ConfigError, NetworkError, Refused, RpcError
from chain.network import Network, checked_address, connect
from chain.networks.anvil import start_anvil
from chain.networks.remote import redact

UNUSED = "http://127.0.0.1:1"


@pytest.fixture
def public_chain() -> Iterator[Network]:
    """A chain that is no dev chain by its id, though it is an Anvil."""
    anvil = start_anvil(accounts=2, arguments=("--chain-id", "56789"))
    try:
        with connect(anvil.url) as network:
            yield network
    finally:
        anvil.stop()


def test_time_moves_by_exactly_as_much_as_asked(network: Network) -> None:
    for seconds in (1, 60, 86_400):
        before = network.now()
        network.advance(seconds)
        assert network.now() == before + seconds


def test_time_moves_exactly_after_a_burst_of_blocks(network: Network) -> None:
    network.mine(50)
    before = network.now()
    network.advance(3)
    assert network.now() == before + 3


def test_blocks_are_mined_one_by_one(network: Network) -> None:
    before = network.block()
    network.mine(3)
    after = network.block()
    assert after.number == before.number + 3
    assert after.timestamp >= before.timestamp
    assert after.hash != before.hash
    assert network.block(before.number) == before


def test_time_does_not_go_back(embedded: Network) -> None:
    for seconds in (0, -5):
        with pytest.raises(ConfigError):
            embedded.advance(seconds)


def test_our_own_chains_are_dev_chains_with_an_identity(network: Network) -> None:
    assert network.is_dev
    assert network.chain_id == int(network.web3.eth.chain_id)
    assert network.genesis_hash == network.block(0).hash
    assert network.balance(dev_account(network, 39).address) == 10_000 * 10**18


def test_a_wrong_chain_id_is_refused(network: Network) -> None:
    target = "embedded" if network.name == "embedded" else network.endpoint
    with pytest.raises(NetworkError, match=f"chain id {network.chain_id}, not 5"):
        connect(target, chain_id=5)
    connect(target, chain_id=network.chain_id).close()


def test_the_same_chain_answers_over_http_and_websocket(anvil: Network) -> None:
    with connect(anvil.endpoint) as http, connect(anvil.endpoint.replace("http", "ws")) as websocket:
        assert http.genesis_hash == websocket.genesis_hash == anvil.genesis_hash
        websocket.mine(2)
        assert http.block() == websocket.block() == anvil.block()
        assert http.name == websocket.name == "devnet"


def test_a_websocket_comes_back_after_it_broke(anvil: Network) -> None:
    with connect(anvil.endpoint.replace("http", "ws")) as network:
        before = network.block()
        network.close()
        assert network.block() == before


def test_a_chain_that_is_not_for_development_stays_as_it_is(public_chain: Network) -> None:
    assert not public_chain.is_dev
    assert public_chain.name == "chain-56789"
    with pytest.raises(Refused):
        public_chain.advance(1)
    with pytest.raises(Refused):
        public_chain.mine()
    with pytest.raises(Refused):
        dev_account(public_chain, 0)


@pytest.mark.parametrize("url", [UNUSED, "ws://127.0.0.1:1", "http://no-such-host.invalid"])
def test_a_node_that_is_not_there_is_a_named_error(url: str) -> None:
    with pytest.raises(NetworkError, match="no answer"):
        connect(url)


@pytest.mark.parametrize("scheme", ["http", "ws"])
def test_a_node_that_takes_the_connection_and_says_nothing_is_given_up(scheme: str) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(NetworkError, match="no answer"):
            connect(f"{scheme}://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2)


@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b"", b'{"jsonrpc":"2.0","id":0}', b'{"id":0,"result":"x"}']
)
def test_a_server_that_is_no_node_is_a_named_error(body: bytes) -> None:
    class Page(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with pytest.raises(NetworkError):
            connect(f"http://127.0.0.1:{server.server_port}", timeout=1)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("target", ["", "mainnet", "ftp://host", "http://", "http://host:port", "http://["])
def test_an_unknown_target_is_a_named_error(target: str) -> None:
    with pytest.raises(ConfigError):
        connect(target)


@pytest.mark.parametrize(
    "url",
    [
        "http://user:S3CRET@127.0.0.1:1",
        "http://127.0.0.1:1/v3/S3CRET",
        "http://127.0.0.1:1/?apikey=S3CRET",
        "ws://user:S3CRET@127.0.0.1:1/S3CRET",
        "ftp://S3CRET@127.0.0.1:1/S3CRET",
        "http://user:S3CRET@127.0.0.1:wrong",
    ],
)
def test_no_error_shows_a_secret_of_the_address(url: str) -> None:
    with pytest.raises(ChainError) as caught:
        connect(url)
    shown = repr(caught.value) + str(caught.value)
    shown += repr(caught.value.__cause__)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert "S3CRET" not in shown


secrets = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=6, max_size=20)


@given(secrets, st.sampled_from(["http", "https", "ws", "wss"]))
def test_an_address_is_shown_without_user_path_and_query(secret: str, scheme: str) -> None:
    url = f"{scheme}://{secret}:{secret}@node.example:8545/{secret}/{secret}?key={secret}#{secret}"
    assert redact(url) == f"{scheme}://node.example:8545/..."


@given(st.text())
def test_anything_can_be_redacted(url: str) -> None:
    assert isinstance(redact(url), str)


def test_a_refusal_of_the_node_has_its_code(network: Network) -> None:
    with pytest.raises(RpcError) as caught:
        network.rpc("eth_noSuchMethod")
    assert caught.value.code == -32601
    assert not caught.value.reverted


def test_an_anvil_ends_with_its_network() -> None:
    network = connect("anvil")
    network.close()
    network.close()
    with pytest.raises(NetworkError):
        network.now()


def test_an_anvil_on_another_chain_than_asked_for_is_ended_at_once() -> None:
    with pytest.raises(NetworkError, match="chain id 31337, not 1"):
        connect("anvil", chain_id=1)


def test_anvil_says_why_it_did_not_start() -> None:
    with pytest.raises(NetworkError, match="no-such-flag"):
        start_anvil(accounts=1, arguments=("--no-such-flag",))


@pytest.mark.parametrize(
    "address", ["", "0x", "0x" + "ab" * 20, "f39Fd6e51aad88F6F4ce6aB8827279cffFb92266", None]
)
def test_only_checksummed_addresses_pass(address: str, embedded: Network) -> None:
    with pytest.raises(ConfigError):
        checked_address(address)
    with pytest.raises(ConfigError):
        embedded.balance(address)


def test_what_a_network_shows_of_itself_holds_no_client(network: Network) -> None:
    assert "Web3" not in repr(network)
    assert json.dumps(repr(network))

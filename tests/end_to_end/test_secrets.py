"""Nothing that a command prints or leaves behind holds a key, a password or the secret part of an address."""

import json
from collections.abc import Iterator
from pathlib import Path

import eth_keys
import pytest

from chain.accounts import create_keystore, ensure_funded, load_keystore
from chain.network import Network, connect
from chain.networks.dev import dev_key
from tests.support.commands import Ran, sending, weighhouse_here

PASSWORD = "correct-horse-battery-staple"
RPC_SECRET = "RPC-SECRET-0123456789"


@pytest.fixture(scope="module")
def anvil() -> Iterator[Network]:
    with connect("anvil") as network:
        yield network


def spellings(secret: bytes) -> list[bytes]:
    """How a secret might be spelt in a file: as bytes, in hex of either case, as a number."""
    number = str(int.from_bytes(secret, "big")).encode()
    return [secret, secret.hex().encode(), secret.hex().upper().encode(), number]


def test_no_secret_is_printed_or_written(anvil: Network, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    (tmp_path / "password").write_text(PASSWORD + "\n")
    (tmp_path / "wrong").write_text("wrong-" + PASSWORD + "\n")
    for name in ("password", "wrong"):
        (tmp_path / name).chmod(0o600)
    keystore = tmp_path / "owner.json"
    account = create_keystore(keystore, PASSWORD)
    ensure_funded(anvil, [account.address], 10**18)
    url = f"{anvil.endpoint}/?key={RPC_SECRET}"
    gone = f"http://user:{RPC_SECRET}@127.0.0.1:9/{RPC_SECRET}"
    said: list[Ran] = []

    def run(*words: str, network: str = url, password: str = "password") -> Ran:
        who = ("--keystore", str(keystore), "--password-file", str(tmp_path / password))
        ran = weighhouse_here(*sending(*words), "--network", network, *who, cwd=folder)
        said.append(ran)
        return ran

    assert run("project", "create", "--json").code == 0
    assert run("project", "mint", account.address, "100", "--json").code == 0
    assert run("project", "fund", "10").code == 0
    assert run("project", "fund", "10", "--json").code == 8
    assert run("project", "fund", "1000000", "--json").code == 3  # not so many tokens
    assert run("round", "post", "--json").code != 0
    assert run("round", "open").code == 0
    assert run("project", "fund", "11", password="wrong").code == 9
    assert run("project", "fund", "11", "--json", network=gone).code == 4
    assert run("project", "fund", "11", network="ws" + gone.removeprefix("http")).code == 4
    assert run("project", "fund", "11", "--chain-id", "1", "--json").code == 4
    signer = ("--signer", f"http://127.0.0.1:9/{RPC_SECRET}", "--signer-address", account.address)
    said.append(weighhouse_here("round", "open", "--network", url, *signer, "--json", cwd=folder))
    assert said[-1].code == 4

    secrets = [*spellings(load_keystore(keystore, PASSWORD).key), *spellings(dev_key(0))]
    secrets += [PASSWORD.encode(), RPC_SECRET.encode()]
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.name == "journal.sqlite" for path in files)
    places = {str(path): path.read_bytes() for path in files}
    places |= {f"output {index}": (ran.out + ran.err).encode() for index, ran in enumerate(said)}
    for where, content in places.items():
        for secret in secrets:
            assert secret not in content, where
    assert json.loads(keystore.read_text())["crypto"]["kdf"] == "scrypt"


def test_the_fast_library_signs_when_it_is_installed() -> None:
    pytest.importorskip("coincurve")
    assert type(eth_keys.keys.backend).__name__ == "CoinCurveECCBackend"

"""What is deployed is found again, what is not believed is checked, and a crash costs nothing twice."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chain.accounts import dev_account
from chain.contracts import ProjectFactory
from chain.contracts.artifacts import artifact
from chain.deployments import System, deploy_system, deploy_token, load_system, load_token, reset
from chain.errors import ConfigError, NetworkError, Refused
from chain.journal import Entry, Journal, Step
from chain.network import Network, connect
from chain.networks.anvil import start_anvil
from chain.sender import Sender

NAMES = [
    "PeerRegistryBlueprint",
    "RoundBookBlueprint",
    "RewardDistributorBlueprint",
    "ScoreCourtBlueprint",
    "ScoreJudge",
    "PayoutJudge",
    "AgreementJudge",
    "ProjectFactory",
    "ProjectLens",
]


def owner(network: Network) -> Sender:
    return Sender(network, dev_account(network, 0))


def sent(network: Network) -> int:
    return int(network.web3.eth.get_transaction_count(dev_account(network, 0).address))


def edit(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


@pytest.fixture
def folder(embedded: Network, tmp_path: Path) -> Path:
    """A folder with a system and a token deployed on the embedded chain."""
    deploy_system(embedded, owner(embedded), tmp_path / "embedded")
    deploy_token(embedded, owner(embedded), tmp_path / "embedded")
    return tmp_path / "embedded"


def test_a_second_run_sends_nothing_and_says_so(network: Network, tmp_path: Path) -> None:
    first = deploy_system(network, owner(network), tmp_path / "net")
    before = sent(network)
    second = deploy_system(network, owner(network), tmp_path / "net")
    assert list(first.deployed) == NAMES
    assert second.deployed == ()
    assert replace(first, deployed=()) == second == load_system(network, tmp_path / "net")
    assert sent(network) == before == len(NAMES)


def test_what_was_deployed_works(network: Network, tmp_path: Path) -> None:
    system = deploy_system(network, owner(network), tmp_path)
    token = deploy_token(network, owner(network), tmp_path)
    assert ProjectFactory(network, system.factory).projects() == 0
    assert deploy_token(network, owner(network), tmp_path) == token == load_token(network, tmp_path)
    owner(network).send(token.mint(token.address, 5))
    assert token.balance_of(token.address) == 5


def test_the_files_say_where_what_is_and_for_which_chain(embedded: Network, folder: Path) -> None:
    assert json.loads((folder / ".chain").read_text()) == {
        "schema": 1,
        "chainId": embedded.chain_id,
        "genesisHash": "0x" + embedded.genesis_hash.hex(),
        "networkName": "embedded",
    }
    index = json.loads((folder / "index.json").read_text())
    assert set(index) == {*NAMES, "TestToken"}
    for name, address in index.items():
        manifest = json.loads((folder / f"{name}.json").read_text())
        assert manifest["address"] == address
        assert manifest["deployer"] == dev_account(embedded, 0).address
        receipt = embedded.web3.eth.get_transaction_receipt(manifest["txHash"])
        assert (receipt["contractAddress"], receipt["blockNumber"]) == (address, manifest["blockNumber"])
        assert manifest["sourceHash"] == artifact(name).source_hash
    factory = json.loads((folder / "ProjectFactory.json").read_text())
    assert factory["args"] == [*(index[name] for name in NAMES[:4]), [index[name] for name in NAMES[4:7]]]
    assert not [path for path in folder.iterdir() if path.name.endswith(".part")]


def test_loading_sends_and_writes_nothing(embedded: Network, folder: Path) -> None:
    before = sent(embedded), {path: path.read_bytes() for path in folder.iterdir()}
    load_system(embedded, folder)
    assert (sent(embedded), {path: path.read_bytes() for path in folder.iterdir()}) == before


class Crash(Exception):
    pass


@pytest.mark.parametrize("step", [Step.INTENT, Step.SIGNED, Step.CONFIRMED])
@pytest.mark.parametrize("number", [1, 2, 8, 9])
def test_a_deployment_that_crashed_in_the_middle_is_completed_with_no_contract_twice(
    number: int, step: Step, embedded: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = Journal.record
    seen = []

    def crashing(self: Journal, entry: Entry) -> Entry:
        recorded = written(self, entry)
        seen.append(entry.step)
        if seen.count(step) == number and entry.step is step:
            raise Crash
        return recorded

    monkeypatch.setattr(Journal, "record", crashing)
    with pytest.raises(Crash):
        deploy_system(embedded, owner(embedded), tmp_path)
    monkeypatch.undo()
    completed = deploy_system(embedded, owner(embedded), tmp_path)
    assert len(completed.deployed) == len(NAMES) - number + 1
    assert sent(embedded) == len(NAMES)
    assert replace(completed, deployed=()) == load_system(embedded, tmp_path)


def test_a_lost_manifest_is_written_again_from_the_journal(embedded: Network, folder: Path) -> None:
    before = sent(embedded), json.loads((folder / "ProjectFactory.json").read_text())
    (folder / "ProjectFactory.json").unlink()
    with pytest.raises(ConfigError, match="missing"):
        load_system(embedded, folder)
    assert deploy_system(embedded, owner(embedded), folder).deployed == ("ProjectFactory",)
    assert (sent(embedded), json.loads((folder / "ProjectFactory.json").read_text())) == before


# Chains that are not what they were


def test_a_restarted_chain_is_told_apart_by_its_genesis(tmp_path: Path) -> None:
    for start in ("1700000000", "1700000100"):
        node = start_anvil(accounts=1, arguments=("--timestamp", start))
        try:
            with connect(node.url) as network:
                if start == "1700000000":
                    deploy_system(network, owner(network), tmp_path)
                    continue
                for use in (deploy_again, load_system):
                    with pytest.raises(NetworkError, match="restarted dev chain: its genesis was"):
                        use(network, tmp_path)
                assert sent(network) == 0
                reset(network, tmp_path)
                assert list(deploy_system(network, owner(network), tmp_path).deployed) == NAMES
        finally:
            node.stop()


def deploy_again(network: Network, folder: Path) -> System:
    return deploy_system(network, owner(network), folder)


def test_a_restarted_chain_with_the_same_genesis_is_told_apart_by_its_code(folder: Path) -> None:
    with connect("embedded") as fresh:
        for use in (deploy_again, load_system):
            with pytest.raises(NetworkError, match="restarted dev chain: there is no code at"):
                use(fresh, folder)
        assert sent(fresh) == 0


def test_other_code_at_the_same_address_is_told_apart(folder: Path) -> None:
    with connect("embedded") as fresh:
        sender = owner(fresh)
        for _ in NAMES:
            sender.deploy("TestToken")
        with pytest.raises(NetworkError, match="restarted dev chain: the code at"):
            load_system(fresh, folder)


def test_another_chain_is_refused(anvil: Network, folder: Path) -> None:
    with pytest.raises(NetworkError, match=f"chain id 1337.* serves {anvil.chain_id}"):
        load_system(anvil, folder)
    with pytest.raises(NetworkError):
        deploy_token(anvil, owner(anvil), folder)
    assert sent(anvil) == 0


# Files that are not what they were


def test_a_manifest_that_points_elsewhere_is_not_believed(embedded: Network, folder: Path) -> None:
    token = json.loads((folder / "TestToken.json").read_text())["address"]
    edit(folder / "ProjectFactory.json", address=token)
    with pytest.raises(NetworkError, match="not that of ProjectFactory"):
        load_system(embedded, folder)
    edit(folder / "ProjectFactory.json", address=dev_account(embedded, 5).address)
    with pytest.raises(NetworkError, match="no code"):
        load_system(embedded, folder)


@pytest.mark.parametrize(
    "changes",
    [
        {"address": "0xcf7ed3acca5a467e9e704c703e8d87f634fb0fc9"},
        {"address": None},
        {"args": 5},
        {"blockNumber": "five"},
        {"abiHash": "0x00"},
        {"bytecodeHash": "0x00"},
        {"runtimeBytecodeHash": "0x00"},
        {"contractName": "ProjectLens"},
    ],
)
def test_a_tampered_manifest_is_a_named_error(
    changes: dict[str, Any], embedded: Network, folder: Path
) -> None:
    edit(folder / "ProjectFactory.json", **changes)
    with pytest.raises(ConfigError):
        load_system(embedded, folder)
    before = sent(embedded)
    with pytest.raises(ConfigError):
        deploy_system(embedded, owner(embedded), folder)
    assert sent(embedded) == before


@pytest.mark.parametrize("name", [".chain", "ProjectFactory.json"])
@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", "\x00"])
def test_a_damaged_file_is_a_named_error(name: str, text: str, embedded: Network, folder: Path) -> None:
    (folder / name).write_text(text)
    with pytest.raises(ConfigError):
        load_system(embedded, folder)


def test_a_factory_with_other_blueprints_is_not_taken_for_ours(embedded: Network, folder: Path) -> None:
    edit(folder / "ProjectFactory.json", args=[])
    with pytest.raises(ConfigError, match="other arguments"):
        deploy_system(embedded, owner(embedded), folder)


def test_nothing_deployed_is_a_named_error(embedded: Network, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nothing is deployed"):
        load_system(embedded, tmp_path / "nowhere")
    deploy_system(embedded, owner(embedded), tmp_path)
    with pytest.raises(ConfigError, match="missing"):
        load_token(embedded, tmp_path)


def test_a_folder_that_cannot_be_written_is_a_named_error(embedded: Network, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot write"):
        deploy_system(embedded, owner(embedded), tmp_path / "file" / "deployments")
    assert sent(embedded) == 0


def test_forgetting_removes_only_what_was_written(embedded: Network, folder: Path) -> None:
    (folder / "notes.txt").write_text("mine")
    reset(embedded, folder)
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
    reset(embedded, folder)


def test_nothing_is_forgotten_and_no_token_made_on_a_chain_that_is_not_for_development(
    folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(folder, tmp_path / "public")
    node = start_anvil(accounts=1, arguments=("--chain-id", "56789"))
    try:
        with connect(node.url) as network:
            with pytest.raises(Refused):
                reset(network, tmp_path / "public")
            with pytest.raises(Refused):
                deploy_token(network, Sender(network, _any_account()), tmp_path / "other")
    finally:
        node.stop()
    assert (tmp_path / "public" / ".chain").exists()
    assert not (tmp_path / "other").exists()


def _any_account() -> Any:
    with connect("embedded") as network:
        return dev_account(network, 0)

import json
import shutil
from collections.abc import Callable
from typing import Any

import pytest
from eth_account import Account

from chain.deployments import load_system
from chain.network import Network, connect

PASSPHRASE = "open sesame"
TEST_ACCOUNT = ("--account", "TEST::0")


def test_deploy_puts_on_the_chain_what_its_manifests_say(anvil: Network, workspace: Any) -> None:
    done = workspace.run("deploy", *TEST_ACCOUNT)
    assert done.returncode == 0, done.stderr
    # Checks chain, addresses and the code at each against the committed artifacts.
    system = load_system(anvil, workspace.deployments / "devnet")
    assert f"ProjectFactory {system.factory}  deployed" in done.stdout
    assert f"ProjectLens    {system.lens}  deployed" in done.stdout


def test_deploying_again_sends_nothing_and_changes_no_file(anvil: Network, workspace: Any) -> None:
    workspace.run("deploy", *TEST_ACCOUNT)
    before = anvil.block(), workspace.manifests()
    again = workspace.run("deploy", *TEST_ACCOUNT)
    assert again.returncode == 0, again.stderr
    assert again.stdout.count("unchanged") == 2
    assert (anvil.block(), workspace.manifests()) == before
    assert len(before[1]) > 5


def test_any_node_is_reached_by_its_url(anvil: Network, workspace: Any) -> None:
    done = workspace.run("deploy", *TEST_ACCOUNT, "--network", anvil.endpoint)
    assert done.returncode == 0, done.stderr
    load_system(anvil, workspace.deployments / "devnet")


@pytest.mark.parametrize("provider", ["test", "foundry"])
def test_chains_of_apes_own_take_the_contracts_too(workspace: Any, provider: str) -> None:
    done = workspace.run("deploy", *TEST_ACCOUNT, "--network", f"ethereum:local:{provider}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("deployed") == 2
    assert not workspace.deployments.exists()


def test_a_restarted_chain_is_noticed_and_forgotten_on_request(
    workspace: Any, workspace_for: Callable[[Network], Any]
) -> None:
    workspace.run("deploy", *TEST_ACCOUNT)
    with connect("anvil") as restarted:
        later = workspace_for(restarted)
        shutil.copytree(workspace.deployments, later.deployments)
        stale = later.run("deploy", *TEST_ACCOUNT)
        assert (stale.returncode, stale.stdout.count("deployed")) == (4, 0)
        assert "restarted dev chain" in stale.stderr
        assert restarted.block().number == 0
        assert later.run("deploy", "--reset", *TEST_ACCOUNT).returncode == 0
        load_system(restarted, later.deployments / "devnet")


@pytest.fixture
def keyfile(anvil: Network, workspace: Any) -> str:
    """An encrypted key of ape's own, with money, that is asked for its passphrase."""
    account = Account.create()
    folder = workspace.folder / "ape" / "accounts"
    folder.mkdir(parents=True)
    (folder / "owner.json").write_text(json.dumps(Account.encrypt(account.key, PASSPHRASE, iterations=2)))
    anvil.rpc("anvil_setBalance", account.address, hex(10**18))
    return str(account.address)


def test_an_ape_keyfile_signs_when_its_owner_agrees(anvil: Network, workspace: Any, keyfile: str) -> None:
    # Four blueprints, three judges, the factory and the lens.
    sign, leave_unlocked, contracts = "y\n", "n\n", 9
    answers = f"{sign}{PASSPHRASE}\n{leave_unlocked}" * contracts
    done = workspace.run("deploy", "--account", "owner", answer=answers)
    assert done.returncode == 0, done.stdout + done.stderr
    assert anvil.web3.eth.get_transaction_count(keyfile) == contracts


def test_nothing_is_sent_when_the_owner_of_the_key_says_no(
    anvil: Network, workspace: Any, keyfile: str
) -> None:
    done = workspace.run("deploy", "--account", "owner", answer="n\n")
    assert done.returncode == 1
    assert anvil.block().number == 0

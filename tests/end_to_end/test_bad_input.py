"""Bad input at each door: a named error, the documented exit code, no traceback, no money moved."""

import socket
from collections.abc import Iterator

import pytest

from chain.network import Network, connect
from chain.networks.dev import dev_address, dev_key
from tests.support.commands import Ran, sending, weighhouse
from tests.support.world import World, build_world
from valuation.mechanism import default_mechanism

pytestmark = pytest.mark.xdist_group("bad-input")


@pytest.fixture(scope="module")
def anvil() -> Iterator[Network]:
    with connect("anvil") as network:
        yield network


@pytest.fixture(scope="module")
def here(anvil: Network, tmp_path_factory: pytest.TempPathFactory) -> World:
    """A project with one finished round and an open one."""
    world = build_world(anvil, tmp_path_factory.mktemp("world"))
    world.play_round()
    world.open_and_submit()
    return world


def run(world: World, *words: str, network: str | None = None) -> Ran:
    """A command that must fail without moving any money."""
    before = world.holdings()
    root = world.root
    command = 1 if words[0] == "audit" else 2
    ran = weighhouse(
        *words[:command],
        "--network",
        network or world.network.endpoint,
        "--deployments",
        str(root / "deployments"),
        "--store",
        f"file://{root}/store",
        "--state",
        str(root / "state"),
        *sending(*words)[command:],
        cwd=root,
    )
    assert world.holdings() == before
    assert ran.out == ""
    assert ran.err.startswith("error: ")
    return ran


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_a_mechanism_that_is_not_json(here: World) -> None:
    (here.root / "bad.json").write_text("{not json")
    ran = run(here, "project", "create", "--mechanism", "bad.json", "--dev-account", "0")
    assert (ran.code, "MechanismError" in ran.err) == (2, True)


def test_a_mechanism_with_an_unknown_key_names_its_path(here: World) -> None:
    text = default_mechanism().to_json().decode().replace('"power"', '"potency"')
    (here.root / "odd.json").write_text(text)
    ran = run(here, "project", "create", "--mechanism", "odd.json", "--dev-account", "0")
    assert (ran.code, "reward" in ran.err) == (2, True)


def test_a_mechanism_file_that_is_not_there(here: World) -> None:
    ran = run(here, "project", "create", "--mechanism", "none.json", "--dev-account", "0")
    assert (ran.code, "none.json" in ran.err) == (3, True)


@pytest.mark.parametrize("amount", ["0", "abc", "1e99", "0.0000000000000000001", "nan"])
def test_an_amount_that_is_none(here: World, amount: str) -> None:
    ran = run(here, "project", "fund", "--dev-account", "0", amount)
    assert (ran.code, "InputError" in ran.err) == (2, True)


def test_more_tokens_than_the_account_holds(here: World) -> None:
    ran = run(here, "project", "fund", "99999999", "--dev-account", "0")
    assert (ran.code, "InsufficientTokens" in ran.err) == (3, True)


def test_an_account_without_ether_for_gas(here: World) -> None:
    poor = 39
    assert here.network.web3.provider.make_request("anvil_setBalance", [dev_address(poor), "0x0"])
    ran = run(here, "round", "open", "--dev-account", str(poor))
    assert ran.code in (3, 7)
    ran = run(here, "project", "mint", dev_address(poor), "1", "--dev-account", str(poor))
    assert ran.code in (3, 6, 9)


def test_a_node_that_is_not_there(here: World) -> None:
    ran = run(here, "project", "status", network=f"http://127.0.0.1:{free_port()}")
    assert (ran.code, "NetworkError" in ran.err) == (4, True)


def test_another_chain_than_was_asked_for(here: World) -> None:
    ran = run(here, "project", "status", "--chain-id", "1")
    assert (ran.code, "31337" in ran.err) == (4, True)


def test_a_network_that_has_no_name(here: World) -> None:
    ran = run(here, "project", "status", network="somewhere")
    assert (ran.code, "somewhere" in ran.err) == (3, True)


def test_a_project_that_does_not_exist(here: World) -> None:
    ran = run(here, "project", "status", "--project", "77")
    assert (ran.code, "UnknownProject" in ran.err) == (6, True)


def test_no_account_at_all(here: World) -> None:
    ran = run(here, "round", "open")
    assert (ran.code, "--keystore" in ran.err) == (3, True)


def test_a_password_that_others_can_read(here: World) -> None:
    (here.root / "key.json").write_text("{}")
    (here.root / "open").write_text("secret-password")
    (here.root / "open").chmod(0o644)
    ran = run(here, "round", "open", "--keystore", "key.json", "--password-file", "open")
    assert (ran.code, "0644" in ran.err) == (9, True)
    assert "secret-password" not in ran.err


def test_a_keystore_that_is_none(here: World) -> None:
    (here.root / "key.json").write_text("{}")
    (here.root / "closed").write_text("secret-password")
    (here.root / "closed").chmod(0o600)
    ran = run(here, "round", "open", "--keystore", "key.json", "--password-file", "closed")
    assert ran.code == 3
    assert dev_key(0).hex() not in ran.err


def test_a_stranger_may_not_submit(here: World) -> None:
    # Updates are closed by now, so that a round of its own is needed to get as far as the question who asks.
    ran = run(here, "peer", "submit", "--dev-account", "20")
    assert ran.code in (7, 9)


def test_a_stranger_may_not_close_the_project(here: World) -> None:
    ran = run(here, "project", "close", "--dev-account", "1")
    assert (ran.code, "OwnableUnauthorizedAccount" in ran.err) == (9, True)


def test_a_stranger_may_not_veto(here: World) -> None:
    ran = run(here, "round", "veto", "--dev-account", "1")
    assert (ran.code, "NotGuardian" in ran.err) == (9, True)


def test_a_closed_window(here: World) -> None:
    ran = run(here, "peer", "submit", "--dev-account", "2", "--seed", "1")
    assert (ran.code, "WrongPhase" in ran.err) == (7, True)


def test_publishing_what_was_never_submitted(here: World) -> None:
    ran = run(here, "peer", "publish", "--dev-account", "21")
    assert (ran.code, "NotSubmitted" in ran.err) == (7, True)


def test_publishing_from_another_machine_than_submitted(here: World) -> None:
    ran = run(here, "peer", "publish", "--dev-account", "2", "--state", str(here.root / "elsewhere"))
    assert (ran.code, "NotRemembered" in ran.err) == (7, True)


def test_an_update_file_that_is_none(here: World) -> None:
    (here.root / "update").write_bytes(b"\x00" * 30)
    ran = run(here, "peer", "submit", "--update", "update", "--dev-account", "2")
    assert ran.code == 2


def test_measuring_before_the_seal(here: World) -> None:
    ran = run(here, "round", "measure", "--dev-account", "5")
    assert (ran.code, "NoSeed" in ran.err) == (7, True)


def test_a_store_of_no_known_kind(here: World) -> None:
    root = here.root
    ran = weighhouse(
        "project",
        "payouts",
        "--network",
        here.network.endpoint,
        "--deployments",
        str(root / "deployments"),
        "--store",
        "gopher://x",
        cwd=root,
    )
    assert (ran.code, ran.out) == (10, "")


@pytest.mark.parametrize("harm", ["missing", "tampered"])
def test_a_report_that_the_store_lost_or_changed(here: World, harm: str) -> None:
    header = here.project.header(1)
    assert header is not None
    path = here.root / "store" / header.report_digest.hex()[:2] / header.report_digest.hex()
    kept = path.read_bytes()
    if harm == "missing":
        path.unlink()
    else:
        path.write_bytes(kept[:-1] + b" ")
    try:
        told = run(here, "project", "payouts")
        assert told.code == 10
        claimed = run(here, "peer", "claim", "--dev-account", "2")
        assert claimed.code == 10
        audit = run(here, "audit")
        assert (audit.code, "round 1" in audit.err) == (5, True)
    finally:
        path.write_bytes(kept)


def test_a_chain_inside_the_command_is_refused(here: World) -> None:
    ran = run(here, "project", "status", network="embedded")
    assert ran.code == 9


def test_errors_are_documents_too(here: World) -> None:
    ran = weighhouse(
        "project",
        "status",
        "--json",
        "--network",
        f"http://127.0.0.1:{free_port()}",
        cwd=here.root,
    )
    assert ran.code == 4
    error = ran.document["error"]
    assert (error["name"], error["exit_code"]) == ("NetworkError", 4)

"""Settings come from where they are said to come from, and `doctor` says what is missing."""

import json
import subprocess
from pathlib import Path

import pytest

from chain.network import Network
from tests.support.commands import Ran, weighhouse_here
from tests.support.world import World, build_world


@pytest.fixture(scope="module")
def world(anvil: Network, tmp_path_factory: pytest.TempPathFactory) -> World:
    return build_world(anvil, tmp_path_factory.mktemp("settings"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, and a home without settings."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def config(folder: Path, *words: str) -> dict[str, dict[str, str]]:
    told = weighhouse_here("config", "show", "--origin", "--json", *words, cwd=folder)
    assert told.code == 0, told.err
    return told.document["settings"]  # type: ignore[no-any-return]


def test_each_source_outdoes_the_next(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def network(*words: str) -> tuple[str, str]:
        found = config(folder, *words)["network"]
        return found["value"], found["origin"]

    assert network() == ("http://127.0.0.1:8545", "default")
    home = folder.parent / "home" / ".config" / "weighhouse" / "config.toml"
    home.parent.mkdir(parents=True)
    home.write_text('network = "http://home:1"\nstore = "file://home"\n')
    assert network() == ("http://home:1", str(home))
    (folder / "weighhouse.toml").write_text('network = "http://project:1"\n')
    assert network() == ("http://project:1", "weighhouse.toml")
    assert config(folder)["store"] == {"value": "file://home", "origin": str(home)}
    monkeypatch.setenv("WEIGHHOUSE_NETWORK", "http://environment:1")
    assert network() == ("http://environment:1", "environment")
    assert network("--network", "http://flag:1") == ("http://flag:1", "command line")
    assert "origin" not in weighhouse_here("config", "show", "--json", cwd=folder).out


def test_secrets_in_addresses_are_not_shown(folder: Path) -> None:
    (folder / "weighhouse.toml").write_text('network = "https://user:hunter2@node.example/v3/abcdef123456"\n')
    told = weighhouse_here("config", "show", cwd=folder)
    assert "node.example" in told.out
    assert "hunter2" not in told.out
    assert "abcdef123456" not in told.out


def test_a_file_sets_options_of_all_commands_and_of_one(world: World, folder: Path) -> None:
    (folder / "weighhouse.toml").write_text(
        f'network = "{world.network.endpoint}"\ndeployments = "{world.root}/deployments"\n'
        f'store = "file://{world.root}/store"\n[project.design]\nplayers = 5\n'
    )
    told = weighhouse_here("project", "status", "--json", cwd=folder)
    assert (told.code, told.document["project"]) == (0, 1), told.err
    drawn = weighhouse_here("project", "design", "d.bin", "--coalitions", "20", "--json", cwd=folder)
    assert drawn.document["players"] == 5
    other = weighhouse_here("project", "design", "d.bin", "--players", "4", "--json", cwd=folder)
    assert other.document["players"] == 4


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("network = ", "no TOML"),
        ('netwrok = "x"', "netwrok"),
        ("[project.create]\nplayers = 3", "[project.create] players"),
        ("[nothing]\nnetwork = 3", "[nothing] network"),
        ("[peer.claim]\nbroadcast = true", "broadcast"),
        ("json = true", "json"),
    ],
)
def test_a_file_that_nobody_can_follow_is_refused_by_name(text: str, what: str, folder: Path) -> None:
    (folder / "weighhouse.toml").write_text(text)
    for words in (("config", "show"), ("project", "status")):
        told = weighhouse_here(*words, "--json", cwd=folder)
        assert (told.code, told.document["error"]["name"]) == (3, "ConfigError")
        assert "weighhouse.toml" in told.document["error"]["message"]
        assert what in told.document["error"]["message"]
    assert weighhouse_here("--help", cwd=folder).code == 0


def doctor(world: World, folder: Path, *words: str) -> Ran:
    where = ["--network", world.network.endpoint, "--deployments", f"{world.root}/deployments"]
    return weighhouse_here("doctor", *where, *words, cwd=folder)


def test_doctor_finds_a_healthy_place_healthy(world: World, folder: Path) -> None:
    told = doctor(world, folder, "--json")
    assert (told.code, told.document["well"]) == (0, True), told.err
    found = {finding["name"]: finding for finding in told.document["findings"]}
    assert found["deployment"]["detail"].endswith("1 project")
    assert str(world.network.chain_id) in found["network"]["detail"]
    assert "numpy" in found
    assert doctor(world, folder).out.count("\n") == len(found)


def test_doctor_names_what_is_bad(world: World, folder: Path) -> None:
    (folder / ".weighhouse" / "state").mkdir(parents=True)
    (folder / ".weighhouse" / "state").chmod(0o755)
    (folder / "key.json").write_text("{}")
    (folder / "key.json").chmod(0o644)
    told = doctor(world, folder, "--keystore", "key.json", "--store", "gopher://x", "--json")
    assert (told.code, told.document["well"]) == (3, False)
    bad = {f["name"] for f in told.document["findings"] if f["verdict"] == "bad"}
    assert bad == {"state", "keystore", "store"}
    dead = weighhouse_here("doctor", "--network", "http://127.0.0.1:1", cwd=folder)
    assert dead.code == 3
    assert "error: Unwell: " in dead.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_of_that_shell(shell: str, folder: Path) -> None:
    told = weighhouse_here("completion", shell, cwd=folder)
    assert told.code == 0
    assert "_WEIGHHOUSE_COMPLETE" in told.out
    if shell == "bash":
        checked = subprocess.run(["bash", "-n"], input=told.out, text=True, check=False)
        assert checked.returncode == 0


def test_a_network_is_spelled_as_ape_spells_it(world: World, folder: Path) -> None:
    url = world.network.endpoint
    rest = ["--deployments", f"{world.root}/deployments", "--store", f"file://{world.root}/store", "--json"]
    told = weighhouse_here("project", "status", "--network", f"ethereum:local:{url}", *rest, cwd=folder)
    assert told.code == 0, told.err
    wrong = weighhouse_here("project", "status", "--network", f"ethereum:sepolia:{url}", *rest, cwd=folder)
    assert (wrong.code, "11155111" in wrong.document["error"]["message"]) == (4, True)
    for name in ("ethereum:nowhere:geth", "solana:local:node", "ethereum:sepolia:infura"):
        told = weighhouse_here("project", "status", "--network", name, *rest, cwd=folder)
        assert told.code == 3, json.dumps(told.document)

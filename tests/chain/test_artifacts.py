"""The committed artifacts are what the sources compile to: nobody deploys code that nobody can read."""

import importlib.util
import json
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
ARTIFACTS = ROOT / "chain" / "artifacts"
DEPLOYABLE_LIMIT = 24_576  # EIP-170


def _load_compile_tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("weighhouse_compile", ROOT / "tools" / "compile.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def compiled() -> dict[str, str]:
    return _load_compile_tool().shipped_artifacts()


def test_every_committed_artifact_is_what_the_sources_compile_to(compiled: dict[str, str]) -> None:
    committed = {path.stem: path.read_text() for path in ARTIFACTS.glob("*.json")}
    assert sorted(committed) == sorted(compiled)
    stale = [name for name, text in compiled.items() if committed[name] != text]
    assert stale == [], "run `python tools/compile.py` and commit the result"


def test_every_contract_can_be_deployed(compiled: dict[str, str]) -> None:
    for name, text in compiled.items():
        code = bytes.fromhex(json.loads(text)["deployedBytecode"].removeprefix("0x"))
        assert 0 < len(code) <= DEPLOYABLE_LIMIT, name


def test_a_blueprint_holds_the_creation_code_of_its_contract(compiled: dict[str, str]) -> None:
    for name in ("PeerRegistry", "RoundBook", "RewardDistributor"):
        blueprint = json.loads(compiled[f"{name}Blueprint"])
        creation_code = json.loads(compiled[name])["bytecode"].removeprefix("0x")
        assert blueprint["deployedBytecode"] == "0xfe7100" + creation_code
        assert creation_code in blueprint["bytecode"]


def test_forge_is_set_to_compile_the_same_way(compiled: dict[str, str]) -> None:
    profile = tomllib.loads((ROOT / "foundry.toml").read_text())["profile"]["default"]
    compiler = json.loads(compiled["RoundBook"])["compiler"]
    assert profile["evm_version"] == compiler["evmVersion"]
    assert profile["optimizer"] is compiler["optimizer"]["enabled"]
    assert profile["optimizer_runs"] == compiler["optimizer"]["runs"]
    assert profile["bytecode_hash"] == "none"
    assert "via_ir" not in profile

"""Compile the contracts into `chain/artifacts/*.json`, so that users of the Python package need no compiler.

`python tools/compile.py` writes the artifacts; `--check` only says whether the committed ones are what the
sources give. The compiler is the native one where py-solc-x can install it, npm's behind `tools/solc.js`
otherwise; it lives in `.build/solc`, never in the user's home. Metadata hashes are left out of the bytecode,
so that both give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import solcx
from solcx import install as solcx_install
from solcx.exceptions import SolcInstallationError

ROOT = Path(__file__).resolve().parent.parent
ARTIFACTS = ROOT / "chain" / "artifacts"
VERSION = "0.8.34"
REMAPPING = "@openzeppelin/=node_modules/@openzeppelin/"
OPTIMIZER = {"enabled": True, "runs": 1_000_000}
EVM_VERSION = "cancun"

SHIPPED = {
    "AgreementJudge": "contracts/judges/AgreementJudge.sol",
    "MultisigArbiter": "contracts/MultisigArbiter.sol",
    "PayoutJudge": "contracts/judges/PayoutJudge.sol",
    "PeerRegistry": "contracts/PeerRegistry.sol",
    "PeerRegistryBlueprint": "contracts/blueprints/PeerRegistryBlueprint.sol",
    "ProjectFactory": "contracts/ProjectFactory.sol",
    "ProjectLens": "contracts/ProjectLens.sol",
    "RewardDistributor": "contracts/RewardDistributor.sol",
    "RewardDistributorBlueprint": "contracts/blueprints/RewardDistributorBlueprint.sol",
    "RoundBook": "contracts/RoundBook.sol",
    "RoundBookBlueprint": "contracts/blueprints/RoundBookBlueprint.sol",
    "ScoreCourt": "contracts/ScoreCourt.sol",
    "ScoreCourtBlueprint": "contracts/blueprints/ScoreCourtBlueprint.sol",
    "ScoreJudge": "contracts/judges/ScoreJudge.sol",
    "TestToken": "contracts/dev/TestToken.sol",
}
BLUEPRINT_PREAMBLE = "fe7100"


@cache
def compiler_folder() -> Path:
    """Return the project's own folder with a `solc-v<VERSION>` that py-solc-x and ape can run."""
    folder = ROOT / ".build" / "solc"
    binary = folder / f"solc-v{VERSION}"
    folder.mkdir(parents=True, exist_ok=True)
    if not _is_native(binary) and not _install_native(folder):
        _put_npm_compiler(binary)
    return folder


def _is_native(binary: Path) -> bool:
    return binary.exists() and not binary.read_bytes().startswith(b"#!")


def _install_native(folder: Path) -> bool:
    """Let py-solc-x download the compiler, where its server answers: it would wait without a limit."""
    host = urlsplit(solcx_install.BINARY_DOWNLOAD_BASE).hostname
    try:
        socket.create_connection((host, 443), timeout=3).close()
    except OSError:
        return False
    with tempfile.TemporaryDirectory(dir=folder) as staging:
        os.environ[solcx_install.SOLCX_BINARY_PATH_VARIABLE] = staging
        try:
            solcx.install_solc(VERSION)
        except (OSError, SolcInstallationError) as error:
            print(f"no native solc here ({error}); using npm's", file=sys.stderr)
            return False
        os.replace(Path(staging) / f"solc-v{VERSION}", folder / f"solc-v{VERSION}")
    return True


def _put_npm_compiler(binary: Path) -> None:
    """Write the launcher of `tools/solc.js`, in one step: other processes may be about to run it."""
    node = shutil.which("node")
    if node is None or not (ROOT / "node_modules" / "solc").is_dir():
        raise SystemExit(f"no compiler: solc {VERSION} cannot be downloaded; run `npm ci` for npm's")
    launcher = f'#!/bin/sh\nexec "{node}" "{ROOT / "tools" / "solc.js"}" "$@"\n'
    if binary.exists() and binary.read_text() == launcher:
        return
    with tempfile.NamedTemporaryFile("w", dir=binary.parent, delete=False) as draft:
        draft.write(launcher)
    os.chmod(draft.name, 0o755)
    os.replace(draft.name, binary)


def compile_standard(*paths: str) -> dict[str, Any]:
    """Compile the named sources (paths from the repository's root); return the standard JSON output.

    Raises `solcx.exceptions.SolcError` with the compiler's messages when they do not compile, `SystemExit`
    when it warns of the project's own code.
    """
    os.environ[solcx_install.SOLCX_BINARY_PATH_VARIABLE] = str(compiler_folder())
    output: dict[str, Any] = solcx.compile_standard(
        {
            "language": "Solidity",
            "sources": {path: {"urls": [path]} for path in paths},
            "settings": {
                "remappings": [REMAPPING],
                "optimizer": OPTIMIZER,
                "evmVersion": EVM_VERSION,
                "metadata": {"bytecodeHash": "none"},
                "outputSelection": {
                    "*": {"*": ["abi", "evm.bytecode.object", "evm.deployedBytecode", "metadata"]}
                },
            },
        },
        base_path=str(ROOT),
        allow_paths=str(ROOT),
        solc_version=VERSION,
    )
    warnings = [
        message["formattedMessage"]
        for message in output.get("errors", ())
        if message.get("sourceLocation", {}).get("file", "").startswith(("contracts/", "tests/"))
    ]
    if warnings:
        raise SystemExit("\n".join(warnings))
    return output


def artifact(output: dict[str, Any], path: str, name: str) -> dict[str, Any]:
    """Return what is kept of one compiled contract.

    `immutables` are the `[start, length]` byte ranges of the deployed bytecode that the constructor fills in.
    `sourceHash` is the sha256 over the paths and hashes of all sources that the contract was made from.
    """
    contract = output["contracts"][path][name]
    deployed = contract["evm"]["deployedBytecode"]
    ranges = sorted(
        [place["start"], place["length"]]
        for places in deployed.get("immutableReferences", {}).values()
        for place in places
    )
    sources = json.loads(contract["metadata"])["sources"]
    hashes = {source: hashlib.sha256(_source(source)).hexdigest() for source in sources}
    return {
        "contractName": name,
        "abi": contract["abi"],
        "bytecode": "0x" + contract["evm"]["bytecode"]["object"],
        "deployedBytecode": "0x" + deployed["object"],
        "immutables": ranges,
        "sourceHash": hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest(),
        "compiler": {"version": VERSION, "evmVersion": EVM_VERSION, "optimizer": OPTIMIZER},
    }


def _source(path: str) -> bytes:
    base = ROOT / "node_modules" if path.startswith("@") else ROOT
    return (base / path).read_bytes()


def shipped_artifacts() -> dict[str, str]:
    """Return the text of every artifact file by contract name."""
    output = compile_standard(*SHIPPED.values())
    artifacts = {name: artifact(output, path, name) for name, path in SHIPPED.items()}
    for name in SHIPPED:
        if name.endswith("Blueprint"):
            # Its constructor returns the other contract's creation code, which the compiler cannot know.
            target = artifacts[name.removesuffix("Blueprint")]["bytecode"].removeprefix("0x")
            artifacts[name]["deployedBytecode"] = "0x" + BLUEPRINT_PREAMBLE + target
    return {name: json.dumps(content, indent=1, sort_keys=True) + "\n" for name, content in artifacts.items()}


def harness_artifact(path: str, name: str) -> dict[str, Any]:
    """Compile a test's own contract, such as `tests/solidity/harness/TreeHarness.sol`; it is not shipped."""
    return artifact(compile_standard(path), path, name)


def main(arguments: list[str]) -> int:
    """Write the artifacts, or with `--check` name those that differ."""
    if arguments not in ([], ["--check"]):
        raise SystemExit("usage: compile.py [--check]")
    texts = shipped_artifacts()
    stale = [name for name, text in texts.items() if _committed(name) != text]
    extra = sorted({path.stem for path in ARTIFACTS.glob("*.json")} - set(texts))
    if arguments:
        for name in stale + extra:
            print(f"stale: {name}")
        return 1 if stale or extra else 0
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    for name in stale:
        (ARTIFACTS / f"{name}.json").write_text(texts[name])
        print(f"wrote {name}")
    for name in extra:
        (ARTIFACTS / f"{name}.json").unlink()
        print(f"removed {name}")
    return 0


def _committed(name: str) -> str | None:
    path = ARTIFACTS / f"{name}.json"
    return path.read_text() if path.exists() else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

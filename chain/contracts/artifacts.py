"""The compiled contracts that come with the package, so that nobody who uses them needs a compiler."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from chain.contracts.abi import Parameter, parameters, signature
from chain.encoding import keccak
from chain.errors import ConfigError


@dataclass(frozen=True)
class Function:
    """A function of a contract: 4-byte selector, inputs and outputs."""

    name: str
    selector: bytes
    inputs: tuple[Parameter, ...]
    outputs: tuple[Parameter, ...]


@dataclass(frozen=True)
class Fields:
    """An error or an event: its selector (4 bytes) or topic (32 bytes) and its parameters."""

    name: str
    signature: str
    hash: bytes
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True)
class Artifact:
    """A compiled contract.

    Attributes:
        name: The contract's name.
        abi: Its ABI, as the compiler wrote it.
        bytecode: What creates it, without constructor arguments.
        runtime: The code that then lies on chain, immutables zero.
        immutables: Start and length of each place in `runtime` that the constructor fills in.
        source_hash: Hash of the sources that it was compiled from.
        compiler: Version and settings.
    """

    name: str
    abi: tuple[dict[str, Any], ...] = field(repr=False)
    bytecode: bytes = field(repr=False)
    runtime: bytes = field(repr=False)
    immutables: tuple[tuple[int, int], ...] = field(repr=False)
    source_hash: str = field(repr=False)
    compiler: dict[str, Any] = field(repr=False)

    def __hash__(self) -> int:
        return hash((self.name, self.source_hash))

    @property
    def abi_hash(self) -> str:
        """keccak256 of the ABI's canonical JSON, in hex."""
        text = json.dumps(self.abi, sort_keys=True, separators=(",", ":"))
        return "0x" + keccak(text.encode()).hex()

    def masked(self, code: bytes) -> bytes:
        """Code from the chain with the immutables zero again, to compare with `runtime`."""
        masked = bytearray(code)
        for start, length in self.immutables:
            masked[start : start + length] = bytes(max(0, min(length, len(masked) - start)))
        return bytes(masked)

    def _entries(self, kind: str) -> list[dict[str, Any]]:
        return [entry for entry in self.abi if entry["type"] == kind]


@cache
def artifact(name: str) -> Artifact:
    """The committed artifact of a contract.

    Raises:
        ConfigError: There is none of this name.
    """
    source = files("chain") / "artifacts" / f"{name}.json"
    if not name.isidentifier() or not source.is_file():
        raise ConfigError(f"no artifact of a contract {name!r}; there are {', '.join(artifact_names())}")
    return artifact_from(json.loads(source.read_text()))


def artifact_from(document: dict[str, Any]) -> Artifact:
    """An artifact from its JSON document."""
    return Artifact(
        name=document["contractName"],
        abi=tuple(document["abi"]),
        bytecode=bytes.fromhex(document["bytecode"].removeprefix("0x")),
        runtime=bytes.fromhex(document["deployedBytecode"].removeprefix("0x")),
        immutables=tuple((start, length) for start, length in document["immutables"]),
        source_hash=document["sourceHash"],
        compiler=document["compiler"],
    )


@cache
def artifact_names() -> tuple[str, ...]:
    """The names of the contracts that have an artifact, in alphabetical order."""
    folder = files("chain") / "artifacts"
    return tuple(sorted(f.name[:-5] for f in folder.iterdir() if f.name.endswith(".json")))


@cache
def function(contract: str, name: str) -> Function:
    """A function of a contract.

    Raises:
        ConfigError: The contract has none of this name.
    """
    for entry in artifact(contract)._entries("function"):
        if entry["name"] == name:
            inputs, outputs = parameters(entry["inputs"]), parameters(entry["outputs"])
            return Function(name, keccak(signature(name, inputs).encode())[:4], inputs, outputs)
    raise ConfigError(f"{contract} has no function {name}")


@cache
def constructor(contract: str) -> tuple[Parameter, ...]:
    """What a contract's constructor takes."""
    entries = artifact(contract)._entries("constructor")
    return parameters(entries[0]["inputs"]) if entries else ()


@cache
def event(contract: str, name: str) -> Fields:
    """An event of a contract.

    Raises:
        ConfigError: The contract has none of this name.
    """
    for entry in artifact(contract)._entries("event"):
        if entry["name"] == name:
            return _fields(entry, 32)
    raise ConfigError(f"{contract} has no event {name}")


@cache
def custom_errors() -> tuple[Fields, ...]:
    """The custom errors of all contracts, those inherited from OpenZeppelin included, each once."""
    found = (_fields(e, 4) for name in artifact_names() for e in artifact(name)._entries("error"))
    return tuple({error.signature: error for error in found}.values())


def _fields(entry: dict[str, Any], size: int) -> Fields:
    inputs = parameters(entry["inputs"])
    text = signature(entry["name"], inputs)
    return Fields(entry["name"], text, keccak(text.encode())[:size], inputs)

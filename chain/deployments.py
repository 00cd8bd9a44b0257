"""What was deployed where: one folder a network, so that neither a second run nor a crash pays twice.

    deployments/<network>/
        .chain            the chain that it is about: id and genesis
        journal.sqlite     each transaction, before it is sent
        <Contract>.json   a manifest: address, arguments, transaction, hashes of code and ABI
        index.json        name -> address

Nothing is believed because it is written there: addresses are used after the chain was seen to be the same,
and the code at each address to be what the committed artifact says.

Example:
    >>> import tempfile
    >>> from chain.accounts import dev_account
    >>> from chain.network import connect
    >>> folder = Path(tempfile.mkdtemp()) / "embedded"
    >>> with connect("embedded") as network:
    ...     sender = Sender(network, dev_account(network, 0))
    ...     [len(deploy_system(network, sender, folder).deployed) for _ in range(2)]
    [9, 0]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from chain.contracts.artifacts import Artifact, artifact
from chain.contracts.handle import creation
from chain.contracts.token import Token
from chain.encoding import keccak
from chain.errors import ConfigError, NetworkError, Refused
from chain.files import read_json, write_json
from chain.journal import Journal
from chain.network import Network, checked_address
from chain.receipts import Receipt
from chain.sender import Sender

SCHEMA = 1
BLUEPRINTS = (
    "PeerRegistryBlueprint",
    "RoundBookBlueprint",
    "RewardDistributorBlueprint",
    "ScoreCourtBlueprint",
)
JUDGES = ("ScoreJudge", "PayoutJudge", "AgreementJudge")
FACTORY, LENS, TOKEN = "ProjectFactory", "ProjectLens", "TestToken"

_JOURNAL, _CHAIN, _INDEX = "journal.sqlite", ".chain", "index.json"


@dataclass(frozen=True)
class System:
    """Where the contracts are that all projects of a chain share.

    Attributes:
        factory: What deploys projects.
        lens: Their views.
        block: A block before which there can be no project.
        deployed: What this run deployed; empty when there was nothing to do.
    """

    factory: str
    lens: str
    block: int = 0
    deployed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Manifest:
    """One deployed contract, as its file tells it. Hashes are keccak256 in hex."""

    contract: str
    address: str
    arguments: tuple[Any, ...]
    transaction: str
    block: int
    deployer: str
    abi_hash: str
    bytecode_hash: str
    runtime_hash: str


def deploy_system(network: Network, sender: Sender, directory: Path) -> System:
    """Deploys what projects need, or finds it deployed.

    Args:
        network: Where.
        sender: Who pays. Its journal is set aside for the folder's own.
        directory: The network's folder; made when missing.

    Raises:
        NetworkError: The folder is about another chain, or the chain has forgotten what was deployed.
        ConfigError: What was deployed was other code than is committed now: `reset` first.
        ChainError: As `Sender.send`.
    """
    folder = _Folder(network, directory)
    folder.claim()
    blueprints = [folder.ensure(sender, name).address for name in BLUEPRINTS]
    judges = [folder.ensure(sender, name).address for name in JUDGES]
    factory = folder.ensure(sender, FACTORY, [*blueprints, judges])
    lens = folder.ensure(sender, LENS)
    return _system([factory, lens], tuple(folder.deployed))


def load_system(network: Network, directory: Path) -> System:
    """The system that a folder tells of, when the chain still says the same. Nothing is sent or written.

    Raises:
        ConfigError: Nothing was deployed there, a manifest is damaged, or it was made from other code.
        NetworkError: It is about another chain, or the chain has forgotten: a restarted dev chain.
    """
    folder = _Folder(network, directory)
    folder.check()
    return _system([folder.load(name) for name in (*BLUEPRINTS, *JUDGES, FACTORY, LENS)], ())


def deploy_token(network: Network, sender: Sender, directory: Path) -> Token:
    """Deploys the test token of a dev chain, or finds it deployed. The sender can mint it.

    Raises:
        Refused: The network is not a dev chain.
        ChainError: As `deploy_system`.
    """
    if not network.is_dev:
        raise Refused(f"test tokens are for dev chains, not for {network.name} (chain id {network.chain_id})")
    folder = _Folder(network, directory)
    folder.claim()
    return Token(network, folder.ensure(sender, TOKEN).address)


def load_token(network: Network, directory: Path) -> Token:
    """The test token that was deployed before. Raises as `load_system`."""
    folder = _Folder(network, directory)
    folder.check()
    return Token(network, folder.load(TOKEN).address)


def reset(network: Network, directory: Path) -> None:
    """Forgets what was deployed on a dev chain. Only files that this module writes are removed.

    Raises:
        Refused: The network is not a dev chain: what is deployed elsewhere must not be forgotten.
    """
    if not network.is_dev:
        raise Refused(f"deployments on {network.name} (chain id {network.chain_id}) are not forgotten")
    for name in (*BLUEPRINTS, *JUDGES, FACTORY, LENS, TOKEN):
        (directory / f"{name}.json").unlink(missing_ok=True)
    for name in (_INDEX, _CHAIN, _JOURNAL, f"{_JOURNAL}-wal", f"{_JOURNAL}-shm"):
        (directory / name).unlink(missing_ok=True)


class _Folder:
    """One network's folder, and what was deployed through it in this run."""

    def __init__(self, network: Network, path: Path) -> None:
        self.network = network
        self.path = path
        self.deployed: list[str] = []
        self._chain: dict[str, Any] = {
            "schema": SCHEMA,
            "chainId": network.chain_id,
            "genesisHash": "0x" + network.genesis_hash.hex(),
            "networkName": network.name,
        }

    def claim(self) -> None:
        """Writes which chain the folder is about, or checks it."""
        if (self.path / _CHAIN).exists():
            self.check()
        else:
            write_json(self.path / _CHAIN, self._chain)

    def check(self) -> None:
        """Raises unless the folder is about this very chain."""
        if not (self.path / _CHAIN).exists():
            raise ConfigError(f"nothing is deployed according to {self.path}: run `deploy` first")
        found = read_json(self.path / _CHAIN)
        if found.get("schema") != SCHEMA:
            raise ConfigError(f"{self.path / _CHAIN} has schema {found.get('schema')!r}, not {SCHEMA}")
        if found.get("chainId") != self.network.chain_id:
            raise NetworkError(
                f"{self.path} is about chain id {found.get('chainId')}, "
                f"and {self.network.endpoint} serves {self.network.chain_id}"
            )
        if found.get("genesisHash") != self._chain["genesisHash"]:
            raise _restarted(self.path, f"its genesis was {found.get('genesisHash')}")

    def ensure(self, sender: Sender, name: str, arguments: Sequence[object] = ()) -> Manifest:
        """The contract, deployed now if it has not been."""
        if (self.path / f"{name}.json").exists():
            manifest = self.load(name)
            if list(manifest.arguments) != list(arguments):
                raise ConfigError(f"{name} was deployed with other arguments; `reset` to deploy anew")
        else:
            journal = Journal(
                self.path / _JOURNAL,
                chain_id=self.network.chain_id,
                genesis_hash=self.network.genesis_hash,
            )
            code = keccak(creation(name, *arguments).data).hex()
            address, receipt = replace(sender, network=self.network, journal=journal).deploy(
                name, *arguments, key=f"deploy/{name}/{code}"
            )
            self._write(_manifest(artifact(name), address, arguments, receipt, sender.address))
            self.deployed.append(name)
            manifest = self.load(name)
        return manifest

    def load(self, name: str) -> Manifest:
        """The manifest of a contract, checked against the artifact and the chain."""
        path = self.path / f"{name}.json"
        if not path.exists():
            raise ConfigError(f"{path} is missing: run `deploy` first")
        manifest, committed = _parsed(path), artifact(name)
        hashes = (manifest.abi_hash, manifest.bytecode_hash, manifest.runtime_hash)
        if manifest.contract != name or hashes != _hashes(committed):
            raise ConfigError(f"{path} is about other code than is committed now; `reset` to deploy anew")
        code = self.network.code(manifest.address)
        if not code:
            raise _restarted(self.path, f"there is no code at {manifest.address}, where {name} was")
        if committed.masked(code) != committed.runtime:
            raise _restarted(self.path, f"the code at {manifest.address} is not that of {name}")
        return manifest

    def _write(self, document: dict[str, Any]) -> None:
        write_json(self.path / f"{document['contractName']}.json", document)
        index = self.path / _INDEX
        known = read_json(index) if index.exists() else {}
        write_json(index, {**known, document["contractName"]: document["address"]})


def _system(manifests: Sequence[Manifest], deployed: tuple[str, ...]) -> System:
    found = {manifest.contract: manifest for manifest in manifests}
    return System(
        factory=found[FACTORY].address,
        lens=found[LENS].address,
        block=found[FACTORY].block,
        deployed=deployed,
    )


def _manifest(
    made: Artifact, address: str, arguments: Sequence[object], receipt: Receipt, deployer: str
) -> dict[str, Any]:
    abi_hash, bytecode_hash, runtime_hash = _hashes(made)
    return {
        "schema": SCHEMA,
        "contractName": made.name,
        "address": address,
        "args": list(arguments),
        "txHash": receipt.hash,
        "blockNumber": receipt.block,
        "deployer": deployer,
        "abiHash": abi_hash,
        "bytecodeHash": bytecode_hash,
        "runtimeBytecodeHash": runtime_hash,
        "immutableRanges": [list(r) for r in made.immutables],
        "compiler": made.compiler,
        "sourceHash": made.source_hash,
    }


def _parsed(path: Path) -> Manifest:
    document = read_json(path)
    try:
        return Manifest(
            contract=document["contractName"],
            address=checked_address(document["address"]),
            arguments=tuple(document["args"]),
            transaction=document["txHash"],
            block=int(document["blockNumber"]),
            deployer=document["deployer"],
            abi_hash=document["abiHash"],
            bytecode_hash=document["bytecodeHash"],
            runtime_hash=document["runtimeBytecodeHash"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{path} is not a manifest: {type(error).__name__} {error}") from None


def _hashes(made: Artifact) -> tuple[str, str, str]:
    return made.abi_hash, "0x" + keccak(made.bytecode).hex(), "0x" + keccak(made.runtime).hex()


def _restarted(path: Path, why: str) -> NetworkError:
    return NetworkError(f"this looks like a restarted dev chain: {why}; `deploy --reset` forgets {path}")

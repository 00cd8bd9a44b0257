"""One Anvil and one project for all faults of a module; each scenario starts from the same block."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from chain.network import Network, connect
from tests.support.payday import Payday
from tests.support.world import World, build_world


@dataclass
class Ground:
    """A project whose round waits for its header, and how the payday ends undisturbed."""

    network: Network
    world: World
    payday: Payday
    undisturbed: dict[str, Any]
    snapshot: str = ""
    base_fee: int = field(default=10**9)

    def save(self) -> None:
        self.snapshot = self.network.rpc("evm_snapshot")

    def restore(self) -> None:
        self.network.rpc("evm_setAutomine", True)
        self.network.rpc("anvil_dropAllTransactions")
        self.network.rpc("evm_revert", self.snapshot)
        self.network.rpc("anvil_setNextBlockBaseFeePerGas", hex(self.base_fee))
        self.save()
        # Anvil cannot go back to a block that was reorganised away, so none goes as deep as the snapshot's.
        self.network.mine(5)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    root = tmp_path_factory.mktemp("world")
    with connect("anvil") as network:
        world = build_world(network, root, trainers=2, evaluators=1)
        world.owner.sender.send(world.project.token.mint(world.owner.sender.address, 10**18))
        round = world.open_and_submit()
        world.seal(round)
        world.measure(round)
        derived = world.evaluators[0].derive(round)
        for blob in (derived.report_bytes, derived.model_bytes):
            world.store.put(blob)
        payday = Payday(world.system, derived.header, world.store.url)
        ground = Ground(network, world, payday, {})
        ground.save()
        payday.run(network, root / "undisturbed")
        ground.undisturbed = payday.outcome(network)
        claimed = [ground.undisturbed["claimed"][index] for index in (2, 3)]
        assert sum(claimed) > 0, "a payday that pays nobody shows nothing"
        yield ground


@pytest.fixture
def ground(prepared: Ground) -> Ground:
    prepared.restore()
    return prepared


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "journals"

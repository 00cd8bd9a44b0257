"""`ape run` as its users meet it: a process of its own, in a project folder, on a chain that really runs."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import pytest

from chain.network import Network, connect

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / "node_modules" / ".bin"
SHIPPED_URL = "http://127.0.0.1:8545"

# ape cannot share an environment with NumPy 2, so these tests run in one of their own: `make ape-test`.
collect_ignore_glob = [] if importlib.util.find_spec("ape") else ["test_*.py"]


@dataclass(frozen=True)
class Workspace:
    """A project folder with the scripts and the configuration that are shipped, for an Anvil of its own."""

    folder: Path

    @property
    def deployments(self) -> Path:
        return self.folder / "deployments"

    def run(self, *arguments: str, answer: str = "") -> subprocess.CompletedProcess[str]:
        """`ape run` with these arguments; `answer` is what a person types."""
        return subprocess.run(
            [str(Path(sys.executable).parent / "ape"), "run", *arguments],
            cwd=self.folder,
            env={
                **os.environ,
                "APE_DATA_FOLDER": str(self.folder / "ape"),
                "PATH": f"{TOOLS}:{os.environ['PATH']}",
            },
            input=answer,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def manifests(self) -> dict[str, bytes]:
        """Every file that tells what is deployed where, byte by byte."""
        return {str(path): path.read_bytes() for path in self.deployments.rglob("*") if path.is_file()}


@pytest.fixture
def anvil() -> Iterator[Network]:
    with connect("anvil") as network:
        yield network


@pytest.fixture
def workspace_for(tmp_path: Path) -> Callable[[Network], Workspace]:
    """A fresh project folder for a chain."""

    def make(network: Network) -> Workspace:
        folder = Path(mkdtemp(dir=tmp_path))
        (folder / "scripts").symlink_to(ROOT / "scripts")
        shipped = (ROOT / "ape-config.yaml").read_text()
        assert SHIPPED_URL in shipped
        (folder / "ape-config.yaml").write_text(shipped.replace(SHIPPED_URL, network.endpoint))
        return Workspace(folder)

    return make


@pytest.fixture
def workspace(anvil: Network, workspace_for: Callable[[Network], Workspace]) -> Workspace:
    return workspace_for(anvil)

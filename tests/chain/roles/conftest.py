"""A new world on an embedded chain for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chain.network import Network, connect
from tests.support.world import World, build_world


@pytest.fixture
def chain_here() -> Iterator[Network]:
    with connect("embedded") as network:
        yield network


@pytest.fixture
def world(chain_here: Network, tmp_path: Path) -> World:
    return build_world(chain_here, tmp_path)

"""An Anvil for each file of tests: what commands do needs a node that outlives them."""

from collections.abc import Iterator

import pytest

from chain.network import Network, connect


@pytest.fixture(scope="module")
def anvil() -> Iterator[Network]:
    with connect("anvil") as network:
        yield network

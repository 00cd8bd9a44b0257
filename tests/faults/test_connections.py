"""A node that does not answer, answers late or lies costs time and nothing else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chain.network import Network, connect
from tests.support.payday import persist
from tests.support.proxy import KINDS, Fault, Proxy, proxied

TIMEOUT = 0.8
"""Seconds that a request may take here; the answers of a hanging node come later."""


@pytest.fixture
def proxy(ground: Any) -> Iterator[Proxy]:
    with proxied(ground.network.endpoint, hang_seconds=1.5 * TIMEOUT) as proxy:
        yield proxy


@pytest.fixture
def through(proxy: Proxy) -> Iterator[Network]:
    with connect(proxy.url, timeout=TIMEOUT) as network:
        yield network


def check(ground: Any, proxy: Proxy, through: Network, folder: Path, *faults: Fault) -> list[str]:
    proxy.faults.extend(faults)
    errors = persist(ground.payday, through, folder)
    assert all(fault.hit for fault in faults), "the fault never struck"
    assert ground.payday.outcome(ground.network) == ground.undisturbed
    return errors


SENDING = [kind for kind in KINDS if kind not in ("null", "chain id", "genesis")]


@pytest.mark.parametrize("after", [2, 3], ids=["posting", "claiming"])
@pytest.mark.parametrize("kind", SENDING)
def test_a_transaction_is_handed_to_a_node_that(
    kind: str, after: int, ground: Any, proxy: Proxy, through: Network, folder: Path
) -> None:
    check(ground, proxy, through, folder, Fault(kind, "eth_sendRawTransaction", after=after))


@pytest.mark.parametrize("kind", ["refuse", "hang", "late", "limit", "half", "null"])
def test_its_receipt_is_asked_of_a_node_that(
    kind: str, ground: Any, proxy: Proxy, through: Network, folder: Path
) -> None:
    check(ground, proxy, through, folder, Fault(kind, "eth_getTransactionReceipt", times=3, after=1))


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        ("http 500", "eth_call"),
        ("limit", "eth_getLogs"),
        ("garbage", "eth_feeHistory"),
        ("internal", "eth_estimateGas"),
        ("refuse", "eth_getTransactionCount"),
    ],
)
def test_the_rest_is_asked_of_a_node_that(
    kind: str, method: str, ground: Any, proxy: Proxy, through: Network, folder: Path
) -> None:
    check(ground, proxy, through, folder, Fault(kind, method, times=2, after=2))


@pytest.mark.parametrize(
    ("kind", "method"), [("chain id", "eth_chainId"), ("genesis", "eth_getBlockByNumber")]
)
def test_another_chain_answers_for_a_while(
    kind: str, method: str, ground: Any, proxy: Proxy, through: Network, folder: Path
) -> None:
    errors = check(ground, proxy, through, folder, Fault(kind, method, times=2))
    assert "NetworkError" in errors


def test_everything_goes_wrong_one_after_the_other(
    ground: Any, proxy: Proxy, through: Network, folder: Path
) -> None:
    faults = [Fault(kind, "eth_sendRawTransaction", after=n % 4) for n, kind in enumerate(SENDING)]
    proxy.faults.extend(faults)
    persist(ground.payday, through, folder, tries=20)
    assert ground.payday.outcome(ground.network) == ground.undisturbed

"""Services in processes of their own: killed and started again, they carry a round to its end."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from chain.network import Network, connect
from tests.support.commands import sending, weighhouse_here


@pytest.fixture(scope="module")
def anvil() -> Iterator[Network]:
    with connect("anvil") as network:
        yield network


def test_a_round_is_carried_through_though_its_services_are_killed(anvil: Network, tmp_path: Path) -> None:
    def run(*words: str, account: int, code: int = 0) -> dict[str, object]:
        who = ("--network", anvil.endpoint, "--dev-account", str(account))
        ran = weighhouse_here(*sending(*words), *who, "--json", cwd=tmp_path)
        assert ran.code == code, (words, ran.err)
        return ran.document  # type: ignore[no-any-return]

    def advance(phase: str) -> None:
        assert weighhouse_here("round", "advance", phase, "--network", anvil.endpoint, cwd=tmp_path).code == 0

    run("project", "create", "--challenge", "60", account=0)
    run("project", "mint", "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", "5000", account=0)
    run("project", "fund", "1000", account=0)
    for account, role in ((1, "trainer"), (2, "evaluator")):
        address = anvil.rpc("eth_accounts")[account]
        run("project", "mint", anvil.web3.to_checksum_address(address), "2000", account=0)
        run("peer", "register", "--role", role, account=account)

    # The keeper opens the round, is killed, and is started again: there is nothing left for it to do.
    keeper = start(anvil, tmp_path, "keeper", 0)
    told = wait_for(keeper, "opened")
    assert told["role"] == "keeper"
    assert "weighhouse_round 1.0" in metrics(keeper)
    os.kill(keeper.pid, signal.SIGKILL)
    keeper.communicate()
    assert run("watch", "--role", "keeper", "--once", account=0)["done"] == {}

    assert run("watch", "--role", "trainer", "--once", account=1)["done"] == {"submitted": 1}
    advance("publish")
    assert run("watch", "--role", "trainer", "--once", account=1)["done"] == {"published": 1}
    advance("seal")
    assert run("watch", "--role", "keeper", "--once", account=0)["done"] == {"sealed": 1}
    assert run("watch", "--role", "evaluator", "--once", account=2)["done"] == {"measured": 1}
    advance("reveal")
    # Salt and measurement outlived the process that made them.
    assert run("watch", "--role", "evaluator", "--once", account=2)["done"] == {"revealed": 1}
    advance("post")
    evaluator = start(anvil, tmp_path, "evaluator", 2)
    wait_for(evaluator, "posted")
    evaluator.terminate()
    out, _ = evaluator.communicate(timeout=60)
    assert evaluator.returncode == 0
    assert json.loads(out)["done"] == {"posted": 1}
    advance("active")
    assert run("watch", "--role", "trainer", "--once", account=1)["done"] == {"claimed": 1}


def start(anvil: Network, folder: Path, role: str, account: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "from chain.cli import main; main(prog_name='weighhouse')"]
    options = ["--role", role, "--network", anvil.endpoint, "--dev-account", str(account), "--pause", "0.2"]
    return subprocess.Popen(
        [*command, "watch", *options, "--port", "0", "--json"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


SAID: dict[int, list[dict[str, object]]] = {}


def wait_for(service: subprocess.Popen[str], word: str) -> dict[str, object]:
    """The first line of a service's log that tells of something it did; each line is a JSON document."""
    assert service.stderr is not None
    said = SAID.setdefault(service.pid, [])
    for line in service.stderr:
        said.append(json.loads(line))
        if word in str(said[-1].get("what")):
            return said[-1]
    out, _ = service.communicate()
    raise AssertionError(f"it ended with {service.returncode} and never {word}: {said} {out}")


def metrics(service: subprocess.Popen[str]) -> str:
    port = next(line["port"] for line in SAID[service.pid] if line["event"] == "listening")
    for _ in range(3):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
            text = str(answer.read().decode())
        if "weighhouse_node_up 1.0" in text:
            break
        time.sleep(0.5)
    return text

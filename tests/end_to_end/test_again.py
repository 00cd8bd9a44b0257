"""Every command run twice does it once, and the second time says so with a code of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chain.network import Network, connect
from chain.networks.dev import dev_address
from tests.support.commands import Ran, sending, weighhouse_here

TOKEN = 10**18


@pytest.fixture(scope="module")
def anvil() -> Iterator[Network]:
    with connect("anvil") as network:
        yield network


def test_a_second_run_sends_nothing_and_has_its_own_exit_code(anvil: Network, tmp_path: Path) -> None:
    def run(*words: str, account: int | None = None) -> Ran:
        who = [] if account is None else ["--dev-account", str(account)]
        return weighhouse_here(*sending(*words), "--network", anvil.endpoint, *who, "--json", cwd=tmp_path)

    def twice(*words: str, account: int, code: int = 8) -> None:
        first = run(*words, account=account)
        assert first.code == 0, (words, first.err)
        before = [anvil.nonce(dev_address(index)) for index in range(6)]
        again = run(*words, account=account)
        assert again.code == code, (words, again.out, again.err)
        assert [anvil.nonce(dev_address(index)) for index in range(6)] == before, words

    twice("project", "create", "--challenge", "60", "--guardian", dev_address(0), account=0)
    twice("project", "mint", dev_address(0), "5000", account=0)
    twice("project", "fund", "1000", account=0)
    assert run("project", "fund", "1000", "--reference", "second", account=0).code == 0
    for peer in (1, 2):
        twice("project", "mint", dev_address(peer), "2000", account=0)
    twice("peer", "register", account=1)
    twice("peer", "register", "--role", "evaluator", account=2)
    twice("round", "open", account=0, code=7)  # the round is still open
    twice("peer", "submit", "--seed", "1", account=1)
    run("round", "advance", "publish")
    assert run("peer", "publish", account=1).code == 0
    assert run("peer", "publish", account=1).code == 0  # the same bytes, at the same place
    run("round", "advance", "seal")
    twice("round", "seal", account=0, code=7)  # its phase is over
    twice("round", "measure", account=2)
    run("round", "advance", "reveal")
    twice("round", "reveal", account=2)
    run("round", "advance", "post")
    twice("round", "post", account=2)
    run("round", "advance", "active")
    twice("peer", "claim", account=1)
    twice("peer", "unbond", "100", account=1, code=7)  # one unbonding at a time
    twice("project", "close", account=0)
    status = run("project", "status").document["money"]
    assert int(status["funded"]) == 2000 * TOKEN
    assert int(status["refunded"]) == 1000 * TOKEN

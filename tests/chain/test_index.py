"""The index tells what the chain tells, through reorganisations, and is the same for everyone."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from chain.accounts import dev_account
from chain.contracts import Token
from chain.errors import StoreError
from chain.events import events
from chain.index import EventIndex
from chain.network import Network, attach, connect
from chain.sender import Sender
from tests.chain.test_events import Stingy


@pytest.fixture(scope="module")
def anvil() -> Iterator[Network]:
    with connect("anvil") as network:
        yield network


@pytest.fixture
def owner(anvil: Network) -> Sender:
    return Sender(anvil, dev_account(anvil, 0))


@pytest.fixture
def token(anvil: Network, owner: Sender) -> Token:
    return Token(anvil, owner.deploy("TestToken")[0])


def index_of(token: Token, path: Path, network: Network | None = None) -> EventIndex:
    return EventIndex(path, network or token.network, [token.address], 0)


def values(index: EventIndex, token: Token, **filters: Any) -> list[int]:
    return [event.arguments["value"] for event in index.events(token, "Transfer", **filters)]


def exported(index: EventIndex, path: Path) -> bytes:
    index.export(path)
    return path.read_bytes()


def test_it_tells_what_the_node_tells(anvil: Network, owner: Sender, token: Token, tmp_path: Path) -> None:
    index = index_of(token, tmp_path / "i")
    assert values(index, token) == []
    others = [dev_account(anvil, number).address for number in (1, 2)]
    for amount in range(1, 6):
        owner.send(token.mint(others[amount % 2], amount))
        assert index.events(token, "Transfer") == events(anvil, token, "Transfer", 0)
    owner.send(token.approve(others[0], 9))
    for other in others:
        assert index.events(token, "Transfer", to=other) == events(anvil, token, "Transfer", 0, to=other)
    assert index.events(token, "Approval") == events(anvil, token, "Approval", 0)


def test_the_cursor_is_a_block_and_a_log(anvil: Network, owner: Sender, token: Token, tmp_path: Path) -> None:
    index = index_of(token, tmp_path / "i")
    receipt = owner.send(token.mint(owner.address, 1))
    cursor = index.sync()
    assert (cursor.block, cursor.hash, cursor.log_index) == (
        receipt.block,
        receipt.block_hash,
        receipt.logs[-1].log_index,
    )
    anvil.mine()
    assert index.sync().log_index == -1


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5])
def test_it_follows_a_reorganisation(
    depth: int, anvil: Network, owner: Sender, token: Token, tmp_path: Path
) -> None:
    anvil.mine(5)
    index = index_of(token, tmp_path / "i")
    for amount in range(1, 7):
        owner.send(token.mint(owner.address, amount))
        index.sync()
    anvil.rpc("anvil_reorg", depth, [])
    assert index.events(token, "Transfer") == events(anvil, token, "Transfer", 0)
    owner.send(token.mint(owner.address, 100))
    assert index.events(token, "Transfer") == events(anvil, token, "Transfer", 0)
    assert values(index, token)[-1] == 100


def test_it_follows_a_chain_that_became_shorter(
    anvil: Network, owner: Sender, token: Token, tmp_path: Path
) -> None:
    index = index_of(token, tmp_path / "i")
    owner.send(token.mint(owner.address, 1))
    before = anvil.rpc("evm_snapshot")
    for amount in (2, 3):
        owner.send(token.mint(owner.address, amount))
    assert values(index, token) == [1, 2, 3]
    anvil.rpc("evm_revert", before)
    assert values(index, token) == [1]
    owner.send(token.mint(owner.address, 4))
    assert values(index, token) == [1, 4]


def test_rebuilt_it_has_the_same_bytes_whatever_it_went_through(
    anvil: Network, owner: Sender, token: Token, tmp_path: Path
) -> None:
    eventful = index_of(token, tmp_path / "eventful")
    anvil.mine(5)
    for amount in range(1, 8):
        owner.send(token.mint(owner.address, amount))
        eventful.sync()
    anvil.rpc("anvil_reorg", 4, [])
    eventful.sync()
    owner.send(token.mint(owner.address, 50))
    one = exported(eventful, tmp_path / "one")
    rebuilt = index_of(token, tmp_path / "rebuilt")
    assert exported(rebuilt, tmp_path / "two") == one
    stingy = attach(Stingy(anvil.web3.provider, 3), endpoint="stingy")  # type: ignore[arg-type]
    narrow = index_of(token, tmp_path / "narrow", stingy)
    assert exported(narrow, tmp_path / "three") == one
    eventful.close()
    (tmp_path / "eventful").unlink()
    assert exported(index_of(token, tmp_path / "eventful"), tmp_path / "four") == one


def test_up_to_date_it_asks_for_no_logs(anvil: Network, owner: Sender, token: Token, tmp_path: Path) -> None:
    owner.send(token.mint(owner.address, 1))
    counting = Stingy(anvil.web3.provider, 10**6)  # type: ignore[arg-type]
    index = index_of(token, tmp_path / "i", attach(counting, endpoint="counting"))
    assert values(index, token) == [1]
    asked = counting.asked
    for _ in range(5):
        assert values(index, token) == [1]
    assert counting.asked == asked


def test_an_index_of_something_else_is_made_anew(
    anvil: Network, owner: Sender, token: Token, tmp_path: Path
) -> None:
    owner.send(token.mint(owner.address, 1))
    index = index_of(token, tmp_path / "i")
    assert values(index, token) == [1]
    index.close()
    with connect("embedded") as other:
        theirs = Sender(other, dev_account(other, 0))
        another = Token(other, theirs.deploy("TestToken")[0])
        theirs.send(another.mint(theirs.address, 7))
        assert values(index_of(another, tmp_path / "i"), another) == [7]
    assert values(index_of(token, tmp_path / "i"), token) == [1]


def test_what_is_no_index_is_a_named_error(token: Token, tmp_path: Path) -> None:
    (tmp_path / "i").write_text("notes " * 100)
    with pytest.raises(StoreError, match="may be deleted"):
        index_of(token, tmp_path / "i").sync()
    assert (tmp_path / "i").read_text().startswith("notes")


def test_many_may_use_one_file_at_once(anvil: Network, owner: Sender, token: Token, tmp_path: Path) -> None:
    for amount in range(1, 6):
        owner.send(token.mint(owner.address, amount))
    with ThreadPoolExecutor(4) as pool:
        found = [pool.submit(values, index_of(token, tmp_path / "i"), token) for _ in range(8)]
    assert [f.result() for f in found] == [[1, 2, 3, 4, 5]] * 8
    with sqlite3.connect(tmp_path / "i") as connection:
        # Five transfers, and the ownership of who deployed the token.
        assert connection.execute("SELECT count(*) FROM logs").fetchone() == (6,)

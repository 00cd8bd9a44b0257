"""Python and Solidity hash alike: every case here is asked of the contracts' own code on the embedded EVM."""

import importlib.util
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest
from eth_utils.address import to_checksum_address
from hypothesis import given, settings
from hypothesis import strategies as st
from web3.contract import Contract

from chain import encoding
from chain.accounts import dev_account
from chain.contracts.book import RoundBook
from chain.contracts.distributor import RewardDistributor
from chain.contracts.handle import creation
from chain.contracts.types import Emission, EmissionKind, Header, Root, Schedule
from chain.network import Network, connect
from chain.trees import SumNode, index_tree, payout_tree, verify_index, verify_sum

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]

uint32 = st.integers(0, 2**32 - 1)
uint96 = st.integers(0, 2**96 - 1)
words = st.binary(min_size=32, max_size=32)
addresses = st.binary(min_size=20, max_size=20).map(to_checksum_address)
uint64 = st.integers(0, 2**64 - 1)
depths = st.integers(0, 255)
headers = st.builds(Header, uint64, uint32, depths, uint96, words, words, words, words, words)
roots = st.builds(Root, uint64, st.integers(0, 2**24 - 1), st.integers(0, 2**40 - 1), depths, uint96, words)
values = st.integers(-(2**255), 2**255 - 1)


def compiled(path: str, name: str) -> dict[str, Any]:
    """The artifact of a contract that is not shipped, from the repository's own compiler tool."""
    spec = importlib.util.spec_from_file_location("compile", ROOT / "tools" / "compile.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    return cast(dict[str, Any], tool.harness_artifact(path, name))


@dataclass(frozen=True)
class Solidity:
    """The contracts' side: libraries behind a harness, a book and a distributor as they are shipped."""

    chain_id: int
    book: RoundBook
    distributor: RewardDistributor
    harness: Contract

    def ask(self, function: str, *arguments: object) -> Any:
        return self.harness.functions[function](*arguments).call()


@pytest.fixture(scope="module")
def solidity() -> Iterator[Solidity]:
    harness = compiled("tests/solidity/harness/TreeHarness.sol", "TreeHarness")
    with connect("embedded") as network:
        here = dev_account(network, 0).address
        book = (here, here, here, here, here, bytes(32), Schedule(1, 1, 1, 1, 1), 1)
        distributor = (here, here, here, Emission(EmissionKind.FIXED, 1, 0))
        address = deploy(network, bytes.fromhex(harness["bytecode"][2:]))
        yield Solidity(
            chain_id=network.chain_id,
            book=RoundBook(network, deploy(network, creation("RoundBook", *book).data)),
            distributor=RewardDistributor(
                network, deploy(network, creation("RewardDistributor", *distributor).data)
            ),
            harness=network.web3.eth.contract(address=to_checksum_address(address), abi=harness["abi"]),
        )


def some(entries: list[T]) -> list[tuple[int, T]]:
    """The first, the middle and the last: a call to the EVM each is dear."""
    return [(index, entries[index]) for index in sorted({0, len(entries) // 2, len(entries) - 1})]


def deploy(network: Network, code: bytes) -> str:
    eth, account = network.web3.eth, dev_account(network, 0)
    transaction: dict[str, Any] = {
        "chainId": network.chain_id,
        "nonce": eth.get_transaction_count(account.address),
        "data": code,
        "gas": 8_000_000,
        "maxFeePerGas": 10**10,
        "maxPriorityFeePerGas": 10**9,
    }
    sent = eth.send_raw_transaction(account.sign_transaction(transaction).raw_transaction)
    address = eth.wait_for_transaction_receipt(sent)["contractAddress"]
    assert address is not None
    assert network.code(address)
    return address


@given(st.integers(0, 2**256 - 1), addresses, uint32, addresses, uint96)
def test_payout_leaves_hash_alike(
    solidity: Solidity, chain_id: int, distributor: str, index: int, account: str, amount: int
) -> None:
    ours = encoding.payout_leaf(chain_id, distributor, index, account, amount)
    assert ours == solidity.ask("sumLeaf", chain_id, distributor, index, account, amount)


@given(uint32, addresses, uint96)
def test_payout_leaves_are_the_distributors_own(
    solidity: Solidity, index: int, account: str, amount: int
) -> None:
    ours = encoding.payout_leaf(solidity.chain_id, solidity.distributor.address, index, account, amount)
    assert ours == solidity.distributor.leaf_hash(index, account, amount)


@given(st.sampled_from([encoding.UTILITIES, encoding.SCORES]), uint64, uint32, values)
def test_index_leaves_hash_alike(solidity: Solidity, tag: bytes, round: int, index: int, value: int) -> None:
    theirs = solidity.ask("indexLeaf", tag, round, index, value)
    assert encoding.index_leaf(tag, round, index, value) == theirs


@given(words, uint96, words, uint96)
def test_nodes_hash_alike(
    solidity: Solidity, left: bytes, left_sum: int, right: bytes, right_sum: int
) -> None:
    theirs = solidity.ask("sumParent", left, left_sum, right, right_sum)
    assert encoding.sum_node(left, left_sum, right, right_sum) == theirs
    assert encoding.index_node(left, right) == solidity.ask("indexParent", left, right)


@given(uint64, addresses, words, words, words)
def test_commitments_hash_alike(
    solidity: Solidity, round: int, evaluator: str, root: bytes, data_digest: bytes, salt: bytes
) -> None:
    ours = encoding.commitment_of(
        solidity.chain_id, solidity.book.address, round, evaluator, root, data_digest, salt
    )
    assert ours == solidity.book.commitment_of(round, evaluator, root, data_digest, salt)


@given(headers)
def test_headers_hash_alike(solidity: Solidity, header: Header) -> None:
    assert encoding.header_hash(astuple(header)) == solidity.ask("headerHash", astuple(header))


@given(roots)
def test_payout_roots_hash_alike(solidity: Solidity, root: Root) -> None:
    assert encoding.root_hash(astuple(root)) == solidity.distributor.root_hash(root)


@settings(max_examples=60)
@given(st.dictionaries(addresses, st.integers(0, 2**90), min_size=1, max_size=24))
def test_payout_trees_fold_alike(solidity: Solidity, payouts: dict[str, int]) -> None:
    ordered = sorted(payouts.items(), key=lambda payout: encoding.address_bytes(payout[0]))
    distributor = solidity.distributor.address
    tree = payout_tree(solidity.chain_id, distributor, ordered)
    for index, (account, amount) in some(ordered):
        leaf = solidity.distributor.leaf_hash(index, account, amount)
        assert solidity.ask("sumFold", leaf, amount, index, *tree.proof(index)) == [*tree.root]


@settings(max_examples=60)
@given(st.lists(values, min_size=1, max_size=24), uint64)
def test_index_trees_fold_alike(solidity: Solidity, entries: list[int], round: int) -> None:
    tree = index_tree(encoding.UTILITIES, round, entries)
    for index, value in some(entries):
        leaf = solidity.ask("indexLeaf", encoding.UTILITIES, round, index, value)
        assert solidity.ask("indexFold", leaf, index, tree.proof(index)) == tree.root


paths = st.integers(0, 8).flatmap(
    lambda depth: st.tuples(
        st.just(depth),
        st.integers(0, 2 ** (depth + 1)),
        st.lists(words, min_size=depth, max_size=depth),
        st.lists(uint96, min_size=depth, max_size=depth),
    )
)


@given(words, uint96, paths)
def test_any_path_is_believed_by_both_or_by_neither(
    solidity: Solidity, leaf: bytes, amount: int, path: tuple[int, int, list[bytes], list[int]]
) -> None:
    depth, index, siblings, sums = path
    # The distributor's own conditions around the fold: the index within the tree, the total within uint96.
    node, total = solidity.ask("sumFold", leaf, amount, index, siblings, sums)
    believed = index < 2**depth and total < 2**96
    root = SumNode(node, total)
    assert verify_sum(root, depth, SumNode(leaf, amount), index, siblings, sums) == believed
    assert not verify_sum(SumNode(node, total ^ 1), depth, SumNode(leaf, amount), index, siblings, sums)

    node = solidity.ask("indexFold", leaf, index, siblings)
    assert verify_index(node, depth, leaf, index, siblings) == (index < 2**depth)
    assert not verify_index(bytes(32), depth, leaf, index, siblings) or node == bytes(32)

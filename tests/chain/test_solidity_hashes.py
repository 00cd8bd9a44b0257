"""Python and Solidity hash alike: every case here is asked of the contracts' own code on the embedded EVM."""

import importlib.util
import random
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest
from eth_account.messages import encode_typed_data
from eth_utils.address import to_checksum_address
from hypothesis import given, settings
from hypothesis import strategies as st
from web3.contract import Contract

from chain import encoding
from chain.accounts import dev_account
from chain.contracts.book import RoundBook
from chain.contracts.distributor import RewardDistributor
from chain.contracts.handle import creation
from chain.contracts.types import Emission, EmissionKind, Header, Schedule
from chain.network import Network, connect
from chain.trees import SumNode, SumProof, SumTree, index_tree, payout_tree, verify_index, verify_sum

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]

uint32 = st.integers(0, 2**32 - 1)
uint96 = st.integers(0, 2**96 - 1)
words = st.binary(min_size=32, max_size=32)
addresses = st.binary(min_size=20, max_size=20).map(to_checksum_address)
uint64 = st.integers(0, 2**64 - 1)
depths = st.integers(0, 255)
headers = st.builds(Header, uint64, uint32, depths, uint96, *[words] * 8)
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


def typed_digest(message: dict[str, Any]) -> bytes:
    """What a wallet signs of a typed message, by eth-account's own code."""
    signable = encode_typed_data(full_message=message)
    return encoding.keccak(b"\x19" + signable.version + signable.header + signable.body)


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


@given(st.sampled_from([encoding.UTILITIES, encoding.TRACE, encoding.DESIGN]), uint64, uint32, values)
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


@given(uint64, addresses, words, words, words, words)
def test_commitments_hash_alike(
    solidity: Solidity, round: int, evaluator: str, root: bytes, players: bytes, data: bytes, salt: bytes
) -> None:
    ours = encoding.commitment_of(
        solidity.chain_id, solidity.book.address, round, evaluator, root, players, data, salt
    )
    assert ours == solidity.book.commitment_of(round, evaluator, root, players, data, salt)


@given(headers)
def test_headers_hash_alike(solidity: Solidity, header: Header) -> None:
    assert encoding.header_hash(astuple(header)) == solidity.ask("headerHash", astuple(header))


@given(st.integers(0, 2**24 - 1), depths, uint96, words)
def test_payout_roots_hash_alike(
    solidity: Solidity, sequence: int, depth: int, total: int, node: bytes
) -> None:
    ours = encoding.root_hash(sequence, depth, total, node)
    assert ours == solidity.distributor.root_hash(sequence, depth, total, node)


@given(addresses, uint96, addresses, st.integers(0, 2**256 - 1), st.integers(0, 2**256 - 1))
def test_signed_claims_hash_alike(
    solidity: Solidity, account: str, amount: int, to: str, nonce: int, deadline: int
) -> None:
    distributor = solidity.distributor
    message = encoding.claim_message(
        solidity.chain_id, distributor.address, account, amount, to, nonce, deadline
    )
    assert typed_digest(message) == distributor.claim_digest(account, amount, to, nonce, deadline)


@settings(max_examples=60)
@given(st.dictionaries(addresses, st.integers(0, 2**90), min_size=1, max_size=24))
def test_payout_trees_fold_alike(solidity: Solidity, payouts: dict[str, int]) -> None:
    ordered = sorted(payouts.items(), key=lambda payout: encoding.address_bytes(payout[0]))
    distributor = solidity.distributor.address
    tree = payout_tree(solidity.chain_id, distributor, ordered)
    for index, (account, amount) in some(ordered):
        leaf = solidity.distributor.leaf_hash(index, account, amount)
        assert solidity.ask("sumFold", leaf, amount, index, tree.proof(index).path) == [*tree.root]


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
    node, total = solidity.ask("sumFold", leaf, amount, index, SumProof(tuple(siblings), tuple(sums)).path)
    believed = index < 2**depth and total < 2**96
    root = SumNode(node, total)
    assert verify_sum(root, depth, SumNode(leaf, amount), index, siblings, sums) == believed
    assert not verify_sum(SumNode(node, total ^ 1), depth, SumNode(leaf, amount), index, siblings, sums)

    node = solidity.ask("indexFold", leaf, index, siblings)
    assert verify_index(node, depth, leaf, index, siblings) == (index < 2**depth)
    assert not verify_index(bytes(32), depth, leaf, index, siblings) or node == bytes(32)


def random_address(rng: random.Random) -> str:
    return to_checksum_address(rng.randbytes(20))


def test_thousands_of_random_leaves_hash_alike(solidity: Solidity) -> None:
    rng = random.Random(20)
    cases = [
        (
            rng.getrandbits(rng.choice([8, 64, 256])),
            random_address(rng),
            rng.getrandbits(32),
            random_address(rng),
            rng.getrandbits(rng.choice([1, 64, 96])),
        )
        for _ in range(3_000)
    ]
    ours = [encoding.payout_leaf(*case) for case in cases]
    assert ours == solidity.ask("sumLeaves", cases)


def test_the_paths_of_thousands_of_leaves_fold_alike(solidity: Solidity) -> None:
    rng = random.Random(21)
    cases, expected = [], []
    for size in (1, 2, 3, 5, 8, 100, 500, 1_024, 700):
        tree = SumTree.build((rng.randbytes(32), rng.getrandbits(80)) for _ in range(size))
        for index in range(size):
            cases.append((*tree.leaf(index), index, tree.proof(index).path))
            expected.append(tree.root)
    for start in range(0, len(cases), 500):
        nodes, totals = solidity.ask("sumFolds", cases[start : start + 500])
        assert list(zip(nodes, totals, strict=True)) == expected[start : start + 500]


def test_thousands_of_random_signed_claims_hash_alike(solidity: Solidity) -> None:
    rng = random.Random(22)
    distributor = solidity.distributor.address
    cases = [
        (
            random_address(rng),
            rng.getrandbits(96),
            random_address(rng),
            rng.getrandbits(rng.choice([3, 256])),
            rng.getrandbits(rng.choice([40, 256])),
        )
        for _ in range(2_000)
    ]
    ours = [typed_digest(encoding.claim_message(solidity.chain_id, distributor, *case)) for case in cases]
    assert ours == solidity.ask("claimDigests", distributor, cases)

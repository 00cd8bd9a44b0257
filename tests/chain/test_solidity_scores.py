"""Python and Solidity draw, weigh and divide alike: every case is asked of the contracts' own libraries."""

from collections.abc import Iterator
from math import factorial
from typing import Any

import numpy as np
import pytest
from eth_utils.address import to_checksum_address
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.encoding import UTILITIES, index_leaf, score_leaf
from chain.network import connect
from chain.trees import EMPTY, index_tree, score_tree
from tests.chain.test_solidity_hashes import addresses, compiled, deploy, uint32, uint64, values, words
from valuation.mechanism import default_mechanism
from valuation.rewards.payouts import reward_weights
from valuation.scoring import loss_delta, shapley_exact, term
from valuation.seeds import permutations

cases = settings(max_examples=250, deadline=None)
scores = st.integers(-(2**55), 2**55)
score_lines = st.tuples(addresses, scores, st.integers(0, 2**200))


@pytest.fixture(scope="module")
def harness() -> Iterator[Any]:
    made = compiled("tests/solidity/harness/ScoreHarness.sol", "ScoreHarness")
    with connect("embedded") as network:
        address = deploy(network, bytes.fromhex(made["bytecode"][2:]))
        contract = network.web3.eth.contract(address=to_checksum_address(address), abi=made["abi"])

        def ask(function: str, *arguments: object) -> Any:
            return contract.functions[function](*arguments).call()

        yield ask


@cases
@given(uint64, uint32, addresses, values, st.integers(0, 2**256 - 1))
def test_score_leaves_hash_alike(
    harness: Any, round: int, index: int, account: str, score: int, prefix: int
) -> None:
    theirs = harness("scoreLeaf", round, index, account, score, prefix)
    assert score_leaf(round, index, account, score, prefix) == theirs


@settings(max_examples=150, deadline=None)
@given(words, st.integers(0, 39), st.integers(1, 24), st.data())
def test_players_have_the_same_places_in_drawn_orders(
    harness: Any, seed: bytes, p: int, n: int, data: st.DataObject
) -> None:
    player = data.draw(st.integers(0, n - 1))
    place = int(np.argsort(permutations(seed, p + 1, n)[p])[player])
    assert harness("positionOf", seed, p, n, player) == place


@pytest.mark.parametrize("n", [100, 256])
def test_large_orders_are_drawn_alike(harness: Any, n: int) -> None:
    seed = bytes(range(32))
    places = np.argsort(permutations(seed, 3, n)[2])
    for player in (0, 1, n // 2, n - 1):
        assert harness("positionOf", seed, 2, n, player) == places[player]


@cases
@given(st.integers(1, 16), st.data())
def test_coalitions_and_weights_of_exact_steps_are_alike(harness: Any, n: int, data: st.DataObject) -> None:
    player, k = data.draw(st.integers(0, n - 1)), data.draw(st.integers(0, 2 ** (n - 1) - 1))
    ours = term(default_mechanism(), n, player, k, seed=bytes(32), design=None)
    assert harness("without", k, player) == ours.without
    size = k.bit_count()
    assert harness("shapleyWeight", ours.without, n) == factorial(size) * factorial(n - 1 - size)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 3), st.data())
def test_shapley_sums_are_alike(harness: Any, n: int, data: st.DataObject) -> None:
    """The contracts' own coalitions, weights and division add up to Python's scores."""
    utilities = data.draw(st.lists(st.integers(-(2**46), 2**46), min_size=2**n, max_size=2**n))
    found = []
    for player in range(n):
        total = 0
        for k in range(2 ** (n - 1)):
            without = harness("without", k, player)
            gain = utilities[without | 1 << player] - utilities[without]
            total += harness("shapleyWeight", without, n) * gain
        found.append(harness("floorDiv", total, harness("factorial", n)))
    assert found == shapley_exact.scores(np.array(utilities), n)


@cases
@given(values, st.integers(1, 2**64))
def test_division_rounds_down_alike(harness: Any, value: int, by: int) -> None:
    assert harness("floorDiv", value, by) == value // by


@cases
@given(st.lists(st.integers(-(2**46), 2**46), min_size=4, max_size=4))
def test_loss_deltas_are_alike(harness: Any, losses: list[int]) -> None:
    assert [harness("lossDelta", *losses)] == loss_delta.scores(np.array(losses), 1)


@cases
@given(scores, st.integers(1, 4))
def test_rewards_weigh_scores_alike(harness: Any, score: int, power: int) -> None:
    assert [harness("scoreWeight", score, power)] == reward_weights([score], power)


@cases
@given(st.lists(values, min_size=1, max_size=20), uint64, st.data())
def test_trees_of_any_size_fold_alike(
    harness: Any, entries: list[int], round: int, data: st.DataObject
) -> None:
    tree = index_tree(UTILITIES, round, entries)
    index = data.draw(st.integers(0, len(entries) - 1))
    leaf = index_leaf(UTILITIES, round, index, entries[index])
    assert harness("depthOf", len(entries)) == tree.depth
    assert harness("foldTo", leaf, index, tree.depth, tree.proof(index)) == tree.root
    leaves = [index_leaf(UTILITIES, round, place, entry) for place, entry in enumerate(entries)]
    assert harness("rootOf", leaves + [EMPTY] * (2**tree.depth - len(leaves))) == tree.root


@cases
@given(
    st.lists(st.tuples(addresses, scores, st.integers(0, 2**200)), min_size=2, max_size=20), uint64, st.data()
)
def test_two_leaves_are_opened_alike(
    harness: Any, lines: list[tuple[str, int, int]], round: int, data: st.DataObject
) -> None:
    tree = score_tree(round, lines)
    a, b = sorted(data.draw(st.sets(st.integers(0, len(lines) - 1), min_size=2, max_size=2)))
    first, second = (score_leaf(round, place, *lines[place]) for place in (a, b))
    assert harness("foldPair", first, a, second, b, tree.depth, tree.pair_proof(a, b)) == tree.root

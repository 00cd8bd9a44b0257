"""The trees as data structures. That the contracts fold them alike is in test_solidity_hashes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.encoding import UTILITIES, index_leaf, index_node, payout_leaf, sum_node
from chain.trees import (
    EMPTY,
    IndexTree,
    SumNode,
    SumTree,
    index_tree,
    payout_tree,
    verify_index,
    verify_sum,
)
from valuation.errors import InputError

DISTRIBUTOR = "0x" + "d1" * 20
words = st.binary(min_size=32, max_size=32)
addresses = st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex())
amounts = st.integers(0, 2**80)
sum_leaves = st.lists(st.builds(SumNode, words, amounts), min_size=1, max_size=40)
hashes = st.lists(words, min_size=1, max_size=40)


def plain_sum_root(leaves: list[SumNode]) -> SumNode:
    """The definition, by halves: pad to a power of two, then hash the two halves' roots."""
    while len(leaves) & (len(leaves) - 1):
        leaves = [*leaves, SumNode(EMPTY, 0)]
    if len(leaves) == 1:
        return leaves[0]
    half = len(leaves) // 2
    left, right = plain_sum_root(leaves[:half]), plain_sum_root(leaves[half:])
    return SumNode(sum_node(*left, *right), left.sum + right.sum)


def plain_index_root(leaves: list[bytes]) -> bytes:
    while len(leaves) & (len(leaves) - 1):
        leaves = [*leaves, EMPTY]
    if len(leaves) == 1:
        return leaves[0]
    half = len(leaves) // 2
    return index_node(plain_index_root(leaves[:half]), plain_index_root(leaves[half:]))


@given(sum_leaves)
def test_a_sum_tree_has_the_root_of_its_definition(leaves: list[SumNode]) -> None:
    tree = SumTree.build(leaves)
    assert tree.root == plain_sum_root(leaves)
    assert 2**tree.depth >= len(leaves) > 2**tree.depth // 2


@given(hashes)
def test_an_index_tree_has_the_root_of_its_definition(leaves: list[bytes]) -> None:
    tree = IndexTree.build(leaves)
    assert tree.root == plain_index_root(leaves)
    assert 2**tree.depth >= len(leaves) > 2**tree.depth // 2


@given(sum_leaves)
def test_every_leaf_of_a_sum_tree_proves_itself(leaves: list[SumNode]) -> None:
    tree = SumTree.build(leaves)
    for index, leaf in enumerate(leaves):
        assert tree.leaf(index) == leaf
        assert verify_sum(tree.root, tree.depth, leaf, index, *tree.proof(index))


@given(hashes)
def test_every_leaf_of_an_index_tree_proves_itself(leaves: list[bytes]) -> None:
    tree = IndexTree.build(leaves)
    for index, leaf in enumerate(leaves):
        assert verify_index(tree.root, tree.depth, leaf, index, tree.proof(index))


@given(st.lists(st.builds(SumNode, words, amounts), min_size=2, max_size=20, unique=True), st.data())
def test_no_leaf_proves_itself_at_another_place_or_for_another_amount(
    leaves: list[SumNode], data: st.DataObject
) -> None:
    tree = SumTree.build(leaves)
    index = data.draw(st.integers(0, len(leaves) - 1))
    elsewhere = data.draw(st.integers(0, 2**tree.depth - 1).filter(lambda i: i != index))
    leaf, proof = leaves[index], tree.proof(index)
    assert not verify_sum(tree.root, tree.depth, leaf, elsewhere, *proof)
    assert not verify_sum(tree.root, tree.depth, leaf, index + 2**tree.depth, *proof)
    assert not verify_sum(tree.root, tree.depth, SumNode(leaf.node, leaf.sum + 1), index, *proof)


@given(st.lists(st.builds(SumNode, words, amounts), min_size=2, max_size=20), st.data())
def test_a_changed_path_proves_nothing(leaves: list[SumNode], data: st.DataObject) -> None:
    tree = SumTree.build(leaves)
    index = data.draw(st.integers(0, len(leaves) - 1))
    level = data.draw(st.integers(0, tree.depth - 1))
    siblings, sums = tree.proof(index)
    leaf = leaves[index]
    forged = [*siblings[:level], sum_node(EMPTY, 7, EMPTY, 7), *siblings[level + 1 :]]
    assert not verify_sum(tree.root, tree.depth, leaf, index, forged, sums)
    # One unit moved from the leaf to its sibling leaves the total as it was.
    moved = [*sums[:level], sums[level] + 1, *sums[level + 1 :]]
    assert not verify_sum(tree.root, tree.depth, leaf, index, siblings, moved)
    if leaf.sum:
        assert not verify_sum(tree.root, tree.depth, SumNode(leaf.node, leaf.sum - 1), index, siblings, moved)


@given(st.lists(st.builds(SumNode, words, amounts), min_size=3, max_size=20))
def test_an_inner_node_cannot_stand_for_a_leaf(leaves: list[SumNode]) -> None:
    tree = SumTree.build(leaves)
    inner = SumNode(sum_node(*leaves[0], *leaves[1]), leaves[0].sum + leaves[1].sum)
    siblings, sums = tree.proof(0)
    assert not verify_sum(tree.root, tree.depth, inner, 0, siblings[1:], sums[1:])


@given(st.lists(words, min_size=2, max_size=20, unique=True), st.data())
def test_no_index_leaf_proves_itself_at_another_place(leaves: list[bytes], data: st.DataObject) -> None:
    tree = IndexTree.build(leaves)
    index = data.draw(st.integers(0, len(leaves) - 1))
    elsewhere = data.draw(st.integers(0, 2 ** (tree.depth + 1) - 1).filter(lambda i: i != index))
    proof = tree.proof(index)
    assert not verify_index(tree.root, tree.depth, leaves[index], elsewhere, proof)
    assert not verify_index(tree.root, tree.depth, leaves[index], index, proof[:-1])
    assert not verify_index(tree.root, tree.depth, leaves[index], index, (*proof, EMPTY))


@pytest.mark.parametrize("amount", [1, 2**96, -1])
def test_sums_that_no_contract_can_hold_prove_nothing(amount: int) -> None:
    leaf = SumNode(b"\x01" * 32, 2**96 - 1 if amount > 0 else 5)
    total = leaf.sum + amount
    # The hash of such a node cannot be computed either, so the check must come before the fold.
    for claimed in (0, total, total % 2**96):
        assert not verify_sum(SumNode(EMPTY, claimed), 1, leaf, 0, [EMPTY], [amount])
        assert not verify_sum(SumNode(EMPTY, claimed), 2, leaf, 0, [EMPTY, EMPTY], [amount, 0])
    if amount == 1:
        assert not verify_sum(SumNode(sum_node(*leaf, EMPTY, 1), 2**96), 1, leaf, 0, [EMPTY], [1])


def test_a_tree_without_leaves_pays_nobody() -> None:
    assert SumTree.build([]).root == (EMPTY, 0)
    assert SumTree.build([]).depth == 0
    assert IndexTree.build([]).root == EMPTY


@pytest.mark.parametrize("index", [-1, 3])
def test_there_is_no_proof_of_what_is_not_there(index: int) -> None:
    with pytest.raises(InputError, match="no leaf"):
        SumTree.build([SumNode(EMPTY, 1)] * 3).proof(index)
    with pytest.raises(InputError, match="no leaf"):
        SumTree.build([SumNode(EMPTY, 1)] * 3).leaf(index)
    with pytest.raises(InputError, match="no leaf"):
        IndexTree.build([EMPTY] * 3).proof(index)


def test_a_tree_cannot_owe_more_than_its_type_can_say() -> None:
    assert SumTree.build([(EMPTY, 2**96 - 1)]).root.sum == 2**96 - 1
    with pytest.raises(InputError, match="uint96"):
        SumTree.build([(EMPTY, 2**95), (EMPTY, 2**95)])
    with pytest.raises(InputError, match="leaf 1 has a negative amount"):
        SumTree.build([(EMPTY, 5), (EMPTY, -1)])


@given(st.dictionaries(addresses, amounts, min_size=1, max_size=20))
def test_payouts_have_one_tree_in_ascending_order_of_address(payouts: dict[str, int]) -> None:
    ordered = sorted(payouts.items())
    tree = payout_tree(31337, DISTRIBUTOR, ordered)
    assert tree.root.sum == sum(payouts.values())
    for index, (account, amount) in enumerate(ordered):
        assert tree.leaf(index) == (payout_leaf(31337, DISTRIBUTOR, index, account, amount), amount)
    if len(ordered) > 1:
        with pytest.raises(InputError, match="ascending"):
            payout_tree(31337, DISTRIBUTOR, ordered[::-1])


def test_an_account_is_paid_by_one_leaf() -> None:
    account = "0x" + "Ab" * 20
    with pytest.raises(InputError, match="payouts 0 and 1"):
        payout_tree(31337, DISTRIBUTOR, [(account, 1), (account.lower(), 1)])


def test_an_index_tree_addresses_values_by_position() -> None:
    tree = index_tree(UTILITIES, 7, [0, -5, 2**60])
    for index, value in enumerate([0, -5, 2**60]):
        leaf, other_round = index_leaf(UTILITIES, 7, index, value), index_leaf(UTILITIES, 8, index, value)
        assert verify_index(tree.root, tree.depth, leaf, index, tree.proof(index))
        assert not verify_index(tree.root, tree.depth, other_round, index, tree.proof(index))


def test_a_proof_is_logarithmic_in_a_large_tree() -> None:
    tree = index_tree(UTILITIES, 1, range(100_000))
    assert len(tree.proof(99_999)) == tree.depth == 17
    assert verify_index(tree.root, 17, index_leaf(UTILITIES, 1, 99_999, 99_999), 99_999, tree.proof(99_999))


@given(st.integers(2, 40), st.data())
def test_two_leaves_are_opened_with_one_list_of_siblings(size: int, data: st.DataObject) -> None:
    """Folded as docs/court.md says, from the leaves up."""
    values = list(range(size))
    tree = index_tree(UTILITIES, 1, values)
    a, b = sorted(data.draw(st.sets(st.integers(0, size - 1), min_size=2, max_size=2)))
    siblings = list(tree.pair_proof(a, b))
    nodes = {a: index_leaf(UTILITIES, 1, a, a), b: index_leaf(UTILITIES, 1, b, b)}
    for _ in range(tree.depth):
        above: dict[int, bytes] = {}
        for place in sorted(nodes):
            if place >> 1 in above:
                continue
            beside = nodes[place ^ 1] if place ^ 1 in nodes else siblings.pop(0)
            pair = (beside, nodes[place]) if place & 1 else (nodes[place], beside)
            above[place >> 1] = index_node(*pair)
        nodes = above
    assert nodes == {0: tree.root}
    assert siblings == []


def test_only_two_leaves_in_ascending_order_are_opened_together() -> None:
    tree = index_tree(UTILITIES, 1, range(5))
    for a, b in ((1, 1), (2, 1), (1, 5)):
        with pytest.raises(InputError):
            tree.pair_proof(a, b)


@given(st.integers(1, 20), st.data())
def test_an_empty_place_of_a_payout_tree_is_proved_like_a_leaf(size: int, data: st.DataObject) -> None:
    tree = SumTree.build([(bytes([i + 1]) * 32, i) for i in range(size)])
    place = data.draw(st.integers(0, 2**tree.depth - 1))
    leaf = tree.leaf(place) if place < size else SumNode(EMPTY, 0)
    assert verify_sum(tree.root, tree.depth, leaf, place, *tree.place_proof(place))
    with pytest.raises(InputError):
        tree.place_proof(2**tree.depth)


@given(st.integers(2, 20), st.data())
def test_every_node_of_a_tree_has_a_path(size: int, data: st.DataObject) -> None:
    tree = SumTree.build([(bytes([i + 1]) * 32, i) for i in range(size)])
    height = data.draw(st.integers(0, tree.depth))
    index = data.draw(st.integers(0, len(tree.levels[height]) - 1))
    siblings, sums = tree.place_proof(index, height)
    node = tree.levels[height][index]
    assert verify_sum(tree.root, tree.depth - height, node, index, siblings, sums)
    leaves = index_tree(UTILITIES, 1, range(size))
    for place in range(min(size, 2 ** (leaves.depth - 1))):
        path = leaves.node_proof(1, place // 2)
        pair = [
            index_leaf(UTILITIES, 1, each, each) if each < size else EMPTY for each in (place & ~1, place | 1)
        ]
        assert verify_index(leaves.root, leaves.depth - 1, index_node(*pair), place // 2, path)


@given(st.lists(st.integers(0, 2**80), min_size=2, max_size=12))
def test_a_tree_that_states_its_true_sums_is_the_tree(amounts: list[int]) -> None:
    leaves = [(bytes([i + 1]) * 32, amount) for i, amount in enumerate(amounts)]
    tree = SumTree.build(leaves)
    sizes = [len(amounts)]
    while sizes[-1] > 1:
        sizes.append(-(-sizes[-1] // 2))
    stated = [[node.sum for node in level[:size]] for level, size in zip(tree.levels, sizes, strict=True)]
    assert SumTree.build(leaves, stated) == tree
    stated[-1][0] += 1
    lying = SumTree.build(leaves, stated)
    assert lying.root.sum == tree.root.sum + 1
    for wrong in (stated[:-1], [*stated[:-1], []], [[*stated[0], 1], *stated[1:]]):
        with pytest.raises(InputError, match="stated"):
            SumTree.build(leaves, wrong)

"""Merkle trees as the contracts fold them.

Two kinds. A sum tree carries payouts: each node binds the sums of its children, so that a root cannot owe
more than it states. An index tree carries utilities and scores: the position of a leaf is its meaning. In
both, bit k of a leaf's index says on which side its path lies at level k, so nobody can show one leaf at two
places. Both are padded with empty leaves to a power of two.

Building costs O(n) hashes and O(n) memory; a proof is read off in O(log n).

Example:
    >>> tree = SumTree.build([SumNode(bytes([i]) * 32, 10 * i) for i in range(1, 4)])
    >>> tree.depth, tree.root.sum
    (2, 60)
    >>> siblings, sums = tree.proof(2)
    >>> sums
    (0, 30)
    >>> verify_sum(tree.root, tree.depth, tree.leaf(2), 2, siblings, sums)
    True
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from chain.encoding import address_bytes, index_leaf, index_node, payout_leaves, score_leaf, sum_node
from valuation.errors import InputError

EMPTY = bytes(32)
"""The empty leaf, and the root of a tree without leaves."""

_MAX_SUM = 2**96 - 1
_MAX_LEAVES = 2**32

T = TypeVar("T")


class SumNode(NamedTuple):
    """A node of a sum tree: its hash, and the sum of the leaves below it in token units."""

    node: bytes
    sum: int


_NO_PAYOUT = SumNode(EMPTY, 0)


class SumProof(NamedTuple):
    """The path of a leaf of a sum tree, from the leaf up: hashes of the siblings, and their sums."""

    siblings: tuple[bytes, ...]
    sums: tuple[int, ...]

    @property
    def path(self) -> bytes:
        """The path as claims bring it along: 44 bytes a level, the sibling's hash and its sum.

        Example:
            >>> SumProof((b"\\x11" * 32,), (5,)).path.hex()[60:]
            '1111000000000000000000000005'
        """
        steps = zip(self.siblings, self.sums, strict=True)
        return b"".join(sibling + amount.to_bytes(12, "big") for sibling, amount in steps)


@dataclass(frozen=True)
class SumTree:
    """A Merkle-sum tree (libraries/SumMerkle.sol). Make one with `build` or `payout_tree`."""

    size: int
    _levels: tuple[tuple[SumNode, ...], ...] = field(repr=False)

    @classmethod
    def build(cls, leaves: Iterable[tuple[bytes, int]], stated: Sequence[Sequence[int]] = ()) -> SumTree:
        """Builds the tree over (hash, amount) leaves in their order.

        Args:
            leaves: Hashes and amounts.
            stated: What the nodes of each level, leaves first and without padding, are said to sum to; when
                it is not given they sum to what they do. A tree that says something else can be proved wrong.

        Raises:
            InputError: An amount is negative, all of them together do not fit uint96, or the stated sums are
                not one for each node.
        """
        nodes = [SumNode(*leaf) for leaf in leaves]
        for index, leaf in enumerate(nodes):
            if leaf.sum < 0:
                raise InputError(f"leaf {index} has a negative amount: {leaf.sum}")
        total = sum(leaf.sum for leaf in nodes)
        if total > _MAX_SUM:
            raise InputError(f"leaves sum to {total}, which does not fit uint96")
        if stated:
            return cls(len(nodes), _grow_stated([leaf.node for leaf in nodes], stated))
        return cls(len(nodes), _grow(nodes, _NO_PAYOUT, _join_sums))

    @property
    def root(self) -> SumNode:
        """Hash and sum of the whole tree; (32 zero bytes, 0) without leaves."""
        return self._levels[-1][0]

    @property
    def depth(self) -> int:
        """Length of every proof: 0 for a tree of at most one leaf."""
        return len(self._levels) - 1

    def leaf(self, index: int) -> SumNode:
        """The leaf at a position.

        Raises:
            InputError: There is no such leaf.
        """
        return self._levels[0][_within(index, self.size)]

    @property
    def levels(self) -> tuple[tuple[SumNode, ...], ...]:
        """All nodes, leaves first, each level but the last padded to even length."""
        return self._levels

    def proof(self, index: int) -> SumProof:
        """The path of the leaf at a position, as `Claim` takes it.

        Raises:
            InputError: There is no such leaf.
        """
        return self.place_proof(_within(index, self.size))

    def place_proof(self, index: int, height: int = 0) -> SumProof:
        """The path of any place of a level, leaves being level 0, whether it is empty or not.

        Raises:
            InputError: The tree has no such place.
        """
        _within(index, 2 ** (self.depth - height) if 0 <= height <= self.depth else 0)
        path, empty = [], _NO_PAYOUT
        for level, nodes in enumerate(self._levels[:-1]):
            if level >= height:
                place = (index >> (level - height)) ^ 1
                path.append(nodes[place] if place < len(nodes) else empty)
            empty = _join_sums(empty, empty)
        return SumProof(tuple(node.node for node in path), tuple(node.sum for node in path))


@dataclass(frozen=True)
class IndexTree:
    """An index-addressed Merkle tree (libraries/IndexMerkle.sol). Make one with `build` or `index_tree`."""

    size: int
    _levels: tuple[tuple[bytes, ...], ...] = field(repr=False)

    @classmethod
    def build(cls, leaves: Iterable[bytes]) -> IndexTree:
        """Builds the tree over leaf hashes in their order.

        Raises:
            InputError: More leaves than a uint32 can address.
        """
        hashes = list(leaves)
        return cls(len(hashes), _grow(hashes, EMPTY, index_node))

    @property
    def root(self) -> bytes:
        """Hash of the whole tree; 32 zero bytes without leaves."""
        return self._levels[-1][0]

    @property
    def depth(self) -> int:
        """Length of every proof: 0 for a tree of at most one leaf."""
        return len(self._levels) - 1

    def proof(self, index: int) -> tuple[bytes, ...]:
        """Hashes of the siblings on the path of the leaf at a position, from the leaf up.

        Raises:
            InputError: There is no such leaf.
        """
        return tuple(_path(self._levels, _within(index, self.size)))

    def node_proof(self, level: int, index: int) -> tuple[bytes, ...]:
        """As `proof`, of the node at a place of a level; leaves are level 0.

        Raises:
            InputError: There is no such node.
        """
        return tuple(_path(self._levels[level:], _within(index, len(self._levels[level]))))

    def pair_proof(self, first: int, second: int) -> tuple[bytes, ...]:
        """One list of siblings for two leaves, from the leaves up (docs/court.md, "Two leaves at once").

        On each level, while the paths are apart, the first leaf's sibling and then the second's; none on the
        level where they are each other's; above, one.

        Raises:
            InputError: There are no such leaves, or they are not in ascending order.
        """
        if not first < second:
            raise InputError(f"leaves {first} and {second} are not in ascending order")
        siblings: list[bytes] = []
        a, b = _within(first, self.size), _within(second, self.size)
        for level in self._levels[:-1]:
            if a != b and a ^ 1 != b:
                siblings += (level[a ^ 1], level[b ^ 1])
            elif a == b:
                siblings.append(level[a ^ 1])
            a, b = a >> 1, b >> 1
        return tuple(siblings)


def payout_tree(chain_id: int, distributor: str, payouts: Sequence[tuple[str, int]]) -> SumTree:
    """The sum tree over cumulative payouts, as (address, token units) in strictly ascending order of address.

    The order is part of the protocol: it makes the tree of a set of payouts unique, and a missing or doubled
    peer provable from two neighbours.

    Raises:
        InputError: Out of order, not an address, or an amount that does not fit uint96.
    """
    addresses = [address_bytes(account) for account, _ in payouts]
    for index in range(1, len(addresses)):
        if addresses[index - 1] >= addresses[index]:
            raise InputError(
                f"payouts {index - 1} and {index} are not in ascending order: "
                f"{payouts[index - 1][0]}, {payouts[index][0]}"
            )
    amounts = [amount for _, amount in payouts]
    leaves = payout_leaves(chain_id, distributor, zip(addresses, amounts, strict=True))
    return SumTree.build(zip(leaves, amounts, strict=True))


def score_tree(round: int, scores: Iterable[tuple[str, int, int]]) -> IndexTree:
    """The tree over a round's scores, as (address, nano-nats, prefix), in their order.

    Raises:
        InputError: A number does not fit its type, or an address is not one.
    """
    return IndexTree.build(score_leaf(round, index, *line) for index, line in enumerate(scores))


def index_tree(tag: bytes, round: int, values: Iterable[int]) -> IndexTree:
    """The index tree over a round's utilities, its trace or a design's weights, in their order.

    Raises:
        InputError: A value does not fit int256.
    """
    return IndexTree.build(index_leaf(tag, round, index, int(value)) for index, value in enumerate(values))


def verify_sum(
    root: SumNode, depth: int, leaf: SumNode, index: int, siblings: Sequence[bytes], sums: Sequence[int]
) -> bool:
    """Whether a leaf stands at a position under a root, folded from the proof alone as the contract does."""
    if not len(siblings) == len(sums) == depth or not 0 <= index < 2**depth:
        return False
    if not all(0 <= amount <= _MAX_SUM for amount in (leaf.sum, *sums)):
        return False
    node, total = leaf
    for level, (sibling, amount) in enumerate(zip(siblings, sums, strict=True)):
        if index >> level & 1:
            node = sum_node(sibling, amount, node, total)
        else:
            node = sum_node(node, total, sibling, amount)
        total += amount
        if total > _MAX_SUM:
            return False
    return (node, total) == root


def verify_index(root: bytes, depth: int, leaf: bytes, index: int, siblings: Sequence[bytes]) -> bool:
    """Whether a leaf stands at a position under a root, folded from the proof alone as the contract does."""
    if len(siblings) != depth or not 0 <= index < 2**depth:
        return False
    node = leaf
    for level, sibling in enumerate(siblings):
        node = index_node(sibling, node) if index >> level & 1 else index_node(node, sibling)
    return node == root


def _join_sums(left: SumNode, right: SumNode) -> SumNode:
    return SumNode(sum_node(left.node, left.sum, right.node, right.sum), left.sum + right.sum)


def _grow(leaves: list[T], empty: T, join: Callable[[T, T], T]) -> tuple[tuple[T, ...], ...]:
    """All levels, leaves first, each padded to even length: nobody asks for what lies further right."""
    if len(leaves) > _MAX_LEAVES:
        raise InputError(f"{len(leaves)} leaves are more than a uint32 can address")
    level = leaves or [empty]
    levels = []
    while len(level) > 1:
        if len(level) % 2:
            level = [*level, empty]
        levels.append(tuple(level))
        level = [join(left, right) for left, right in zip(level[::2], level[1::2], strict=True)]
        empty = join(empty, empty)
    return (*levels, tuple(level))


def _grow_stated(hashes: list[bytes], stated: Sequence[Sequence[int]]) -> tuple[tuple[SumNode, ...], ...]:
    """As `_grow`, of a tree whose nodes have the sums that they are said to have."""
    levels: list[tuple[SumNode, ...]] = []
    empty = _NO_PAYOUT
    for height, sums in enumerate(stated):
        if len(sums) != len(hashes) or not all(0 <= amount <= _MAX_SUM for amount in sums):
            raise InputError(f"{len(sums)} sums are stated for the {len(hashes)} nodes of level {height}")
        level = [SumNode(node, amount) for node, amount in zip(hashes, sums, strict=True)]
        if len(level) == 1:
            return (*levels, tuple(level))
        if len(level) % 2:
            level.append(empty)
        levels.append(tuple(level))
        hashes = [sum_node(*left, *right) for left, right in zip(level[::2], level[1::2], strict=True)]
        empty = _join_sums(empty, empty)
    raise InputError(f"no sum is stated for the {len(hashes)} nodes of level {len(stated)}")


def _path(levels: Sequence[Sequence[T]], index: int) -> list[T]:
    return [level[(index >> height) ^ 1] for height, level in enumerate(levels[:-1])]


def _within(index: int, size: int) -> int:
    if not 0 <= index < size:
        raise InputError(f"there is no leaf {index} among {size}")
    return index

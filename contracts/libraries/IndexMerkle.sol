// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Index-addressed Merkle trees: utilities, traces, scores and designs
/// @notice Padded to a power of two with zero leaves. Tags tell leaves from nodes and one tree from another. The callers check indices
/// against the tree's size.
library IndexMerkle {
    bytes1 internal constant UTILITY = 0x55;
    bytes1 internal constant TRACE = 0x54;
    bytes1 internal constant SCORE = 0x53;
    bytes1 internal constant DESIGN = 0x44;
    bytes1 internal constant NODE = 0x49;

    error WrongPath(uint256 length, uint256 expected);

    /// @notice Depth of the tree of so many leaves: zero for none and for one.
    function depthOf(uint256 leaves) internal pure returns (uint256) {
        return leaves < 2 ? 0 : Math.log2(leaves - 1) + 1;
    }

    /// @notice keccak256 of tag, round (8 bytes), index (4), value (32).
    /// @dev Assembly as in `parent`: the 45 bytes fit the scratch space.
    function leaf(bytes1 tag, uint64 round, uint32 index, int256 value) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let place := or(shl(184, and(round, 0xffffffffffffffff)), shl(152, and(index, 0xffffffff)))
            mstore(0x00, or(shl(248, shr(248, tag)), place))
            mstore(0x0d, value)
            hash := keccak256(0x00, 45)
        }
    }

    /// @notice Leaf of a score tree.
    function scoreLeaf(uint64 round, uint32 index, address account, int256 score, uint256 prefix)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encodePacked(SCORE, round, index, account, score, prefix));
    }

    /// @dev Assembly, because proofs spend most of their own gas here: the 65 bytes lie beyond the free memory pointer.
    function parent(bytes32 left, bytes32 right) internal pure returns (bytes32 node) {
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore8(buffer, 0x49)
            mstore(add(buffer, 1), left)
            mstore(add(buffer, 33), right)
            node := keccak256(buffer, 65)
        }
    }

    /// @notice Folds a leaf and its siblings, from the leaf up, to the root of a tree of this depth.
    /// @dev The caller checks `index` against the tree's width.
    function foldTo(bytes32 leafHash, uint256 index, uint256 depth, bytes32[] calldata siblings)
        internal
        pure
        returns (bytes32)
    {
        if (siblings.length != depth) revert WrongPath(siblings.length, depth);
        return _climb(leafHash, index, siblings, 0);
    }

    /// @notice Folds two leaves of one tree, `a < b`, to the root. While their paths are apart each level takes a's sibling and
    /// then b's; none on the level where they are each other's; above it one.
    function foldPair(
        bytes32 first,
        uint256 a,
        bytes32 second,
        uint256 b,
        uint256 depth,
        bytes32[] calldata siblings
    ) internal pure returns (bytes32) {
        uint256 apart = 0;
        // Assembly as in `_climb`. SAFETY: what lies beyond the siblings is read only where their number is wrong, which is checked next.
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore8(buffer, 0x49)
            let left := add(buffer, 1)
            let from := siblings.offset
            for {} shr(1, xor(a, b)) {} {
                let side := shl(5, and(a, 1))
                mstore(add(left, side), first)
                mstore(add(left, sub(32, side)), calldataload(from))
                first := keccak256(buffer, 65)
                side := shl(5, and(b, 1))
                mstore(add(left, side), second)
                mstore(add(left, sub(32, side)), calldataload(add(from, 32)))
                second := keccak256(buffer, 65)
                a := shr(1, a)
                b := shr(1, b)
                apart := add(apart, 1)
                from := add(from, 64)
            }
        }
        if (siblings.length + 1 != depth + apart) revert WrongPath(siblings.length, depth + apart - 1);
        return _climb(parent(first, second), a >> 1, siblings, 2 * apart);
    }

    /// @notice Root of the tree over so many leaves, a power of two; uses their memory up.
    function rootOf(bytes32[] memory leaves) internal pure returns (bytes32) {
        for (uint256 width = leaves.length / 2; width != 0; width /= 2) {
            for (uint256 i = 0; i < width; ++i) {
                leaves[i] = parent(leaves[2 * i], leaves[2 * i + 1]);
            }
        }
        return leaves[0];
    }

    /// @dev From siblings[at] on. Assembly as in `parent`: the bit of the index says which of the two places in the buffer is the
    /// node's; its sibling has the other. SAFETY: reads siblings up to their length only.
    function _climb(bytes32 node, uint256 index, bytes32[] calldata siblings, uint256 at)
        private
        pure
        returns (bytes32)
    {
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore8(buffer, 0x49)
            let left := add(buffer, 1)
            // Where the two halves begin lies 32 bytes apart: either is this less the other.
            let both := add(add(left, left), 32)
            let end := add(siblings.offset, shl(5, siblings.length))
            for { let from := add(siblings.offset, shl(5, at)) } lt(from, end) {} {
                let own := add(left, shl(5, and(index, 1)))
                mstore(own, node)
                mstore(sub(both, own), calldataload(from))
                node := keccak256(buffer, 65)
                index := shr(1, index)
                from := add(from, 32)
            }
        }
        return node;
    }
}

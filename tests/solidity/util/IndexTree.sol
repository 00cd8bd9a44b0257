// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

/// @notice Builds index trees from the written specification (docs/court.md), with no code of the contracts.
library IndexTree {
    /// @param levels Hashes, leaves first; none without leaves.
    struct Tree {
        bytes32[][] levels;
    }

    function build(bytes32[] memory leaves) internal pure returns (Tree memory tree) {
        uint256 depth = depthOf(leaves.length);
        tree.levels = new bytes32[][](depth + 1);
        tree.levels[0] = new bytes32[](1 << depth);
        for (uint256 i = 0; i < leaves.length; ++i) {
            tree.levels[0][i] = leaves[i];
        }
        for (uint256 level = 1; level <= depth; ++level) {
            bytes32[] memory below = tree.levels[level - 1];
            tree.levels[level] = new bytes32[](below.length / 2);
            for (uint256 i = 0; i < below.length / 2; ++i) {
                tree.levels[level][i] = keccak256(bytes.concat(hex"49", below[2 * i], below[2 * i + 1]));
            }
        }
    }

    function ofValues(bytes1 tag, uint64 round, int256[] memory values) internal pure returns (Tree memory) {
        bytes32[] memory leaves = new bytes32[](values.length);
        for (uint256 i = 0; i < values.length; ++i) {
            leaves[i] = leaf(tag, round, i, values[i]);
        }
        return build(leaves);
    }

    function leaf(bytes1 tag, uint64 round, uint256 index, int256 value) internal pure returns (bytes32) {
        return keccak256(
            bytes.concat(bytes.concat(tag), bytes8(round), bytes4(uint32(index)), bytes32(uint256(value)))
        );
    }

    function root(Tree memory tree) internal pure returns (bytes32) {
        return tree.levels[tree.levels.length - 1][0];
    }

    /// @notice The path of a leaf, or of the node above it on a higher level.
    function path(Tree memory tree, uint256 index, uint256 level)
        internal
        pure
        returns (bytes32[] memory found)
    {
        uint256 depth = tree.levels.length - 1;
        found = new bytes32[](depth - level);
        for (uint256 i = level; i < depth; ++i) {
            found[i - level] = tree.levels[i][index ^ 1];
            index /= 2;
        }
    }

    function path(Tree memory tree, uint256 index) internal pure returns (bytes32[] memory) {
        return path(tree, index, 0);
    }

    /// @notice The common path of two leaves, `a < b`.
    function paths(Tree memory tree, uint256 a, uint256 b) internal pure returns (bytes32[] memory found) {
        uint256 depth = tree.levels.length - 1;
        bytes32[] memory most = new bytes32[](2 * depth);
        uint256 count = 0;
        for (uint256 level = 0; level < depth; ++level) {
            if (a == b) {
                most[count++] = tree.levels[level][a ^ 1];
            } else if (a ^ 1 != b) {
                most[count++] = tree.levels[level][a ^ 1];
                most[count++] = tree.levels[level][b ^ 1];
            }
            (a, b) = (a / 2, b / 2);
        }
        found = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            found[i] = most[i];
        }
    }

    function depthOf(uint256 leaves) internal pure returns (uint256 depth) {
        while (2 ** depth < leaves) ++depth;
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

/// @title Index-addressed Merkle trees over signed values: utilities and scores
/// @notice Padded to a power of two with zero leaves. Tags tell leaves from nodes and one tree from another.
library IndexMerkle {
    bytes1 internal constant UTILITY = 0x55;
    bytes1 internal constant SCORE = 0x53;
    bytes1 internal constant NODE = 0x49;

    function leaf(bytes1 tag, uint64 round, uint32 index, int256 value) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(tag, round, index, value));
    }

    function parent(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(NODE, left, right));
    }

    /// @notice Folds a leaf and its siblings, from the leaf up, to the root.
    /// @dev The caller checks the number of siblings against the tree's depth, and `index` against its width.
    function fold(bytes32 leafHash, uint32 index, bytes32[] calldata siblings)
        internal
        pure
        returns (bytes32 node)
    {
        node = leafHash;
        for (uint256 level = 0; level < siblings.length; ++level) {
            node = (index >> level) & 1 == 0 ? parent(node, siblings[level]) : parent(siblings[level], node);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

/// @title Merkle-sum trees: every node commits to the sum of the leaves below it
/// @notice Leaves are index-addressed and padded to a power of two with the empty leaf (zero hash, zero sum). Bit k of a leaf's
/// index tells its side at level k. Leaves and nodes carry different tags, so that neither can pass for the other.
library SumMerkle {
    bytes1 internal constant LEAF = 0x50;
    bytes1 internal constant NODE = 0x4e;

    /// @dev Binds chain and contract: a leaf of one project is worth nothing in another, nor on a fork of the chain.
    function leaf(uint256 chainId, address distributor, uint32 index, address account, uint96 cumulative)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encodePacked(LEAF, chainId, distributor, index, account, cumulative));
    }

    function parent(bytes32 left, uint96 leftSum, bytes32 right, uint96 rightSum)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encodePacked(NODE, left, leftSum, right, rightSum));
    }

    /// @notice Folds a leaf and its path up to the root.
    /// @param siblings Hashes beside the path, from the leaf up; `sums` their sums, as many.
    /// @return node The root's hash; meaningless when `total` does not fit 96 bits.
    /// @return total The root's sum. At most 2^96 for every level and the leaf, so the addition cannot overflow.
    function fold(
        bytes32 leafHash,
        uint96 leafSum,
        uint32 index,
        bytes32[] calldata siblings,
        uint96[] calldata sums
    ) internal pure returns (bytes32 node, uint256 total) {
        node = leafHash;
        total = leafSum;
        for (uint256 level = 0; level < siblings.length; ++level) {
            // SAFETY: partial sums only grow, so where one is cut here, the total does not fit 96 bits either.
            uint96 sum = uint96(total);
            uint96 siblingSum = sums[level];
            node = (index >> level) & 1 == 0
                ? parent(node, sum, siblings[level], siblingSum)
                : parent(siblings[level], siblingSum, node, sum);
            total += siblingSum;
        }
    }
}

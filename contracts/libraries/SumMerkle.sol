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
    /// @dev Assembly, because claims spend most of their own gas here. One buffer holds the 89 bytes of a node: tag, left hash, left
    /// sum, right hash, right sum. Sums are written before hashes, because each spills 20 bytes over what follows it. The caller
    /// checks that both arrays are as long as the tree is deep, and `index` against its width.
    /// @param siblings Hashes beside the path, from the leaf up; `sums` their sums, as many.
    /// @return node The root's hash; meaningless when `total` does not fit 96 bits.
    /// @return total The root's sum, exact for up to 2^160 levels; the highest number when a sibling's sum does not fit 96 bits.
    function fold(
        bytes32 leafHash,
        uint96 leafSum,
        uint32 index,
        bytes32[] calldata siblings,
        uint96[] calldata sums
    ) internal pure returns (bytes32 node, uint256 total) {
        node = leafHash;
        total = leafSum;
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore8(buffer, 0x4e)
            for { let at := 0 } lt(at, shl(5, siblings.length)) { at := add(at, 32) } {
                let siblingSum := calldataload(add(sums.offset, at))
                if shr(96, siblingSum) {
                    total := not(0)
                    break
                }
                // The node is the left one of the two, or 44 bytes further the right one; its sibling is the other.
                let swap := mul(44, and(index, 1))
                let own := add(add(buffer, 1), swap)
                let other := sub(add(buffer, 45), swap)
                mstore(add(own, 32), shl(160, total))
                mstore(add(other, 32), shl(160, siblingSum))
                mstore(own, node)
                mstore(other, calldataload(add(siblings.offset, at)))
                node := keccak256(buffer, 89)
                total := add(total, siblingSum)
                index := shr(1, index)
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

/// @title Merkle-sum trees: every node commits to the sum of the leaves below it
/// @notice Leaves are index-addressed and padded to a power of two with the empty leaf (zero hash, zero sum). Bit k of a leaf's
/// index tells its side at level k. Leaves and nodes carry different tags, so that neither can pass for the other.
library SumMerkle {
    bytes1 internal constant LEAF = 0x50;
    bytes1 internal constant NODE = 0x4e;

    /// @notice Bytes of one level of a path: the sibling's hash (32) and its sum (12).
    uint256 internal constant STEP = 44;

    /// @notice keccak256 of tag, chain id (32 bytes), distributor (20), index (4), account (20), cumulative (12).
    /// @dev Binds chain and contract: a leaf of one project is worth nothing in another, nor on a fork of the chain. Fields are written
    /// from the last to the first, each a whole word that ends where the field does: what it puts before it is overwritten.
    function leaf(uint256 chainId, address distributor, uint32 index, address account, uint96 cumulative)
        internal
        pure
        returns (bytes32 node)
    {
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore(add(buffer, 57), cumulative)
            mstore(add(buffer, 45), account)
            mstore(add(buffer, 25), index)
            mstore(add(buffer, 21), distributor)
            mstore(add(buffer, 1), chainId)
            mstore8(buffer, 0x50)
            node := keccak256(buffer, 89)
        }
    }

    /// @notice keccak256 of tag, left hash (32 bytes), left sum (12), right hash (32), right sum (12).
    function parent(bytes32 left, uint96 leftSum, bytes32 right, uint96 rightSum)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encodePacked(NODE, left, leftSum, right, rightSum));
    }

    /// @notice Folds a leaf and its path up to the root.
    /// @dev Assembly, because claims spend most of their own gas here. One buffer holds the 89 bytes of a node. A step of the path has
    /// the layout of half a node, so that it is copied as it is; the sum of the running half is written as a word that ends where the
    /// half does, and the hash over the zeros before it. The caller checks the path's length, and `index` against the tree's width.
    /// @param path The siblings from the leaf up, `STEP` bytes each.
    /// @return node The root's hash; meaningless when `total` does not fit 96 bits.
    /// @return total The root's sum, exact: sums of 96 bits cannot overflow in any path that fits a transaction.
    function fold(bytes32 leafHash, uint256 leafSum, uint256 index, bytes calldata path)
        internal
        pure
        returns (bytes32 node, uint256 total)
    {
        node = leafHash;
        total = leafSum;
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore8(buffer, 0x4e)
            let left := add(buffer, 1)
            // Where the two halves begin lies 44 bytes apart: either is this less the other.
            let both := add(add(left, left), 44)
            let end := add(path.offset, path.length)
            for { let step := path.offset } lt(step, end) { step := add(step, 44) } {
                let own := add(left, mul(44, and(index, 1)))
                mstore(add(own, 12), total)
                mstore(own, node)
                calldatacopy(sub(both, own), step, 44)
                node := keccak256(buffer, 89)
                total := add(total, shr(160, calldataload(add(step, 32))))
                index := shr(1, index)
            }
        }
    }
}

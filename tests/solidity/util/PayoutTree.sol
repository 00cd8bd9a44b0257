// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Claim} from "../../../contracts/interfaces/IRewardDistributor.sol";

/// @notice Builds payout trees from the written specification, level by level and with no code of the contracts, so that agreement
/// with them means something.
library PayoutTree {
    struct Tree {
        address[] accounts;
        uint96[] amounts;
        bytes32[][] hashes;
        uint96[][] sums;
    }

    function build(address distributor, address[] memory accounts, uint96[] memory amounts)
        internal
        view
        returns (Tree memory tree)
    {
        uint256 depth = 0;
        while (1 << depth < accounts.length) ++depth;
        tree.accounts = accounts;
        tree.amounts = amounts;
        tree.hashes = new bytes32[][](depth + 1);
        tree.sums = new uint96[][](depth + 1);
        tree.hashes[0] = new bytes32[](1 << depth);
        tree.sums[0] = new uint96[](1 << depth);
        for (uint256 i = 0; i < accounts.length; ++i) {
            if (accounts[i] == address(0) && amounts[i] == 0) continue; // a gap
            tree.hashes[0][i] = leafHash(distributor, i, accounts[i], amounts[i]);
            tree.sums[0][i] = amounts[i];
        }
        for (uint256 level = 1; level <= depth; ++level) {
            uint256 width = 1 << (depth - level);
            tree.hashes[level] = new bytes32[](width);
            tree.sums[level] = new uint96[](width);
        }
        grow(tree, 1);
    }

    /// @notice Fills the levels from one on with what those below it give.
    function grow(Tree memory tree, uint256 from) internal pure {
        for (uint256 level = from; level < tree.hashes.length; ++level) {
            for (uint256 i = 0; i < tree.hashes[level].length; ++i) {
                (uint96 left, uint96 right) = (tree.sums[level - 1][2 * i], tree.sums[level - 1][2 * i + 1]);
                tree.hashes[level][i] =
                    parentHash(tree.hashes[level - 1][2 * i], left, tree.hashes[level - 1][2 * i + 1], right);
                tree.sums[level][i] = left + right;
            }
        }
    }

    function depthOf(Tree memory tree) internal pure returns (uint8) {
        return uint8(tree.hashes.length - 1);
    }

    function node(Tree memory tree) internal pure returns (bytes32) {
        return tree.hashes[tree.hashes.length - 1][0];
    }

    function sum(Tree memory tree) internal pure returns (uint96) {
        return tree.sums[tree.sums.length - 1][0];
    }

    /// @dev Of an empty leaf, too, which has neither account nor amount.
    function proof(Tree memory tree, uint256 index) internal pure returns (Claim memory leaf) {
        if (index < tree.accounts.length) {
            (leaf.account, leaf.cumulative) = (tree.accounts[index], tree.amounts[index]);
        }
        leaf.index = uint32(index);
        leaf.path = pathOf(tree, 0, index);
    }

    /// @notice The path of a node on any level.
    function pathOf(Tree memory tree, uint256 from, uint256 index)
        internal
        pure
        returns (bytes memory steps)
    {
        for (uint256 level = from; level < tree.hashes.length - 1; ++level) {
            uint256 beside = (index >> (level - from)) ^ 1;
            steps = bytes.concat(steps, step(tree.hashes[level][beside], tree.sums[level][beside]));
        }
    }

    function proofs(Tree memory tree) internal pure returns (Claim[] memory leaves) {
        leaves = new Claim[](tree.accounts.length);
        for (uint256 i = 0; i < leaves.length; ++i) {
            leaves[i] = proof(tree, i);
        }
    }

    /// @notice Root and sum of whatever tree has this leaf with this path.
    function fold(address distributor, Claim memory leaf) internal view returns (bytes32 root, uint96 total) {
        root = leafHash(distributor, leaf.index, leaf.account, leaf.cumulative);
        total = leaf.cumulative;
        for (uint256 level = 0; level < leaf.path.length / 44; ++level) {
            (bytes32 sibling, uint96 sum_) = stepAt(leaf.path, level);
            if ((leaf.index / 2 ** level) % 2 == 0) {
                root = parentHash(root, total, sibling, sum_);
            } else {
                root = parentHash(sibling, sum_, root, total);
            }
            total += sum_;
        }
    }

    /// @notice One level of a path.
    function step(bytes32 sibling, uint96 sum_) internal pure returns (bytes memory) {
        return bytes.concat(sibling, bytes12(sum_));
    }

    function stepAt(bytes memory path, uint256 level) internal pure returns (bytes32 sibling, uint96 sum_) {
        bytes memory part = new bytes(44);
        for (uint256 i = 0; i < 44; ++i) {
            part[i] = path[44 * level + i];
        }
        return (bytes32(part), uint96(bytes12(tail(part))));
    }

    /// @notice The path with one level replaced.
    function replaced(bytes memory path, uint256 level, bytes32 sibling, uint96 sum_)
        internal
        pure
        returns (bytes memory changed)
    {
        changed = bytes.concat(path);
        bytes memory part = step(sibling, sum_);
        for (uint256 i = 0; i < 44; ++i) {
            changed[44 * level + i] = part[i];
        }
    }

    function tail(bytes memory part) private pure returns (bytes memory sum_) {
        sum_ = new bytes(12);
        for (uint256 i = 0; i < 12; ++i) {
            sum_[i] = part[32 + i];
        }
    }

    function leafHash(address distributor, uint256 index, address account, uint96 amount)
        internal
        view
        returns (bytes32)
    {
        return keccak256(
            bytes.concat(
                hex"50",
                bytes32(block.chainid),
                bytes20(distributor),
                bytes4(uint32(index)),
                bytes20(account),
                bytes12(amount)
            )
        );
    }

    function parentHash(bytes32 left, uint96 leftSum, bytes32 right, uint96 rightSum)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(bytes.concat(hex"4e", left, bytes12(leftSum), right, bytes12(rightSum)));
    }
}

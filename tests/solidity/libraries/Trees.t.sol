// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Claim} from "../../../contracts/interfaces/IRewardDistributor.sol";
import {TreeHarness} from "../harness/TreeHarness.sol";
import {Assertions} from "../util/Assertions.sol";
import {PayoutTree} from "../util/PayoutTree.sol";

/// @notice The tree libraries against their specification, written down a second time and plainly.
contract TreesTest is Assertions {
    TreeHarness private harness = new TreeHarness();

    function testFuzz_ASumLeafIsHashedAsSpecified(uint32 index, address account, uint96 amount) public view {
        assertEq(
            harness.sumLeaf(block.chainid, address(this), index, account, amount),
            PayoutTree.leafHash(address(this), index, account, amount)
        );
    }

    function testFuzz_ASumNodeIsHashedAsSpecified(
        bytes32 left,
        uint96 leftSum,
        bytes32 right,
        uint96 rightSum
    ) public view {
        assertEq(
            harness.sumParent(left, leftSum, right, rightSum),
            PayoutTree.parentHash(left, leftSum, right, rightSum)
        );
    }

    /// @dev The assembly against plain Solidity, for every depth up to the deepest.
    function testFuzz_ASumPathFoldsAsSpecified(
        uint96 amount,
        uint32 index,
        uint96[32] memory sums,
        uint256 depth
    ) public view {
        depth = bound(depth, 0, 32);
        Claim memory leaf;
        leaf.account = address(this);
        leaf.index = index;
        leaf.cumulative = amount / 64;
        for (uint256 level = 0; level < depth; ++level) {
            bytes32 sibling = keccak256(abi.encode(index, level));
            leaf.path = bytes.concat(leaf.path, PayoutTree.step(sibling, sums[level] / 64));
        }
        (bytes32 expectedNode, uint96 expectedTotal) = PayoutTree.fold(address(this), leaf);
        (bytes32 node, uint256 total) = harness.sumFold(
            PayoutTree.leafHash(address(this), index, leaf.account, leaf.cumulative),
            leaf.cumulative,
            index,
            leaf.path
        );
        assertEq(node, expectedNode);
        assertEq(total, expectedTotal);
    }

    /// @dev Sums may exceed 96 bits together, never wrap: that total equals no root's sum.
    function test_SumsThatDoNotFitAreNotCut() public view {
        bytes memory path;
        for (uint256 i = 0; i < 32; ++i) {
            path = bytes.concat(path, PayoutTree.step(0, type(uint96).max));
        }
        (, uint256 total) = harness.sumFold("leaf", type(uint96).max, 0, path);
        assertEq(total, 33 * uint256(type(uint96).max));
    }

    /// @dev A different position is a different root, within the tree's width.
    function testFuzz_AnIndexLeadsToOneRootOnly(uint32 index, uint32 other, uint96 amount) public view {
        vm.assume(index % 1024 != other % 1024);
        bytes memory path;
        for (uint256 level = 0; level < 10; ++level) {
            path = bytes.concat(path, PayoutTree.step(keccak256(abi.encode(amount, level)), 0));
        }
        (bytes32 node,) = harness.sumFold("leaf", amount, index % 1024, path);
        (bytes32 elsewhere,) = harness.sumFold("leaf", amount, other % 1024, path);
        assertTrue(node != elsewhere, "same root");
    }

    function testFuzz_AnIndexLeafIsHashedAsSpecified(bytes1 tag, uint64 round, uint32 index, int256 value)
        public
        view
    {
        assertEq(
            harness.indexLeaf(tag, round, index, value),
            keccak256(bytes.concat(bytes.concat(tag), bytes8(round), bytes4(index), bytes32(uint256(value))))
        );
    }

    function testFuzz_AnIndexPathFoldsAsSpecified(bytes32 leaf, uint32 index, bytes32[] memory siblings)
        public
        view
    {
        vm.assume(siblings.length <= 32);
        bytes32 expected = leaf;
        for (uint256 level = 0; level < siblings.length; ++level) {
            bool right = (index / 2 ** level) % 2 == 1;
            expected = keccak256(
                right
                    ? bytes.concat(hex"49", siblings[level], expected)
                    : bytes.concat(hex"49", expected, siblings[level])
            );
        }
        assertEq(harness.indexFold(leaf, index, siblings), expected);
    }

    /// @dev No two kinds of hash can be confused, whatever is hashed: their tags differ.
    function test_TagsDiffer() public view {
        bytes32[3] memory nodes = [
            harness.indexParent(0, 0),
            harness.sumParent(0, 0, 0, 0),
            harness.sumLeaf(0, address(0), 0, address(0), 0)
        ];
        assertEq(nodes[0], keccak256(bytes.concat(hex"49", new bytes(64))));
        assertEq(nodes[1], keccak256(bytes.concat(hex"4e", new bytes(88))));
        assertEq(nodes[2], keccak256(bytes.concat(hex"50", new bytes(88))));
    }
}

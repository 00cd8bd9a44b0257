// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {ProjectConfig} from "../../../contracts/interfaces/IProjectFactory.sol";
import {Claim, EmissionKind} from "../../../contracts/interfaces/IRewardDistributor.sol";
import {PayoutTree} from "../util/PayoutTree.sol";
import {Project} from "../util/Project.sol";

/// @notice Properties of claims over random trees.
contract ClaimsFuzzTest is Project {
    using PayoutTree for PayoutTree.Tree;

    function setUp() public override {
        super.setUp();
        ProjectConfig memory generous = config(address(token));
        generous.emission.first = type(uint96).max;
        deploy(generous);
        registerAll();
        fund(type(uint96).max / 2);
    }

    /// @dev Between 1 and 33 accounts; shares are random, some of them zero, and fit the funding together.
    function randomTree(uint256 seed) private view returns (PayoutTree.Tree memory) {
        uint256 n = 1 + seed % 33;
        address[] memory accounts = new address[](n);
        uint96[] memory amounts = new uint96[](n);
        for (uint256 i = 0; i < n; ++i) {
            accounts[i] = actor(i);
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            amounts[i] = draw % 5 == 0 ? 0 : uint96(draw >> 160) >> uint8(7 + (draw >> 8) % 80);
        }
        return PayoutTree.build(address(distributor), accounts, amounts);
    }

    /// @dev The same accounts, each with at least as much.
    function grown(PayoutTree.Tree memory tree, uint256 seed) private view returns (PayoutTree.Tree memory) {
        uint96[] memory amounts = new uint96[](tree.accounts.length);
        for (uint256 i = 0; i < amounts.length; ++i) {
            amounts[i] = tree.amounts[i] + uint96(uint256(keccak256(abi.encode("more", seed, i))) % 1000);
        }
        return PayoutTree.build(address(distributor), tree.accounts, amounts);
    }

    function claimAll(uint24 root, PayoutTree.Tree memory tree) private returns (uint256 paid) {
        for (uint256 i = 0; i < tree.accounts.length; ++i) {
            if (tree.amounts[i] > distributor.claimed(tree.accounts[i])) {
                paid += distributor.claimFor(root, tree.proof(i));
            }
        }
    }

    function balances(PayoutTree.Tree memory tree) private view returns (bytes32) {
        uint256[] memory held = new uint256[](tree.accounts.length);
        for (uint256 i = 0; i < held.length; ++i) {
            held[i] = token.balanceOf(tree.accounts[i]);
        }
        return keccak256(abi.encode(held));
    }

    function testFuzz_AllClaimsTogetherPayTheRootsSumExactly(uint256 seed) public {
        PayoutTree.Tree memory tree = randomTree(seed);
        uint256 escrow = token.balanceOf(address(distributor));
        assertEq(claimAll(toActive(tree), tree), tree.sum());
        assertEq(token.balanceOf(address(distributor)), escrow - tree.sum());
        for (uint256 i = 0; i < tree.accounts.length; ++i) {
            assertEq(token.balanceOf(tree.accounts[i]), tree.amounts[i]);
        }
    }

    function testFuzz_OverSeveralRoundsEveryoneGetsTheLastCumulativeAmount(uint256 seed, uint256 claimers)
        public
    {
        PayoutTree.Tree memory tree = randomTree(seed);
        for (uint256 round = 0; round < 3; ++round) {
            uint24 root = toActive(tree);
            for (uint256 i = 0; i < tree.accounts.length; ++i) {
                bool claims = (claimers >> (33 * round + i)) & 1 == 1;
                if (claims && tree.amounts[i] > distributor.claimed(tree.accounts[i])) {
                    distributor.claimFor(root, tree.proof(i));
                }
            }
            tree = grown(tree, uint256(keccak256(abi.encode(seed, round))));
        }
        claimAll(toActive(tree), tree);
        for (uint256 i = 0; i < tree.accounts.length; ++i) {
            assertEq(token.balanceOf(tree.accounts[i]), tree.amounts[i]);
        }
        assertEq(token.balanceOf(address(distributor)), distributor.funded() - tree.sum());
    }

    function testFuzz_ABatchIsTheSameAsSingleClaims(uint256 seed, uint256 alreadyClaimed) public {
        PayoutTree.Tree memory tree = randomTree(seed);
        uint24 root = toActive(tree);
        uint256 first = alreadyClaimed % tree.accounts.length;
        if (tree.amounts[first] != 0) distributor.claimFor(root, tree.proof(first));
        uint256 before = vm.snapshotState();
        uint256 single = claimAll(root, tree);
        bytes32 held = balances(tree);
        vm.revertToState(before);
        assertEq(distributor.claimBatch(root, tree.proofs()), single);
        assertEq(balances(tree), held);
    }

    function testFuzz_TheOrderOfClaimsDoesNotMatter(uint256 seed, uint256 order) public {
        PayoutTree.Tree memory tree = randomTree(seed);
        uint24 root = toActive(tree);
        uint256 before = vm.snapshotState();
        claimAll(root, tree);
        bytes32 held = balances(tree);
        vm.revertToState(before);

        Claim[] memory leaves = tree.proofs();
        for (uint256 i = leaves.length; i > 1; --i) {
            uint256 j = uint256(keccak256(abi.encode(order, i))) % i;
            (leaves[i - 1], leaves[j]) = (leaves[j], leaves[i - 1]);
        }
        distributor.claimBatch(root, leaves);
        assertEq(balances(tree), held);
    }

    /// @dev Change any one thing in a proof, and nothing is paid.
    function testFuzz_NoTamperedProofPays(uint256 seed, uint256 what, uint256 how) public {
        PayoutTree.Tree memory tree = randomTree(seed);
        uint24 root = toActive(tree);
        uint256 depth = tree.depthOf();
        Claim memory leaf = tree.proof(how % tree.accounts.length);
        uint256 level = depth == 0 ? 0 : how % depth;
        what = bound(what, 0, depth == 0 ? 2 : 3);
        if (what == 0) leaf.account = address(uint160(leaf.account) ^ uint160(1 + how % 1000));
        if (what == 1) leaf.cumulative += uint96(1 + how % 1000);
        if (what == 2) leaf.index = uint32(leaf.index ^ (1 + how % 63));
        if (what == 3) leaf.path[44 * level + how % 44] ^= bytes1(uint8(1 << ((how >> 32) % 8)));
        uint256 escrow = token.balanceOf(address(distributor));
        (bool paid,) = address(distributor).call(abi.encodeCall(distributor.claimFor, (root, leaf)));
        assertFalse(paid, "a tampered proof was accepted");
        assertEq(token.balanceOf(address(distributor)), escrow);
    }
}

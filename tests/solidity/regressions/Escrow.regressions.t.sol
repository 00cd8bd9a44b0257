// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {Role} from "../../../contracts/interfaces/IPeerRegistry.sol";
import {Claim, IRewardDistributor} from "../../../contracts/interfaces/IRewardDistributor.sol";
import {Header} from "../../../contracts/interfaces/IRoundBook.sol";
import {BlockingToken} from "../hostile/Tokens.sol";
import {PayoutTree} from "../util/PayoutTree.sol";
import {Project} from "../util/Project.sol";

/// @notice What went wrong in other distributors, tried on this one. Each test names its source.
contract EscrowRegressionsTest is Project {
    using PayoutTree for PayoutTree.Tree;
    using PayoutTree for bytes;

    function setUp() public override {
        super.setUp();
        registerAll();
        fund(3 * BUDGET);
    }

    function expectWrongProof(address account) private {
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.WrongProof.selector, account));
    }

    /// @dev OpenZeppelin #3091 and #4818: with untagged leaves of 64 bytes an inner node passes for a leaf. Here a leaf's account and
    /// amount would have to be the node's preimage under another tag.
    function test_Regression_AnInnerNodeIsNoLeaf() public {
        PayoutTree.Tree memory tree = tree4(1 ether, 2 ether, 3 ether, 4 ether);
        uint24 root = toActive(tree);
        Claim memory leaf;
        leaf.account = address(bytes20(tree.hashes[1][0]));
        leaf.cumulative = tree.sums[1][0];
        leaf.path = PayoutTree.step(tree.hashes[1][1], tree.sums[1][1]);
        expectWrongProof(leaf.account);
        distributor.claimFor(root, leaf);
    }

    /// @dev Code4rena, contracts #39: a proof longer than the tree is deep, with leaves of the attacker's choice below a real one.
    function test_Regression_AProofCannotBeExtendedBelowALeaf() public {
        PayoutTree.Tree memory tree = tree2(trainer, 1 ether, rival, 2 ether);
        uint24 root = toActive(tree);
        Claim memory honest = tree.proof(0);
        Claim memory leaf;
        leaf.account = stranger;
        leaf.cumulative = 1 ether;
        leaf.path = bytes.concat(PayoutTree.step(tree.hashes[0][0], 0), honest.path);
        expectWrongProof(stranger);
        distributor.claimFor(root, leaf);
    }

    /// @dev Nomad, August 2022: the zero root was trusted, and with it every message.
    function test_Regression_TheZeroRootProvesNothing() public {
        Claim memory leaf;
        leaf.account = stranger;
        leaf.cumulative = 1 ether;
        for (uint24 root = 0; root < 17; ++root) {
            vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.UnknownRoot.selector, root));
            distributor.claimFor(root, leaf);
        }
        toPost();
        Header memory posted = header(1, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.EmptyRoot.selector));
        postAs(evaluator, posted);
        // A round that pays nobody has the zero root rightly: still nothing can be proven against it.
        postAs(evaluator, header(0, 0, 0));
        skip(CHALLENGE);
        expectWrongProof(stranger);
        distributor.claimFor(1, leaf);
    }

    /// @dev EigenLayer tests it as `WhenEarnerIndexBitwiseAddedTo`: the index with a bit above the depth leads to the same root.
    function test_Regression_AHigherBitOfTheIndexIsNoSecondLeaf() public {
        PayoutTree.Tree memory tree = tree2(trainer, 1 ether, rival, 2 ether);
        uint24 root = toActive(tree);
        Claim memory leaf = tree.proof(1);
        for (uint256 bit = 1; bit < 32; ++bit) {
            leaf.index = uint32(1 | (1 << bit));
            vm.expectRevert(
                abi.encodeWithSelector(IRewardDistributor.WrongIndex.selector, leaf.index, uint256(1))
            );
            distributor.claimFor(root, leaf);
        }
    }

    /// @dev UMA MerkleDistributor #3933 [H12]: one window could pay out what was funded for another. Here no root owes more than is
    /// funded, and a leaf above the root's sum has no proof.
    function test_Regression_NoRootPaysFromWhatOthersWereFundedFor() public {
        PayoutTree.Tree memory tree = tree2(trainer, BUDGET, rival, 0);
        uint24 root = toActive(tree);
        Claim memory leaf = tree.proof(0);
        leaf.cumulative = BUDGET + 1;
        expectWrongProof(trainer);
        distributor.claimFor(root, leaf);
        toPost();
        Header memory posted = header(tree2(trainer, BUDGET, rival, 2 * BUDGET + 1));
        vm.expectRevert(
            abi.encodeWithSelector(IRewardDistributor.SumExceedsFunding.selector, 3 * BUDGET + 1, 3 * BUDGET)
        );
        postAs(evaluator, posted);
    }

    /// @dev Footium, Sherlock 2023-04 #105 and #367: a new root took away what was not claimed under the old one.
    function test_Regression_ANewRootTakesNothingAway() public {
        PayoutTree.Tree memory tree = tree2(trainer, 1 ether, rival, 2 ether);
        uint24 old = toActive(tree);
        PayoutTree.Tree memory later = tree2(trainer, 4 ether, rival, 2 ether);
        uint24 root = toActive(later);
        uint256 state = vm.snapshotState();
        assertEq(distributor.claimFor(root, later.proof(0)), 4 ether);
        vm.revertToState(state);
        // A proof against the old root is still good, and takes nothing from the new one.
        assertEq(distributor.claimFor(old, tree.proof(0)), 1 ether);
        assertEq(distributor.claimFor(root, later.proof(0)), 3 ether);
    }

    /// @dev eigenlayer-cli #240: one leaf with nothing left made the whole batch revert.
    function test_Regression_ALeafWithNothingLeftDoesNotFailTheBatch() public {
        PayoutTree.Tree memory tree = tree4(1 ether, 0, 3 ether, 4 ether);
        uint24 root = toActive(tree);
        distributor.claimFor(root, tree.proof(2));
        assertEq(distributor.claimBatch(root, tree.proofs()), 5 ether);
    }

    /// @dev FLTask.sol of Blockchain-Based FL (arXiv 2307.10492), defect (f): rewards were pushed in a loop, and one winner that could
    /// not be paid kept all others from theirs.
    function test_Regression_AWinnerThatCannotBePaidBlocksNoOther() public {
        BlockingToken bad = new BlockingToken();
        (PayoutTree.Tree memory tree, uint24 root) = withToken(bad);
        bad.block_(rival);
        vm.expectEmit(address(distributor));
        emit IRewardDistributor.PaymentFailed(rival, rival);
        assertEq(distributor.claimBatch(root, tree.proofs()), 8 ether);
        assertEq(distributor.claimed(rival), 0);
        vm.prank(rival);
        assertEq(distributor.claimTo(root, tree.proof(1), stranger), 2 ether);
    }

    /// @dev FLTask.sol, defect (c): `distributeRewards` could be called any number of times for a round and drained the deposits.
    function test_Regression_ARoundPaysOnceHoweverOftenItIsAsked() public {
        PayoutTree.Tree memory tree = tree4(1 ether, 2 ether, 3 ether, 4 ether);
        uint24 root = toActive(tree);
        assertEq(distributor.claimBatch(root, tree.proofs()), 10 ether);
        uint256 held = token.balanceOf(address(distributor));
        for (uint256 i = 0; i < 3; ++i) {
            assertEq(distributor.claimBatch(root, tree.proofs()), 0);
        }
        assertEq(token.balanceOf(address(distributor)), held);
    }

    /// @dev FLTask.sol, defect (d): fewer than three ranked workers underflowed. Here one leaf, or none, is a tree like any other.
    function test_Regression_OneWorkerOrNoneIsPaidLikeMany() public {
        address[] memory accounts = new address[](1);
        uint96[] memory amounts = new uint96[](1);
        (accounts[0], amounts[0]) = (trainer, 5 ether);
        PayoutTree.Tree memory tree = PayoutTree.build(address(distributor), accounts, amounts);
        uint24 root = toActive(tree);
        assertEq(distributor.claimFor(root, tree.proof(0)), 5 ether);
        toPost();
        postAs(evaluator, header(5 ether, tree.node(), 0));
        skip(CHALLENGE);
        assertEq(distributor.activeSum(), 5 ether);
    }

    /// @dev FLTask.sol, defect (e): there was no end and no refund: what was not spent stayed in the contract.
    function test_Regression_WhatWasNotSpentGoesBackToTheOwner() public {
        toActive(tree2(trainer, 1 ether, rival, 2 ether));
        vm.startPrank(owner);
        book.close();
        assertEq(distributor.refund(owner), 3 * BUDGET - 3 ether);
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(IEscrow.ProjectClosed.selector));
        distributor.fund(1);
    }

    /// @dev Forta #150 and Livepeer #463: the same epoch was rewarded twice. Here amounts are cumulative, so that a root posted again
    /// for the same work pays nothing more.
    function test_Regression_TheSameRewardPostedTwicePaysOnce() public {
        PayoutTree.Tree memory tree = tree2(trainer, 1 ether, rival, 2 ether);
        uint24 first = toActive(tree);
        assertEq(distributor.claimFor(first, tree.proof(0)), 1 ether);
        uint24 again = toActive(tree);
        Claim memory leaf = tree.proof(0);
        vm.expectRevert(
            abi.encodeWithSelector(IRewardDistributor.AlreadyClaimed.selector, trainer, 1 ether, 1 ether)
        );
        distributor.claimFor(again, leaf);
    }

    /// @dev 0xSplits #21: rounding let the majority take a whole payment of a token with two decimals. Here nothing is rounded when it
    /// is paid: a leaf of one unit is one unit, and the emission's dust waits in the next round's budget.
    function test_Regression_TheSmallestUnitIsPaid() public {
        PayoutTree.Tree memory tree = tree4(1, 1, 1, 0);
        uint24 root = toActive(tree);
        assertEq(distributor.claimBatch(root, tree.proofs()), 3);
        assertEq(token.balanceOf(rival), 1);
    }

    /// @dev Merkl accepts whoever `tx.origin` is. A contract that the account calls must not be able to redirect its payout.
    function test_Regression_TheOriginOfATransactionIsNobody() public {
        PayoutTree.Tree memory tree = tree2(trainer, 1 ether, rival, 2 ether);
        uint24 root = toActive(tree);
        Claim memory leaf = tree.proof(0);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.NotClaimer.selector, trainer, stranger));
        vm.prank(stranger, trainer);
        distributor.claimTo(root, leaf, stranger);
    }

    /// @dev EigenLayer and URD: the same key posts and disables roots, and after activation. Here the poster cannot veto, and what is
    /// active stays.
    function test_Regression_NobodyRevokesAnActiveRoot() public {
        PayoutTree.Tree memory tree = tree2(trainer, 1 ether, rival, 2 ether);
        uint24 root = toActive(tree);
        address[4] memory callers = [guardian, court, owner, evaluator];
        bytes memory fault = abi.encodeCall(book.fault, (1, book.round(1).headerHash));
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.startPrank(callers[i]);
            (bool vetoed,) = address(book).call(abi.encodeCall(book.veto, (1)));
            (bool faulted,) = address(book).call(fault);
            (bool revoked,) = address(distributor).call(abi.encodeCall(distributor.revoke, ()));
            assertFalse(vetoed || faulted || revoked, "an active root was revoked");
            vm.stopPrank();
        }
        assertEq(distributor.claimFor(root, tree.proof(0)), 1 ether);
    }

    /// @dev Hedgey, April 2024, 44.7 million dollars: an approval outlived the campaign it was given for. Nothing here ever approves.
    function test_Regression_TheEscrowApprovesNobody() public {
        PayoutTree.Tree memory tree = tree2(trainer, 1 ether, rival, 2 ether);
        distributor.claimFor(toActive(tree), tree.proof(0));
        assertEq(sweepAll(owner), 2 ether);
        address[6] memory spenders =
            [owner, trainer, stranger, address(registry), address(book), address(factory)];
        for (uint256 i = 0; i < spenders.length; ++i) {
            assertEq(token.allowance(address(distributor), spenders[i]), 0);
            assertEq(token.allowance(address(registry), spenders[i]), 0);
        }
    }

    /// @dev CodeHawks snowman 2025-06 #357: script and contract hashed leaves differently, and nobody could claim. The tree's writing here
    /// shares no code with the contracts; Python's is compared with them in tests/chain/test_solidity_hashes.py.
    function test_Regression_TheTreeOfTheSpecificationIsTheContracts() public view {
        assertEq(
            distributor.leafHash(3, trainer, 5 ether),
            PayoutTree.leafHash(address(distributor), 3, trainer, 5 ether)
        );
    }

    function withToken(BlockingToken bad) private returns (PayoutTree.Tree memory tree, uint24 root) {
        deploy(config(address(bad)));
        address[4] memory peers = [trainer, rival, evaluator, second];
        bad.mint(address(this), 10_000 ether);
        bad.approve(address(distributor), 100 ether);
        distributor.fund(100 ether);
        for (uint256 i = 0; i < peers.length; ++i) {
            bad.mint(peers[i], 2 * EVALUATOR_STAKE);
            vm.startPrank(peers[i]);
            bad.approve(address(registry), 2 * EVALUATOR_STAKE);
            registry.register(i < 2 ? Role.Trainer : Role.Evaluator, 2 * EVALUATOR_STAKE, address(0));
            vm.stopPrank();
        }
        tree = tree4(1 ether, 2 ether, 3 ether, 4 ether);
        root = toActive(tree);
    }

    function tree4(uint96 a, uint96 b, uint96 c, uint96 d) private view returns (PayoutTree.Tree memory) {
        address[] memory accounts = new address[](4);
        uint96[] memory amounts = new uint96[](4);
        (accounts[0], accounts[1], accounts[2], accounts[3]) = (trainer, rival, evaluator, second);
        (amounts[0], amounts[1], amounts[2], amounts[3]) = (a, b, c, d);
        return PayoutTree.build(address(distributor), accounts, amounts);
    }
}

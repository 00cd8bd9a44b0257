// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

import {Flow, IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {Claim, IRewardDistributor} from "../../../contracts/interfaces/IRewardDistributor.sol";
import {PayoutTree} from "../util/PayoutTree.sol";
import {Project} from "../util/Project.sol";

/// @notice What nobody claims can be swept: a year after the end, a month after it was announced, and not a day sooner.
contract ExpiryTest is Project {
    using PayoutTree for PayoutTree.Tree;

    address private treasury = actor("treasury");
    PayoutTree.Tree private tree;
    uint24 private root;

    function setUp() public override {
        super.setUp();
        registerAll();
        fund(BUDGET);
        tree = tree2(trainer, 1 ether, rival, 2 ether);
        root = toActive(tree);
    }

    function closeAndEnd() private {
        vm.prank(owner);
        book.close();
        distributor.end();
    }

    function announce() private {
        closeAndEnd();
        vm.warp(distributor.expiresAt());
        vm.prank(owner);
        distributor.announceSweep(treasury);
    }

    function expectRefusal(bytes memory reason, address caller) private {
        vm.expectRevert(reason);
        vm.prank(caller);
    }

    function test_AnyoneNotesTheEndAndTheYearBegins() public {
        bytes memory reason = abi.encodeWithSelector(IEscrow.ProjectOpen.selector);
        vm.expectRevert(reason);
        distributor.end();
        toChallenge(tree2(trainer, 5 ether, rival, 2 ether));
        vm.prank(owner);
        book.close();
        vm.expectRevert(reason);
        distributor.end();
        skip(CHALLENGE);
        assertEq(distributor.expiresAt(), 0);
        vm.expectEmit(address(distributor));
        emit IEscrow.Ended(block.timestamp + 365 days);
        vm.prank(stranger);
        distributor.end();
        assertEq(distributor.expiresAt(), block.timestamp + 365 days);
    }

    function test_TheEndIsNotedOnce() public {
        closeAndEnd();
        uint40 expiry = distributor.expiresAt();
        skip(100 days);
        distributor.end();
        vm.prank(owner);
        distributor.refund(owner);
        assertEq(distributor.expiresAt(), expiry);
    }

    function test_ARefundNotesTheEnd() public {
        vm.startPrank(owner);
        book.close();
        distributor.refund(owner);
        vm.stopPrank();
        assertEq(distributor.expiresAt(), block.timestamp + distributor.EXPIRY());
    }

    function test_WhatWasNotClaimedGoesWhereItWasAnnounced() public {
        distributor.claimFor(root, tree.proof(1));
        token.mint(address(distributor), 7);
        closeAndEnd();
        vm.warp(distributor.expiresAt());
        uint256 from = block.timestamp + 30 days;
        vm.expectEmit(address(distributor));
        emit IEscrow.SweepAnnounced(treasury, from);
        vm.prank(owner);
        distributor.announceSweep(treasury);
        (address to, uint40 sweepableAt) = distributor.announcedSweep();
        assertEq(to, treasury);
        assertEq(sweepableAt, from);

        vm.warp(from);
        vm.expectEmit(address(distributor));
        emit IEscrow.Swept(treasury, 1 ether + 7);
        vm.prank(stranger);
        assertEq(distributor.sweep(), 1 ether + 7);
        assertEq(token.balanceOf(treasury), 1 ether + 7);
        assertEq(distributor.swept(), 1 ether + 7);
        // What the owner can still be refunded is untouched, and still is theirs.
        assertEq(token.balanceOf(address(distributor)), BUDGET - 3 ether);
        vm.prank(owner);
        assertEq(distributor.refund(owner), BUDGET - 3 ether);
    }

    function test_ClaimsGoOnUntilTheSweepAndNotAfter() public {
        announce();
        vm.warp(block.timestamp + 30 days);
        assertEq(distributor.claimFor(root, tree.proof(0)), 1 ether);
        distributor.sweep();
        Claim memory leaf = tree.proof(1);
        // The number stands, its word is gone: no proof holds, and the owner's rest is out of reach.
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.WrongProof.selector, rival));
        distributor.claimFor(root, leaf);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.UnknownRoot.selector, root));
        distributor.claimableFrom(root);
        token.mint(address(distributor), 100 ether);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.WrongProof.selector, rival));
        distributor.claimFor(root, leaf);
    }

    function test_RevertWhen_ASweepIsAnnouncedBeforeTheExpiry() public {
        expectRefusal(abi.encodeWithSelector(IEscrow.ProjectOpen.selector), owner);
        distributor.announceSweep(treasury);
        closeAndEnd();
        uint40 expiry = distributor.expiresAt();
        vm.warp(expiry - 1);
        expectRefusal(abi.encodeWithSelector(IEscrow.NotExpired.selector, expiry, expiry - 1), owner);
        distributor.announceSweep(treasury);
        vm.warp(expiry);
        expectRefusal(abi.encodeWithSelector(IEscrow.ZeroAddress.selector), owner);
        distributor.announceSweep(address(0));
        vm.prank(owner);
        distributor.announceSweep(treasury);
    }

    function test_RevertWhen_AnyoneButTheOwnerAnnounces() public {
        closeAndEnd();
        vm.warp(distributor.expiresAt());
        address[3] memory callers = [stranger, guardian, evaluator];
        for (uint256 i = 0; i < callers.length; ++i) {
            expectRefusal(
                abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, callers[i]), callers[i]
            );
            distributor.announceSweep(callers[i]);
        }
    }

    function test_RevertWhen_TheNoticeIsNotOver() public {
        vm.expectRevert(abi.encodeWithSelector(IEscrow.NotAnnounced.selector));
        distributor.sweep();
        announce();
        uint256 from = block.timestamp + 30 days;
        vm.warp(from - 1);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.TooEarlyToSweep.selector, from, from - 1));
        distributor.sweep();
    }

    function test_ANewAnnouncementWaitsAnew() public {
        announce();
        vm.warp(block.timestamp + 30 days);
        vm.prank(owner);
        distributor.announceSweep(stranger);
        vm.expectRevert(
            abi.encodeWithSelector(
                IEscrow.TooEarlyToSweep.selector, block.timestamp + 30 days, block.timestamp
            )
        );
        distributor.sweep();
    }

    function test_TheOwnerAndTheGuardianCanCancel() public {
        announce();
        expectRefusal(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, stranger), stranger);
        distributor.cancelSweep();
        vm.expectEmit(address(distributor));
        emit IEscrow.SweepCancelled(guardian);
        vm.prank(guardian);
        distributor.cancelSweep();
        expectRefusal(abi.encodeWithSelector(IEscrow.NotAnnounced.selector), owner);
        distributor.cancelSweep();
        vm.startPrank(owner);
        distributor.announceSweep(treasury);
        distributor.cancelSweep();
        vm.stopPrank();
        vm.warp(block.timestamp + 30 days);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.NotAnnounced.selector));
        distributor.sweep();
    }

    /// @dev A pause must not eat the last days in which one can claim.
    function test_RevertWhen_SweepingWhileClaimsArePaused() public {
        announce();
        vm.warp(block.timestamp + 29 days);
        vm.prank(guardian);
        distributor.pause(Flow.Claims);
        uint256 until = block.timestamp + 7 days;
        vm.warp(until - 1);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.PausedUntil.selector, Flow.Claims, until));
        distributor.sweep();
        vm.warp(until);
        assertEq(distributor.claimFor(root, tree.proof(0)), 1 ether);
        assertEq(distributor.sweep(), 2 ether);
    }

    function test_RevertWhen_EverythingWasClaimed() public {
        distributor.claimBatch(root, tree.proofs());
        announce();
        vm.warp(block.timestamp + 30 days);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.NothingToSweep.selector));
        distributor.sweep();
    }

    function test_GiftsThatComeAfterASweepCanBeSweptAgain() public {
        announce();
        vm.warp(block.timestamp + 30 days);
        assertEq(distributor.sweep(), 3 ether);
        token.mint(address(distributor), 5);
        vm.prank(owner);
        distributor.announceSweep(treasury);
        vm.warp(block.timestamp + 30 days);
        assertEq(distributor.sweep(), 5);
        assertEq(distributor.swept(), 3 ether + 5);
    }

    /// @dev ZKsync, April 2025: whoever got hold of the administrator's key called `sweepUnclaimed` and had 5 million dollars at once.
    /// Here the key alone moves nothing before the expiry, nor unannounced, nor against the guardian.
    function test_Regression_AStolenKeyOfTheOwnerCannotSweepAtOnce() public {
        vm.startPrank(owner);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.NotAnnounced.selector));
        distributor.sweep();
        vm.expectRevert(abi.encodeWithSelector(IEscrow.ProjectOpen.selector));
        distributor.announceSweep(stranger);
        book.close();
        distributor.end();
        vm.warp(distributor.expiresAt());
        distributor.announceSweep(stranger);
        vm.stopPrank();
        uint256 held = token.balanceOf(address(distributor));
        vm.warp(block.timestamp + 29 days);
        vm.prank(guardian);
        distributor.cancelSweep();
        assertEq(token.balanceOf(address(distributor)), held);
        assertEq(distributor.claimFor(root, tree.proof(0)), 1 ether);
    }

    function testFuzz_NoSweepBeforeItsTime(uint256 when) public {
        announce();
        (, uint40 from) = distributor.announcedSweep();
        vm.warp(bound(when, block.timestamp, 2 * uint256(from)));
        try distributor.sweep() {
            assertLe(from, block.timestamp);
        } catch {
            assertLe(block.timestamp + 1, from);
        }
    }
}

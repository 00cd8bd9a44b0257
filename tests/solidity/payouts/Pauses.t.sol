// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Flow, IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {Claim, IRewardDistributor} from "../../../contracts/interfaces/IRewardDistributor.sol";
import {PayoutTree} from "../util/PayoutTree.sol";
import {Project} from "../util/Project.sol";

/// @notice The guardian halts claims or funding for a week, and not again for a month: no more.
contract PausesTest is Project {
    using PayoutTree for PayoutTree.Tree;

    PayoutTree.Tree private tree;
    uint24 private root;

    function setUp() public override {
        super.setUp();
        registerAll();
        fund(BUDGET);
        tree = tree2(trainer, 1 ether, rival, 2 ether);
        root = toActive(tree);
    }

    function pause(Flow flow) private returns (uint256 until) {
        vm.prank(guardian);
        distributor.pause(flow);
        return block.timestamp + 7 days;
    }

    function paused(Flow flow, uint256 until) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IEscrow.PausedUntil.selector, flow, until);
    }

    function test_APauseOfClaimsEndsByItself() public {
        vm.expectEmit(address(distributor));
        emit IEscrow.Paused(Flow.Claims, block.timestamp + 7 days);
        uint256 until = pause(Flow.Claims);
        assertEq(distributor.pausedUntil(Flow.Claims), until);
        assertEq(distributor.claimableFrom(root), until);
        Claim memory leaf = tree.proof(0);
        vm.warp(until - 1);
        bytes memory reason = paused(Flow.Claims, until);
        vm.expectRevert(reason);
        distributor.claimFor(root, leaf);
        vm.expectRevert(reason);
        distributor.claimBatch(root, tree.proofs());
        vm.expectRevert(reason);
        vm.prank(trainer);
        distributor.claimTo(root, leaf, stranger);
        vm.expectRevert(reason);
        vm.prank(trainer);
        distributor.claim(root, leaf.index, leaf.cumulative, leaf.path);
        vm.warp(until);
        assertEq(distributor.claimFor(root, leaf), 1 ether);
    }

    function test_EveryRootIsHeldAndNoneIsLost() public {
        for (uint256 i = 0; i < 20; ++i) {
            root = toActive(tree);
        }
        uint256 until = pause(Flow.Claims);
        Claim memory leaf = tree.proof(0);
        for (uint24 i = root - 15; i <= root; ++i) {
            vm.expectRevert(paused(Flow.Claims, until));
            distributor.claimFor(i, leaf);
            distributor.verify(i, leaf);
        }
        vm.warp(until);
        uint256 state = vm.snapshotState();
        for (uint24 i = root - 15; i <= root; ++i) {
            assertEq(distributor.claimFor(i, leaf), 1 ether);
            vm.revertToState(state);
        }
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.UnknownRoot.selector, root - 16));
        distributor.claimFor(root - 16, leaf);
    }

    /// @dev A pause must not make a root claimable that is not active yet, nor let one be posted around it.
    function test_APendingRootStaysPendingAndIsHeldToo() public {
        toPost();
        uint256 until = pause(Flow.Claims);
        PayoutTree.Tree memory later = tree2(trainer, 5 ether, rival, 2 ether);
        postAs(evaluator, header(later));
        root = distributor.sequence();
        skip(CHALLENGE);
        Claim memory leaf = later.proof(0);
        vm.expectRevert(paused(Flow.Claims, until));
        distributor.claimFor(root, leaf);
        assertEq(distributor.activeSum(), 7 ether);
        vm.warp(until);
        assertEq(distributor.claimFor(root, leaf), 5 ether);
    }

    function test_LiftingAPauseActivatesNothing() public {
        root = toChallenge(tree2(trainer, 5 ether, rival, 2 ether));
        uint256 activatesAt = block.timestamp + CHALLENGE;
        pause(Flow.Claims);
        skip(10);
        vm.expectEmit(address(distributor));
        emit IEscrow.Unpaused(Flow.Claims);
        vm.prank(guardian);
        distributor.unpause(Flow.Claims);
        assertEq(distributor.claimableFrom(root), activatesAt);
        Claim memory leaf = tree2(trainer, 5 ether, rival, 2 ether).proof(0);
        vm.expectRevert(
            abi.encodeWithSelector(
                IRewardDistributor.NotActiveYet.selector, root, activatesAt, block.timestamp
            )
        );
        distributor.claimFor(root, leaf);
        assertEq(distributor.claimFor(root - 1, tree.proof(0)), 1 ether);
    }

    function test_AVetoedRootStaysDeadThroughAPause() public {
        PayoutTree.Tree memory later = tree2(trainer, 5 ether, rival, 2 ether);
        uint24 vetoed = toChallenge(later);
        vm.prank(guardian);
        book.veto(2);
        uint256 until = pause(Flow.Claims);
        vm.warp(until);
        Claim memory leaf = later.proof(0);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.UnknownRoot.selector, vetoed));
        distributor.claimFor(vetoed, leaf);
        assertEq(distributor.claimFor(root, tree.proof(0)), 1 ether);
    }

    function test_RevertWhen_APauseIsRenewedTooSoon() public {
        Flow[2] memory flows = [Flow.Claims, Flow.Funding];
        for (uint256 i = 0; i < flows.length; ++i) {
            uint256 until = pause(flows[i]);
            uint256[3] memory tries = [block.timestamp, until, until + 30 days - 1];
            for (uint256 j = 0; j < tries.length; ++j) {
                vm.warp(tries[j]);
                vm.expectRevert(
                    abi.encodeWithSelector(IEscrow.PausedTooRecently.selector, flows[i], until + 30 days)
                );
                vm.prank(guardian);
                distributor.pause(flows[i]);
            }
            vm.warp(until + 30 days);
            pause(flows[i]);
        }
    }

    /// @dev Nor by lifting it first.
    function test_RevertWhen_ALiftedPauseIsRenewedTooSoon() public {
        pause(Flow.Claims);
        skip(1 days);
        vm.startPrank(guardian);
        distributor.unpause(Flow.Claims);
        uint256 lifted = block.timestamp;
        vm.warp(lifted + 30 days - 1);
        vm.expectRevert(
            abi.encodeWithSelector(IEscrow.PausedTooRecently.selector, Flow.Claims, lifted + 30 days)
        );
        distributor.pause(Flow.Claims);
        vm.warp(lifted + 30 days);
        distributor.pause(Flow.Claims);
        vm.stopPrank();
    }

    function test_RevertWhen_NothingIsPaused() public {
        vm.startPrank(guardian);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.NotPaused.selector, Flow.Claims));
        distributor.unpause(Flow.Claims);
        distributor.pause(Flow.Funding);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.NotPaused.selector, Flow.Claims));
        distributor.unpause(Flow.Claims);
        vm.warp(distributor.pausedUntil(Flow.Funding));
        vm.expectRevert(abi.encodeWithSelector(IEscrow.NotPaused.selector, Flow.Funding));
        distributor.unpause(Flow.Funding);
        vm.stopPrank();
    }

    function test_RevertWhen_AnyoneButTheGuardianPauses() public {
        address[4] memory callers = [stranger, owner, court, evaluator];
        for (uint256 i = 0; i < callers.length; ++i) {
            bytes memory reason = abi.encodeWithSelector(IEscrow.NotPauser.selector, callers[i]);
            vm.startPrank(callers[i]);
            vm.expectRevert(reason);
            distributor.pause(Flow.Claims);
            vm.expectRevert(reason);
            distributor.unpause(Flow.Claims);
            vm.stopPrank();
        }
    }

    function test_AFlowIsPausedByItself() public {
        uint256 until = pause(Flow.Funding);
        mint(stranger, address(distributor), 3);
        vm.expectRevert(paused(Flow.Funding, until));
        vm.prank(stranger);
        distributor.fund(1);
        assertEq(distributor.pausedUntil(Flow.Claims), 0);
        assertEq(distributor.claimFor(root, tree.proof(0)), 1 ether);
        vm.warp(until - 1);
        vm.expectRevert(paused(Flow.Funding, until));
        vm.prank(stranger);
        distributor.fund(1);
        vm.warp(until);
        vm.prank(stranger);
        distributor.fund(1);
        pause(Flow.Claims);
        vm.prank(stranger);
        distributor.fund(1);
        vm.prank(guardian);
        distributor.unpause(Flow.Claims);
        vm.warp(until + 30 days);
        pause(Flow.Funding);
        vm.prank(guardian);
        distributor.unpause(Flow.Funding);
        vm.prank(stranger);
        distributor.fund(1);
    }

    /// @dev Whatever the guardian does, claims are open at least thirty days of every thirty-seven.
    function testFuzz_ClaimsAreOpenMostOfTheTime(uint256 seed) public {
        uint256 closed = 0;
        uint256 start = block.timestamp;
        for (uint256 i = 0; i < 200; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            vm.prank(guardian);
            (bool done,) = address(distributor)
                .call(
                    draw % 3 == 0
                        ? abi.encodeCall(distributor.unpause, (Flow.Claims))
                        : abi.encodeCall(distributor.pause, (Flow.Claims))
                );
            done;
            vm.warp(block.timestamp + 1 days);
            if (block.timestamp <= distributor.claimableFrom(root)) ++closed;
        }
        assertLe(closed * 37 days, 7 * (block.timestamp - start + 37 days));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

import {RewardDistributor} from "../../../contracts/RewardDistributor.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {ProjectConfig} from "../../../contracts/interfaces/IProjectFactory.sol";
import {
    Claim,
    Emission,
    EmissionKind,
    IRewardDistributor
} from "../../../contracts/interfaces/IRewardDistributor.sol";
import {Header} from "../../../contracts/interfaces/IRoundBook.sol";
import {PayoutTree} from "../util/PayoutTree.sol";
import {Project} from "../util/Project.sol";

/// @notice What is paid in, what a header may owe, and what the owner gets back.
contract EscrowTest is Project {
    using PayoutTree for PayoutTree.Tree;

    function setUp() public override {
        super.setUp();
        registerAll();
    }

    function test_AnyoneFunds() public {
        mint(stranger, address(distributor), 100);
        vm.expectEmit(address(distributor));
        emit IEscrow.Funded(stranger, 60, 60);
        vm.prank(stranger);
        assertEq(distributor.fund(60), 60);
        vm.expectEmit(address(distributor));
        emit IEscrow.Funded(stranger, 40, 100);
        vm.prank(stranger);
        assertEq(distributor.fund(40), 40);
        assertEq(distributor.funded(), 100);
        assertEq(token.balanceOf(address(distributor)), 100);
    }

    function test_RevertWhen_FundingNothing() public {
        vm.expectRevert(abi.encodeWithSelector(IEscrow.ZeroAmount.selector));
        distributor.fund(0);
    }

    function test_RevertWhen_TheProjectIsClosed() public {
        vm.prank(owner);
        book.close();
        mint(owner, address(distributor), 1);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.ProjectClosed.selector));
        vm.prank(owner);
        distributor.fund(1);
    }

    function test_RevertWhen_AnyoneButTheBookPostsOrRevokes() public {
        address[4] memory callers = [stranger, owner, guardian, evaluator];
        for (uint256 i = 0; i < callers.length; ++i) {
            bytes memory reason = abi.encodeWithSelector(IRewardDistributor.NotRoundBook.selector, callers[i]);
            vm.startPrank(callers[i]);
            vm.expectRevert(reason);
            distributor.post(1, "node", 1, 1, 0);
            vm.expectRevert(reason);
            distributor.revoke();
            vm.stopPrank();
        }
    }

    function test_RevertWhen_AHeaderOwesMoreThanWasPaidIn() public {
        fund(3 ether - 1);
        toPost();
        Header memory posted = header(tree2(trainer, 1 ether, rival, 2 ether));
        vm.expectRevert(
            abi.encodeWithSelector(IRewardDistributor.SumExceedsFunding.selector, 3 ether, 3 ether - 1)
        );
        postAs(evaluator, posted);
        fund(1);
        postAs(evaluator, posted);
        assertEq(distributor.owed(), 3 ether);
    }

    function test_RevertWhen_AHeaderPaysMoreThanTheBudget() public {
        fund(10 * BUDGET);
        toPost();
        Header memory posted = header(tree2(trainer, BUDGET, rival, 1));
        vm.expectRevert(
            abi.encodeWithSelector(IRewardDistributor.SumExceedsBudget.selector, BUDGET + 1, BUDGET)
        );
        postAs(evaluator, posted);
        postAs(evaluator, header(tree2(trainer, BUDGET - 1, rival, 1)));
    }

    function test_WhatARoundDidNotSpendTheNextMay() public {
        fund(10 * BUDGET);
        toActive(tree2(trainer, 1, rival, 2));
        toPost();
        skip(CHALLENGE);
        book.voidRound(2);
        toPost();
        assertEq(distributor.budget(3), 3 * BUDGET - 3);
        postAs(evaluator, header(tree2(trainer, BUDGET, rival, 2 * BUDGET)));
        assertEq(distributor.budget(3), 0);
    }

    function test_RevertWhen_TheSumFalls() public {
        fund(BUDGET);
        toActive(tree2(trainer, 1, rival, 2));
        toPost();
        Header memory posted = header(tree2(trainer, 1, rival, 1));
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.SumDecreases.selector, 2, 3));
        postAs(evaluator, posted);
    }

    function test_ARoundMayPayNobody() public {
        fund(BUDGET);
        toPost();
        postAs(evaluator, header(0, 0, 0));
        skip(CHALLENGE);
        assertEq(distributor.owed(), 0);
        toActive(tree2(trainer, 1, rival, 2));
        uint24 root = toActive(tree2(trainer, 1, rival, 2));
        assertEq(distributor.owed(), 3);
        assertEq(distributor.sequence(), 3);
        distributor.verify(root, tree2(trainer, 1, rival, 2).proof(0));
    }

    function test_RevertWhen_ARootIsMissing() public {
        fund(BUDGET);
        toPost();
        Header memory posted = header(1, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.EmptyRoot.selector));
        postAs(evaluator, posted);
    }

    function test_RevertWhen_ATreeIsDeeperThanAnIndexReaches() public {
        fund(BUDGET);
        toPost();
        Header memory posted = header(1, "node", 33);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.WrongDepth.selector, 33, 32));
        postAs(evaluator, posted);
        posted.depth = 32;
        postAs(evaluator, posted);
    }

    function test_TheBudgetIsWhatIsFundedAndScheduledAndNotOwed() public {
        assertEq(distributor.budget(1), 0);
        fund(BUDGET / 2);
        assertEq(distributor.budget(1), BUDGET / 2);
        fund(BUDGET);
        assertEq(distributor.budget(0), 0);
        assertEq(distributor.budget(1), BUDGET);
        assertEq(distributor.budget(2), 3 * BUDGET / 2);
        toActive(tree2(trainer, 1, rival, 2));
        assertEq(distributor.budget(1), BUDGET - 3);
        assertEq(distributor.budget(0), 0);
        toChallenge(tree2(trainer, BUDGET, rival, 2));
        assertEq(distributor.budget(2), BUDGET / 2 - 2);
        uint64 id = current();
        vm.prank(guardian);
        book.veto(id);
        assertEq(distributor.budget(2), 3 * BUDGET / 2 - 3);
    }

    function test_TheOwnerGetsTheRestOfAClosedProject() public {
        fund(BUDGET);
        toActive(tree2(trainer, 1, rival, 2));
        vm.prank(owner);
        book.close();
        vm.expectEmit(address(distributor));
        emit IEscrow.Refunded(stranger, BUDGET - 3);
        vm.prank(owner);
        assertEq(distributor.refund(stranger), BUDGET - 3);
        assertEq(token.balanceOf(stranger), BUDGET - 3);
        assertEq(token.balanceOf(address(distributor)), 3);
        assertEq(distributor.refunded(), BUDGET - 3);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.NothingToRefund.selector));
        vm.prank(owner);
        distributor.refund(owner);
    }

    function test_LateClaimsStillWorkAfterTheRefund() public {
        fund(BUDGET);
        PayoutTree.Tree memory tree = tree2(trainer, 1, rival, 2);
        uint24 root = toActive(tree);
        vm.startPrank(owner);
        book.close();
        distributor.refund(owner);
        vm.stopPrank();
        skip(1000 weeks);
        distributor.claimFor(root, tree.proof(0));
        distributor.claimFor(root, tree.proof(1));
        assertEq(token.balanceOf(trainer), 1);
        assertEq(token.balanceOf(rival), 2);
        assertEq(token.balanceOf(address(distributor)), 0);
    }

    function test_ClaimsBeforeTheRefundDoNotEnlargeIt() public {
        fund(BUDGET);
        PayoutTree.Tree memory tree = tree2(trainer, 1, rival, 2);
        uint24 root = toActive(tree);
        distributor.claimFor(root, tree.proof(1));
        vm.startPrank(owner);
        book.close();
        assertEq(distributor.refund(owner), BUDGET - 3);
        vm.stopPrank();
    }

    function test_TokensSentPastFundChangeNoRefund() public {
        fund(BUDGET);
        token.mint(address(distributor), 5);
        toActive(tree2(trainer, 1, rival, 2));
        assertEq(distributor.funded(), BUDGET);
        vm.startPrank(owner);
        book.close();
        assertEq(distributor.refund(owner), BUDGET - 3);
        vm.stopPrank();
    }

    function test_RevertWhen_TheProjectIsOpenOrARoundUnderWay() public {
        fund(BUDGET);
        bytes memory reason = abi.encodeWithSelector(IEscrow.ProjectOpen.selector);
        vm.expectRevert(reason);
        vm.prank(owner);
        distributor.refund(owner);

        toChallenge(tree2(trainer, 1, rival, 2));
        vm.prank(owner);
        book.close();
        vm.expectRevert(reason);
        vm.prank(owner);
        distributor.refund(owner);
        skip(CHALLENGE);
        vm.prank(owner);
        distributor.refund(owner);
    }

    function test_RevertWhen_AnyoneButTheOwnerIsToBeRefunded() public {
        fund(BUDGET);
        vm.prank(owner);
        book.close();
        address[3] memory callers = [stranger, guardian, trainer];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, callers[i]));
            vm.prank(callers[i]);
            distributor.refund(callers[i]);
        }
        vm.expectRevert(abi.encodeWithSelector(IEscrow.ZeroAddress.selector));
        vm.prank(owner);
        distributor.refund(address(0));
    }

    function test_ANewOwnerIsTheOneRefunded() public {
        fund(BUDGET);
        vm.prank(owner);
        book.transferOwnership(stranger);
        vm.startPrank(stranger);
        book.acceptOwnership();
        book.close();
        assertEq(distributor.refund(stranger), BUDGET);
        vm.stopPrank();
    }

    function test_TheConstructorsArgumentsCanBeRead() public view {
        Emission memory emission = distributor.emission();
        assertEq(uint256(emission.kind), uint256(EmissionKind.Fixed));
        assertEq(emission.first, BUDGET);
        assertEq(emission.period, 0);
        assertEq(distributor.token(), address(token));
        assertEq(distributor.book(), address(book));
        assertEq(distributor.registry(), address(registry));
    }

    function test_TheBudgetFollowsTheProjectsSchedule() public {
        Emission[2] memory schedules =
            [Emission(EmissionKind.Linear, 100, 4), Emission(EmissionKind.Halving, 100, 2)];
        uint96[2] memory afterThree = [uint96(225), 250];
        for (uint256 i = 0; i < schedules.length; ++i) {
            ProjectConfig memory wanted = config(address(token));
            wanted.emission = schedules[i];
            deploy(wanted);
            fund(1000);
            assertEq(keccak256(abi.encode(distributor.emission())), keccak256(abi.encode(schedules[i])));
            assertEq(distributor.budget(1), 100);
            assertEq(distributor.budget(3), afterThree[i]);
        }
    }

    function test_RevertWhen_TheEmissionMakesNoSense() public {
        Emission[3] memory bad = [
            Emission(EmissionKind.Fixed, 0, 1),
            Emission(EmissionKind.Linear, 1, 0),
            Emission(EmissionKind.Halving, 1, 0)
        ];
        for (uint256 i = 0; i < bad.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.BadEmission.selector));
            new RewardDistributor(address(token), address(book), address(registry), bad[i]);
        }
    }
}

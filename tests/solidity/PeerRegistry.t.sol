// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

import {PeerRegistry} from "../../contracts/PeerRegistry.sol";
import {IPeerRegistry, Role} from "../../contracts/interfaces/IPeerRegistry.sol";
import {IRewardDistributor} from "../../contracts/interfaces/IRewardDistributor.sol";
import {Project} from "./util/Project.sol";

contract PeerRegistryTest is Project {
    function test_RegisteringTakesTheStakeAndRecordsThePeer() public {
        mint(trainer, address(registry), TRAINER_STAKE);
        vm.expectEmit(address(registry));
        emit IPeerRegistry.Registered(trainer, Role.Trainer, TRAINER_STAKE, trainer);
        vm.prank(trainer);
        registry.register(Role.Trainer, TRAINER_STAKE, address(0));

        IPeerRegistry.Peer memory peer = registry.peer(trainer);
        assertEq(peer.stake, TRAINER_STAKE);
        assertEq(peer.unbonding, 0);
        assertEq(uint256(peer.role), uint256(Role.Trainer));
        assertEq(token.balanceOf(address(registry)), TRAINER_STAKE);
        assertEq(distributor.payeeOf(trainer), trainer);
    }

    function test_RegisteringWithAPayeeTellsTheDistributor() public {
        mint(trainer, address(registry), TRAINER_STAKE);
        vm.expectEmit(address(registry));
        emit IPeerRegistry.Registered(trainer, Role.Trainer, TRAINER_STAKE, stranger);
        vm.expectEmit(address(distributor));
        emit IRewardDistributor.PayeeSet(trainer, stranger);
        vm.prank(trainer);
        registry.register(Role.Trainer, TRAINER_STAKE, stranger);
        assertEq(distributor.payeeOf(trainer), stranger);
    }

    function test_RevertWhen_RegisteringWithoutARole() public {
        vm.expectRevert(abi.encodeWithSelector(IPeerRegistry.RoleRequired.selector));
        registry.register(Role.None, TRAINER_STAKE, address(0));
    }

    function test_RevertWhen_RegisteringTwice() public {
        register(trainer, Role.Trainer, TRAINER_STAKE);
        mint(trainer, address(registry), EVALUATOR_STAKE);
        vm.expectRevert(
            abi.encodeWithSelector(IPeerRegistry.AlreadyRegistered.selector, trainer, Role.Trainer)
        );
        vm.prank(trainer);
        registry.register(Role.Evaluator, EVALUATOR_STAKE, address(0));
    }

    function test_RevertWhen_TheStakeIsBelowTheMinimumOfTheRole() public {
        mint(evaluator, address(registry), EVALUATOR_STAKE);
        vm.expectRevert(
            abi.encodeWithSelector(IPeerRegistry.StakeTooSmall.selector, EVALUATOR_STAKE - 1, EVALUATOR_STAKE)
        );
        vm.prank(evaluator);
        registry.register(Role.Evaluator, EVALUATOR_STAKE - 1, address(0));
    }

    function test_RevertWhen_TheStakeIsZero() public {
        vm.expectRevert(abi.encodeWithSelector(IPeerRegistry.ZeroAmount.selector));
        vm.prank(trainer);
        registry.register(Role.Trainer, 0, address(0));
    }

    function test_RevertWhen_TheStakeIsNotApproved() public {
        token.mint(trainer, TRAINER_STAKE);
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector, address(registry), 0, TRAINER_STAKE
            )
        );
        vm.prank(trainer);
        registry.register(Role.Trainer, TRAINER_STAKE, address(0));
    }

    function test_AddingStakeRaisesTheActiveStake() public {
        register(trainer, Role.Trainer, TRAINER_STAKE);
        mint(trainer, address(registry), 1);
        vm.expectEmit(address(registry));
        emit IPeerRegistry.Staked(trainer, 1, TRAINER_STAKE + 1);
        vm.prank(trainer);
        registry.addStake(1);
        assertEq(registry.peer(trainer).stake, TRAINER_STAKE + 1);
    }

    function test_RevertWhen_AStrangerAddsStakeOrUnbonds() public {
        vm.expectRevert(abi.encodeWithSelector(IPeerRegistry.NotRegistered.selector, stranger));
        vm.prank(stranger);
        registry.addStake(1);
        vm.expectRevert(abi.encodeWithSelector(IPeerRegistry.NotRegistered.selector, stranger));
        vm.prank(stranger);
        registry.unbond(1);
    }

    function test_RevertWhen_AddingNothing() public {
        register(trainer, Role.Trainer, TRAINER_STAKE);
        vm.expectRevert(abi.encodeWithSelector(IPeerRegistry.ZeroAmount.selector));
        vm.prank(trainer);
        registry.addStake(0);
    }

    function test_UnbondedStakeCountsNoMoreAndLeavesAfterThePeriod() public {
        register(trainer, Role.Trainer, 3 * TRAINER_STAKE);
        uint256 readyAt = block.timestamp + UNBONDING;
        vm.expectEmit(address(registry));
        emit IPeerRegistry.UnbondingStarted(trainer, TRAINER_STAKE, readyAt);
        vm.prank(trainer);
        registry.unbond(TRAINER_STAKE);
        assertEq(registry.weight(trainer, Role.Trainer), 2 * TRAINER_STAKE);

        vm.warp(readyAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IPeerRegistry.NotReadyYet.selector, readyAt, readyAt - 1));
        vm.prank(trainer);
        registry.withdraw(stranger);

        vm.warp(readyAt);
        vm.expectEmit(address(registry));
        emit IPeerRegistry.Withdrawn(trainer, stranger, TRAINER_STAKE);
        vm.prank(trainer);
        assertEq(registry.withdraw(stranger), TRAINER_STAKE);
        assertEq(token.balanceOf(stranger), TRAINER_STAKE);
        assertEq(registry.peer(trainer).unbonding, 0);
    }

    function test_AllStakeCanLeaveAndComeBack() public {
        register(trainer, Role.Trainer, TRAINER_STAKE);
        vm.prank(trainer);
        registry.unbond(TRAINER_STAKE);
        assertEq(registry.weight(trainer, Role.Trainer), 0);
        skip(UNBONDING);
        vm.prank(trainer);
        registry.withdraw(trainer);
        vm.prank(trainer);
        token.approve(address(registry), TRAINER_STAKE);
        vm.prank(trainer);
        registry.addStake(TRAINER_STAKE);
        assertEq(registry.weight(trainer, Role.Trainer), TRAINER_STAKE);
    }

    function test_RevertWhen_UnbondingNothing() public {
        register(trainer, Role.Trainer, TRAINER_STAKE);
        vm.expectRevert(abi.encodeWithSelector(IPeerRegistry.ZeroAmount.selector));
        vm.prank(trainer);
        registry.unbond(0);
    }

    function test_RevertWhen_UnbondingMoreThanTheStake() public {
        register(trainer, Role.Trainer, TRAINER_STAKE);
        vm.expectRevert(
            abi.encodeWithSelector(
                IPeerRegistry.StakeInsufficient.selector, trainer, TRAINER_STAKE, TRAINER_STAKE + 1
            )
        );
        vm.prank(trainer);
        registry.unbond(TRAINER_STAKE + 1);
    }

    function test_RevertWhen_TooLittleWouldRemain() public {
        register(trainer, Role.Trainer, TRAINER_STAKE + 5);
        vm.expectRevert(
            abi.encodeWithSelector(IPeerRegistry.StakeTooSmall.selector, TRAINER_STAKE - 1, TRAINER_STAKE)
        );
        vm.prank(trainer);
        registry.unbond(6);
    }

    function test_RevertWhen_UnbondingASecondTime() public {
        register(trainer, Role.Trainer, 3 * TRAINER_STAKE);
        vm.prank(trainer);
        registry.unbond(TRAINER_STAKE);
        vm.expectRevert(
            abi.encodeWithSelector(
                IPeerRegistry.UnbondingInProgress.selector, trainer, block.timestamp + UNBONDING
            )
        );
        vm.prank(trainer);
        registry.unbond(TRAINER_STAKE);
    }

    function test_CancellingReturnsTheStake() public {
        register(trainer, Role.Trainer, TRAINER_STAKE);
        vm.prank(trainer);
        registry.unbond(TRAINER_STAKE);
        vm.expectEmit(address(registry));
        emit IPeerRegistry.UnbondingCancelled(trainer, TRAINER_STAKE, TRAINER_STAKE);
        vm.prank(trainer);
        registry.cancelUnbonding();
        assertEq(registry.weight(trainer, Role.Trainer), TRAINER_STAKE);
        assertEq(registry.peer(trainer).unbonding, 0);
    }

    function test_RevertWhen_NothingIsUnbonding() public {
        register(trainer, Role.Trainer, TRAINER_STAKE);
        vm.expectRevert(abi.encodeWithSelector(IPeerRegistry.NothingUnbonding.selector, trainer));
        vm.prank(trainer);
        registry.cancelUnbonding();
        vm.expectRevert(abi.encodeWithSelector(IPeerRegistry.NothingUnbonding.selector, trainer));
        vm.prank(trainer);
        registry.withdraw(trainer);
    }

    function test_RevertWhen_WithdrawingToNobody() public {
        vm.expectRevert(abi.encodeWithSelector(IPeerRegistry.ZeroAddress.selector));
        registry.withdraw(address(0));
    }

    function test_SlashingTakesFromActiveAndUnbondingStakeAlike() public {
        register(trainer, Role.Trainer, 4 * TRAINER_STAKE);
        vm.prank(trainer);
        registry.unbond(TRAINER_STAKE);
        uint96 amount = 2 * TRAINER_STAKE;
        vm.expectEmit(address(registry));
        emit IPeerRegistry.Slashed(trainer, stranger, amount, amount / 2, amount / 2);
        vm.prank(court);
        assertEq(registry.slash(trainer, amount, stranger), amount);
        assertEq(registry.peer(trainer).stake, TRAINER_STAKE * 3 / 2);
        assertEq(registry.peer(trainer).unbonding, TRAINER_STAKE / 2);
        assertEq(registry.rewardOf(stranger), amount / 2);
        // No token moves: what is rewarded waits, what is burned stays for good.
        assertEq(token.balanceOf(address(registry)), 4 * TRAINER_STAKE);
    }

    function test_ARewardIsPaidOnceAndWhereTheChallengerWants() public {
        register(trainer, Role.Trainer, TRAINER_STAKE);
        register(rival, Role.Trainer, TRAINER_STAKE);
        vm.startPrank(court);
        registry.slash(trainer, 4, stranger);
        registry.slash(rival, 6, stranger);
        assertEq(registry.rewardOf(stranger), 5);
        vm.expectEmit(address(registry));
        emit IPeerRegistry.RewardPaid(stranger, owner, 5);
        assertEq(registry.payReward(stranger, owner), 5);
        assertEq(registry.payReward(stranger, owner), 0);
        vm.stopPrank();
        assertEq(token.balanceOf(owner), 5);
        assertEq(registry.rewardOf(stranger), 0);
    }

    /// @dev What is burned is out of everybody's reach: when all stakes and rewards are gone, exactly that is left, and nothing pays it.
    function test_WhatIsBurnedNeverLeaves() public {
        register(trainer, Role.Trainer, TRAINER_STAKE);
        register(rival, Role.Trainer, TRAINER_STAKE);
        vm.startPrank(court);
        registry.slash(trainer, TRAINER_STAKE, stranger);
        registry.slash(rival, 5, stranger);
        registry.payReward(stranger, stranger);
        vm.stopPrank();
        uint96 rest = TRAINER_STAKE - 5;
        vm.startPrank(rival);
        registry.unbond(rest);
        skip(UNBONDING);
        assertEq(registry.withdraw(rival), rest);
        vm.stopPrank();
        uint256 burned = TRAINER_STAKE / 2 + 3;
        assertEq(token.balanceOf(address(registry)), burned);
        address[3] memory everyone = [trainer, rival, stranger];
        for (uint256 i = 0; i < everyone.length; ++i) {
            vm.prank(court);
            assertEq(registry.payReward(everyone[i], stranger), 0);
            vm.prank(court);
            assertEq(registry.slash(everyone[i], type(uint96).max, stranger), 0);
            vm.expectRevert(abi.encodeWithSelector(IPeerRegistry.NothingUnbonding.selector, everyone[i]));
            vm.prank(everyone[i]);
            registry.withdraw(stranger);
        }
        assertEq(token.balanceOf(address(registry)), burned);
    }

    function test_TheOddUnitIsBurned() public {
        register(trainer, Role.Trainer, TRAINER_STAKE);
        vm.prank(court);
        registry.slash(trainer, 3, stranger);
        assertEq(registry.rewardOf(stranger), 1);
        assertEq(registry.peer(trainer).stake, TRAINER_STAKE - 3);
        assertEq(token.balanceOf(address(registry)), TRAINER_STAKE);
    }

    function test_SlashingTakesNoMoreThanThereIs() public {
        register(trainer, Role.Trainer, TRAINER_STAKE);
        register(rival, Role.Trainer, TRAINER_STAKE);
        vm.prank(court);
        assertEq(registry.slash(trainer, type(uint96).max, stranger), TRAINER_STAKE);
        assertEq(registry.peer(trainer).stake, 0);
        assertEq(token.balanceOf(address(registry)), registry.peer(rival).stake + TRAINER_STAKE);
        vm.prank(court);
        assertEq(registry.slash(trainer, 1, stranger), 0);
        vm.prank(court);
        assertEq(registry.slash(actor("nobody"), 1, stranger), 0);
    }

    function test_RevertWhen_AnyoneButTheCourtSlashes() public {
        register(trainer, Role.Trainer, TRAINER_STAKE);
        address[3] memory callers = [stranger, owner, guardian];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IPeerRegistry.NotCourt.selector, callers[i]));
            vm.prank(callers[i]);
            registry.slash(trainer, 1, stranger);
            vm.expectRevert(abi.encodeWithSelector(IPeerRegistry.NotCourt.selector, callers[i]));
            vm.prank(callers[i]);
            registry.payReward(callers[i], callers[i]);
        }
    }

    function test_RevertWhen_NobodyIsToBeRewarded() public {
        register(trainer, Role.Trainer, TRAINER_STAKE);
        vm.expectRevert(abi.encodeWithSelector(IPeerRegistry.ZeroAddress.selector));
        vm.prank(court);
        registry.slash(trainer, 1, address(0));
    }

    function test_WithoutACourtNobodyCanSlash() public {
        registry = new PeerRegistry(
            address(token), address(0), address(distributor), TRAINER_STAKE, EVALUATOR_STAKE, UNBONDING
        );
        register(trainer, Role.Trainer, TRAINER_STAKE);
        vm.expectRevert(abi.encodeWithSelector(IPeerRegistry.NotCourt.selector, court));
        vm.prank(court);
        registry.slash(trainer, 1, stranger);
    }

    function test_WeightNeedsTheRoleAndTheMinimum() public {
        register(trainer, Role.Trainer, TRAINER_STAKE);
        assertEq(registry.weight(trainer, Role.Trainer), TRAINER_STAKE);
        assertEq(registry.weight(trainer, Role.Evaluator), 0);
        assertEq(registry.weight(trainer, Role.None), 0);
        assertEq(registry.weight(stranger, Role.Trainer), 0);
        assertEq(registry.weight(stranger, Role.None), 0);
        vm.prank(court);
        registry.slash(trainer, 1, stranger);
        assertEq(registry.weight(trainer, Role.Trainer), 0);
    }

    function test_TheConstructorsArgumentsCanBeRead() public view {
        assertEq(registry.minimumStake(Role.None), 0);
        assertEq(registry.minimumStake(Role.Trainer), TRAINER_STAKE);
        assertEq(registry.minimumStake(Role.Evaluator), EVALUATOR_STAKE);
        assertEq(registry.unbondingPeriod(), UNBONDING);
        assertEq(registry.token(), address(token));
        assertEq(registry.court(), court);
        assertEq(registry.distributor(), address(distributor));
    }

    function test_RevertWhen_ARoleWouldCostNothing() public {
        vm.expectRevert(abi.encodeWithSelector(IPeerRegistry.ZeroAmount.selector));
        new PeerRegistry(address(token), court, address(distributor), 0, 1, UNBONDING);
        vm.expectRevert(abi.encodeWithSelector(IPeerRegistry.ZeroAmount.selector));
        new PeerRegistry(address(token), court, address(distributor), 1, 0, UNBONDING);
    }

    /// @dev What is slashed is what the peer loses, what others get, and never more than asked; at most half is a reward.
    function testFuzz_SlashingConservesTokens(uint96 stake, uint96 unbonding, uint96 amount) public {
        stake = uint96(bound(stake, TRAINER_STAKE, type(uint96).max));
        unbonding = uint96(bound(unbonding, 0, stake - TRAINER_STAKE));
        register(trainer, Role.Trainer, stake);
        if (unbonding != 0) {
            vm.prank(trainer);
            registry.unbond(unbonding);
        }
        vm.prank(court);
        uint256 taken = registry.slash(trainer, amount, stranger);

        IPeerRegistry.Peer memory peer = registry.peer(trainer);
        assertEq(taken, amount < stake ? amount : stake);
        assertEq(uint256(peer.stake) + peer.unbonding + taken, stake);
        uint256 reward = registry.rewardOf(stranger);
        assertEq(reward, taken / 2);
        vm.prank(court);
        assertEq(registry.payReward(stranger, stranger), reward);
        assertEq(token.balanceOf(stranger), reward);
        // What is burned stays, and belongs to nobody.
        assertEq(token.balanceOf(address(registry)), uint256(peer.stake) + peer.unbonding + taken - reward);
        // Pro rata, to within one unit.
        assertLe(uint256(peer.unbonding) * stake, uint256(unbonding) * (stake - taken) + stake);
    }
}

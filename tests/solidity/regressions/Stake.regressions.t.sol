// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IPeerRegistry, Role} from "../../../contracts/interfaces/IPeerRegistry.sol";
import {BlockingToken, FalseToken} from "../hostile/Tokens.sol";
import {Project} from "../util/Project.sol";

/// @notice What went wrong in other stake vaults, tried on this one. Each test names its source.
contract StakeRegressionsTest is Project {
    function slash(address account, uint96 amount, address challenger) private returns (uint256) {
        vm.prank(court);
        return registry.slash(account, amount, challenger);
    }

    /// @dev PrimeIntellect a1156fe, StakeManager.slash: matured unbondings were skipped and then stranded for ever.
    function test_Regression_AMaturedUnbondingIsSlashedAndTheRestWithdrawn() public {
        register(trainer, Role.Trainer, 4 * TRAINER_STAKE);
        vm.prank(trainer);
        registry.unbond(2 * TRAINER_STAKE);
        skip(UNBONDING + 1 weeks);
        assertEq(slash(trainer, 2 * TRAINER_STAKE, stranger), 2 * TRAINER_STAKE);
        IPeerRegistry.Peer memory peer = registry.peer(trainer);
        assertEq(peer.unbonding, TRAINER_STAKE);
        vm.prank(trainer);
        assertEq(registry.withdraw(trainer), TRAINER_STAKE);
        vm.startPrank(trainer);
        registry.unbond(TRAINER_STAKE);
        skip(UNBONDING);
        assertEq(registry.withdraw(trainer), TRAINER_STAKE);
        vm.stopPrank();
    }

    /// @dev celo-monorepo #2887: what was on its way out could not be slashed.
    function test_Regression_UnbondingStakeIsSlashable() public {
        register(trainer, Role.Trainer, TRAINER_STAKE);
        vm.prank(trainer);
        registry.unbond(TRAINER_STAKE);
        assertEq(slash(trainer, TRAINER_STAKE, stranger), TRAINER_STAKE);
        vm.expectRevert(abi.encodeWithSelector(IPeerRegistry.NothingUnbonding.selector, trainer));
        vm.prank(trainer);
        registry.withdraw(trainer);
    }

    /// @dev PrimeIntellect a1156fe, by reading: events were emitted after `delete` and told 0; graphprotocol/contracts #187 misses the
    /// amount altogether.
    function test_Regression_TheEventTellsWhatWasSlashed() public {
        register(trainer, Role.Trainer, TRAINER_STAKE);
        vm.expectEmit(address(registry));
        emit IPeerRegistry.Slashed(trainer, stranger, TRAINER_STAKE, TRAINER_STAKE / 2, TRAINER_STAKE / 2);
        slash(trainer, type(uint96).max, stranger);
    }

    /// @dev PrimeIntellect's `invalidateWork` gives the whole slash to the validator; UMA #2329 [H01]: who disputes its own proposal gets
    /// the bond back. Whoever slashes itself here loses at least half.
    function test_Regression_ChallengingOneselfCostsHalf() public {
        register(evaluator, Role.Evaluator, EVALUATOR_STAKE);
        slash(evaluator, EVALUATOR_STAKE, evaluator);
        assertEq(registry.rewardOf(evaluator), EVALUATOR_STAKE / 2);
        assertEq(registry.peer(evaluator).stake, 0);
    }

    /// @dev autonomys/subspace #1928: stakes were slashed that had not backed the fault.
    function test_Regression_NoThirdPartyPaysForAFault() public {
        register(trainer, Role.Trainer, TRAINER_STAKE);
        register(rival, Role.Trainer, 2 * TRAINER_STAKE);
        slash(trainer, type(uint96).max, stranger);
        assertEq(registry.peer(rival).stake, 2 * TRAINER_STAKE);
        vm.startPrank(rival);
        registry.unbond(2 * TRAINER_STAKE);
        skip(UNBONDING);
        assertEq(registry.withdraw(rival), 2 * TRAINER_STAKE);
        vm.stopPrank();
    }

    /// @dev eth-fabric/urc #53: reentrancy repeated a slash, and a repeated slash took more than there was.
    function test_Regression_ARepeatedSlashTakesNoMoreThanIsLeft() public {
        register(trainer, Role.Trainer, TRAINER_STAKE);
        assertEq(slash(trainer, TRAINER_STAKE / 2 + 1, stranger), TRAINER_STAKE / 2 + 1);
        assertEq(slash(trainer, TRAINER_STAKE, stranger), TRAINER_STAKE / 2 - 1);
        assertEq(slash(trainer, TRAINER_STAKE, stranger), 0);
        // Rewards are rounded down each time.
        assertLe(registry.rewardOf(stranger), TRAINER_STAKE / 2);
    }

    /// @dev PrimeIntellect a1156fe: the return value of `transfer` was not looked at: a refused payout was written off all the same.
    function test_Regression_ARefusedTransferIsNotWrittenOff() public {
        FalseToken bad = new FalseToken();
        deploy(config(address(bad)));
        bad.mint(trainer, TRAINER_STAKE);
        vm.startPrank(trainer);
        bad.approve(address(registry), TRAINER_STAKE);
        registry.register(Role.Trainer, TRAINER_STAKE, address(0));
        registry.unbond(TRAINER_STAKE);
        skip(UNBONDING);
        bad.refuse(true);
        (bool paid,) = address(registry).call(abi.encodeCall(registry.withdraw, (trainer)));
        assertFalse(paid, "a refused payout");
        bad.refuse(false);
        assertEq(registry.withdraw(trainer), TRAINER_STAKE);
        vm.stopPrank();
    }

    /// @dev FLTask.sol of Blockchain-Based FL (arXiv 2307.10492), defect (a): the penalty went from the requester to the requester, and
    /// the worker's deposit stayed where nobody could get it. Here half is paid out, and that the rest is burned is what is meant.
    function test_Regression_APenaltyComesFromWhoIsPenalised() public {
        register(trainer, Role.Trainer, TRAINER_STAKE);
        uint256 before = token.balanceOf(court);
        slash(trainer, 4, stranger);
        assertEq(token.balanceOf(court), before);
        assertEq(registry.rewardOf(stranger), 2);
        assertEq(registry.peer(trainer).stake, TRAINER_STAKE - 4);
    }

    /// @dev FLTask.sol, defect (h): deposits were given back after the first round, so that later ones had nothing to slash.
    function test_Regression_StakeStaysAsLongAsARoundCanBeFaulted() public {
        registerAll();
        fund(BUDGET);
        vm.prank(evaluator);
        registry.unbond(EVALUATOR_STAKE);
        // The slowest round that could have begun before, its header removed once and posted again, and a case at its end.
        skip(COMMIT + PUBLISH + MEASURE + REVEAL + 2 * CHALLENGE + ARBITRATION - 1);
        vm.expectRevert(
            abi.encodeWithSelector(IPeerRegistry.NotReadyYet.selector, block.timestamp + 1, block.timestamp)
        );
        vm.prank(evaluator);
        registry.withdraw(evaluator);
        assertEq(slash(evaluator, EVALUATOR_STAKE, stranger), EVALUATOR_STAKE);
    }

    /// @dev FLTask.sol, defect (b): a worker's only way out called a function for requesters, and always reverted.
    function test_Regression_APeerLeavesByItself() public {
        register(trainer, Role.Trainer, TRAINER_STAKE);
        vm.startPrank(trainer);
        registry.unbond(TRAINER_STAKE);
        skip(UNBONDING);
        assertEq(registry.withdraw(trainer), TRAINER_STAKE);
        vm.stopPrank();
    }

    /// @dev Some tokens refuse transfers to addresses on their lists: the burn must not depend on one.
    function test_Regression_NoTokenCanRefuseTheBurn() public {
        BlockingToken bad = new BlockingToken();
        deploy(config(address(bad)));
        bad.mint(trainer, TRAINER_STAKE);
        vm.startPrank(trainer);
        bad.approve(address(registry), TRAINER_STAKE);
        registry.register(Role.Trainer, TRAINER_STAKE, address(0));
        vm.stopPrank();
        bad.block_(address(0xdead));
        bad.block_(address(0));
        assertEq(slash(trainer, TRAINER_STAKE, stranger), TRAINER_STAKE);
    }

    /// @dev Popsicle, August 2021: what was earned moved with a transferable share. Stake here belongs to an address and to no token.
    /// Tokemak 2023-06 #527 and #897: who stakes for one block takes a share. Weight is looked at when a round commits, and what
    /// unbonds has none.
    function test_Regression_AFlashStakeHasNoWeightLeft() public {
        register(evaluator, Role.Evaluator, EVALUATOR_STAKE);
        assertEq(registry.weight(evaluator, Role.Evaluator), EVALUATOR_STAKE);
        vm.prank(evaluator);
        registry.unbond(EVALUATOR_STAKE);
        assertEq(registry.weight(evaluator, Role.Evaluator), 0);
        vm.expectRevert(
            abi.encodeWithSelector(
                IPeerRegistry.NotReadyYet.selector, block.timestamp + UNBONDING, block.timestamp
            )
        );
        vm.prank(evaluator);
        registry.withdraw(evaluator);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IPeerRegistry, Role} from "../../../contracts/interfaces/IPeerRegistry.sol";
import {Claim, IRewardDistributor} from "../../../contracts/interfaces/IRewardDistributor.sol";
import {PayoutTree} from "../util/PayoutTree.sol";
import {Project} from "../util/Project.sol";
import {BlockingToken, CallbackToken, FalseToken, FeeToken, Mintable} from "./Tokens.sol";

/// @notice Whatever a token does, nobody is credited with what did not arrive, and nobody can keep others from their money.
contract HostileTokensTest is Project {
    using PayoutTree for PayoutTree.Tree;

    Mintable private bad;

    /// @dev A project in which everybody has staked and approved `bad`, and the escrow is funded.
    function use(Mintable token_) private {
        bad = token_;
        deploy(config(address(bad)));
        join(trainer, Role.Trainer, 2 * TRAINER_STAKE);
        join(rival, Role.Trainer, 2 * TRAINER_STAKE);
        join(evaluator, Role.Evaluator, 2 * EVALUATOR_STAKE);
        join(second, Role.Evaluator, 2 * EVALUATOR_STAKE);
        provide(owner, address(distributor));
        vm.prank(owner);
        distributor.fund(100 ether);
    }

    function join(address account, Role role, uint96 stake) private {
        provide(account, address(registry));
        vm.prank(account);
        registry.register(role, stake, address(0));
    }

    function provide(address account, address spender) private {
        bad.mint(account, 1000 ether);
        vm.prank(account);
        bad.approve(spender, type(uint256).max);
    }

    // A fee on every transfer

    function test_OnlyWhatArrivesCounts() public {
        use(new FeeToken());
        assertEq(distributor.funded(), 90 ether);
        assertEq(registry.peer(trainer).stake, 2 * TRAINER_STAKE * 9 / 10);
        vm.prank(trainer);
        registry.addStake(10);
        assertEq(registry.peer(trainer).stake, 2 * TRAINER_STAKE * 9 / 10 + 9);
        assertEq(bad.balanceOf(address(distributor)), 90 ether);
    }

    function test_RevertWhen_TooLittleOfAStakeArrives() public {
        use(new FeeToken());
        provide(stranger, address(registry));
        vm.expectRevert(
            abi.encodeWithSelector(
                IPeerRegistry.StakeTooSmall.selector, TRAINER_STAKE * 9 / 10, TRAINER_STAKE
            )
        );
        vm.prank(stranger);
        registry.register(Role.Trainer, TRAINER_STAKE, address(0));
    }

    function test_AHeaderCannotOweTheFee() public {
        use(new FeeToken());
        toPost();
        PayoutTree.Tree memory tree = tree2(trainer, 90 ether, rival, 1);
        vm.expectRevert(
            abi.encodeWithSelector(IRewardDistributor.SumExceedsFunding.selector, 90 ether + 1, 90 ether)
        );
        this.postFor(tree);
    }

    function postFor(PayoutTree.Tree memory tree) external {
        postAs(evaluator, header(tree));
    }

    function test_EveryClaimIsPaidInSpiteOfTheFee() public {
        use(new FeeToken());
        PayoutTree.Tree memory tree = tree2(trainer, 30 ether, rival, 60 ether);
        uint24 root = toActive(tree);
        distributor.claimBatch(root, tree.proofs());
        assertEq(bad.balanceOf(address(distributor)), 0);
    }

    // False instead of a revert

    function test_RevertWhen_TheTokenAnswersFalse() public {
        FalseToken token_ = new FalseToken();
        use(token_);
        PayoutTree.Tree memory tree = tree2(trainer, 1 ether, rival, 2 ether);
        uint24 root = toActive(tree);
        vm.prank(trainer);
        registry.unbond(TRAINER_STAKE);
        skip(UNBONDING);
        token_.refuse(true);

        bytes memory reason =
            abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(token_));
        Claim memory leaf = tree.proof(0);
        vm.expectRevert(reason);
        distributor.claimFor(root, leaf);
        assertEq(distributor.claimed(trainer), 0);
        vm.expectRevert(reason);
        vm.prank(owner);
        distributor.fund(1 ether);
        assertEq(distributor.funded(), 100 ether);
        vm.expectRevert(reason);
        vm.prank(trainer);
        registry.addStake(1 ether);
        vm.expectRevert(reason);
        vm.prank(trainer);
        registry.withdraw(trainer);
        assertEq(registry.peer(trainer).unbonding, TRAINER_STAKE);

        token_.refuse(false);
        assertEq(distributor.claimFor(root, leaf), 1 ether);
    }

    // A recipient that cannot be paid

    function test_ABlockedPayeeBlocksNobodyElse() public {
        BlockingToken token_ = new BlockingToken();
        use(token_);
        PayoutTree.Tree memory tree = tree2(trainer, 1 ether, rival, 2 ether);
        uint24 root = toActive(tree);
        token_.block_(rival);
        Claim memory leaf = tree.proof(1);
        vm.expectRevert(abi.encodeWithSelector(BlockingToken.Blocked.selector, rival));
        distributor.claimFor(root, leaf);
        assertEq(distributor.claimFor(root, tree.proof(0)), 1 ether);
        vm.prank(rival);
        assertEq(distributor.claimTo(root, leaf, stranger), 2 ether);
    }

    // A call back in the middle of a transfer

    function test_RevertWhen_ADepositIsMadeInsideADeposit() public {
        CallbackToken token_ = new CallbackToken();
        use(token_);
        provide(stranger, address(registry));
        bytes memory reason =
            abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        token_.arm(address(distributor), abi.encodeCall(distributor.fund, (1 ether)));
        vm.expectRevert(reason);
        vm.prank(owner);
        distributor.fund(1 ether);

        token_.arm(address(registry), abi.encodeCall(registry.addStake, (1 ether)));
        vm.expectRevert(reason);
        vm.prank(trainer);
        registry.addStake(1 ether);

        token_.arm(
            address(registry), abi.encodeCall(registry.register, (Role.Trainer, TRAINER_STAKE, address(0)))
        );
        vm.expectRevert(reason);
        vm.prank(stranger);
        registry.register(Role.Trainer, TRAINER_STAKE, address(0));
    }

    function test_RevertWhen_AClaimIsMadeInsideTheSameClaim() public {
        CallbackToken token_ = new CallbackToken();
        use(token_);
        PayoutTree.Tree memory tree = tree2(trainer, 1 ether, rival, 2 ether);
        uint24 root = toActive(tree);
        Claim memory leaf = tree.proof(0);
        token_.arm(address(distributor), abi.encodeCall(distributor.claimFor, (root, leaf)));
        vm.expectRevert(
            abi.encodeWithSelector(IRewardDistributor.AlreadyClaimed.selector, trainer, 1 ether, 1 ether)
        );
        distributor.claimFor(root, leaf);
    }

    function test_AClaimInsideAnotherPaysBothOnce() public {
        CallbackToken token_ = new CallbackToken();
        use(token_);
        PayoutTree.Tree memory tree = tree2(trainer, 1 ether, rival, 2 ether);
        uint24 root = toActive(tree);
        uint256 before = bad.balanceOf(trainer) + bad.balanceOf(rival);
        token_.arm(address(distributor), abi.encodeCall(distributor.claimFor, (root, tree.proof(1))));
        distributor.claimFor(root, tree.proof(0));
        assertEq(bad.balanceOf(trainer) + bad.balanceOf(rival), before + 3 ether);
        assertEq(bad.balanceOf(address(distributor)), 97 ether);
    }

    /// @dev The other way round a claim inside a deposit only makes the deposit count for less.
    function test_AClaimInsideADepositCreditsNobody() public {
        CallbackToken token_ = new CallbackToken();
        use(token_);
        PayoutTree.Tree memory tree = tree2(trainer, 1 ether, rival, 2 ether);
        uint24 root = toActive(tree);
        token_.arm(address(distributor), abi.encodeCall(distributor.claimFor, (root, tree.proof(0))));
        vm.prank(owner);
        assertEq(distributor.fund(5 ether), 4 ether);
        assertEq(distributor.funded(), 104 ether);
        assertEq(bad.balanceOf(address(distributor)), 104 ether);
    }

    function test_RevertWhen_AWithdrawalIsMadeInsideItself() public {
        CallbackToken token_ = new CallbackToken();
        use(token_);
        Withdrawer thief = new Withdrawer();
        bad.mint(address(thief), TRAINER_STAKE);
        thief.join(registry, bad, TRAINER_STAKE);
        skip(UNBONDING);
        token_.arm(address(thief), abi.encodeCall(thief.withdraw, ()));
        vm.expectRevert(abi.encodeWithSelector(IPeerRegistry.NothingUnbonding.selector, address(thief)));
        thief.withdraw();
    }
}

/// @notice A peer that is a contract.
contract Withdrawer {
    IPeerRegistry private _registry;

    function join(IPeerRegistry registry, Mintable token, uint96 stake) external {
        _registry = registry;
        token.approve(address(registry), stake);
        registry.register(Role.Trainer, stake, address(0));
        registry.unbond(stake);
    }

    function withdraw() external {
        _registry.withdraw(address(this));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Flow} from "../../../contracts/interfaces/IEscrow.sol";
import {Role} from "../../../contracts/interfaces/IPeerRegistry.sol";
import {Claim} from "../../../contracts/interfaces/IRewardDistributor.sol";
import {PayoutTree} from "../util/PayoutTree.sol";
import {Project} from "../util/Project.sol";

/// @notice What must hold of gas whatever the snapshot says. Whole transactions, as in Gas.t.sol.
contract GasBoundsTest is Project {
    using PayoutTree for PayoutTree.Tree;

    uint256[] private _used;

    function setUp() public override {
        super.setUp();
        registerAll();
        fund(1_000_000 ether);
    }

    function note() private {
        _used.push(vm.lastCallGas().gasTotalUsed);
    }

    /// @dev 36: at depth 10 (1,024 payees) 92,000 for the first claim and 58,000 for each later one; 890 a level more or less.
    function test_ClaimsStayWithinTheirBudgetAtEveryDepth() public {
        for (uint8 depth = 1; depth <= 20; ++depth) {
            address account = actor(depth);
            assertLe(claimGas(account, depth, 2 * depth + 1), 83_100 + 890 * uint256(depth));
            assertLe(claimGas(account, depth, 2 * depth + 2), 49_100 + 890 * uint256(depth));
        }
    }

    /// @dev The last leaf of a tree of this depth; amounts of nine bytes, as tokens with 18 decimals have.
    function claimGas(address account, uint8 depth, uint96 amount) private returns (uint256) {
        Claim memory leaf;
        leaf.account = account;
        leaf.index = uint32((1 << depth) - 1);
        leaf.cumulative = amount * 1.234567890123456789 ether;
        for (uint256 level = 0; level < depth; ++level) {
            leaf.path = bytes.concat(
                leaf.path,
                PayoutTree.step(keccak256(abi.encode(account, level)), leaf.cumulative + uint96(level))
            );
        }
        (bytes32 node, uint96 sum) = PayoutTree.fold(address(distributor), leaf);
        toPost();
        postAs(evaluator, header(sum, node, depth));
        skip(CHALLENGE);
        claimAs(account, distributor.sequence(), leaf);
        return vm.lastCallGas().gasTotalUsed;
    }

    /// @dev 36: the contracts hold no list of peers, so that ten or five thousand are the same to every function.
    function test_NoFunctionsGasDependsOnTheNumberOfPeers() public {
        this.crowd(0, 10);
        uint256 state = vm.snapshotState();
        uint256[] memory few = everyFunction();
        vm.revertToState(state);
        this.crowd(10, 5000);
        uint256[] memory many = everyFunction();
        assertEq(few.length, many.length);
        for (uint256 i = 0; i < few.length; ++i) {
            assertEq(many[i], few[i]);
        }
    }

    /// @dev Called from outside, so that all of it is one transaction: five thousand would take minutes.
    function crowd(uint256 from, uint256 until) external {
        for (uint256 i = from; i < until; ++i) {
            register(actor(1000 + i), Role.Trainer, TRAINER_STAKE);
        }
    }

    function everyFunction() private returns (uint256[] memory) {
        delete _used;
        stakeFunctions();
        roundFunctions();
        payoutFunctions();
        return _used;
    }

    function stakeFunctions() private {
        address newcomer = actor("newcomer");
        mint(newcomer, address(registry), 3 * TRAINER_STAKE);
        vm.startPrank(newcomer);
        registry.register(Role.Trainer, TRAINER_STAKE, stranger);
        note();
        registry.addStake(TRAINER_STAKE);
        note();
        registry.unbond(TRAINER_STAKE);
        note();
        registry.cancelUnbonding();
        note();
        registry.unbond(TRAINER_STAKE);
        skip(UNBONDING);
        registry.withdraw(newcomer);
        note();
        vm.stopPrank();
        vm.prank(court);
        registry.slash(newcomer, 1 ether, stranger);
        note();
    }

    function roundFunctions() private {
        book.open();
        note();
        uint64 id = current();
        vm.prank(trainer);
        book.submit(id, "digest");
        note();
        skip(COMMIT + PUBLISH);
        book.seal(id);
        note();
        vm.roll(block.number + 1);
        book.draw(id);
        note();
        commitAs(evaluator, "utilities");
        note();
        commitAs(second, "utilities");
        skip(MEASURE);
        revealAs(evaluator, "utilities");
        note();
        revealAs(second, "utilities");
        skip(REVEAL);
        PayoutTree.Tree memory tree = tree2(trainer, 1 ether, rival, 2 ether);
        postAs(evaluator, header(tree));
        note();
        vm.prank(guardian);
        book.veto(id);
        note();
        postAs(evaluator, header(tree));
        skip(CHALLENGE);
    }

    function payoutFunctions() private {
        uint24 root = distributor.sequence();
        PayoutTree.Tree memory tree = tree2(trainer, 1 ether, rival, 2 ether);
        claimAs(trainer, root, tree.proof(0));
        note();
        distributor.claimBatch(root, tree.proofs());
        note();
        vm.prank(rival);
        distributor.setPayee(stranger);
        note();
        fund(1 ether);
        note();
        vm.prank(guardian);
        distributor.pause(Flow.Claims);
        note();
        vm.prank(owner);
        book.close();
        note();
        vm.prank(owner);
        distributor.refund(owner);
        note();
    }
}

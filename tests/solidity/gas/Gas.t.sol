// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Role} from "../../../contracts/interfaces/IPeerRegistry.sol";
import {Claim, Root} from "../../../contracts/interfaces/IRewardDistributor.sol";
import {PayoutTree} from "../util/PayoutTree.sol";
import {Project} from "../util/Project.sol";

/// @notice What whole transactions cost, in a snapshot that is committed and compared: `FOUNDRY_PROFILE=gas forge test`.
/// Every call is a transaction of its own here, with its base cost and its calldata, and nothing warm.
contract GasTest is Project {
    using PayoutTree for PayoutTree.Tree;

    string private constant GROUP = "gas";
    uint96 private constant FUNDING = 1_000_000 ether;

    function setUp() public override {
        super.setUp();
        registerAll();
        fund(FUNDING);
    }

    function test_CreatingAProject() public {
        factory.create(config(address(token)));
        record("create project");
    }

    function test_Staking() public {
        address newcomer = actor("newcomer");
        mint(newcomer, address(registry), 3 * TRAINER_STAKE);
        vm.prank(newcomer);
        registry.register(Role.Trainer, TRAINER_STAKE, address(0));
        record("register");
        vm.prank(newcomer);
        registry.addStake(TRAINER_STAKE);
        record("addStake");
        vm.prank(newcomer);
        registry.unbond(2 * TRAINER_STAKE);
        record("unbond");
        skip(UNBONDING);
        vm.prank(newcomer);
        registry.withdraw(newcomer);
        record("withdraw");
        vm.prank(court);
        registry.slash(evaluator, EVALUATOR_STAKE, stranger);
        record("slash");
    }

    /// @dev Measured once all remembered rounds were used, as in any project some weeks old.
    function test_ARound() public {
        PayoutTree.Tree memory tree = tree2(trainer, 1 ether, rival, 2 ether);
        for (uint256 i = 0; i < book.HISTORY(); ++i) {
            toActive(tree);
        }
        book.open();
        record("open");
        submit("first digest");
        skip(COMMIT + PUBLISH + MEASURE);
        uint64 id = current();
        book.seal(id);
        record("seal");
        vm.roll(block.number + 1);
        book.draw(id);
        record("draw");
        commitAs(evaluator, "utilities");
        record("commitUtilities");
        commitAs(second, "utilities");
        skip(MEASURE);
        revealAs(evaluator, "utilities");
        record("revealUtilities");
        revealAs(second, "utilities");
        skip(REVEAL);
        postAs(evaluator, header(tree));
        record("post");
        postAs(evaluator, header(tree));
        record("post again");
        skip(CHALLENGE);
        book.open();
        submit("second digest");
        record("submit");
    }

    function test_AVeto() public {
        toChallenge(tree2(trainer, 1 ether, rival, 2 ether));
        uint64 id = current();
        vm.prank(guardian);
        book.veto(id);
        record("veto");
    }

    function test_Claims() public {
        uint8[6] memory depths = [0, 4, 7, 10, 14, 17];
        for (uint256 i = 0; i < depths.length; ++i) {
            address account = actor(i);
            string memory name = string.concat("claim at depth ", vm.toString(depths[i]));
            claimFrom(account, depths[i], uint96(2 * i + 1));
            record(string.concat(name, ", first"));
            claimFrom(account, depths[i], uint96(2 * i + 2));
            record(string.concat(name, ", repeat"));
        }
    }

    function submit(bytes32 digest) private {
        uint64 id = current();
        vm.prank(trainer);
        book.submit(id, digest);
    }

    /// @dev A tree of any depth in which only one path matters.
    function claimFrom(address account, uint8 depth, uint96 amount) private {
        toPost();
        Claim memory leaf;
        leaf.account = account;
        leaf.index = uint32((1 << depth) - 1);
        leaf.cumulative = amount * 1 ether;
        leaf.siblings = new bytes32[](depth);
        leaf.sums = new uint96[](depth);
        for (uint256 level = 0; level < depth; ++level) {
            leaf.siblings[level] = keccak256(abi.encode(account, level));
            leaf.sums[level] = amount * 1 ether + uint96(level);
        }
        (bytes32 node, uint96 sum) = PayoutTree.fold(address(distributor), leaf);
        // The last leaf of the first tree has no siblings; later trees must not owe less.
        postAs(evaluator, header(sum, node, depth));
        Root memory root = Root({
            round: current(),
            sequence: distributor.sequence(),
            activatesAt: uint40(block.timestamp) + CHALLENGE,
            depth: depth,
            sum: sum,
            node: node
        });
        skip(CHALLENGE);
        vm.prank(account);
        distributor.claim(root, leaf);
    }

    function record(string memory name) private {
        vm.snapshotGasLastCall(GROUP, name);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {PeerRegistry} from "../../../contracts/PeerRegistry.sol";
import {TestToken} from "../../../contracts/dev/TestToken.sol";
import {Role} from "../../../contracts/interfaces/IPeerRegistry.sol";
import {Claim} from "../../../contracts/interfaces/IRewardDistributor.sol";
import {PayoutTree} from "../util/PayoutTree.sol";
import {Project} from "../util/Project.sol";

/// @notice Registers many trainers in one transaction.
contract Crowd {
    TestToken private immutable _token;
    PeerRegistry private immutable _registry;

    constructor(TestToken token, PeerRegistry registry) {
        (_token, _registry) = (token, registry);
    }

    function join(uint256 count) external {
        uint96 stake = _registry.minimumStake(Role.Trainer);
        for (uint256 i = 0; i < count; ++i) {
            Member member = new Member();
            _token.transfer(address(member), stake);
            member.join(_token, _registry, stake);
        }
    }
}

contract Member {
    function join(TestToken token, PeerRegistry registry, uint96 stake) external {
        token.approve(address(registry), stake);
        registry.register(Role.Trainer, stake, address(0));
    }
}

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

    /// @dev 36: what a transaction costs does not depend on how many are registered.
    function test_ManyPeers() public {
        Crowd crowd = new Crowd(token, registry);
        token.mint(address(crowd), 5000 * uint256(TRAINER_STAKE));
        crowd.join(10);
        costs("with 10 registered"); // every slot is used once
        uint256[6] memory few = costs("with 10 registered");
        for (uint256 i = 0; i < 10; ++i) {
            crowd.join(499);
        }
        uint256[6] memory many = costs("with 5000 registered");
        for (uint256 i = 0; i < few.length; ++i) {
            // Numbers and hashes have more or fewer zero bytes, of twelve gas each.
            assertLe(many[i], few[i] + 120);
            assertLe(few[i], many[i] + 120);
        }
    }

    function costs(string memory when) private returns (uint256[6] memory spent) {
        PayoutTree.Tree memory tree = tree2(trainer, 1 ether, rival, 2 ether);
        book.open();
        submit("digest");
        spent[0] = record(string.concat("submit, ", when));
        skip(COMMIT + PUBLISH);
        uint64 id = current();
        book.seal(id);
        vm.roll(block.number + 1);
        book.draw(id);
        spent[1] = record(string.concat("draw, ", when));
        commitAs(evaluator, "utilities");
        spent[2] = record(string.concat("commitUtilities, ", when));
        commitAs(second, "utilities");
        skip(MEASURE);
        revealAs(second, "utilities");
        revealAs(evaluator, "utilities");
        spent[3] = record(string.concat("revealUtilities, ", when));
        skip(REVEAL);
        postAs(evaluator, header(tree));
        spent[4] = record(string.concat("post, ", when));
        address newcomer = address(uint160(uint256(keccak256(abi.encode(when, id)))));
        mint(newcomer, address(registry), TRAINER_STAKE);
        vm.prank(newcomer);
        registry.register(Role.Trainer, TRAINER_STAKE, address(0));
        spent[5] = record(string.concat("register, ", when));
        skip(CHALLENGE);
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
        for (uint256 level = 0; level < depth; ++level) {
            bytes32 sibling = keccak256(abi.encode(account, level));
            leaf.path = bytes.concat(leaf.path, PayoutTree.step(sibling, amount * 1 ether + uint96(level)));
        }
        (bytes32 node, uint96 sum) = PayoutTree.fold(address(distributor), leaf);
        // The last leaf of the first tree has no siblings; later trees must not owe less.
        postAs(evaluator, header(sum, node, depth));
        uint24 root = distributor.sequence();
        skip(CHALLENGE);
        vm.prank(account);
        distributor.claim(root, leaf.index, leaf.cumulative, leaf.path);
    }

    function record(string memory name) private returns (uint256) {
        return vm.snapshotGasLastCall(GROUP, name);
    }
}

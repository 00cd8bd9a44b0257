// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IPeerRegistry, Role} from "../../../contracts/interfaces/IPeerRegistry.sol";
import {Project} from "../util/Project.sol";

/// @notice What peers and the court do with stakes at random, and what must have come of it.
abstract contract StakeActions is Project {
    uint256 internal constant TRAINERS = 5;
    uint256 public constant PEERS = 9;

    /// @dev Ghosts: everything that ever moved, by peer.
    mapping(address account => uint256) public deposited;
    mapping(address account => uint256) public withdrawn;
    mapping(address account => uint256) public slashed;
    uint256 public rewarded;
    uint256 public rewardsCollected;
    uint256 public burned;
    uint256 public donatedStake;
    mapping(address account => uint256) private _claimedBefore;
    uint256 private _activeBefore;
    uint256 private _stakeBefore;
    uint256 private _rewardBefore;

    /// @dev 4, 20: after every action, what was claimed and what is active is at least what it was. (Forge keeps no state that an
    /// invariant writes, so this is watched here.)
    modifier action() {
        _;
        for (uint256 i = 0; i < PEERS; ++i) {
            uint256 claimed = distributor.claimed(peerAt(i));
            assertLe(_claimedBefore[peerAt(i)], claimed);
            _claimedBefore[peerAt(i)] = claimed;
        }
        assertLe(_activeBefore, distributor.activeSum());
        _activeBefore = distributor.activeSum();
    }

    function peerAt(uint256 number) public pure returns (address) {
        return actor(number % PEERS);
    }

    function roleAt(uint256 number) internal pure returns (Role) {
        return number % PEERS < TRAINERS ? Role.Trainer : Role.Evaluator;
    }

    function join(uint256 number, uint96 stake) public {
        address account = peerAt(number);
        if (registry.peer(account).role != Role.None) return;
        stake = uint96(bound(stake, registry.minimumStake(roleAt(number)), 1000 ether));
        mint(account, address(registry), stake);
        vm.prank(account);
        registry.register(roleAt(number), stake, address(0));
        deposited[account] += stake;
    }

    function addStake(uint256 number, uint96 amount) public action {
        address account = peerAt(number);
        if (registry.peer(account).role == Role.None) return;
        amount = uint96(bound(amount, 1, 1000 ether));
        mint(account, address(registry), amount);
        vm.prank(account);
        registry.addStake(amount);
        deposited[account] += amount;
    }

    function unbond(uint256 number, uint96 amount) public action {
        address account = peerAt(number);
        IPeerRegistry.Peer memory peer = registry.peer(account);
        if (peer.stake == 0 || peer.unbonding != 0) return;
        amount = uint96(bound(amount, 1, peer.stake));
        if (peer.stake - amount < registry.minimumStake(peer.role)) amount = peer.stake;
        vm.prank(account);
        registry.unbond(amount);
    }

    function cancelUnbonding(uint256 number) public action {
        address account = peerAt(number);
        if (registry.peer(account).unbonding == 0) return;
        vm.prank(account);
        registry.cancelUnbonding();
    }

    /// @dev Also when it is too early: then it must fail.
    function withdraw(uint256 number) public action {
        address account = peerAt(number);
        IPeerRegistry.Peer memory peer = registry.peer(account);
        vm.prank(account);
        try registry.withdraw(account) returns (uint256 amount) {
            assertTrue(block.timestamp >= peer.readyAt, "withdrawn too early");
            assertEq(amount, peer.unbonding);
            withdrawn[account] += amount;
        } catch {
            assertTrue(peer.unbonding == 0 || block.timestamp < peer.readyAt, "not paid what is ready");
        }
    }

    function slash(uint256 number, uint96 amount) public action {
        takeFrom(peerAt(number), uint96(bound(amount, 0, 200 ether)));
    }

    function donateStake(uint96 amount) public action {
        amount = uint96(bound(amount, 1, 10 ether));
        token.mint(address(registry), amount);
        donatedStake += amount;
    }

    function takeFrom(address account, uint96 amount) internal {
        watchStake(account);
        vm.prank(court);
        uint256 taken = registry.slash(account, amount, stranger);
        assertEq(noteSlash(account), taken);
    }

    /// @dev Between these two, nothing but a slash changes an account's stake, nor what the stranger is to get.
    function watchStake(address account) internal {
        _stakeBefore = stakeOf(account);
        _rewardBefore = registry.rewardOf(stranger);
    }

    function noteSlash(address account) internal returns (uint256 taken) {
        taken = _stakeBefore - stakeOf(account);
        uint256 reward = registry.rewardOf(stranger) - _rewardBefore;
        slashed[account] += taken;
        rewarded += reward;
        burned += taken - reward;
    }

    function stakeOf(address account) private view returns (uint256) {
        IPeerRegistry.Peer memory peer = registry.peer(account);
        return uint256(peer.stake) + peer.unbonding;
    }
}

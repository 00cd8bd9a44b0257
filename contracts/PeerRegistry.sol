// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IPeerRegistry, Role} from "./interfaces/IPeerRegistry.sol";
import {IRewardDistributor} from "./interfaces/IRewardDistributor.sol";
import {Slashing} from "./libraries/Slashing.sol";

/// @title Membership and stake of one project
/// @dev One storage slot a peer. INVARIANT: the token balance is at least the sum of all peers' stake and unbonding, and all rewards.
/// What is burned of a slashed stake stays here for good: nothing in this contract can move more than peers' own stakes and rewards.
/// A slash moves no tokens: it takes a third less gas, and no token and no recipient can keep it from happening.
contract PeerRegistry is IPeerRegistry, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;

    /// @inheritdoc IPeerRegistry
    address public immutable token;
    /// @inheritdoc IPeerRegistry
    address public immutable court;
    /// @inheritdoc IPeerRegistry
    address public immutable distributor;
    /// @inheritdoc IPeerRegistry
    uint40 public immutable unbondingPeriod;
    uint96 private immutable _trainerStake;
    uint96 private immutable _evaluatorStake;

    mapping(address account => Peer) private _peers;
    /// @inheritdoc IPeerRegistry
    mapping(address challenger => uint256) public rewardOf;

    modifier onlyCourt() {
        if (msg.sender != court) revert NotCourt(msg.sender);
        _;
    }

    constructor(
        address token_,
        address court_,
        address distributor_,
        uint96 trainerStake,
        uint96 evaluatorStake,
        uint40 unbondingPeriod_
    ) {
        // A role that costs nothing would have no weight, and anyone could take it under any number of names.
        if (trainerStake == 0 || evaluatorStake == 0) revert ZeroAmount();
        token = token_;
        court = court_;
        distributor = distributor_;
        unbondingPeriod = unbondingPeriod_;
        _trainerStake = trainerStake;
        _evaluatorStake = evaluatorStake;
    }

    /// @inheritdoc IPeerRegistry
    function register(Role role, uint96 stake, address payee) external nonReentrant {
        if (role == Role.None) revert RoleRequired();
        Peer storage self = _peers[msg.sender];
        if (self.role != Role.None) revert AlreadyRegistered(msg.sender, self.role);
        // Effect before the token can call back: a second registration finds the role taken.
        self.role = role;

        uint96 received = _pull(stake);
        uint96 minimum = minimumStake(role);
        if (received < minimum) revert StakeTooSmall(received, minimum);
        self.stake = received;
        if (payee == address(0)) payee = msg.sender;
        emit Registered(msg.sender, role, received, payee);
        if (payee != msg.sender) IRewardDistributor(distributor).setPayeeOf(msg.sender, payee);
    }

    /// @inheritdoc IPeerRegistry
    function addStake(uint96 amount) external nonReentrant {
        Peer storage self = _registered();
        uint96 received = _pull(amount);
        uint96 stake = self.stake + received;
        self.stake = stake;
        emit Staked(msg.sender, received, stake);
    }

    /// @inheritdoc IPeerRegistry
    function unbond(uint96 amount) external {
        Peer storage self = _registered();
        Peer memory before = self;
        if (amount == 0) revert ZeroAmount();
        if (before.unbonding != 0) revert UnbondingInProgress(msg.sender, before.readyAt);
        if (amount > before.stake) revert StakeInsufficient(msg.sender, before.stake, amount);
        uint96 rest = before.stake - amount;
        uint96 minimum = minimumStake(before.role);
        if (rest != 0 && rest < minimum) revert StakeTooSmall(rest, minimum);

        // SAFETY: seconds since 1970 fit 40 bits for another 34,000 years.
        uint40 readyAt = uint40(block.timestamp) + unbondingPeriod;
        self.stake = rest;
        self.unbonding = amount;
        self.readyAt = readyAt;
        emit UnbondingStarted(msg.sender, amount, readyAt);
    }

    /// @inheritdoc IPeerRegistry
    function cancelUnbonding() external {
        Peer storage self = _peers[msg.sender];
        uint96 amount = self.unbonding;
        if (amount == 0) revert NothingUnbonding(msg.sender);
        uint96 stake = self.stake + amount;
        self.stake = stake;
        self.unbonding = 0;
        emit UnbondingCancelled(msg.sender, amount, stake);
    }

    /// @inheritdoc IPeerRegistry
    function withdraw(address to) external returns (uint256 amount) {
        if (to == address(0)) revert ZeroAddress();
        Peer storage self = _peers[msg.sender];
        amount = self.unbonding;
        if (amount == 0) revert NothingUnbonding(msg.sender);
        if (block.timestamp < self.readyAt) revert NotReadyYet(self.readyAt, block.timestamp);
        self.unbonding = 0;
        emit Withdrawn(msg.sender, to, amount);
        IERC20(token).safeTransfer(to, amount);
    }

    /// @inheritdoc IPeerRegistry
    function slash(address account, uint96 amount, address challenger)
        external
        onlyCourt
        returns (uint256 taken)
    {
        if (challenger == address(0)) revert ZeroAddress();
        Peer storage subject = _peers[account];
        uint256 stake = subject.stake;
        uint256 unbonding = subject.unbonding;
        taken = Slashing.taken(stake, unbonding, amount);
        // A peer with nothing left must not keep the court from voiding its header.
        if (taken == 0) return 0;

        // SAFETY: neither part is more than there is.
        unchecked {
            uint256 fromUnbonding = Slashing.fromUnbonding(stake, unbonding, taken);
            if (fromUnbonding != 0) subject.unbonding = uint96(unbonding - fromUnbonding);
            subject.stake = uint96(stake - (taken - fromUnbonding));
        }
        (uint256 reward, uint256 burned) = Slashing.shared(taken);
        rewardOf[challenger] += reward;
        emit Slashed(account, challenger, taken, reward, burned);
    }

    /// @inheritdoc IPeerRegistry
    function payReward(address challenger, address to) external onlyCourt returns (uint256 amount) {
        amount = rewardOf[challenger];
        if (amount == 0) return 0;
        rewardOf[challenger] = 0;
        emit RewardPaid(challenger, to, amount);
        IERC20(token).safeTransfer(to, amount);
    }

    /// @inheritdoc IPeerRegistry
    function peer(address account) external view returns (Peer memory) {
        return _peers[account];
    }

    /// @inheritdoc IPeerRegistry
    function weight(address account, Role role) external view returns (uint96) {
        Peer memory subject = _peers[account];
        return subject.role == role && subject.stake >= minimumStake(role) ? subject.stake : 0;
    }

    /// @inheritdoc IPeerRegistry
    function minimumStake(Role role) public view returns (uint96) {
        if (role == Role.None) return 0;
        return role == Role.Trainer ? _trainerStake : _evaluatorStake;
    }

    function _registered() private view returns (Peer storage self) {
        self = _peers[msg.sender];
        if (self.role == Role.None) revert NotRegistered(msg.sender);
    }

    /// @dev Counts what arrived, not what was asked for: some tokens keep a fee. Callers hold the reentrancy guard, because a
    /// deposit made inside another one would be counted by both.
    function _pull(uint96 amount) private returns (uint96 received) {
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        received = (IERC20(token).balanceOf(address(this)) - before).toUint96();
        if (received == 0) revert ZeroAmount();
    }
}

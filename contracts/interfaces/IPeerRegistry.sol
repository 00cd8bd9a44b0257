// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

/// @notice What an address does in a project. One address has one role: whoever is paid for training does not measure.
enum Role {
    None,
    Trainer,
    Evaluator
}

/// @title Membership and stake of one project
/// @notice A peer is an address, never a slot. Stake can leave only after the unbonding period, which is longer than a round;
/// only the court can take it, and at most half of what it takes goes to the challenger: the rest is burned.
interface IPeerRegistry {
    /// @param stake Active stake: what counts for eligibility and weight.
    /// @param unbonding Stake on its way out: no longer counts, still slashable.
    /// @param readyAt Time at which the unbonding stake may be withdrawn.
    /// @param role The peer's role; `None` for an address that never registered.
    struct Peer {
        uint96 stake;
        uint96 unbonding;
        uint40 readyAt;
        Role role;
    }

    event Registered(address indexed peer, Role indexed role, uint256 stake, address payee);
    event Staked(address indexed peer, uint256 amount, uint256 stake);
    event UnbondingStarted(address indexed peer, uint256 amount, uint256 readyAt);
    event UnbondingCancelled(address indexed peer, uint256 amount, uint256 stake);
    event Withdrawn(address indexed peer, address indexed to, uint256 amount);
    event Slashed(
        address indexed peer, address indexed challenger, uint256 amount, uint256 reward, uint256 burned
    );

    event RewardPaid(address indexed challenger, address indexed to, uint256 amount);

    error AlreadyRegistered(address peer, Role role);
    error NotRegistered(address peer);
    error RoleRequired();
    error StakeTooSmall(uint256 stake, uint256 minimum);
    error StakeInsufficient(address peer, uint256 stake, uint256 wanted);
    error UnbondingInProgress(address peer, uint256 readyAt);
    error NothingUnbonding(address peer);
    error NotReadyYet(uint256 readyAt, uint256 time);
    error NotCourt(address caller);
    error ZeroAmount();
    error ZeroAddress();

    /// @notice Joins the project: takes `stake` tokens from the caller (who approved them) and records role and payee.
    /// @param payee Where payouts to this peer go by default; the zero address means the peer itself.
    function register(Role role, uint96 stake, address payee) external;

    /// @notice Adds to the caller's active stake.
    function addStake(uint96 amount) external;

    /// @notice Starts to take `amount` out. One unbonding at a time. What remains active must be zero or at least the minimum.
    function unbond(uint96 amount) external;

    /// @notice Returns what is unbonding to the active stake.
    function cancelUnbonding() external;

    /// @notice Pays out what has finished unbonding.
    function withdraw(address to) external returns (uint256 amount);

    /// @notice Takes up to `amount` from active and unbonding stake, pro rata. Half of it (rounded down) is the challenger's reward, which
    /// it collects at the court; the rest is burned: it stays in this contract, out of everybody's reach.
    /// @dev Court only. An unset court (the zero address) can never call.
    /// @return taken What was really taken: never more than the peer had.
    function slash(address peer, uint96 amount, address challenger) external returns (uint256 taken);

    /// @notice Pays a challenger's rewards to `to`; nothing when there are none.
    /// @dev Court only, which asks on the challenger's word: `IScoreCourt.collect`.
    function payReward(address challenger, address to) external returns (uint256 amount);

    function peer(address account) external view returns (Peer memory);

    /// @notice What a challenger earned by slashes and has not collected.
    function rewardOf(address challenger) external view returns (uint256);

    /// @notice Active stake if the account has this role and holds at least the role's minimum, otherwise zero.
    function weight(address account, Role role) external view returns (uint96);

    function minimumStake(Role role) external view returns (uint96);

    function token() external view returns (address);
    function distributor() external view returns (address);
    function court() external view returns (address);
    function unbondingPeriod() external view returns (uint40);
}

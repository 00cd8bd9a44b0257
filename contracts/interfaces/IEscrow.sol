// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

/// @notice What the guardian can halt for a while.
enum Flow {
    Claims,
    Funding
}

/// @title What goes into a project's escrow, and how what nobody earned or claimed comes out again
/// @notice Money leaves in three ways: a claim (IRewardDistributor); the owner's refund of what no header owes, once the project has
/// ended; and the sweep of what was earned and not claimed for a year after that, announced a month ahead.
interface IEscrow {
    event Funded(address indexed from, uint256 amount, uint256 funded);
    event Refunded(address indexed to, uint256 amount);
    event Ended(uint256 expiresAt);
    event SweepAnnounced(address indexed to, uint256 sweepableAt);
    event SweepCancelled(address indexed by);
    event Swept(address indexed to, uint256 amount);
    event Paused(Flow indexed flow, uint256 until);
    event Unpaused(Flow indexed flow);

    error ProjectOpen();
    error ProjectClosed();
    error NothingToRefund();
    error NothingToSweep();
    error NotExpired(uint256 expiresAt, uint256 time);
    error NotAnnounced();
    error TooEarlyToSweep(uint256 sweepableAt, uint256 time);
    error NotPauser(address caller);
    error PausedUntil(Flow flow, uint256 until);
    error PausedTooRecently(Flow flow, uint256 pausableAt);
    error NotPaused(Flow flow);
    error ZeroAmount();
    error ZeroAddress();

    /// @notice Adds to the escrow from the caller's approved tokens; counts what really arrived. Anyone may, until the
    /// project is closed: later payments could only go to the owner.
    /// @return received What was counted.
    function fund(uint96 amount) external returns (uint256 received);

    /// @notice Pays the escrow that no posted header owes to `to`. Owner of the RoundBook only, after the project is closed
    /// and its last round final. Ends the project, as `end` does.
    function refund(address to) external returns (uint256 amount);

    /// @notice Notes that the project is closed and its last round final: from now on claims have a year. Anyone may; once.
    function end() external;

    /// @notice Announces that what is left when claims have expired will go to `to`. Owner only, after the expiry; a new
    /// announcement replaces the old one and waits anew. Claims go on until the sweep.
    function announceSweep(address to) external;

    /// @notice Takes the announcement back. Owner or guardian: a stolen key of the owner moves nothing while the guardian watches.
    function cancelSweep() external;

    /// @notice Pays all that was not claimed, and whatever was sent here past `fund`, to the announced address, and ends all claims.
    /// What the owner can still be refunded stays. Anyone may, a month after the announcement and not while claims are paused.
    function sweep() external returns (uint256 amount);

    /// @notice Halts claims, or funding, for a week. Guardian only, and not again until a month after the last pause of that flow
    /// has ended: nobody can be kept from their money for long.
    function pause(Flow flow) external;

    /// @notice Ends a pause early. Guardian only.
    function unpause(Flow flow) external;

    /// @notice Everything ever paid in, as received.
    function funded() external view returns (uint96);
    /// @notice Everything ever refunded to the owner.
    function refunded() external view returns (uint96);
    /// @notice Everything ever swept after the expiry.
    function swept() external view returns (uint256);
    /// @notice End of the latest pause, past or not; zero before the first.
    function pausedUntil(Flow flow) external view returns (uint40);
    /// @notice Until when claims are safe from a sweep; zero while the project has not ended.
    function expiresAt() external view returns (uint40);
    /// @notice The announced sweep: where to, and from when; zero without one.
    function announcedSweep() external view returns (address to, uint40 sweepableAt);
    function token() external view returns (address);
    function book() external view returns (address);
}

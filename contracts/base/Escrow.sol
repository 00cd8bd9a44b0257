// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {Flow, IEscrow} from "../interfaces/IEscrow.sol";
import {IRoundBook} from "../interfaces/IRoundBook.sol";
import {PayoutRoots} from "./PayoutRoots.sol";

/// @title What goes into a project's escrow, and how what nobody earned or claimed comes out again
/// @dev The delays are constants and the announcement lies here, not in a timelock contract of its own: it follows the project's owner
/// through every change of ownership, and no role exists that could shorten a delay.
abstract contract Escrow is PayoutRoots, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice How long claims are safe from a sweep after the project's end.
    uint40 public constant EXPIRY = 365 days;
    /// @notice How long a sweep is announced before it can happen.
    uint40 public constant NOTICE = 30 days;
    /// @notice How long a pause lasts.
    uint40 public constant PAUSE = 7 days;
    /// @notice How long after a pause there can be no other of that flow.
    uint40 public constant REST = 30 days;

    /// @inheritdoc IEscrow
    address public immutable token;
    /// @inheritdoc IEscrow
    address public immutable book;

    // One slot, which every post reads: that a pause also holds roots posted in its course costs nothing.
    /// @inheritdoc IEscrow
    uint96 public funded;
    /// @inheritdoc IEscrow
    uint96 public refunded;
    uint40 private _claimsPausedUntil;

    // One slot for what is rare.
    address private _sweepTo;
    uint40 private _sweepableAt;
    /// @inheritdoc IEscrow
    uint40 public expiresAt;

    uint40 private _fundingPausedUntil;
    /// @inheritdoc IEscrow
    uint256 public swept;

    modifier onlyOwner() {
        if (msg.sender != _owner()) revert Ownable.OwnableUnauthorizedAccount(msg.sender);
        _;
    }

    modifier onlyGuardian() {
        if (msg.sender != _guardian()) revert NotPauser(msg.sender);
        _;
    }

    constructor(address token_, address book_) {
        token = token_;
        book = book_;
    }

    /// @inheritdoc IEscrow
    /// @dev The guard keeps a token with callbacks from having one deposit counted by two calls.
    function fund(uint96 amount) external nonReentrant returns (uint256 received) {
        if (IRoundBook(book).closed()) revert ProjectClosed();
        if (block.timestamp < _fundingPausedUntil) revert PausedUntil(Flow.Funding, _fundingPausedUntil);
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        received = IERC20(token).balanceOf(address(this)) - before;
        if (received == 0) revert ZeroAmount();
        uint96 total = SafeCast.toUint96(funded + received);
        funded = total;
        emit Funded(msg.sender, received, total);
    }

    /// @inheritdoc IEscrow
    function refund(address to) external onlyOwner returns (uint256 amount) {
        if (to == address(0)) revert ZeroAddress();
        _end();
        amount = _remaining();
        if (amount == 0) revert NothingToRefund();
        // SAFETY: at most `funded`.
        refunded += uint96(amount);
        emit Refunded(to, amount);
        IERC20(token).safeTransfer(to, amount);
    }

    /// @inheritdoc IEscrow
    function end() external {
        _end();
    }

    /// @inheritdoc IEscrow
    function announceSweep(address to) external onlyOwner {
        if (to == address(0)) revert ZeroAddress();
        // INVARIANT: claims have all the time that was promised, whoever holds the owner's key.
        if (expiresAt == 0) revert ProjectOpen();
        if (block.timestamp < expiresAt) revert NotExpired(expiresAt, block.timestamp);
        uint40 from = _inFuture(NOTICE);
        (_sweepTo, _sweepableAt) = (to, from);
        emit SweepAnnounced(to, from);
    }

    /// @inheritdoc IEscrow
    function cancelSweep() external {
        if (msg.sender != _owner() && msg.sender != _guardian()) {
            revert Ownable.OwnableUnauthorizedAccount(msg.sender);
        }
        if (_sweepableAt == 0) revert NotAnnounced();
        (_sweepTo, _sweepableAt) = (address(0), 0);
        emit SweepCancelled(msg.sender);
    }

    /// @inheritdoc IEscrow
    function sweep() external returns (uint256 amount) {
        (address to, uint256 from) = (_sweepTo, _sweepableAt);
        if (from == 0) revert NotAnnounced();
        if (block.timestamp < from) revert TooEarlyToSweep(from, block.timestamp);
        if (block.timestamp < _claimsPausedUntil) revert PausedUntil(Flow.Claims, _claimsPausedUntil);
        amount = IERC20(token).balanceOf(address(this)) - _remaining();
        if (amount == 0) revert NothingToSweep();
        // INVARIANT: with the roots forgotten no claim can reach what the owner may still be refunded.
        _forgetAll();
        (_sweepTo, _sweepableAt) = (address(0), 0);
        swept += amount;
        emit Swept(to, amount);
        IERC20(token).safeTransfer(to, amount);
    }

    /// @inheritdoc IEscrow
    function pause(Flow flow) external onlyGuardian {
        uint256 last = pausedUntil(flow);
        uint40 until = _inFuture(PAUSE);
        if (last != 0 && block.timestamp < last + REST) revert PausedTooRecently(flow, last + REST);
        _setPause(flow, until);
        emit Paused(flow, until);
    }

    /// @inheritdoc IEscrow
    function unpause(Flow flow) external onlyGuardian {
        if (block.timestamp >= pausedUntil(flow)) revert NotPaused(flow);
        _setPause(flow, _inFuture(0));
        emit Unpaused(flow);
    }

    /// @inheritdoc IEscrow
    function announcedSweep() external view returns (address, uint40) {
        return (_sweepTo, _sweepableAt);
    }

    /// @inheritdoc IEscrow
    function pausedUntil(Flow flow) public view returns (uint40) {
        return flow == Flow.Claims ? _claimsPausedUntil : _fundingPausedUntil;
    }

    /// @dev What is in the escrow, claimed or not, less what was given back.
    function _kept() internal view returns (uint256) {
        return funded - refunded;
    }

    /// @dev What no header owes. INVARIANT: counted, not read from the balance, so that tokens sent past `fund` change nothing here.
    function _remaining() internal view returns (uint256) {
        return _kept() - _ledger.owed;
    }

    function _end() private {
        if (expiresAt != 0) return;
        if (!IRoundBook(book).closed() || !IRoundBook(book).idle()) revert ProjectOpen();
        uint40 expiry = _inFuture(EXPIRY);
        expiresAt = expiry;
        emit Ended(expiry);
    }

    function _setPause(Flow flow, uint40 until) private {
        if (flow == Flow.Funding) {
            _fundingPausedUntil = until;
        } else {
            _claimsPausedUntil = until;
            _holdUntil(until);
        }
    }

    function _owner() private view returns (address) {
        return Ownable(book).owner();
    }

    function _guardian() private view returns (address) {
        return IRoundBook(book).guardian();
    }

    /// @dev SAFETY: seconds since 1970 fit 40 bits for another 34,000 years.
    function _inFuture(uint40 duration) private view returns (uint40) {
        return uint40(block.timestamp) + duration;
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Role} from "./IPeerRegistry.sol";
import {Claim} from "./IRewardDistributor.sol";
import {Phase} from "./IRoundBook.sol";

/// @title Views for owners, trainers and their tools: one call, one answer
interface IProjectLens {
    /// @notice funded = claimed + claimable + pending + expired + remaining + refunded, whatever else the escrow holds.
    /// @param funded Everything ever paid in.
    /// @param owed Sum of the latest standing root.
    /// @param claimed What the accounts that were named have claimed: everything, when all that ever claimed are among them. The
    /// contracts keep no total, which would cost every claim a twentieth more.
    /// @param claimable Part of `owed` that is active and not claimed.
    /// @param pending Part of `owed` whose root is not active yet.
    /// @param expired Part of `owed` that nobody claimed in time and that was swept.
    /// @param remaining Escrow that no header owes.
    /// @param refunded What the owner took back.
    /// @param gifts What the escrow holds beyond its books: tokens that were sent past `fund`.
    struct Money {
        uint256 funded;
        uint256 owed;
        uint256 claimed;
        uint256 claimable;
        uint256 pending;
        uint256 expired;
        uint256 remaining;
        uint256 refunded;
        uint256 gifts;
    }

    struct Status {
        address token;
        address owner;
        bytes32 policyHash;
        uint64 round;
        Phase phase;
        bool closed;
        Money money;
    }

    struct PeerStatus {
        Role role;
        uint96 stake;
        uint96 unbonding;
        uint40 readyAt;
        address payee;
        address claimer;
        uint96 claimed;
    }

    /// @param earned The leaf's cumulative amount, when its proof holds.
    /// @param claimed Paid before.
    /// @param claimable Can be claimed with this root now.
    /// @param pending Can be claimed with this root once it is active and claims are not paused; part of it perhaps with an older
    /// one already.
    struct Payout {
        uint256 earned;
        uint256 claimed;
        uint256 claimable;
        uint256 pending;
    }

    /// @notice What an owner wants to know of a peer, in one place.
    /// @param locked Stake and unbonding stake.
    struct Statement {
        address account;
        Role role;
        uint256 locked;
        Payout payout;
    }

    /// @notice Where the project stands, by its RoundBook.
    /// @param accounts Everyone who has claimed; see `Money.claimed`.
    function status(address book, address[] calldata accounts) external view returns (Status memory);
    /// @notice Where the project's money is, by its RewardDistributor.
    /// @param accounts Everyone who has claimed; see `Money.claimed`.
    function money(address distributor, address[] calldata accounts) external view returns (Money memory);
    /// @notice Role, stake and payout settings of the accounts, in the order asked for.
    function peers(address book, address[] calldata accounts) external view returns (PeerStatus[] memory);
    /// @notice What a leaf is worth now. Reverts with the distributor's own error when the proof does not hold.
    function payout(address distributor, uint24 root, Claim calldata leaf)
        external
        view
        returns (Payout memory);
    /// @notice What each leaf of a round's root is worth now, and what its peer has locked. Reverts as `payout` does.
    function statements(address book, uint24 root, Claim[] calldata leaves)
        external
        view
        returns (Statement[] memory);
}

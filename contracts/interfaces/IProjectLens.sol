// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Role} from "./IPeerRegistry.sol";
import {Claim, Root} from "./IRewardDistributor.sol";
import {Phase} from "./IRoundBook.sol";

/// @title Views for owners, trainers and their tools: one call, one answer
interface IProjectLens {
    /// @param funded Everything ever paid in.
    /// @param owed Sum of the latest standing root.
    /// @param claimed Everything ever claimed, told from the balance: too low by what was sent to the escrow past `fund`.
    /// @param pending Part of `owed` whose root is not active yet.
    /// @param claimable Part of `owed` that is active and not claimed; too high by as much.
    /// @param remaining Escrow that no header owes.
    /// @param refunded What the owner took back.
    struct Money {
        uint256 funded;
        uint256 owed;
        uint256 claimed;
        uint256 pending;
        uint256 claimable;
        uint256 remaining;
        uint256 refunded;
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
    /// @param pending Can be claimed with this root once it is active; part of it perhaps with an older one already.
    struct Payout {
        uint256 earned;
        uint256 claimed;
        uint256 claimable;
        uint256 pending;
    }

    /// @notice Where the project stands, by its RoundBook.
    function status(address book) external view returns (Status memory);
    /// @notice Where the project's money is, by its RewardDistributor.
    function money(address distributor) external view returns (Money memory);
    /// @notice Role, stake and payout settings of the accounts, in the order asked for.
    function peers(address book, address[] calldata accounts) external view returns (PeerStatus[] memory);
    /// @notice What a leaf is worth now. Reverts with the distributor's own error when the proof does not hold.
    function payout(address distributor, Root calldata root, Claim calldata leaf)
        external
        view
        returns (Payout memory);
}

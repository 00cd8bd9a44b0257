// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Role} from "./IPeerRegistry.sol";
import {Claim, Root} from "./IRewardDistributor.sol";
import {Phase} from "./IRoundBook.sol";

/// @title Views for owners, trainers and their tools: one call, one answer
interface IProjectLens {
    /// @param funded Everything ever paid in.
    /// @param owed Sum of the latest standing root.
    /// @param claimed Everything ever claimed.
    /// @param pending Part of `owed` whose root is not active yet.
    /// @param claimable Part of `owed` that is active and not claimed.
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
    /// @param claimable Can be claimed now.
    /// @param pending Can be claimed once the root is active.
    struct Payout {
        uint256 earned;
        uint256 claimed;
        uint256 claimable;
        uint256 pending;
    }

    function status(address book) external view returns (Status memory);
    function money(address distributor) external view returns (Money memory);
    function peers(address book, address[] calldata accounts) external view returns (PeerStatus[] memory);
    /// @notice What a leaf is worth now. Reverts with the distributor's own error when the proof does not hold.
    function payout(address distributor, Root calldata root, Claim calldata leaf)
        external
        view
        returns (Payout memory);
}

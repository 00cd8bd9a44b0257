// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Mode, Rules} from "../interfaces/CourtTypes.sol";
import {Shapley} from "./Shapley.sol";

/// @title How large a round's game is, and what a score is worth
/// @dev SAFETY: callers keep to `Rules.maxPeers`, so that nothing here overflows.
library Games {
    /// @notice Losses that `Mode.LossDelta` measures of a peer.
    uint256 internal constant LOSSES = 4;
    /// @notice Scores count up to here, so that their weights always fit: four powers and 2^32 peers make 256 bits.
    int256 internal constant MAX_SCORE = 2 ** 56 - 1;

    /// @notice Number of utilities of `n` peers.
    function utilities(Rules calldata rules, uint256 n) internal pure returns (uint256) {
        Mode mode = rules.mode;
        unchecked {
            if (mode == Mode.Exact) return 1 << n;
            if (mode == Mode.Sampled) return rules.draws * (n + 1);
            if (mode == Mode.Design) return rules.draws;
            return mode == Mode.LossDelta ? LOSSES * n : n;
        }
    }

    /// @notice Number of steps in which a peer's score is accumulated; zero where it is not.
    function steps(Rules calldata rules, uint256 n) internal pure returns (uint256) {
        // Half of what there is of no peers is nothing.
        return rules.mode == Mode.Exact ? (1 << n) >> 1 : rules.draws;
    }

    /// @notice What an accumulated sum is divided by.
    function divisor(Rules calldata rules, uint256 n) internal pure returns (uint256) {
        if (rules.mode == Mode.Exact) return Shapley.factorial(n);
        return rules.mode == Mode.Sampled ? rules.draws : rules.scale;
    }

    /// @notice Towards minus infinity.
    function floorDiv(int256 value, uint256 by) internal pure returns (int256 quotient) {
        int256 whole = int256(by);
        quotient = value / whole;
        if (value % whole < 0) --quotient;
    }

    /// @notice Gain on unseen data of a peer that gained more on its own, otherwise zero.
    function lossDelta(int256 ownBefore, int256 ownAfter, int256 before, int256 later)
        internal
        pure
        returns (int256)
    {
        // SAFETY: utilities that are proved to be in range differ by little; others wrap, and are a fault of their own.
        unchecked {
            int256 unseen = before - later;
            return ownBefore - ownAfter > unseen ? unseen : int256(0);
        }
    }

    /// @notice What a score counts for when a budget is shared.
    function weight(int256 score, uint256 power) internal pure returns (uint256) {
        if (score <= 0) return 0;
        return uint256(score < MAX_SCORE ? score : MAX_SCORE) ** power;
    }
}

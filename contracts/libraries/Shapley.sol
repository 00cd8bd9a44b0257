// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

/// @title The sums behind Shapley values, in integers
/// @dev For up to 16 players: 16! has 45 bits.
library Shapley {
    /// @notice Coalition `k` of the others, as a bit mask over all players: a zero bit is inserted at the player's place.
    function without(uint256 k, uint256 player) internal pure returns (uint256) {
        // SAFETY: a power of two is not zero.
        unchecked {
            uint256 low = k & ((1 << player) - 1);
            return (k ^ low) << 1 | low;
        }
    }

    /// @notice How often `n!` orders have exactly this coalition before the player: s! (n - 1 - s)!.
    function weight(uint256 coalition, uint256 n) internal pure returns (uint256) {
        // SAFETY: a coalition without one of the players has at most n - 1 of them.
        unchecked {
            // Both factorials in one walk: as many factors as the coalition has members, the rest after it.
            uint256 size = 0;
            uint256 product = 1;
            for (; coalition != 0; coalition &= coalition - 1) {
                product *= ++size;
            }
            for (uint256 i = n - 1 - size; i > 1; --i) {
                product *= i;
            }
            return product;
        }
    }

    function factorial(uint256 n) internal pure returns (uint256 product) {
        product = 1;
        // SAFETY: 57! fits a word.
        unchecked {
            for (uint256 i = 2; i <= n; ++i) {
                product *= i;
            }
        }
    }
}

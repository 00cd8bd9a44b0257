// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

/// @title What a slash takes, and from where
/// @notice Pure arithmetic of numbers below 2^96, so that nothing here overflows; proven in tests/solidity/symbolic.
library Slashing {
    /// @return What can be taken: no more than there is.
    function taken(uint256 stake, uint256 unbonding, uint256 amount) internal pure returns (uint256) {
        unchecked {
            uint256 all = stake + unbonding;
            return amount < all ? amount : all;
        }
    }

    /// @return The unbonding stake's share of what is taken, rounded down: so at most `unbonding`. The rest is the exact share of
    /// `stake` rounded up, so at most `stake`.
    function fromUnbonding(uint256 stake, uint256 unbonding, uint256 taken_) internal pure returns (uint256) {
        unchecked {
            return taken_ * unbonding / (stake + unbonding);
        }
    }

    /// @notice INVARIANT: at least half is burned, so that nobody gains by faulting and challenging itself.
    function shared(uint256 taken_) internal pure returns (uint256 reward, uint256 burned) {
        unchecked {
            reward = taken_ / 2;
            burned = taken_ - reward;
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

/// @notice What an arbiter found.
enum Verdict {
    Pending,
    Guilty,
    Innocent
}

/// @title Who decides whether an evaluator measured falsely
/// @notice Asked, never called back: an adapter to another court watches `Accused` and answers here. A verdict must not change.
interface IArbiter {
    /// @param court The ScoreCourt whose case it is.
    /// @param id Number of the case there.
    function verdict(address court, uint256 id) external view returns (Verdict);
}

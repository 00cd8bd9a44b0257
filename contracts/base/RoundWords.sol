// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

/// @title What is stored of a round's course, in two words
/// @notice Words and not structs: every transaction of a round reads them, and a struct is unpacked whole.

/// @notice How far a round has come until its measurements are in: all that a trainer or evaluator needs.
/// @dev From the lowest bit: round (40), openedAt (40), sealedBlock (48), drawnAt (40), revealed (16).
type Clock is uint256;

/// @notice What became of a round's header.
/// @dev From the lowest bit: round (40), decidedAt (40), outcome (8), poster (160).
type Decision is uint256;

enum Outcome {
    Open,
    Posted,
    Voided
}

using Clocks for Clock global;
using Decisions for Decision global;

/// @dev SAFETY: numbers given fit their fields: rounds of five seconds at least, and times, for another 34,000 years.
library Clocks {
    uint256 private constant ONE_REVEAL = 1 << 168;

    function started(uint256 id, uint256 time) internal pure returns (Clock) {
        return Clock.wrap(id | time << 40);
    }

    /// @notice With the block whose hash becomes the seed.
    function withSeal(Clock self, uint256 number) internal pure returns (Clock) {
        return Clock.wrap(Clock.unwrap(self) & ~(uint256(type(uint48).max) << 80) | number << 80);
    }

    /// @notice With the time of the draw, of which there is one.
    function withDraw(Clock self, uint256 time) internal pure returns (Clock) {
        return Clock.wrap(Clock.unwrap(self) | time << 128);
    }

    function withReveal(Clock self) internal pure returns (Clock) {
        // INVARIANT: the highest field, so that no reveal ever reaches another one; the last one reverts.
        return Clock.wrap(Clock.unwrap(self) + ONE_REVEAL);
    }

    function round(Clock self) internal pure returns (uint64) {
        return uint40(Clock.unwrap(self));
    }

    function openedAt(Clock self) internal pure returns (uint40) {
        return uint40(Clock.unwrap(self) >> 40);
    }

    function sealedBlock(Clock self) internal pure returns (uint48) {
        return uint48(Clock.unwrap(self) >> 80);
    }

    function drawnAt(Clock self) internal pure returns (uint40) {
        return uint40(Clock.unwrap(self) >> 128);
    }

    function revealed(Clock self) internal pure returns (uint256) {
        return Clock.unwrap(self) >> 168;
    }
}

library Decisions {
    Decision internal constant NONE = Decision.wrap(0);

    function decided(uint64 id, uint40 time, Outcome result, address who) internal pure returns (Decision) {
        return Decision.wrap(
            uint256(id) | uint256(time) << 40 | uint256(result) << 80 | uint256(uint160(who)) << 88
        );
    }

    function round(Decision self) internal pure returns (uint64) {
        return uint40(Decision.unwrap(self));
    }

    function decidedAt(Decision self) internal pure returns (uint40) {
        return uint40(Decision.unwrap(self) >> 40);
    }

    function outcome(Decision self) internal pure returns (Outcome) {
        return Outcome(uint8(Decision.unwrap(self) >> 80));
    }

    function poster(Decision self) internal pure returns (address) {
        return address(uint160(Decision.unwrap(self) >> 88));
    }
}

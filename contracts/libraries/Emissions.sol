// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {Emission, EmissionKind} from "../interfaces/IRewardDistributor.sol";

/// @title How much a project may have paid by the end of a round
/// @notice Closed forms of the exact rational sums, rounded down once: no loop over rounds, and no dust is ever lost, because what
/// one round's rounding keeps back the next round's sum contains.
library Emissions {
    /// @param round Number of rounds; the first is 1.
    /// @return Sum of the budgets of rounds 1 to `round`. Callers keep `round` within 64 bits: nothing here overflows then.
    function cumulative(Emission memory emission, uint256 round) internal pure returns (uint256) {
        uint256 first = emission.first;
        if (emission.kind == EmissionKind.Fixed) return first * round;

        uint256 period = emission.period;
        if (emission.kind == EmissionKind.Linear) {
            // Round r has first * (period - r + 1) / period.
            uint256 paying = Math.min(round, period);
            return first * paying * (2 * period + 1 - paying) / (2 * period);
        }

        // Era e has first / 2^e a round. All eras together have 2 * first * period; subtract what lies ahead, rounded up.
        uint256 era = round / period;
        uint256 ahead = first * (2 * period - round % period);
        return 2 * first * period - (era < 256 ? Math.ceilDiv(ahead, 1 << era) : 1);
    }
}

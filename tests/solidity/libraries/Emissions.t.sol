// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Emission, EmissionKind} from "../../../contracts/interfaces/IRewardDistributor.sol";
import {TreeHarness} from "../harness/TreeHarness.sol";
import {Assertions} from "../util/Assertions.sol";

/// @notice The closed forms against sums over rounds, one round at a time.
contract EmissionsTest is Assertions {
    TreeHarness private harness = new TreeHarness();

    function cumulative(EmissionKind kind, uint96 first, uint64 period, uint256 round)
        private
        view
        returns (uint256)
    {
        return harness.cumulativeEmission(Emission(kind, first, period), round);
    }

    function test_BeforeTheFirstRoundNothingMayBePaid() public view {
        assertEq(cumulative(EmissionKind.Fixed, 100, 3, 0), 0);
        assertEq(cumulative(EmissionKind.Linear, 100, 3, 0), 0);
        assertEq(cumulative(EmissionKind.Halving, 100, 3, 0), 0);
    }

    function test_AFixedBudgetIsTheSameEveryRound() public view {
        for (uint256 round = 1; round < 10; ++round) {
            assertEq(cumulative(EmissionKind.Fixed, 100, 0, round), 100 * round);
        }
    }

    function test_ALinearBudgetFallsByEqualStepsToZero() public view {
        uint16[7] memory expected = [uint16(0), 100, 175, 225, 250, 250, 250];
        for (uint256 round = 0; round < expected.length; ++round) {
            assertEq(cumulative(EmissionKind.Linear, 100, 4, round), expected[round]);
        }
    }

    function test_AHalvingBudgetHalvesEveryPeriod() public view {
        uint16[9] memory expected = [uint16(0), 100, 200, 250, 300, 325, 350, 362, 375];
        for (uint256 round = 0; round < expected.length; ++round) {
            assertEq(cumulative(EmissionKind.Halving, 100, 2, round), expected[round]);
        }
    }

    /// @dev period * sum of (first * (period - r + 1) / period) is a whole number: sum it exactly, divide once.
    function testFuzz_LinearIsTheSumOfItsRounds(uint96 first, uint64 period, uint256 round) public view {
        period = uint64(bound(period, 1, 60));
        round = bound(round, 0, 80);
        uint256 sum = 0;
        for (uint256 r = 1; r <= round && r <= period; ++r) {
            sum += uint256(first) * (period - r + 1);
        }
        assertEq(cumulative(EmissionKind.Linear, first, period, round), sum / period);
    }

    /// @dev 2^64 * sum of (first / 2^era) is a whole number for up to 64 eras.
    function testFuzz_HalvingIsTheSumOfItsRounds(uint96 first, uint64 period, uint256 round) public view {
        first = uint96(bound(first, 1, type(uint96).max));
        period = uint64(bound(period, 1, 7));
        round = bound(round, 0, 64 * period);
        uint256 sum = 0;
        for (uint256 r = 1; r <= round; ++r) {
            sum += (uint256(first) << 64) >> ((r - 1) / period);
        }
        assertEq(cumulative(EmissionKind.Halving, first, period, round), sum >> 64);
    }

    /// @dev For all that the types allow: no overflow, never falling, never above the schedule's limit.
    function testFuzz_NoScheduleEverFallsOrOverflows(uint8 kind, uint96 first, uint64 period, uint64 round)
        public
        view
    {
        EmissionKind shape = EmissionKind(bound(kind, 0, 2));
        first = uint96(bound(first, 1, type(uint96).max));
        period = uint64(bound(period, 1, type(uint64).max));
        round = uint64(bound(round, 1, type(uint64).max));
        uint256 before = cumulative(shape, first, period, round - 1);
        uint256 now_ = cumulative(shape, first, period, round);
        assertLe(before, now_);
        assertLe(now_ - before, uint256(first) + 1);
        if (shape == EmissionKind.Halving) assertLe(now_, 2 * uint256(first) * period);
        if (shape == EmissionKind.Linear) assertLe(now_, uint256(first) * (uint256(period) + 1) / 2);
    }

    function test_ALongPastHalvingStopsShortOfItsLimit() public view {
        assertEq(cumulative(EmissionKind.Halving, 100, 2, 512), 399);
        assertEq(cumulative(EmissionKind.Halving, 100, 2, type(uint64).max), 399);
    }
}

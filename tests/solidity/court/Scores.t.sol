// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Fault, Mode, Step, Trial} from "../../../contracts/interfaces/CourtTypes.sol";
import {IScoreJudge} from "../../../contracts/interfaces/IJudges.sol";
import {Courtroom} from "../util/Courtroom.sol";

/// @notice 33: any wrong sum, score or running total is proved. Whatever follows from the wrong number follows rightly.
contract ScoresTest is Courtroom {
    /// forge-config: default.fuzz.runs = 60
    function testFuzz_AWrongStepIsProved(uint256 mode_, uint256 n, uint256 at, int256 by, uint256 seed)
        public
    {
        n = bound(n, 1, MOST);
        Post memory made = prepare(summingMode(mode_), n, anyStory(seed >> 8), seed);
        uint256 steps = stepsOf(n);
        at %= made.trace.length;
        // From the wrong step on every sum of the player is shifted.
        for (uint256 t = at; t < (at / steps + 1) * steps; ++t) {
            made.trace[t] += anyDifference(by);
        }
        made.scores = scoresOf(made.utilities, made.trace, n);
        made.prefixes = prefixesOf(made.scores);
        (made.payees, made.amounts) = payoutsOf(made);
        Trial memory trial = publish(made);
        for (uint256 t = 0; t < made.trace.length; ++t) {
            if (t == at) continue;
            bytes memory other =
                abi.encodeCall(IScoreJudge.proveStep, (trial, stepOf(made, t / steps, t % steps)));
            holds(Fault.Step, address(scoreJudge), other);
        }
        Step memory step = stepOf(made, at / steps, at % steps);
        proves(Fault.Step, address(scoreJudge), trial, abi.encodeCall(IScoreJudge.proveStep, (trial, step)));
    }

    /// forge-config: default.fuzz.runs = 60
    function testFuzz_AWrongScoreIsProved(uint256 mode_, uint256 n, uint256 i, int256 by, uint256 seed)
        public
    {
        n = bound(n, 1, MOST);
        Post memory made = prepare(anyMode(mode_), n, anyStory(seed >> 8), seed);
        i %= n;
        made.scores[i] += anyDifference(by);
        made.prefixes = prefixesOf(made.scores);
        (made.payees, made.amounts) = payoutsOf(made);
        Trial memory trial = publish(made);
        (int256[] memory basis, bytes32[] memory siblings) = basisOf(made, i);
        bytes memory proof =
            abi.encodeCall(IScoreJudge.proveScore, (trial, scoreLeaf(made, i), basis, siblings));
        proves(Fault.Score, address(scoreJudge), trial, proof);
    }

    /// forge-config: default.fuzz.runs = 60
    function testFuzz_AWrongRunningTotalIsProved(
        uint256 mode_,
        uint256 n,
        uint256 i,
        uint256 by,
        uint256 seed
    ) public {
        n = bound(n, 1, MOST);
        Post memory made = prepare(anyMode(mode_), n, anyStory(seed >> 8), seed);
        i %= n;
        for (uint256 j = i; j < n; ++j) {
            made.prefixes[j] += bound(by, 1, 2 ** 100);
        }
        (made.payees, made.amounts) = payoutsOf(made);
        Trial memory trial = publish(made);
        bytes memory proof = abi.encodeCall(IScoreJudge.proveTotal, (trial, scoreLeaves(made, i)));
        proves(Fault.Total, address(scoreJudge), trial, proof);
    }

    /// forge-config: default.fuzz.runs = 60
    function testFuzz_AWrongScoreIsRecomputed(uint256 n, uint256 i, int256 by, uint256 seed) public {
        n = bound(n, 1, MOST);
        Post memory made = prepare(Mode.Exact, n, anyStory(seed >> 8), seed);
        made.scores[i % n] += anyDifference(by);
        made.prefixes = prefixesOf(made.scores);
        (made.payees, made.amounts) = payoutsOf(made);
        Trial memory trial = publish(made);
        int64[] memory utilities = new int64[](made.utilities.length);
        for (uint256 m = 0; m < utilities.length; ++m) {
            utilities[m] = int64(made.utilities[m]);
        }
        bytes memory proof = abi.encodeCall(IScoreJudge.recompute, (trial, made.players, utilities));
        proves(Fault.Recomputed, address(scoreJudge), trial, proof);
    }
}

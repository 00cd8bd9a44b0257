// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {
    Agreement,
    Evaluator,
    Opening,
    PayoutProof,
    Reveal,
    ScoreLeaf,
    Step,
    SumNode,
    Trial,
    Utility
} from "./CourtTypes.sol";
import {IEvidence} from "./IEvidence.sol";
import {Claim} from "./IRewardDistributor.sol";

/// @title Judges from utilities to scores
/// @notice A proof looks at one link of a header and takes the others for right: an honest header can never be faulted, and the
/// first broken link of another one can be shown by anyone, in one transaction and without a bond.
/// @dev Stateless. Every function reverts with `NotProven` when the link holds.
interface IScoreJudge is IEvidence {
    /// @notice F1: a sum of the trace does not follow from the one before it.
    function proveStep(Trial calldata trial, Step calldata step) external;

    /// @notice F1, F7: a score does not follow from the end of its accumulation, or from its losses.
    function proveScore(
        Trial calldata trial,
        ScoreLeaf calldata leaf,
        int256[] calldata basis,
        bytes32[] calldata siblings
    ) external;

    /// @notice F3: a running total of the scores' weights is wrong. One leaf for the first score, otherwise it and the one before.
    function proveTotal(Trial calldata trial, ScoreLeaf[] calldata leaves) external;

    /// @notice The whole formula at once, for exact games of up to ten peers: the scores are not those of the utilities.
    function recompute(Trial calldata trial, address[] calldata players, int64[] calldata utilities) external;
}

/// @title Judges from scores to cumulative payouts
/// @dev Stateless. Every function reverts with `NotProven` when the link holds.
interface IPayoutJudge is IEvidence {
    /// @notice F2: a cumulative payout is not the one before and what the account earned in the round.
    function provePayout(Trial calldata trial, address account, PayoutProof calldata proof) external;

    /// @notice F3: a node of the payout tree does not have the sum that it is said to have.
    function proveSum(Trial calldata trial, SumNode calldata node) external;

    /// @notice F4: two neighbouring payouts are not in ascending order of address.
    function proveOrder(Trial calldata trial, Claim calldata first, Claim calldata second) external;
}

/// @title Judges who is valued, and by which utilities
/// @dev Stateless. Every function reverts with `NotProven` when the link holds.
interface IAgreementJudge is IEvidence {
    /// @notice F4, F5: the agreed peers are not as many as stated, too many, or not in ascending order.
    function provePlayers(Trial calldata trial, address[] calldata players) external;

    /// @notice F4: a score is not that of the peer at its place.
    function proveAccount(Trial calldata trial, address[] calldata players, ScoreLeaf calldata leaf) external;

    /// @notice F5: a valued peer did not submit.
    function proveStranger(Trial calldata trial, address[] calldata players, uint32 position) external;

    /// @notice F5: a peer that more than half of the weight accepted is missing, or one that no more than half accepted is not.
    function proveAcceptance(
        Trial calldata trial,
        Agreement calldata agreement,
        address peer,
        Opening[] calldata openings
    ) external;

    /// @notice The list of evaluators is not that of those who revealed. `reveal` is ignored when the account did not.
    function proveEvaluators(
        Trial calldata trial,
        Evaluator[] calldata evaluators,
        address account,
        Reveal calldata reveal
    ) external;

    /// @notice An evaluator's standing is wrong. `utility` matters when it is a question of tolerance only.
    function proveStanding(
        Trial calldata trial,
        Agreement calldata agreement,
        Opening calldata opening,
        Utility calldata utility
    ) external;

    /// @notice F6: an agreed utility is not the lower weighted median of the revealed ones, or out of range.
    function proveUtility(
        Trial calldata trial,
        Agreement calldata agreement,
        Utility calldata utility,
        Opening[] calldata openings
    ) external;

    /// @notice Brings an evaluator before the arbiter: a utility of its is beyond the outer tolerance. The court takes the bond from the
    /// caller, who approved it there.
    function accuse(
        Trial calldata trial,
        Agreement calldata agreement,
        Opening calldata opening,
        Utility calldata utility
    ) external returns (uint256 id);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Fault, Mode, Opening, Reveal, Trial} from "../../../contracts/interfaces/CourtTypes.sol";
import {IAgreementJudge, IPayoutJudge, IScoreJudge} from "../../../contracts/interfaces/IJudges.sol";
import {Courtroom} from "../util/Courtroom.sol";
import {PayoutTree} from "../util/PayoutTree.sol";

/// @notice 33: whatever is proved about an honest header, true openings and all, it stands.
contract SoundnessTest is Courtroom {
    using PayoutTree for PayoutTree.Tree;

    /// @dev Every kind of proof, at every place, about one honest header.
    /// forge-config: default.fuzz.runs = 40
    function testFuzz_AnHonestHeaderIsNeverFaulted(uint256 mode_, uint256 n, uint256 story_, uint256 seed)
        public
    {
        Post memory made = prepare(anyMode(mode_), bound(n, 1, MOST), anyStory(story_), seed);
        Trial memory trial = publish(made);
        scoresHold(trial, made);
        payoutsHold(trial, made);
        peersHold(trial, made);
        evaluatorsHold(trial, made);
        assertEq(book.round(made.round).headerHash, keccak256(abi.encode(trial.header)));
        skip(CHALLENGE);
        claimEverything(made);
    }

    function scoresHold(Trial memory trial, Post memory made) private {
        uint256 n = made.scores.length;
        for (uint256 i = 0; i < n; ++i) {
            for (uint256 k = 0; k < stepsOf(n); ++k) {
                holds(
                    Fault.Step,
                    address(scoreJudge),
                    abi.encodeCall(IScoreJudge.proveStep, (trial, stepOf(made, i, k)))
                );
            }
            (int256[] memory basis, bytes32[] memory siblings) = basisOf(made, i);
            holds(
                Fault.Score,
                address(scoreJudge),
                abi.encodeCall(IScoreJudge.proveScore, (trial, scoreLeaf(made, i), basis, siblings))
            );
            holds(
                Fault.Total,
                address(scoreJudge),
                abi.encodeCall(IScoreJudge.proveTotal, (trial, scoreLeaves(made, i)))
            );
            holds(
                Fault.Account,
                address(agreementJudge),
                abi.encodeCall(IAgreementJudge.proveAccount, (trial, made.players, scoreLeaf(made, i)))
            );
        }
        if (mode != Mode.Exact) return;
        int64[] memory utilities = new int64[](made.utilities.length);
        for (uint256 m = 0; m < utilities.length; ++m) {
            utilities[m] = int64(made.utilities[m]);
        }
        holds(
            Fault.Recomputed,
            address(scoreJudge),
            abi.encodeCall(IScoreJudge.recompute, (trial, made.players, utilities))
        );
    }

    function payoutsHold(Trial memory trial, Post memory made) private {
        for (uint256 i = 0; i < trainers.length; ++i) {
            payoutHolds(trial, made, trainers[i]);
        }
        for (uint256 i = 0; i < evaluatorsByAddress.length; ++i) {
            payoutHolds(trial, made, evaluatorsByAddress[i]);
        }
        payoutHolds(trial, made, stranger);
        payoutHolds(trial, made, address(0));
        payoutHolds(trial, made, address(type(uint160).max));
        PayoutTree.Tree memory tree = payoutTree(made);
        for (uint256 level = 0; level <= tree.depthOf(); ++level) {
            for (uint256 i = 0; i < tree.hashes[level].length; ++i) {
                holds(
                    Fault.Sum,
                    address(payoutJudge),
                    abi.encodeCall(IPayoutJudge.proveSum, (trial, sumNode(tree, level, i)))
                );
            }
        }
        for (uint256 i = 1; i < 2 ** tree.depthOf(); ++i) {
            holds(
                Fault.Order,
                address(payoutJudge),
                abi.encodeCall(IPayoutJudge.proveOrder, (trial, tree.proof(i - 1), tree.proof(i)))
            );
        }
    }

    function payoutHolds(Trial memory trial, Post memory made, address account) private {
        holds(
            Fault.Payout,
            address(payoutJudge),
            abi.encodeCall(IPayoutJudge.provePayout, (trial, account, payoutProof(made, account)))
        );
    }

    function peersHold(Trial memory trial, Post memory made) private {
        holds(
            Fault.Players,
            address(agreementJudge),
            abi.encodeCall(IAgreementJudge.provePlayers, (trial, made.players))
        );
        for (uint256 i = 0; i < made.players.length; ++i) {
            holds(
                Fault.Stranger,
                address(agreementJudge),
                abi.encodeCall(IAgreementJudge.proveStranger, (trial, made.players, uint32(i)))
            );
        }
        for (uint256 i = 0; i < trainers.length; ++i) {
            Opening[] memory against = contradicting(made, trainers[i]);
            holds(
                Fault.Acceptance,
                address(agreementJudge),
                abi.encodeCall(
                    IAgreementJudge.proveAcceptance, (trial, agreementOf(made), trainers[i], against)
                )
            );
        }
    }

    function evaluatorsHold(Trial memory trial, Post memory made) private {
        Reveal memory nothing;
        holds(
            Fault.Evaluators,
            address(agreementJudge),
            abi.encodeCall(IAgreementJudge.proveEvaluators, (trial, made.evaluators, stranger, nothing))
        );
        for (uint256 e = 0; e < 3; ++e) {
            holds(
                Fault.Evaluators,
                address(agreementJudge),
                abi.encodeCall(
                    IAgreementJudge.proveEvaluators, (trial, made.evaluators, own[e].account, revealOf(e))
                )
            );
            for (uint256 m = 0; m < made.utilities.length; ++m) {
                Opening memory opening = openingOf(e, made.players, m);
                holds(
                    Fault.Standing,
                    address(agreementJudge),
                    abi.encodeCall(
                        IAgreementJudge.proveStanding, (trial, agreementOf(made), opening, utilityAt(made, m))
                    )
                );
            }
        }
        for (uint256 m = 0; m < made.utilities.length; ++m) {
            for (uint256 above = 0; above < 2; ++above) {
                Opening[] memory openings = sideOf(made, m, above == 1);
                holds(
                    Fault.Utility,
                    address(agreementJudge),
                    abi.encodeCall(
                        IAgreementJudge.proveUtility, (trial, agreementOf(made), utilityAt(made, m), openings)
                    )
                );
            }
        }
    }

    function claimEverything(Post memory made) private {
        PayoutTree.Tree memory tree = payoutTree(made);
        distributor.claimBatch(distributor.sequence(), tree.proofs());
        for (uint256 i = 0; i < made.payees.length; ++i) {
            assertEq(token.balanceOf(made.payees[i]), made.amounts[i]);
        }
    }

    /// @dev A round in which nobody is valued pays nobody, and stands.
    function test_AnHonestHeaderOfARoundWithoutPeersIsNeverFaulted() public {
        for (uint256 i = 1; i <= 5; ++i) {
            start(Mode(i));
            measure(0, Story.Alike, i);
            Post memory made = honest();
            assertEq(made.payees.length, 0);
            Trial memory trial = publish(made);
            payoutsHold(trial, made);
            peersHold(trial, made);
            evaluatorsHold(trial, made);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {
    Agreement,
    Evaluator,
    Fault,
    Mode,
    Opening,
    PayoutProof,
    Reveal,
    ScoreLeaf,
    Step,
    SumNode,
    Trial,
    UNCOVERED,
    Utility,
    WITHIN
} from "../../../contracts/interfaces/CourtTypes.sol";
import {IEvidence} from "../../../contracts/interfaces/IEvidence.sol";
import {IAgreementJudge, IPayoutJudge, IScoreJudge} from "../../../contracts/interfaces/IJudges.sol";
import {Claim, IRewardDistributor} from "../../../contracts/interfaces/IRewardDistributor.sol";
import {Header, IRoundBook, Phase} from "../../../contracts/interfaces/IRoundBook.sol";
import {IndexMerkle} from "../../../contracts/libraries/IndexMerkle.sol";
import {Courtroom} from "../util/Courtroom.sol";
import {PayoutTree} from "../util/PayoutTree.sol";

/// @notice Proofs that do not belong to the header are refused by the name of what is wrong with them, even when the header is wrong.
contract RefusalsTest is Courtroom {
    using PayoutTree for PayoutTree.Tree;

    bytes4 private constant NOT_IN_HEADER = IEvidence.NotInHeader.selector;

    function index(uint256 found, uint256 count) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IEvidence.WrongIndex.selector, found, count);
    }

    function length(uint256 found, uint256 expected) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IEvidence.WrongLength.selector, found, expected);
    }

    /// @dev Every proof needs the header to stand: before it is posted, under another hash, and once it is active.
    function test_RevertWhen_TheHeaderDoesNotStand() public {
        Post memory made = prepare(Mode.Exact, 2, Story.Alike, 1);
        Trial memory trial = trialOf(made);
        bytes memory proof = abi.encodeCall(IScoreJudge.proveStep, (trial, stepOf(made, 0, 0)));
        assertRefused(
            address(scoreJudge),
            proof,
            abi.encodeWithSelector(IRoundBook.WrongPhase.selector, 1, Phase.Post, Phase.Challenge)
        );
        publish(made);
        bytes32 standing = keccak256(abi.encode(trial.header));
        trial.header.modelDigest = "another";
        assertRefused(
            address(scoreJudge),
            abi.encodeCall(IScoreJudge.proveStep, (trial, stepOf(made, 0, 0))),
            abi.encodeWithSelector(IRoundBook.NotTheHeader.selector, 1, standing)
        );
        skip(CHALLENGE);
        assertRefused(
            address(scoreJudge),
            proof,
            abi.encodeWithSelector(IRoundBook.WrongPhase.selector, 1, Phase.Active, Phase.Challenge)
        );
    }

    function refuseStep(Trial memory trial, Step memory step, bytes memory reason) private {
        assertRefused(address(scoreJudge), abi.encodeCall(IScoreJudge.proveStep, (trial, step)), reason);
    }

    function refuseStep(Trial memory trial, Step memory step) private {
        assertRefusedBy(
            address(scoreJudge), abi.encodeCall(IScoreJudge.proveStep, (trial, step)), NOT_IN_HEADER
        );
    }

    function test_RevertWhen_AStepIsNotInTheHeader() public {
        for (uint256 i = 0; i < 3; ++i) {
            Post memory made = prepare(summingMode(i), 3, Story.Alike, 1);
            made.trace[made.trace.length - 1] += 1;
            Trial memory trial = publish(made);
            Step memory step = stepOf(made, 1, 1);
            step.player = 3;
            refuseStep(trial, step, index(3, 3));
            (step.player, step.k) = (1, uint32(stepsOf(3)));
            refuseStep(trial, step, index(step.k, step.k));
            step.k = 1;
            step.before += 1;
            refuseStep(trial, step);
            step.before -= 1;
            step.beyond += 1;
            refuseStep(trial, step);
            step.beyond -= 1;
            step.with += 1;
            refuseStep(trial, step);
            step.with -= 1;
            step.trace[0] = ~step.trace[0];
            refuseStep(trial, step);
            step.trace[0] = ~step.trace[0];
            step.utilities[0] = ~step.utilities[0];
            refuseStep(trial, step);
            step.utilities[0] = ~step.utilities[0];
            if (mode == Mode.Design) {
                step.weight += 1;
                refuseStep(trial, step);
            } else {
                step.without += 1;
                refuseStep(trial, step);
            }
            uint256 given = step.trace.length;
            step.trace = new bytes32[](given + 1);
            refuseStep(trial, step, abi.encodeWithSelector(IndexMerkle.WrongPath.selector, given + 1, given));
            step = stepOf(made, 1, 0);
            step.before = 5;
            refuseStep(trial, step, abi.encodeWithSelector(NOT_IN_HEADER, bytes32(uint256(5)), bytes32(0)));
        }
    }

    /// @dev The right numbers of another player, step or round are no proof of this one.
    function test_RevertWhen_AStepIsOfAnotherPlace() public {
        Post memory made = prepare(Mode.Exact, 3, Story.Alike, 1);
        made.trace[5] += 1;
        Trial memory trial = publish(made);
        Step memory step = stepOf(made, 1, 1);
        step.player = 2;
        refuseStep(trial, step);
        (step.player, step.k) = (1, 2);
        assertRefusedBy(
            address(scoreJudge),
            abi.encodeCall(IScoreJudge.proveStep, (trial, step)),
            IndexMerkle.WrongPath.selector
        );
    }

    function test_RevertWhen_TheModeHasNoSteps() public {
        Post memory made = prepare(Mode.LossDelta, 2, Story.Alike, 1);
        Trial memory trial = publish(made);
        Step memory step;
        refuseStep(trial, step, index(0, 0));
        assertRefused(
            address(scoreJudge),
            abi.encodeCall(IScoreJudge.recompute, (trial, made.players, new int64[](4))),
            abi.encodeWithSelector(IEvidence.WrongMode.selector, Mode.LossDelta)
        );
    }

    function test_RevertWhen_AScoreIsNotInTheHeader() public {
        for (uint256 i = 1; i <= 5; ++i) {
            Post memory made = prepare(Mode(i), 3, Story.Alike, 1);
            made.scores[0] += 1;
            Trial memory trial = publish(made);
            (int256[] memory basis, bytes32[] memory siblings) = basisOf(made, 0);
            ScoreLeaf memory leaf = scoreLeaf(made, 0);
            leaf.index = 3;
            refuseScore(trial, leaf, basis, siblings, index(3, 3));
            leaf.index = 0;
            leaf.score += 1;
            refuseScore(trial, leaf, basis, siblings);
            leaf.score -= 1;
            leaf.account = stranger;
            refuseScore(trial, leaf, basis, siblings);
            leaf.account = made.accounts[0];
            basis[0] += 1;
            refuseScore(trial, leaf, basis, siblings);
            uint256 parts = basis.length;
            refuseScore(trial, leaf, new int256[](parts + 1), siblings, length(parts + 1, parts));
            basis[0] -= 1;
            siblings[0] = ~siblings[0];
            refuseScore(trial, leaf, basis, siblings);
        }
    }

    function refuseScore(
        Trial memory trial,
        ScoreLeaf memory leaf,
        int256[] memory basis,
        bytes32[] memory siblings
    ) private {
        bytes memory proof = abi.encodeCall(IScoreJudge.proveScore, (trial, leaf, basis, siblings));
        assertRefusedBy(address(scoreJudge), proof, NOT_IN_HEADER);
    }

    function refuseScore(
        Trial memory trial,
        ScoreLeaf memory leaf,
        int256[] memory basis,
        bytes32[] memory siblings,
        bytes memory reason
    ) private {
        bytes memory proof = abi.encodeCall(IScoreJudge.proveScore, (trial, leaf, basis, siblings));
        assertRefused(address(scoreJudge), proof, reason);
    }

    function test_RevertWhen_ARunningTotalIsNotOfNeighbours() public {
        Post memory made = prepare(Mode.Exact, 4, Story.Alike, 1);
        made.prefixes[3] += 1;
        Trial memory trial = publish(made);
        ScoreLeaf[] memory leaves = new ScoreLeaf[](2);
        (leaves[0], leaves[1]) = (scoreLeaf(made, 1), scoreLeaf(made, 3));
        refuseTotal(trial, leaves, abi.encodeWithSelector(IEvidence.WrongOrder.selector, 3));
        (leaves[0], leaves[1]) = (scoreLeaf(made, 3), scoreLeaf(made, 2));
        refuseTotal(trial, leaves, abi.encodeWithSelector(IEvidence.WrongOrder.selector, 2));
        refuseTotal(trial, new ScoreLeaf[](0), length(0, 2));
        refuseTotal(trial, new ScoreLeaf[](3), length(3, 2));
        leaves = new ScoreLeaf[](1);
        leaves[0] = scoreLeaf(made, 3);
        refuseTotal(trial, leaves, index(3, 1));
    }

    function refuseTotal(Trial memory trial, ScoreLeaf[] memory leaves, bytes memory reason) private {
        assertRefused(address(scoreJudge), abi.encodeCall(IScoreJudge.proveTotal, (trial, leaves)), reason);
    }

    function test_RevertWhen_WhatIsRecomputedIsNotTheHeaders() public {
        Post memory made = prepare(Mode.Exact, 2, Story.Alike, 1);
        made.scores[0] += 1;
        Trial memory trial = publish(made);
        int64[] memory utilities = new int64[](4);
        refuseRecomputing(trial, made.players, utilities, NOT_IN_HEADER);
        for (uint256 m = 0; m < 4; ++m) {
            utilities[m] = int64(made.utilities[m]);
        }
        refuseRecomputing(trial, made.players, new int64[](3), IEvidence.WrongLength.selector);
        refuseRecomputing(trial, new address[](1), utilities, IEvidence.WrongLength.selector);
        made.players[0] = stranger;
        refuseRecomputing(trial, made.players, utilities, NOT_IN_HEADER);
    }

    function test_RevertWhen_ThereAreTooManyPeersToRecompute() public {
        Post memory made = prepare(Mode.Exact, 2, Story.Alike, 1);
        Header memory header = headerOf(made);
        header.peers = 11;
        postAs(evaluatorsByAddress[0], header);
        refuseRecomputing(trialOf(header), made.players, new int64[](2048), IEvidence.WrongLength.selector);
    }

    function refuseRecomputing(
        Trial memory trial,
        address[] memory players,
        int64[] memory utilities,
        bytes4 selector
    ) private {
        bytes memory proof = abi.encodeCall(IScoreJudge.recompute, (trial, players, utilities));
        assertRefusedBy(address(scoreJudge), proof, selector);
    }

    // Payouts

    function test_RevertWhen_APayoutProofIsNotInTheHeader() public {
        Post memory made = prepare(Mode.Exact, 4, Story.Alike, 2);
        (made.amounts[0], made.amounts[1]) = (made.amounts[0] - 1, made.amounts[1] + 1);
        Trial memory trial = publish(made);
        address account = made.payees[0];
        PayoutProof memory proof = payoutProof(made, account);
        proof.current[0].cumulative += 1;
        refusePayout(trial, account, proof, NOT_IN_HEADER);
        proof = payoutProof(made, account);
        proof.current[0].index = uint32(1 << trial.header.depth);
        refusePayout(trial, account, proof, IEvidence.WrongIndex.selector);
        proof = payoutProof(made, account);
        proof.current[0].path = new bytes(44);
        refusePayout(trial, account, proof, IEvidence.WrongLength.selector);
        proof = payoutProof(made, account);
        proof.current = new Claim[](0);
        refusePayout(trial, account, proof, IEvidence.WrongLength.selector);
        proof = payoutProof(made, account);
        proof.previousRoot += 1;
        refusePayout(trial, account, proof, IEvidence.WrongIndex.selector);
        proof = payoutProof(made, account);
        proof.previous[0].cumulative += 1;
        refusePayout(trial, account, proof, IRewardDistributor.WrongProof.selector);
        proof = payoutProof(made, account);
        proof.last = scoreLeaf(made, 2);
        refusePayout(trial, account, proof, IEvidence.WrongIndex.selector);
        proof = payoutProof(made, trainers[0]);
        proof.scores = new ScoreLeaf[](0);
        refusePayout(trial, trainers[0], proof, IEvidence.WrongLength.selector);
        proof = payoutProof(made, own[0].account);
        proof.evaluators[0].weight += 1;
        refusePayout(trial, own[0].account, proof, NOT_IN_HEADER);
    }

    /// @dev A leaf of nobody and nothing that is hashed like any other is not the empty leaf, which would make everybody absent behind it.
    function test_RevertWhen_AHashedLeafOfNobodyIsPassedOffAsAnEmptyOne() public {
        start(Mode.Exact);
        measure(3, Story.Alike, 1);
        Post memory made = honest();
        (lastPayees, lastAmounts) = (made.payees, made.amounts);
        address[] memory accounts = new address[](made.payees.length + 1);
        uint96[] memory amounts = new uint96[](accounts.length);
        for (uint256 i = 1; i < accounts.length; ++i) {
            (accounts[i], amounts[i]) = (made.payees[i - 1], made.amounts[i - 1]);
        }
        PayoutTree.Tree memory tree = PayoutTree.build(address(distributor), accounts, amounts);
        tree.hashes[0][0] = distributor.leafHash(0, address(0), 0);
        tree.grow(1);
        Header memory header = headerOf(made);
        (header.payoutRoot, header.sum, header.depth) = (tree.node(), tree.sum(), tree.depthOf());
        postAs(evaluatorsByAddress[0], header);
        lastRoot = distributor.sequence();
        skip(CHALLENGE);

        measure(3, Story.Alike, 2);
        made = honest();
        Trial memory trial = publish(made);
        address account = lastPayees[0];
        PayoutProof memory proof = payoutProof(made, account);
        proof.previous = new Claim[](1);
        proof.previous[0] = tree.proof(0);
        distributor.verify(lastRoot, proof.previous[0]);
        refusePayout(trial, account, proof, NOT_IN_HEADER);
        proof.previous[0] = tree.proof(1);
        refusePayout(trial, account, proof, IEvidence.NotProven.selector);
    }

    /// @dev Nobody is absent where it is present, or where its neighbours do not stand side by side.
    function test_RevertWhen_AnAbsenceIsNotProved() public {
        Post memory made = prepare(Mode.Exact, 4, Story.Alike, 1);
        Trial memory trial = publish(made);
        PayoutTree.Tree memory tree = payoutTree(made);
        address account = made.payees[2];
        PayoutProof memory proof = payoutProof(made, account);
        proof.current = new Claim[](2);
        (proof.current[0], proof.current[1]) = (tree.proof(1), tree.proof(3));
        refusePayout(trial, account, proof, IEvidence.WrongAccount.selector);
        (proof.current[0], proof.current[1]) = (tree.proof(2), tree.proof(3));
        refusePayout(trial, account, proof, IEvidence.WrongAccount.selector);
        (proof.current[0], proof.current[1]) = (tree.proof(1), tree.proof(2));
        refusePayout(trial, account, proof, IEvidence.WrongAccount.selector);
        proof.current = new Claim[](1);
        proof.current[0] = tree.proof(0);
        refusePayout(trial, account, proof, IEvidence.WrongAccount.selector);
        proof.current[0] = tree.proof(3);
        refusePayout(trial, account, proof, IEvidence.WrongAccount.selector);
        // Of a score as well.
        account = trainers[1];
        proof = payoutProof(made, account);
        proof.scores = new ScoreLeaf[](2);
        (proof.scores[0], proof.scores[1]) = (scoreLeaf(made, 0), scoreLeaf(made, 2));
        refusePayout(trial, account, proof, IEvidence.WrongAccount.selector);
        proof.scores = new ScoreLeaf[](1);
        proof.scores[0] = scoreLeaf(made, 0);
        refusePayout(trial, account, proof, IEvidence.WrongAccount.selector);
        proof.scores[0] = scoreLeaf(made, 3);
        refusePayout(trial, account, proof, IEvidence.WrongAccount.selector);
    }

    function refusePayout(Trial memory trial, address account, PayoutProof memory proof, bytes4 selector)
        private
    {
        bytes memory data = abi.encodeCall(IPayoutJudge.provePayout, (trial, account, proof));
        assertRefusedBy(address(payoutJudge), data, selector);
    }

    function test_RevertWhen_ASumIsNotInTheHeader() public {
        Post memory made = prepare(Mode.Exact, 4, Story.Alike, 1);
        Trial memory trial = publish(made);
        PayoutTree.Tree memory tree = payoutTree(made);
        SumNode memory node = sumNode(tree, 1, 0);
        node.level = trial.header.depth + 1;
        refuseSum(trial, node, IEvidence.WrongIndex.selector);
        node = sumNode(tree, 1, 0);
        node.index = uint32(2 ** (trial.header.depth - 1));
        refuseSum(trial, node, IEvidence.WrongIndex.selector);
        node = sumNode(tree, 1, 0);
        node.path = new bytes(9 * 44);
        refuseSum(trial, node, IEvidence.WrongLength.selector);
        node = sumNode(tree, 1, 0);
        node.leftSum += 1;
        refuseSum(trial, node, NOT_IN_HEADER);
        node = sumNode(tree, 1, 0);
        node.sum += 1;
        refuseSum(trial, node, NOT_IN_HEADER);
        // The root's sum is the header's.
        node = sumNode(tree, trial.header.depth, 0);
        node.sum += 1;
        refuseSum(trial, node, IEvidence.WrongLength.selector);
    }

    function refuseSum(Trial memory trial, SumNode memory node, bytes4 selector) private {
        assertRefusedBy(address(payoutJudge), abi.encodeCall(IPayoutJudge.proveSum, (trial, node)), selector);
    }

    function test_RevertWhen_TheLeavesAreNotNeighbours() public {
        Post memory made = prepare(Mode.Exact, 4, Story.Alike, 1);
        (made.payees[0], made.payees[1]) = (made.payees[1], made.payees[0]);
        Trial memory trial = publish(made);
        PayoutTree.Tree memory tree = payoutTree(made);
        Claim memory first = tree.proof(0);
        Claim memory third = tree.proof(2);
        bytes memory reason = abi.encodeWithSelector(IEvidence.WrongOrder.selector, 2);
        assertRefused(
            address(payoutJudge), abi.encodeCall(IPayoutJudge.proveOrder, (trial, first, third)), reason
        );
        third.cumulative += 1;
        assertRefusedBy(
            address(payoutJudge),
            abi.encodeCall(IPayoutJudge.proveOrder, (trial, first, third)),
            NOT_IN_HEADER
        );
    }

    // Agreement

    function test_RevertWhen_AListIsNotTheHeaders() public {
        Post memory made = prepare(Mode.Exact, 3, Story.AcceptsMore, 1);
        Trial memory trial = publish(made);
        Agreement memory agreement = agreementOf(made);
        Opening[] memory openings = sideOf(made, 1, true);
        Utility memory utility = utilityAt(made, 1);
        Opening memory opening = openingOf(2, made.players, 1);
        Reveal memory reveal = revealOf(0);
        agreement.evaluators[0].weight += 1;
        refuse(
            abi.encodeCall(IAgreementJudge.proveUtility, (trial, agreement, utility, openings)), NOT_IN_HEADER
        );
        refuse(
            abi.encodeCall(IAgreementJudge.proveEvaluators, (trial, agreement.evaluators, stranger, reveal)),
            NOT_IN_HEADER
        );
        agreement.evaluators[0].weight -= 1;
        agreement.players[0] = stranger;
        refuse(abi.encodeCall(IAgreementJudge.provePlayers, (trial, agreement.players)), NOT_IN_HEADER);
        refuse(abi.encodeCall(IAgreementJudge.proveStranger, (trial, agreement.players, 0)), NOT_IN_HEADER);
        refuse(
            abi.encodeCall(IAgreementJudge.proveAccount, (trial, agreement.players, scoreLeaf(made, 0))),
            NOT_IN_HEADER
        );
        refuse(
            abi.encodeCall(IAgreementJudge.proveStanding, (trial, agreement, opening, utility)), NOT_IN_HEADER
        );
        refuse(
            abi.encodeCall(IAgreementJudge.proveAcceptance, (trial, agreement, stranger, openings)),
            NOT_IN_HEADER
        );
    }

    function test_RevertWhen_AnOpeningIsNotWhatWasRevealed() public {
        Post memory made = prepare(Mode.Exact, 3, Story.AcceptsMore, 1);
        Trial memory trial = publish(made);
        Agreement memory agreement = agreementOf(made);
        Utility memory utility = utilityAt(made, 5);
        Opening memory opening = openingOf(2, made.players, 5);
        opening.position = 3;
        refuseStanding(trial, agreement, opening, utility, IEvidence.WrongIndex.selector);
        opening.position = 1;
        refuseStanding(trial, agreement, opening, utility, IEvidence.NotRevealed.selector);
        opening = openingOf(2, made.players, 5);
        opening.reveal.dataDigest = "another";
        refuseStanding(trial, agreement, opening, utility, IEvidence.NotRevealed.selector);
        opening = openingOf(2, made.players, 5);
        opening.list[0] = stranger;
        refuseStanding(trial, agreement, opening, utility, IEvidence.WrongList.selector);
        opening = openingOf(2, made.players, 5);
        opening.value += 1;
        refuseStanding(trial, agreement, opening, utility, NOT_IN_HEADER);
        opening.value -= 1;
        utility.value += 1;
        refuseStanding(trial, agreement, opening, utility, NOT_IN_HEADER);
        utility.index = 8;
        refuseStanding(trial, agreement, opening, utility, IEvidence.WrongIndex.selector);
    }

    function refuseStanding(
        Trial memory trial,
        Agreement memory agreement,
        Opening memory opening,
        Utility memory utility,
        bytes4 selector
    ) private {
        refuse(abi.encodeCall(IAgreementJudge.proveStanding, (trial, agreement, opening, utility)), selector);
    }

    function refuse(bytes memory proof, bytes4 selector) private {
        assertRefusedBy(address(agreementJudge), proof, selector);
    }

    /// @dev Nobody's word counts twice.
    function test_RevertWhen_OpeningsAreNotAscending() public {
        Post memory made = prepare(Mode.Exact, 3, Story.Alike, 1);
        made.utilities[5] += 1000;
        follow(made);
        Trial memory trial = publish(made);
        Agreement memory agreement = agreementOf(made);
        Utility memory utility = utilityAt(made, 5);
        Opening[] memory openings = new Opening[](2);
        (openings[0], openings[1]) = (openingOf(2, made.players, 5), openingOf(2, made.players, 5));
        bytes4 wrong = IEvidence.WrongOrder.selector;
        refuse(abi.encodeCall(IAgreementJudge.proveUtility, (trial, agreement, utility, openings)), wrong);
        refuse(abi.encodeCall(IAgreementJudge.proveAcceptance, (trial, agreement, stranger, openings)), wrong);
        openings[1] = openingOf(0, made.players, 5);
        refuse(abi.encodeCall(IAgreementJudge.proveUtility, (trial, agreement, utility, openings)), wrong);
    }

    function test_RevertWhen_AnEvaluatorDoesNotCount() public {
        Story[2] memory stories = [Story.Withholds, Story.AcceptsFewer];
        for (uint256 i = 0; i < 2; ++i) {
            Post memory made = prepare(Mode.Exact, 3, stories[i], 1);
            Trial memory trial = publish(made);
            Opening[] memory openings = new Opening[](1);
            openings[0] = openingOf(2, made.players, 1);
            bytes memory proof = abi.encodeCall(
                IAgreementJudge.proveUtility, (trial, agreementOf(made), utilityAt(made, 1), openings)
            );
            refuse(proof, IEvidence.NotRelevant.selector);
            proof = abi.encodeCall(
                IAgreementJudge.proveAcceptance, (trial, agreementOf(made), trainers[2], openings)
            );
            // One withholds; the other says what the header says.
            refuse(proof, IEvidence.NotRelevant.selector);
        }
    }

    /// @dev A list that does not cover the agreed peers has no utility to show, whatever the header says of its evaluator.
    function test_RevertWhen_AListThatDoesNotCoverIsSaidToCount() public {
        Post memory made = prepare(Mode.Exact, 3, Story.AcceptsFewer, 1);
        made.evaluators[2].standing = WITHIN;
        Trial memory trial = publish(made);
        Opening[] memory openings = new Opening[](1);
        openings[0] = openingOf(2, made.players, 1);
        bytes memory proof = abi.encodeCall(
            IAgreementJudge.proveUtility, (trial, agreementOf(made), utilityAt(made, 1), openings)
        );
        refuse(proof, IEvidence.WrongList.selector);
    }
}

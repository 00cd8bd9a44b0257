// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {TestToken} from "../../../contracts/dev/TestToken.sol";
import {Fault, Mode, PayoutProof, Step, Trial} from "../../../contracts/interfaces/CourtTypes.sol";
import {IEvidence} from "../../../contracts/interfaces/IEvidence.sol";
import {IPayoutJudge, IScoreJudge} from "../../../contracts/interfaces/IJudges.sol";
import {Claim} from "../../../contracts/interfaces/IRewardDistributor.sol";
import {Header, IRoundBook, Phase} from "../../../contracts/interfaces/IRoundBook.sol";
import {IScoreCourt} from "../../../contracts/interfaces/IScoreCourt.sol";
import {IndexMerkle} from "../../../contracts/libraries/IndexMerkle.sol";
import {CallbackToken} from "../hostile/Tokens.sol";
import {Courtroom} from "../util/Courtroom.sol";
import {PayoutTree} from "../util/PayoutTree.sol";

/// @notice What other systems lost money or trust by, and does not happen here.
contract LessonsTest is Courtroom {
    using PayoutTree for PayoutTree.Tree;

    /// @dev OpenZeppelin #3091 and #4818, code4arena contracts #39: a path of another length passes a node off as a leaf.
    function test_ANodeIsNotALeaf() public {
        Post memory made = prepare(Mode.Exact, 4, Story.Alike, 1);
        Trial memory trial = publish(made);
        PayoutTree.Tree memory tree = payoutTree(made);
        Claim memory leaf = tree.proof(0);
        for (uint256 length = 0; length < 6; ++length) {
            if (length == trial.header.depth) continue;
            leaf.path = new bytes(44 * length);
            assertRefusedBy(
                address(payoutJudge),
                abi.encodeCall(IPayoutJudge.proveOrder, (trial, leaf, leaf)),
                IEvidence.WrongLength.selector
            );
        }
        Step memory step = stepOf(made, 1, 1);
        step.utilities = new bytes32[](step.utilities.length - 1);
        assertRefusedBy(
            address(scoreJudge),
            abi.encodeCall(IScoreJudge.proveStep, (trial, step)),
            IndexMerkle.WrongPath.selector
        );
    }

    /// @dev EigenLayer's tests "WhenEarnerIndexBitwiseAddedTo": an index beyond the width proves a leaf a second time.
    function test_ALeafHasOneIndexOnly() public {
        Post memory made = prepare(Mode.Exact, 4, Story.Alike, 1);
        Trial memory trial = publish(made);
        PayoutTree.Tree memory tree = payoutTree(made);
        for (uint32 bit = trial.header.depth; bit < 32; ++bit) {
            Claim memory leaf = tree.proof(1);
            leaf.index += uint32(1) << bit;
            assertRefusedBy(
                address(payoutJudge),
                abi.encodeCall(IPayoutJudge.proveOrder, (trial, tree.proof(0), leaf)),
                IEvidence.WrongIndex.selector
            );
        }
    }

    /// @dev Nomad: a root that was never set proves anything.
    function test_AZeroRootProvesNothing() public {
        Post memory made = prepare(Mode.Exact, 1, Story.Alike, 1);
        Header memory header = headerOf(made);
        (header.traceRoot, header.utilityRoot) = (0, 0);
        postAs(evaluatorsByAddress[0], header);
        Trial memory trial = trialOf(header);
        Step memory step = stepOf(made, 0, 0);
        bytes4 reason = IEvidence.NotInHeader.selector;
        assertRefusedBy(address(scoreJudge), abi.encodeCall(IScoreJudge.proveStep, (trial, step)), reason);
        (step.beyond, step.with, step.without) = (0, 0, 0);
        assertRefusedBy(address(scoreJudge), abi.encodeCall(IScoreJudge.proveStep, (trial, step)), reason);
    }

    /// @dev UMA #2329 [H01]: who proposes and disputes by itself makes its own bond worthless.
    function test_WhoFaultsItselfLosesAtLeastHalf() public {
        Post memory made = prepare(Mode.Exact, 3, Story.Alike, 1);
        made.trace[0] += 1;
        Trial memory trial = publish(made);
        address poster = evaluatorsByAddress[0];
        uint256 before = registry.peer(poster).stake;
        bytes memory proof = abi.encodeCall(IScoreJudge.proveStep, (trial, stepOf(made, 0, 0)));
        vm.prank(poster);
        (bool success,) = address(scoreJudge).call(proof);
        assertTrue(success, "proved");
        assertEq(
            registry.peer(poster).stake + scoreCourt.credit(poster), before - POSTER_SLASH + POSTER_SLASH / 2
        );
    }

    /// @dev eth-fabric/urc #53: a fault that can be shown again slashes again. And another proof of the same header is none either.
    function test_AHeaderIsFaultedOnceWhateverIsWrongWithIt() public {
        Post memory made = prepare(Mode.Exact, 3, Story.Alike, 1);
        made.trace[0] += 1;
        made.scores[1] += 1;
        Trial memory trial = publish(made);
        (int256[] memory basis, bytes32[] memory siblings) = basisOf(made, 1);
        bytes memory other =
            abi.encodeCall(IScoreJudge.proveScore, (trial, scoreLeaf(made, 1), basis, siblings));
        uint256 stake = registry.peer(evaluatorsByAddress[0]).stake;
        scoreJudge.proveStep(trial, stepOf(made, 0, 0));
        assertRefused(
            address(scoreJudge),
            other,
            abi.encodeWithSelector(IRoundBook.WrongPhase.selector, 1, Phase.Post, Phase.Challenge)
        );
        assertEq(registry.peer(evaluatorsByAddress[0]).stake, stake - POSTER_SLASH);
    }

    /// @dev Footium (sherlock 2023-04 #105, #367): a new root takes away what the last one gave.
    function test_AFaultTakesNothingFromAnEarlierRound() public {
        Post memory made = prepare(Mode.Exact, 3, Story.Alike, 2);
        made.trace[0] += 1;
        Trial memory trial = publish(made);
        scoreJudge.proveStep(trial, stepOf(made, 0, 0));
        PayoutTree.Tree memory before = PayoutTree.build(address(distributor), lastPayees, lastAmounts);
        distributor.claimBatch(lastRoot, before.proofs());
        for (uint256 i = 0; i < lastPayees.length; ++i) {
            assertEq(distributor.claimed(lastPayees[i]), lastAmounts[i]);
        }
    }

    /// @dev UMA #3935 and #3936, and every hook since: whoever is called back while a poster is slashed posts a root of its own, for the
    /// proof to be held against. Here no token moves before the challenger collects.
    function test_ATokenThatCallsBackCannotChangeWhatAProofIsHeldAgainst() public {
        CallbackToken calling = new CallbackToken();
        token = TestToken(address(calling));
        Post memory made = prepare(Mode.Exact, 3, Story.Alike, 1);
        Trial memory trial = publish(made);
        address account = made.payees[0];
        // The header that the accomplice posts during the slash gives the account one more: as if it had been so before.
        Post memory other = honest();
        (other.amounts[0], other.amounts[1]) = (other.amounts[0] + 1, other.amounts[1] - 1);
        PayoutTree.Tree memory tree = payoutTree(other);
        PayoutProof memory proof = payoutProof(made, account);
        proof.previousRoot = distributor.sequence();
        proof.previous = membership(tree, account);
        bytes memory again = abi.encodeCall(IRoundBook.post, (headerOf(other)));
        vm.etch(evaluatorsByAddress[1], address(new Accomplice()).code);
        bytes memory attack = abi.encodeCall(IPayoutJudge.provePayout, (trial, account, proof));
        calling.arm(evaluatorsByAddress[1], abi.encodeCall(Accomplice.forward, (address(book), again)));
        vm.prank(stranger);
        assertRefused(
            address(payoutJudge), attack, abi.encodeWithSelector(IEvidence.NotProven.selector, Fault.Payout)
        );
        assertEq(book.round(1).poster, evaluatorsByAddress[0]);
        // A right proof calls nobody back either, nor can the payment of its reward take any twice.
        made.trace[0] += 1;
        vm.prank(guardian);
        book.veto(1);
        trial = publish(made);
        vm.prank(stranger);
        scoreJudge.proveStep(trial, stepOf(made, 0, 0));
        assertPhase(Phase.Post);
        assertEq(token.balanceOf(stranger), 0);
        calling.arm(court, abi.encodeCall(IScoreCourt.collect, (stranger)));
        bytes memory collect = abi.encodeCall(IScoreCourt.collect, (stranger));
        vm.prank(stranger);
        assertRefused(
            court,
            collect,
            abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector)
        );
    }

    /// @dev A judge is told which court; it can do nothing to the project of another.
    function test_AJudgeActsForTheCourtsOfItsFactoryOnly() public {
        Post memory made = prepare(Mode.Exact, 3, Story.Alike, 1);
        made.trace[0] += 1;
        Trial memory trial = publish(made);
        trial.court = address(new YesCourt());
        // Another court may say yes to anything: this project's header stands.
        scoreJudge.proveStep(trial, stepOf(made, 0, 0));
        assertPhase(Phase.Challenge);
    }
}

/// @notice Convicts whatever it is asked to.
contract YesCourt {
    function convict(Fault, uint64, bytes32, bytes32, address) external pure returns (address) {
        return address(0);
    }
}

/// @notice An evaluator that is a contract and does what a token tells it.
contract Accomplice {
    function forward(address target, bytes calldata data) external {
        (bool success,) = target.call(data);
        require(success);
    }
}

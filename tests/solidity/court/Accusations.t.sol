// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {MultisigArbiter} from "../../../contracts/MultisigArbiter.sol";
import {Fault, Mode, Opening, Reveal, Trial, Utility} from "../../../contracts/interfaces/CourtTypes.sol";
import {Verdict} from "../../../contracts/interfaces/IArbiter.sol";
import {IEvidence} from "../../../contracts/interfaces/IEvidence.sol";
import {IAgreementJudge} from "../../../contracts/interfaces/IJudges.sol";
import {Phase} from "../../../contracts/interfaces/IRoundBook.sol";
import {IScoreCourt} from "../../../contracts/interfaces/IScoreCourt.sol";
import {Courtroom} from "../util/Courtroom.sol";

/// @notice Answers whatever it is told to.
contract AnyArbiter {
    bytes private _answer;
    bool private _reverts;

    function set(bytes calldata answer, bool reverts) external {
        (_answer, _reverts) = (answer, reverts);
    }

    fallback() external {
        bytes memory answer = _answer;
        bool reverts = _reverts;
        assembly ("memory-safe") {
            if reverts { revert(0, 0) }
            return(add(answer, 32), mload(answer))
        }
    }
}

/// @notice Evaluators that measured something else than the others are brought before the arbiter.
contract AccusationsTest is Courtroom {
    Trial private trial;
    MultisigArbiter private multisig;

    function setUp() public override {
        address[] memory signers = new address[](3);
        for (uint256 i = 0; i < 3; ++i) {
            signers[i] = actor(i);
        }
        multisig = new MultisigArbiter(signers, 2);
        arbiter = address(multisig);
        super.setUp();
    }

    /// @dev A round in which the last evaluator is far off at the index of its standing.
    function prepareCase() private returns (Post memory made) {
        made = prepare(Mode.Exact, 4, Story.Deviates, 1);
        trial = publish(made);
        assertTrue(made.evaluators[2].standing < 16, "deviates");
        mint(stranger, court, BOND);
    }

    function accusation(Post memory made, uint256 e, uint256 m) private view returns (bytes memory) {
        Opening memory opening = openingOf(e, made.players, m);
        return abi.encodeCall(IAgreementJudge.accuse, (trial, agreementOf(made), opening, utilityAt(made, m)));
    }

    function accuse(Post memory made) private returns (uint256 id) {
        bytes memory data = accusation(made, 2, made.evaluators[2].standing);
        vm.prank(stranger);
        (bool success, bytes memory answer) = address(agreementJudge).call(data);
        assertTrue(success, "accused");
        return abi.decode(answer, (uint256));
    }

    function vote(uint256 signer, uint256 id, Verdict verdict) private {
        vm.prank(actor(signer));
        multisig.vote(court, id, verdict);
    }

    function test_AGuiltyEvaluatorLosesStake() public {
        Post memory made = prepareCase();
        address accused = evaluatorsByAddress[2];
        uint256 deadline = block.timestamp + ARBITRATION;
        vm.expectEmit(court);
        emit IScoreCourt.Accused(1, accused, 1, made.evaluators[2].standing, stranger, deadline);
        assertEq(accuse(made), 1);
        assertEq(scoreCourt.cases(), 1);
        assertEq(scoreCourt.caseOf(1).accuser, stranger);
        assertEq(scoreCourt.caseOf(1).evaluator, accused);
        assertEq(scoreCourt.caseOf(1).deadline, deadline);
        assertEq(scoreCourt.caseOf(1).bond, BOND);
        vote(0, 1, Verdict.Guilty);
        vm.expectRevert(abi.encodeWithSelector(IScoreCourt.TooEarly.selector, deadline, block.timestamp));
        scoreCourt.settle(1);
        vote(2, 1, Verdict.Guilty);
        uint256 stake = registry.peer(accused).stake;
        vm.expectEmit(court);
        emit IScoreCourt.Settled(1, accused, Verdict.Guilty);
        scoreCourt.settle(1);
        assertEq(registry.peer(accused).stake, stake - EVALUATOR_SLASH);
        assertEq(registry.rewardOf(stranger), EVALUATOR_SLASH / 2);
        assertEq(scoreCourt.credit(stranger), BOND + EVALUATOR_SLASH / 2);
        // The header has nothing to do with it, and the case is closed.
        assertPhase(Phase.Challenge);
        vm.expectRevert(abi.encodeWithSelector(IScoreCourt.UnknownCase.selector, 1));
        scoreCourt.settle(1);
    }

    function test_AnInnocentEvaluatorGetsTheBond() public {
        accuse(prepareCase());
        vote(0, 1, Verdict.Innocent);
        vote(1, 1, Verdict.Innocent);
        uint256 stake = registry.peer(evaluatorsByAddress[2]).stake;
        scoreCourt.settle(1);
        assertEq(scoreCourt.credit(evaluatorsByAddress[2]), BOND);
        assertEq(registry.peer(evaluatorsByAddress[2]).stake, stake);
    }

    /// @dev Stake that was there at the reveal is still there when the arbiter's time is over.
    function test_AnEvaluatorCannotLeaveBeforeTheVerdict() public {
        toFarewell();
        vm.expectRevert(
            abi.encodeWithSelector(
                bytes4(keccak256("NotReadyYet(uint256,uint256)")),
                registry.peer(evaluatorsByAddress[2]).readyAt,
                block.timestamp
            )
        );
        vm.prank(evaluatorsByAddress[2]);
        registry.withdraw(evaluatorsByAddress[2]);
        vote(0, 1, Verdict.Guilty);
        vote(1, 1, Verdict.Guilty);
        scoreCourt.settle(1);
        assertEq(registry.rewardOf(stranger), EVALUATOR_SLASH / 2);
    }

    function toFarewell() private {
        Post memory made = prepare(Mode.Exact, 4, Story.Deviates, 1);
        uint96 all = registry.peer(evaluatorsByAddress[2]).stake;
        vm.prank(evaluatorsByAddress[2]);
        registry.unbond(all);
        trial = publish(made);
        skip(CHALLENGE - 1);
        mint(stranger, court, BOND);
        accuse(made);
        skip(ARBITRATION);
    }

    function test_WithoutAVerdictInTimeTheBondGoesBack() public {
        accuse(prepareCase());
        uint256 deadline = block.timestamp + ARBITRATION;
        vm.warp(deadline);
        vm.expectRevert(abi.encodeWithSelector(IScoreCourt.TooEarly.selector, deadline, deadline));
        scoreCourt.settle(1);
        vm.warp(deadline + 1);
        vm.expectEmit(court);
        emit IScoreCourt.Settled(1, evaluatorsByAddress[2], Verdict.Pending);
        scoreCourt.settle(1);
        assertEq(scoreCourt.credit(stranger), BOND);
    }

    /// @dev Whatever an arbiter does, it cannot keep a bond.
    function test_AnArbiterThatDoesNotAnswerProperlyHasNotDecided() public {
        AnyArbiter any = new AnyArbiter();
        arbiter = address(any);
        Post memory made = prepareCase();
        accuse(made);
        bytes[4] memory answers = [bytes(""), hex"01", abi.encode(3), abi.encode(1, 2)];
        for (uint256 i = 0; i < 5; ++i) {
            any.set(answers[i % 4], i == 4);
            assertRefusedBy(court, abi.encodeCall(IScoreCourt.settle, (1)), IScoreCourt.TooEarly.selector);
        }
        uint256 before = vm.snapshotState();
        any.set(abi.encode(2), false);
        scoreCourt.settle(1);
        assertEq(scoreCourt.credit(evaluatorsByAddress[2]), BOND);
        vm.revertToState(before);
        any.set("", true);
        skip(ARBITRATION + 1);
        scoreCourt.settle(1);
        assertEq(scoreCourt.credit(stranger), BOND);
    }

    function test_RevertWhen_NobodyIsArbiter() public {
        arbiter = address(0);
        Post memory made = prepareCase();
        refuse(made, 2, made.evaluators[2].standing, abi.encodeWithSelector(IScoreCourt.NoArbiter.selector));
    }

    function refuse(Post memory made, uint256 e, uint256 m, bytes memory reason) private {
        bytes memory data = accusation(made, e, m);
        vm.prank(stranger);
        assertRefused(address(agreementJudge), data, reason);
    }

    /// @dev Exactly the outer tolerance is still within it.
    function test_RevertWhen_TheDeviationIsWithinTheOuterTolerance() public {
        Post memory made = prepareCase();
        for (uint256 m = 0; m < made.utilities.length; ++m) {
            int256 difference = ownUtility(0, made.players, m) - made.utilities[m];
            uint256 deviation = uint256(difference < 0 ? -difference : difference);
            refuse(made, 0, m, abi.encodeWithSelector(IEvidence.WithinTolerance.selector, deviation, 100));
        }
    }

    function test_RevertWhen_AccusedTwiceInARound() public {
        Post memory made = prepareCase();
        accuse(made);
        mint(stranger, court, BOND);
        bytes memory reason =
            abi.encodeWithSelector(IScoreCourt.AlreadyAccused.selector, 1, evaluatorsByAddress[2]);
        refuse(made, 2, made.evaluators[2].standing, reason);
    }

    function test_RevertWhen_ItsMeasurementDoesNotCount() public {
        Story[2] memory stories = [Story.Withholds, Story.AcceptsFewer];
        for (uint256 i = 0; i < 2; ++i) {
            Post memory made = prepare(Mode.Exact, 3, stories[i], 1);
            trial = publish(made);
            refuse(made, 2, 0, abi.encodeWithSelector(IEvidence.NotRelevant.selector, 2));
        }
    }

    function test_RevertWhen_TheHeaderDoesNotStand() public {
        Post memory made = prepareCase();
        uint32 m = made.evaluators[2].standing;
        trial.rules.power = 1;
        refuse(made, 2, m, abi.encodeWithSelector(IScoreCourt.RulesUnknown.selector, POLICY));
        trial.rules.power = 2;
        skip(CHALLENGE);
        refuse(made, 2, m, abi.encodeWithSelector(IScoreCourt.NotStanding.selector, 1));
    }

    function test_RevertWhen_TheAccuserBringsNoBond() public {
        Post memory made = prepare(Mode.Exact, 4, Story.Deviates, 1);
        trial = publish(made);
        bytes memory data = accusation(made, 2, made.evaluators[2].standing);
        vm.prank(stranger);
        (bool success,) = address(agreementJudge).call(data);
        assertFalse(success, "no bond");
    }

    function test_RevertWhen_NoJudgeOpensTheCase() public {
        start(Mode.Exact);
        vm.expectRevert(abi.encodeWithSelector(IScoreCourt.NotJudge.selector, stranger));
        vm.prank(stranger);
        scoreCourt.openCase(1, 0, 0, evaluatorsByAddress[2], 0, stranger);
    }
}

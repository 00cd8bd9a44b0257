// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {ScoreCourt} from "../../../contracts/ScoreCourt.sol";
import {
    CourtConfig,
    Fault,
    Judges,
    Mode,
    Reveal,
    Rules,
    Step,
    Trial
} from "../../../contracts/interfaces/CourtTypes.sol";
import {IEvidence} from "../../../contracts/interfaces/IEvidence.sol";
import {IScoreJudge} from "../../../contracts/interfaces/IJudges.sol";
import {ProjectConfig} from "../../../contracts/interfaces/IProjectFactory.sol";
import {IRoundBook, Phase} from "../../../contracts/interfaces/IRoundBook.sol";
import {IScoreCourt} from "../../../contracts/interfaces/IScoreCourt.sol";
import {Courtroom} from "../util/Courtroom.sol";

/// @notice Rules, objections, and who may convict.
contract BenchTest is Courtroom {
    function test_TheCourtsConfigurationCanBeRead() public view {
        CourtConfig memory config_ = scoreCourt.config();
        assertEq(
            keccak256(abi.encode(config_)),
            keccak256(
                abi.encode(CourtConfig(arbiter, POSTER_SLASH, EVALUATOR_SLASH, BOND, ANSWER, ARBITRATION))
            )
        );
        Judges memory judges = scoreCourt.judges();
        assertEq(judges.scores, factory.scoreJudge());
        assertEq(judges.payouts, factory.payoutJudge());
        assertEq(judges.agreement, factory.agreementJudge());
    }

    function test_RevertWhen_TheConfigurationMakesNoSense() public {
        ProjectConfig memory wanted = config(address(token));
        bytes memory reason = abi.encodeWithSelector(IScoreCourt.BadConfig.selector);
        wanted.court.bond = 0;
        assertRefused(address(factory), abi.encodeCall(factory.create, (wanted)), reason);
        wanted = config(address(token));
        wanted.court.answerPeriod = 0;
        assertRefused(address(factory), abi.encodeCall(factory.create, (wanted)), reason);
        wanted.court.answerPeriod = CHALLENGE / 2 + 1;
        assertRefused(address(factory), abi.encodeCall(factory.create, (wanted)), reason);
        wanted.court.answerPeriod = CHALLENGE / 2;
        factory.create(wanted);
    }

    // Rules

    function test_TheFirstMechanismsRulesAreRegisteredAtOnce() public {
        assertEq(scoreCourt.rulesOf(POLICY), keccak256(abi.encode(rules())));
        ProjectConfig memory wanted = config(address(token));
        wanted.rules.mode = Mode.None;
        deploy(wanted);
        assertEq(scoreCourt.rulesOf(POLICY), bytes32(0));
    }

    function test_TheOwnerRegistersTheRulesOfALaterMechanism() public {
        Rules memory later = rules();
        later.tolerance = 7;
        vm.expectEmit(court);
        emit IScoreCourt.RulesRegistered("later", later);
        vm.prank(owner);
        scoreCourt.register("later", later);
        assertEq(scoreCourt.rulesOf("later"), keccak256(abi.encode(later)));
    }

    function test_RevertWhen_AnyoneElseRegistersRules() public {
        address[4] memory callers = [stranger, guardian, arbiter, address(agreementJudge)];
        Rules memory later = rules();
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IScoreCourt.NotOwner.selector, callers[i]));
            vm.prank(callers[i]);
            scoreCourt.register("later", later);
        }
    }

    function test_RevertWhen_RulesWouldChange() public {
        Rules memory other = rules();
        other.power = 1;
        vm.expectRevert(abi.encodeWithSelector(IScoreCourt.RulesExist.selector, POLICY));
        vm.prank(owner);
        scoreCourt.register(POLICY, other);
    }

    /// @dev Rules of a round under way could be made to fault its poster.
    function test_RevertWhen_TheMechanismIsOfARoundUnderWay() public {
        ProjectConfig memory wanted = config(address(token));
        Rules memory late = rules();
        wanted.rules.mode = Mode.None;
        deploy(wanted);
        book.open();
        vm.expectRevert(abi.encodeWithSelector(IScoreCourt.RoundUnderWay.selector, 1));
        vm.prank(owner);
        scoreCourt.register(POLICY, late);
        vm.prank(owner);
        scoreCourt.register("another", late);
        toVoid();
        vm.prank(owner);
        scoreCourt.register(POLICY, late);
    }

    function toVoid() private {
        skip(COMMIT + PUBLISH);
        book.seal(1);
        vm.roll(block.number + 1);
        book.draw(1);
        skip(MEASURE + REVEAL);
        book.voidRound(1);
    }

    function test_RevertWhen_RulesMakeNoSense() public {
        for (uint256 i = 1; i <= 5; ++i) {
            mode = Mode(i);
            Rules memory bad = rules();
            bad.designRoot = mode == Mode.Design ? bytes32("root") : bytes32(0);
            uint16 most = mode == Mode.Exact ? 16 : 256;
            bad.maxPeers = 0;
            refuse(bad, 0);
            bad.maxPeers = most + 1;
            refuse(bad, most + 1);
            bad.maxPeers = most;
            bool drawn = mode == Mode.Sampled || mode == Mode.Design;
            uint32 draws = bad.draws;
            bad.draws = drawn ? 0 : 1;
            refuse(bad, bad.draws);
            bad.draws = 2 ** 23 + 1;
            refuse(bad, bad.draws);
            bad.draws = draws;
            uint64 scale = bad.scale;
            bad.scale = mode == Mode.Design ? 0 : 1;
            refuse(bad, bad.scale);
            bad.scale = scale;
            bytes32 root = bad.designRoot;
            bad.designRoot = mode == Mode.Design ? bytes32(0) : bytes32(uint256(9));
            refuse(bad, uint256(bad.designRoot));
            bad.designRoot = root;
            bad.evaluatorShare = 10_001;
            refuse(bad, 10_001);
            bad.evaluatorShare = 10_000;
            bad.power = 0;
            refuse(bad, 0);
            bad.power = 5;
            refuse(bad, 5);
            bad.power = 4;
            bad.outerTolerance = bad.tolerance - 1;
            refuse(bad, bad.outerTolerance);
            bad.outerTolerance = bad.tolerance;
            vm.prank(owner);
            scoreCourt.register(keccak256(abi.encode(i)), bad);
        }
        Rules memory none;
        refuse(none, 0);
    }

    function refuse(Rules memory bad, uint256 value) private {
        vm.expectRevert(abi.encodeWithSelector(IScoreCourt.BadRules.selector, bad.mode, value));
        vm.prank(owner);
        scoreCourt.register("bad", bad);
    }

    // Convicting

    function test_RevertWhen_NoJudgeConvicts() public {
        Post memory made = prepare(Mode.Exact, 2, Story.Alike, 1);
        Trial memory trial = publish(made);
        address[4] memory callers = [stranger, owner, guardian, evaluatorsByAddress[1]];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IScoreCourt.NotJudge.selector, callers[i]));
            vm.prank(callers[i]);
            scoreCourt.convict(
                Fault.Step,
                1,
                keccak256(abi.encode(trial.header)),
                keccak256(abi.encode(trial.rules)),
                callers[i]
            );
        }
    }

    function test_RevertWhen_TheRulesAreNotThoseOfTheRound() public {
        Post memory made = prepare(Mode.Exact, 2, Story.Alike, 1);
        Trial memory trial = publish(made);
        trial.rules.tolerance += 1;
        bytes memory reason = abi.encodeWithSelector(IScoreCourt.RulesUnknown.selector, POLICY);
        bytes memory proof = abi.encodeCall(IScoreJudge.proveStep, (trial, stepOf(made, 0, 0)));
        assertRefused(address(scoreJudge), proof, reason);
    }

    /// @dev A project can do without: then nothing can be proved, and the guardian is all there is.
    function test_RevertWhen_TheMechanismHasNoRules() public {
        ProjectConfig memory wanted = config(address(token));
        wanted.rules.mode = Mode.None;
        deploy(wanted);
        registerAll();
        fund(BUDGET);
        toChallenge(tree2(trainer, 1, rival, 2));
        Trial memory trial = Trial(court, header(tree2(trainer, 1, rival, 2)), wanted.rules);
        Step memory step;
        assertRefused(
            address(scoreJudge),
            abi.encodeCall(IScoreJudge.proveStep, (trial, step)),
            abi.encodeWithSelector(IScoreCourt.RulesUnknown.selector, POLICY)
        );
    }

    // Objections

    function test_AnObjectionCountsWithItsWeight() public {
        prepare(Mode.Exact, 2, Story.Alike, 1);
        address subject = own[2].account;
        vm.expectEmit(court);
        emit IScoreCourt.Objected(1, subject, own[0].account, own[0].weight);
        object(0, subject, revealOf(0));
        object(1, subject, revealOf(1));
        assertEq(scoreCourt.objections(1, subject), uint256(own[0].weight) + own[1].weight);
        assertEq(scoreCourt.objections(1, own[1].account), 0);
        assertRefused0(subject);
    }

    function assertRefused0(address subject) private {
        bytes memory again = abi.encodeCall(IScoreCourt.object, (1, subject, revealOf(0)));
        vm.prank(own[0].account);
        assertRefused(
            court,
            again,
            abi.encodeWithSelector(IScoreCourt.AlreadyObjected.selector, 1, subject, own[0].account)
        );
    }

    function object(uint256 e, address subject, Reveal memory reveal) private {
        vm.prank(own[e].account);
        scoreCourt.object(1, subject, reveal);
    }

    function test_RevertWhen_TheObjectorOrTheSubjectDidNotReveal() public {
        prepare(Mode.Exact, 2, Story.Alike, 1);
        Reveal memory mine = revealOf(0);
        vm.expectRevert(abi.encodeWithSelector(IEvidence.NotRevealed.selector, 1, stranger));
        object(0, stranger, mine);
        mine.weight += 1;
        vm.expectRevert(abi.encodeWithSelector(IEvidence.NotRevealed.selector, 1, own[0].account));
        object(0, own[1].account, mine);
    }

    /// @dev What its poster found must not change under a header.
    function test_RevertWhen_AHeaderStandsAlready() public {
        Post memory made = prepare(Mode.Exact, 2, Story.Alike, 1);
        Reveal memory mine = revealOf(0);
        publish(made);
        vm.expectRevert(
            abi.encodeWithSelector(IRoundBook.WrongPhase.selector, 1, Phase.Challenge, Phase.Post)
        );
        object(0, own[1].account, mine);
        skip(CHALLENGE);
        assertPhase(Phase.Active);
        vm.expectRevert(abi.encodeWithSelector(IRoundBook.WrongPhase.selector, 1, Phase.Active, Phase.Post));
        object(0, own[1].account, mine);
    }

    /// @dev The last objection cannot come while a header is on its way: whoever waits for the end of the window knows all standings.
    function test_RevertWhen_TheObjectionIsLate() public {
        prepare(Mode.Exact, 2, Story.Alike, 1);
        uint256 deadline = block.timestamp + ANSWER;
        Reveal memory mine = revealOf(0);
        Reveal memory other = revealOf(1);
        vm.warp(deadline - 1);
        object(0, own[2].account, mine);
        vm.warp(deadline);
        vm.expectRevert(abi.encodeWithSelector(IScoreCourt.TooLate.selector, deadline, deadline));
        object(1, own[2].account, other);
    }

    // Liveness

    /// @dev 26: without enough reveals the round is void, and nobody's stake is touched for another's silence.
    function test_NobodyLosesStakeForAnothersSilence() public {
        start(Mode.Exact);
        uint256 held = token.balanceOf(address(registry));
        book.open();
        vm.prank(trainers[0]);
        book.submit(1, "digest");
        skip(COMMIT + PUBLISH);
        book.seal(1);
        vm.roll(block.number + 1);
        book.draw(1);
        commitAs(evaluatorsByAddress[0], "utilities");
        commitAs(evaluatorsByAddress[1], "utilities");
        skip(MEASURE);
        revealAs(evaluatorsByAddress[0], "utilities");
        skip(REVEAL);
        book.voidRound(1);
        assertEq(token.balanceOf(address(registry)), held);
        assertEq(distributor.owed(), 0);
        assertEq(book.open(), 2);
        assertEq(distributor.budget(2), 2 * BUDGET);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

import {RoundBook} from "../../../contracts/RoundBook.sol";
import {Role} from "../../../contracts/interfaces/IPeerRegistry.sol";
import {Header, IRoundBook, Phase, Schedule} from "../../../contracts/interfaces/IRoundBook.sol";
import {PayoutTree} from "../util/PayoutTree.sol";
import {Project} from "../util/Project.sol";

/// @notice A round passes from phase to phase; who owns the project and which mechanism is in force.
contract PhasesTest is Project {
    function setUp() public override {
        super.setUp();
        registerAll();
        fund(BUDGET);
    }

    function test_BeforeTheFirstRoundThereIsNone() public view {
        assertEq(book.currentRound(), 0);
        assertEq(uint256(book.phase(0)), uint256(Phase.None));
        assertEq(uint256(book.phase(1)), uint256(Phase.None));
        assertEq(book.round(1).openedAt, 0);
        assertTrue(book.idle(), "idle");
    }

    function test_AnyoneOpensTheFirstRound() public {
        vm.expectEmit(address(book));
        emit IRoundBook.RoundOpened(1, POLICY, block.timestamp);
        vm.prank(stranger);
        assertEq(book.open(), 1);
        assertEq(book.currentRound(), 1);
        assertEq(book.round(1).openedAt, block.timestamp);
        assertEq(book.round(1).policyHash, POLICY);
        assertFalse(book.idle(), "idle");
    }

    function test_TimeMovesTheRoundThroughItsPhases() public {
        book.open();
        uint256 openedAt = block.timestamp;
        assertPhase(Phase.Commit);
        vm.warp(openedAt + COMMIT - 1);
        assertPhase(Phase.Commit);
        vm.warp(openedAt + COMMIT);
        assertPhase(Phase.Publish);
        vm.warp(openedAt + COMMIT + PUBLISH - 1);
        assertPhase(Phase.Publish);
        vm.warp(openedAt + COMMIT + PUBLISH);
        assertPhase(Phase.Seal);
        skip(1 weeks);
        assertPhase(Phase.Seal);

        book.seal(1);
        vm.roll(block.number + 1);
        book.draw(1);
        uint256 drawnAt = block.timestamp;
        assertPhase(Phase.Measure);
        commitAs(evaluator, "utilities");
        commitAs(second, "utilities");
        vm.warp(drawnAt + MEASURE - 1);
        assertPhase(Phase.Measure);
        vm.warp(drawnAt + MEASURE);
        assertPhase(Phase.Reveal);
        revealAs(evaluator, "utilities");
        revealAs(second, "utilities");
        vm.warp(drawnAt + MEASURE + REVEAL - 1);
        assertPhase(Phase.Reveal);
        vm.warp(drawnAt + MEASURE + REVEAL);
        assertPhase(Phase.Post);

        postAs(evaluator, header(0, 0, 0));
        uint256 postedAt = block.timestamp;
        assertPhase(Phase.Challenge);
        vm.warp(postedAt + CHALLENGE - 1);
        assertPhase(Phase.Challenge);
        assertFalse(book.idle(), "idle");
        vm.warp(postedAt + CHALLENGE);
        assertPhase(Phase.Active);
        assertTrue(book.idle(), "idle");
    }

    function test_TheNextRoundOpensWhenTheLastIsFinal() public {
        book.open();
        expectStillOpen(Phase.Commit);
        vm.warp(block.timestamp + COMMIT);
        expectStillOpen(Phase.Publish);
        vm.warp(block.timestamp + PUBLISH);
        expectStillOpen(Phase.Seal);
        book.seal(1);
        vm.roll(block.number + 1);
        book.draw(1);
        expectStillOpen(Phase.Measure);
        commitAs(evaluator, "utilities");
        commitAs(second, "utilities");
        vm.warp(block.timestamp + MEASURE);
        expectStillOpen(Phase.Reveal);
        revealAs(evaluator, "utilities");
        revealAs(second, "utilities");
        vm.warp(block.timestamp + REVEAL);
        expectStillOpen(Phase.Post);
        postAs(evaluator, header(0, 0, 0));
        expectStillOpen(Phase.Challenge);
        vm.warp(block.timestamp + CHALLENGE);
        assertEq(book.open(), 2);
    }

    function expectStillOpen(Phase phase) private {
        vm.expectRevert(abi.encodeWithSelector(IRoundBook.RoundStillOpen.selector, 1, phase));
        book.open();
    }

    /// @dev Whatever is sent, a round only takes it in its own phase and by its own number.
    function test_RevertWhen_TheRoundIsAnother() public {
        book.open();
        uint64[3] memory wrong = [uint64(0), 2, type(uint64).max];
        for (uint256 i = 0; i < wrong.length; ++i) {
            bytes memory reason = abi.encodeWithSelector(IRoundBook.WrongRound.selector, wrong[i], 1);
            vm.expectRevert(reason);
            book.submit(wrong[i], "digest");
            vm.expectRevert(reason);
            book.seal(wrong[i]);
            vm.expectRevert(reason);
            book.draw(wrong[i]);
            vm.expectRevert(reason);
            book.commitUtilities(wrong[i], "commitment");
            vm.expectRevert(reason);
            book.revealUtilities(wrong[i], "root", "players", "data", "salt");
            vm.expectRevert(reason);
            book.voidRound(wrong[i]);
            vm.expectRevert(reason);
            vm.prank(guardian);
            book.veto(wrong[i]);
            vm.expectRevert(reason);
            vm.prank(court);
            book.fault(wrong[i], 0);
        }
    }

    function test_RevertWhen_NoRoundWasEverOpened() public {
        vm.expectRevert(abi.encodeWithSelector(IRoundBook.WrongPhase.selector, 0, Phase.None, Phase.Commit));
        book.submit(0, "digest");
        vm.expectRevert(abi.encodeWithSelector(IRoundBook.WrongRound.selector, 1, 0));
        book.submit(1, "digest");
    }

    function test_RevertWhen_ItIsTooEarlyOrTooLate() public {
        book.open();
        expectWrongPhases(Phase.Commit);
        vm.warp(block.timestamp + COMMIT);
        expectWrongPhases(Phase.Publish);
        vm.warp(block.timestamp + PUBLISH);
        expectWrongPhases(Phase.Seal);
        book.seal(1);
        vm.roll(block.number + 1);
        book.draw(1);
        expectWrongPhases(Phase.Measure);
        commitAs(evaluator, "utilities");
        commitAs(second, "utilities");
        vm.warp(block.timestamp + MEASURE);
        expectWrongPhases(Phase.Reveal);
        revealAs(evaluator, "utilities");
        revealAs(second, "utilities");
        vm.warp(block.timestamp + REVEAL);
        expectWrongPhases(Phase.Post);
        postAs(evaluator, header(0, 0, 0));
        expectWrongPhases(Phase.Challenge);
        vm.warp(block.timestamp + CHALLENGE);
        expectWrongPhases(Phase.Active);
    }

    /// @dev Sends everything that does not belong in `phase`.
    function expectWrongPhases(Phase phase) private {
        if (expectWrongPhase(phase, Phase.Commit)) {
            vm.prank(trainer);
            book.submit(1, "digest");
        }
        if (expectWrongPhase(phase, Phase.Seal)) book.seal(1);
        if (expectWrongPhase(phase, Phase.Seal)) book.draw(1);
        if (expectWrongPhase(phase, Phase.Measure)) {
            vm.prank(evaluator);
            book.commitUtilities(1, "commitment");
        }
        if (expectWrongPhase(phase, Phase.Reveal)) {
            vm.prank(evaluator);
            book.revealUtilities(1, "root", "players", "data", "salt");
        }
        if (expectWrongPhase(phase, Phase.Post)) book.voidRound(1);
        Header memory empty = header(0, 0, 0);
        if (phase != Phase.Challenge && phase != Phase.Active && expectWrongPhase(phase, Phase.Post)) {
            postAs(evaluator, empty);
        }
        if (expectWrongPhase(phase, Phase.Challenge)) {
            vm.prank(guardian);
            book.veto(1);
        }
        if (expectWrongPhase(phase, Phase.Challenge)) {
            vm.prank(court);
            book.fault(1, 0);
        }
    }

    function expectWrongPhase(Phase phase, Phase required) private returns (bool differs) {
        differs = phase != required;
        if (differs) {
            vm.expectRevert(abi.encodeWithSelector(IRoundBook.WrongPhase.selector, 1, phase, required));
        }
    }

    function test_AMechanismChangesFromALaterRoundOn() public {
        toActive(tree2(trainer, 1, rival, 2));
        vm.expectEmit(address(book));
        emit IRoundBook.MechanismAnnounced("better", 3);
        vm.prank(owner);
        book.announceMechanism("better", 3);
        assertEq(book.policyHash(), POLICY);

        toActive(tree2(trainer, 1, rival, 2));
        assertEq(book.round(2).policyHash, POLICY);
        book.open();
        assertEq(book.policyHash(), "better");
        assertEq(book.round(3).policyHash, "better");
        assertEq(book.round(2).policyHash, POLICY);
    }

    function test_ALaterAnnouncementReplacesOneThatHasNotTakenEffect() public {
        vm.prank(owner);
        book.announceMechanism("first", 2);
        vm.prank(owner);
        book.announceMechanism("second", 1);
        book.open();
        assertEq(book.policyHash(), "second");
        assertEq(book.round(1).policyHash, "second");
    }

    function test_AMechanismStaysUntilTheNextAnnouncement() public {
        vm.prank(owner);
        book.announceMechanism("first", 1);
        for (uint64 i = 1; i <= 3; ++i) {
            toActive(tree2(trainer, 1, rival, 2));
            assertEq(book.round(i).policyHash, "first");
        }
    }

    function test_RevertWhen_TheMechanismOfAnOpenRoundWouldChange() public {
        book.open();
        for (uint64 from = 0; from <= 1; ++from) {
            vm.expectRevert(abi.encodeWithSelector(IRoundBook.MechanismTooSoon.selector, from, 1));
            vm.prank(owner);
            book.announceMechanism("better", from);
        }
        vm.expectRevert(abi.encodeWithSelector(IRoundBook.ZeroDigest.selector));
        vm.prank(owner);
        book.announceMechanism(0, 2);
    }

    function test_RevertWhen_AnyoneButTheOwnerGoverns() public {
        address[3] memory callers = [stranger, guardian, court];
        for (uint256 i = 0; i < callers.length; ++i) {
            bytes memory reason =
                abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, callers[i]);
            vm.startPrank(callers[i]);
            vm.expectRevert(reason);
            book.announceMechanism("better", 5);
            vm.expectRevert(reason);
            book.close();
            vm.expectRevert(reason);
            book.transferOwnership(stranger);
            vm.expectRevert(reason);
            book.renounceOwnership();
            vm.stopPrank();
        }
    }

    function test_OwnershipPassesInTwoSteps() public {
        vm.prank(owner);
        book.transferOwnership(stranger);
        assertEq(book.owner(), owner);
        vm.prank(stranger);
        book.acceptOwnership();
        assertEq(book.owner(), stranger);
    }

    function test_RevertWhen_TheOwnerWouldLeaveTheProjectWithoutOne() public {
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableInvalidOwner.selector, address(0)));
        vm.prank(owner);
        book.renounceOwnership();
    }

    function test_ACloseEndsNoRoundButOpensNone() public {
        toPost();
        vm.expectEmit(address(book));
        emit IRoundBook.Closed();
        vm.prank(owner);
        book.close();
        assertTrue(book.closed(), "closed");
        postAs(evaluator, header(0, 0, 0));
        skip(CHALLENGE);
        assertPhase(Phase.Active);
        vm.expectRevert(abi.encodeWithSelector(IRoundBook.ProjectClosed.selector));
        book.open();
        vm.expectRevert(abi.encodeWithSelector(IRoundBook.ProjectClosed.selector));
        vm.prank(owner);
        book.close();
    }

    function test_TheConstructorsArgumentsCanBeRead() public view {
        Schedule memory schedule = book.schedule();
        assertEq(schedule.commit, COMMIT);
        assertEq(schedule.publish, PUBLISH);
        assertEq(schedule.measure, MEASURE);
        assertEq(schedule.reveal, REVEAL);
        assertEq(schedule.challenge, CHALLENGE);
        assertEq(book.quorum(), QUORUM);
        assertEq(book.owner(), owner);
        assertEq(book.guardian(), guardian);
        assertEq(book.court(), court);
        assertEq(book.registry(), address(registry));
        assertEq(book.distributor(), address(distributor));
        assertEq(book.policyHash(), POLICY);
    }

    function test_RevertWhen_APhaseWouldTakeNoTime() public {
        for (uint256 i = 0; i < 5; ++i) {
            Schedule memory schedule =
                Schedule(i == 0 ? 0 : 1, i == 1 ? 0 : 1, i == 2 ? 0 : 1, i == 3 ? 0 : 1, i == 4 ? 0 : 1);
            vm.expectRevert(abi.encodeWithSelector(IRoundBook.ZeroDuration.selector));
            new RoundBook(
                owner, guardian, court, address(registry), address(distributor), POLICY, schedule, 1
            );
        }
    }

    function test_RevertWhen_NobodyWouldHaveToReveal() public {
        vm.expectRevert(abi.encodeWithSelector(IRoundBook.ZeroQuorum.selector));
        new RoundBook(
            owner,
            guardian,
            court,
            address(registry),
            address(distributor),
            POLICY,
            Schedule(1, 1, 1, 1, 1),
            0
        );
    }
}

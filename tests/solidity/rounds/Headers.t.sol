// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Role} from "../../../contracts/interfaces/IPeerRegistry.sol";
import {IRewardDistributor} from "../../../contracts/interfaces/IRewardDistributor.sol";
import {Header, IRoundBook, Phase} from "../../../contracts/interfaces/IRoundBook.sol";
import {PayoutTree} from "../util/PayoutTree.sol";
import {Project} from "../util/Project.sol";

/// @notice A header is posted, removed, posted again, or the round ends without one.
contract HeadersTest is Project {
    using PayoutTree for PayoutTree.Tree;

    PayoutTree.Tree private tree;

    function setUp() public override {
        super.setUp();
        registerAll();
        fund(BUDGET);
        tree = tree2(trainer, 1 ether, rival, 2 ether);
    }

    function test_AnEvaluatorPostsTheHeader() public {
        toPost();
        Header memory posted = header(tree);
        uint256 activatesAt = block.timestamp + CHALLENGE;
        vm.expectEmit(address(book));
        emit IRoundBook.HeaderPosted(1, evaluator, posted, activatesAt);
        assertTrue(postAs(evaluator, posted), "fresh");

        IRoundBook.Round memory round = book.round(1);
        assertTrue(round.posted, "posted");
        assertEq(round.poster, evaluator);
        assertEq(round.decidedAt, block.timestamp);
        assertEq(round.headerHash, keccak256(abi.encode(posted)));
        assertEq(distributor.owed(), 3 ether);
        assertEq(distributor.activeSum(), 0);
        skip(CHALLENGE);
        assertEq(distributor.activeSum(), 3 ether);
    }

    function test_RevertWhen_ThePosterDidNotReveal() public {
        address third = actor("third evaluator");
        register(third, Role.Evaluator, EVALUATOR_STAKE);
        toMeasure();
        commitAs(evaluator, "utilities");
        commitAs(second, "utilities");
        commitAs(third, "utilities");
        skip(MEASURE);
        revealAs(evaluator, "utilities");
        revealAs(second, "utilities");
        skip(REVEAL);
        Header memory posted = header(tree);
        address[3] memory senders = [third, stranger, trainer];
        for (uint256 i = 0; i < senders.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IRoundBook.NothingRevealed.selector, 1, senders[i]));
            postAs(senders[i], posted);
        }
    }

    function test_RevertWhen_TheRevealWasInAnEarlierRound() public {
        toActive(tree);
        toMeasure();
        commitAs(second, "utilities");
        address third = actor("third evaluator");
        register(third, Role.Evaluator, EVALUATOR_STAKE);
        commitAs(third, "utilities");
        skip(MEASURE);
        revealAs(second, "utilities");
        revealAs(third, "utilities");
        skip(REVEAL);
        Header memory posted = header(tree);
        vm.expectRevert(abi.encodeWithSelector(IRoundBook.NothingRevealed.selector, 2, evaluator));
        postAs(evaluator, posted);
    }

    function test_PostingTheSameHeaderAgainChangesNothing() public {
        toPost();
        Header memory posted = header(tree);
        postAs(evaluator, posted);
        bytes32 before = keccak256(abi.encode(book.round(1)));
        vm.warp(block.timestamp + 1);
        vm.recordLogs();
        assertFalse(postAs(evaluator, posted), "fresh");
        assertFalse(postAs(stranger, posted), "fresh");
        assertEq(vm.getRecordedLogs().length, 0);
        assertEq(keccak256(abi.encode(book.round(1))), before);
        assertEq(distributor.sequence(), 1);
        skip(CHALLENGE);
        assertFalse(postAs(evaluator, posted), "fresh");
    }

    function test_RevertWhen_AnotherHeaderStands() public {
        toPost();
        Header memory posted = header(tree);
        postAs(evaluator, posted);
        bytes memory reason =
            abi.encodeWithSelector(IRoundBook.HeaderExists.selector, 1, keccak256(abi.encode(posted)));
        posted.reportDigest = "another";
        vm.expectRevert(reason);
        postAs(second, posted);
        skip(CHALLENGE);
        vm.expectRevert(reason);
        postAs(second, posted);
    }

    /// @dev Whatever field differs, it is another header.
    function test_EveryFieldIsInTheHeadersHash() public {
        toPost();
        postAs(evaluator, header(tree));
        bytes32 standing = book.round(1).headerHash;
        for (uint256 i = 1; i < 12; ++i) {
            Header memory changed = header(tree);
            if (i == 1) changed.peers += 1;
            if (i == 2) changed.depth += 1;
            if (i == 3) changed.sum += 1;
            if (i == 4) changed.utilityRoot = "changed";
            if (i == 5) changed.scoreRoot = "changed";
            if (i == 6) changed.payoutRoot = "changed";
            if (i == 7) changed.modelDigest = "changed";
            if (i == 8) changed.reportDigest = "changed";
            if (i == 9) changed.traceRoot = "changed";
            if (i == 10) changed.players = "changed";
            if (i == 11) changed.evaluators = "changed";
            vm.expectRevert(abi.encodeWithSelector(IRoundBook.HeaderExists.selector, 1, standing));
            postAs(evaluator, changed);
        }
    }

    function test_RevertWhen_TheHeaderIsOfAnotherRound() public {
        toActive(tree);
        Header memory old = header(tree);
        toPost();
        vm.expectRevert(abi.encodeWithSelector(IRoundBook.WrongRound.selector, 1, 2));
        postAs(evaluator, old);
    }

    /// @dev In time, the stake of the reveal cannot have left yet; later it may be gone.
    function test_RevertWhen_ALatePosterHasNoStakeLeft() public {
        toPost();
        vm.prank(second);
        registry.unbond(2 * EVALUATOR_STAKE);
        skip(CHALLENGE);
        Header memory posted = header(tree);
        uint256 before = vm.snapshotState();
        assertTrue(postAs(second, posted), "in time");
        vm.revertToState(before);
        skip(1);
        vm.expectRevert(abi.encodeWithSelector(IRoundBook.NotEvaluator.selector, second));
        postAs(second, posted);
        assertTrue(postAs(evaluator, posted), "with a stake");
    }

    /// @dev Whoever posts at any time after revealing can still be slashed when the last moment to disprove it comes.
    function testFuzz_APosterCanBeSlashedAsLongAsItsHeaderCanBeDisproved(uint256 wait, bool leaves) public {
        toPost();
        if (leaves) {
            vm.prank(second);
            registry.unbond(2 * EVALUATOR_STAKE);
        }
        skip(bound(wait, 0, 3 * UNBONDING));
        vm.prank(second);
        try book.post(header(tree)) {}
        catch {
            return;
        }
        skip(CHALLENGE - 1);
        vm.prank(second);
        try registry.withdraw(second) {} catch {}
        faultAs(court, 1);
        vm.prank(court);
        assertEq(registry.slash(second, POSTER_SLASH, stranger), POSTER_SLASH);
    }

    function test_RevertWhen_TooFewRevealed() public {
        toReveal();
        revealAs(evaluator, "utilities");
        skip(REVEAL);
        Header memory posted = header(tree);
        vm.expectRevert(abi.encodeWithSelector(IRoundBook.QuorumMissing.selector, 1, 1, QUORUM));
        postAs(evaluator, posted);
    }

    function test_TheGuardianRemovesAHeaderWithinItsWindow() public {
        toChallenge(tree);
        vm.warp(block.timestamp + CHALLENGE - 1);
        vm.expectEmit(address(book));
        emit IRoundBook.HeaderVetoed(1, guardian);
        vm.prank(guardian);
        book.veto(1);
        expectHeaderless();
    }

    function test_TheCourtRemovesAHeaderWithinItsWindow() public {
        toChallenge(tree);
        vm.expectEmit(address(book));
        emit IRoundBook.HeaderFaulted(1, evaluator);
        assertEq(faultAs(court, 1), evaluator);
        expectHeaderless();
    }

    function test_TheCourtIsToldWhatTheRoundWasAbout() public {
        toChallenge(tree);
        bytes32 headerHash = book.round(1).headerHash;
        vm.prank(court);
        (address poster, bytes32 mechanism) = book.fault(1, headerHash);
        assertEq(poster, evaluator);
        assertEq(mechanism, POLICY);
    }

    function test_RevertWhen_TheDisprovedHeaderIsNotTheStandingOne() public {
        toChallenge(tree);
        bytes32 headerHash = book.round(1).headerHash;
        vm.expectRevert(abi.encodeWithSelector(IRoundBook.NotTheHeader.selector, 1, headerHash));
        vm.prank(court);
        book.fault(1, "another");
    }

    function test_RevertWhen_AFaultedPosterPostsTheRoundAgain() public {
        toChallenge(tree);
        faultAs(court, 1);
        Header memory posted = header(tree);
        vm.expectRevert(abi.encodeWithSelector(IRoundBook.Barred.selector, 1, evaluator));
        postAs(evaluator, posted);
        // What it measured still counts, another may post, and in the next round it is as good as any.
        assertTrue(
            book.hasRevealed(1, evaluator, "utilities", PLAYERS, dataOf("utilities"), EVALUATOR_STAKE),
            "revealed"
        );
        assertTrue(postAs(second, posted), "another");
        skip(CHALLENGE);
        toPost();
        assertTrue(postAs(evaluator, header(tree)), "next round");
    }

    function expectHeaderless() private view {
        assertPhase(Phase.Post);
        IRoundBook.Round memory round = book.round(1);
        assertFalse(round.posted, "posted");
        assertEq(round.poster, address(0));
        assertEq(round.headerHash, bytes32(0));
        assertEq(round.decidedAt, block.timestamp);
        assertEq(distributor.owed(), 0);
        assertEq(distributor.sequence(), 0);
    }

    function test_RevertWhen_AnyoneElseRemovesAHeader() public {
        toChallenge(tree);
        address[4] memory callers = [stranger, owner, evaluator, court];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IRoundBook.NotGuardian.selector, callers[i]));
            vm.prank(callers[i]);
            book.veto(1);
        }
        callers[3] = guardian;
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IRoundBook.NotCourt.selector, callers[i]));
            vm.prank(callers[i]);
            book.fault(1, 0);
        }
    }

    function test_ARemovedHeaderCanBePostedAgainByAnother() public {
        toChallenge(tree);
        vm.prank(guardian);
        book.veto(1);
        skip(CHALLENGE / 2);
        // Even the very same one: removing it said nothing about who is right.
        assertTrue(postAs(second, header(tree)), "fresh");
        assertPhase(Phase.Challenge);
        assertEq(book.round(1).poster, second);
        assertEq(book.round(1).decidedAt, block.timestamp);
        assertEq(distributor.owed(), 3 ether);
        assertEq(distributor.sequence(), 1);
        skip(CHALLENGE);
        assertPhase(Phase.Active);
        assertEq(distributor.activeSum(), 3 ether);
    }

    function test_AHeaderCanBeRemovedAgainAndAgain() public {
        toPost();
        for (uint256 i = 0; i < 3; ++i) {
            postAs(evaluator, header(tree));
            vm.prank(guardian);
            book.veto(1);
            assertEq(distributor.owed(), 0);
            assertEq(distributor.sequence(), 0);
            skip(1);
        }
        postAs(second, header(tree));
        assertEq(faultAs(court, 1), second);
        assertEq(distributor.owed(), 0);
    }

    function test_TheBudgetIsWhatItWasWhenTheSeedWasDrawn() public {
        assertEq(book.budgetOf(1), 0);
        toSeal();
        assertEq(book.budgetOf(1), 0);
        book.seal(1);
        vm.roll(block.number + 1);
        book.draw(1);
        assertEq(book.budgetOf(1), BUDGET);
        fund(BUDGET);
        assertEq(book.budgetOf(1), BUDGET);
        assertEq(book.budgetOf(2), 0);
    }

    function test_ARoundWithTooFewRevealsIsVoidAtOnce() public {
        toReveal();
        revealAs(evaluator, "utilities");
        skip(REVEAL);
        vm.expectEmit(address(book));
        emit IRoundBook.RoundVoided(1);
        vm.prank(stranger);
        book.voidRound(1);
        expectVoid();
    }

    function test_ARoundWithoutAHeaderIsVoidAfterTheChallengePeriod() public {
        toPost();
        uint256 voidableAt = block.timestamp + CHALLENGE;
        vm.warp(voidableAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IRoundBook.NotVoidable.selector, 1, voidableAt));
        book.voidRound(1);
        vm.warp(voidableAt);
        book.voidRound(1);
        expectVoid();
    }

    function test_ARemovedHeaderGivesTimeForAnother() public {
        toChallenge(tree);
        vm.warp(block.timestamp + CHALLENGE - 1);
        vm.prank(guardian);
        book.veto(1);
        uint256 voidableAt = block.timestamp + CHALLENGE;
        vm.warp(voidableAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IRoundBook.NotVoidable.selector, 1, voidableAt));
        book.voidRound(1);
        vm.warp(voidableAt);
        book.voidRound(1);
        expectVoid();
    }

    function expectVoid() private {
        assertPhase(Phase.Void);
        assertTrue(book.round(1).voided, "voided");
        assertFalse(book.round(1).posted, "posted");
        assertTrue(book.idle(), "idle");
        assertEq(distributor.owed(), 0);
        Header memory late = header(tree);
        vm.expectRevert(abi.encodeWithSelector(IRoundBook.WrongPhase.selector, 1, Phase.Void, Phase.Post));
        postAs(evaluator, late);
        assertEq(book.open(), 2);
        assertEq(uint256(book.phase(1)), uint256(Phase.Void));
    }

    function test_AHeaderMayStillBePostedWhileNobodyHasVoidedTheRound() public {
        toPost();
        skip(10 * CHALLENGE);
        assertTrue(postAs(evaluator, header(tree)), "fresh");
    }
}

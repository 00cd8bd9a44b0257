// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {TestToken} from "../../../contracts/dev/TestToken.sol";
import {Fault, Mode, Part, Rules, Trial} from "../../../contracts/interfaces/CourtTypes.sol";
import {IEvidence} from "../../../contracts/interfaces/IEvidence.sol";
import {Header, IRoundBook, Phase} from "../../../contracts/interfaces/IRoundBook.sol";
import {IScoreCourt} from "../../../contracts/interfaces/IScoreCourt.sol";
import {BlockingToken, CallbackToken, FeeToken} from "../hostile/Tokens.sol";
import {Courtroom} from "../util/Courtroom.sol";
import {IndexTree} from "../util/IndexTree.sol";
import {PayoutTree} from "../util/PayoutTree.sol";

/// @notice F8: pieces of a header are asked for with a bond, and shown in time, or the header is void.
contract RequestsTest is Courtroom {
    using IndexTree for IndexTree.Tree;
    using PayoutTree for PayoutTree.Tree;

    address private answerer = actor("answerer");
    Trial private trial;
    uint256 private seed = 1;

    function publishHonestly(Mode mode_) private returns (Post memory made) {
        made = prepare(mode_, 3, Story.Deviates, seed);
        trial = publish(made);
    }

    function ask(Part part, uint32 index) private returns (bytes32 id) {
        mint(stranger, court, BOND);
        return askWithBond(part, index);
    }

    function askWithBond(Part part, uint32 index) private returns (bytes32 id) {
        Trial memory about = trial;
        vm.prank(stranger);
        return scoreCourt.request(about.header, about.rules, part, index);
    }

    function answer(Post memory made, Part part, uint32 index) private {
        Header memory header = trial.header;
        Rules memory rules_ = trial.rules;
        bool trace = part == Part.Trace;
        if (trace || part == Part.Utility) {
            IndexTree.Tree memory tree = trace ? traceTree(made) : utilityTree(made);
            int256 value = trace ? made.trace[index] : made.utilities[index];
            vm.prank(answerer);
            scoreCourt.answerValue(header, rules_, part, index, value, tree.path(index));
        } else if (part == Part.Score) {
            vm.prank(answerer);
            scoreCourt.answerScore(header, scoreLeaf(made, index));
        } else if (part == Part.Payout) {
            PayoutTree.Tree memory tree = payoutTree(made);
            vm.prank(answerer);
            scoreCourt.answerPayout(header, tree.proof(index));
        } else if (part == Part.Players) {
            vm.prank(answerer);
            scoreCourt.answerPlayers(header, made.players);
        } else {
            vm.prank(answerer);
            scoreCourt.answerEvaluators(header, made.evaluators);
        }
    }

    function countOf(Post memory made, Part part) private view returns (uint256) {
        if (part == Part.Utility) return made.utilities.length;
        if (part == Part.Trace) return made.trace.length;
        if (part == Part.Score) return made.scores.length;
        return part == Part.Payout ? 2 ** payoutTree(made).depthOf() : 1;
    }

    /// forge-config: default.fuzz.runs = 60
    function testFuzz_WhoeverShowsThePieceInTimeGetsTheBond(
        uint256 mode_,
        uint256 part_,
        uint256 index_,
        uint256 wait
    ) public {
        Post memory made = publishHonestly(anyMode(mode_));
        Part part = Part(part_ % 6);
        vm.assume(countOf(made, part) != 0);
        uint32 index = uint32(index_ % countOf(made, part));
        uint256 deadline = block.timestamp + ANSWER;
        bytes32 id = scoreCourt.requestId(keccak256(abi.encode(trial.header)), part, index);
        mint(stranger, court, BOND);
        vm.expectEmit(court);
        emit IScoreCourt.Requested(current(), id, part, index, stranger, deadline);
        assertEq(askWithBond(part, index), id);
        assertEq(scoreCourt.requestOf(id).requester, stranger);
        assertEq(scoreCourt.requestOf(id).deadline, deadline);
        assertEq(scoreCourt.requestOf(id).bond, BOND);

        vm.warp(block.timestamp + bound(wait, 0, ANSWER));
        vm.expectEmit(court);
        emit IScoreCourt.Credited(answerer, BOND, BOND);
        vm.expectEmit(court);
        emit IScoreCourt.Answered(current(), id, answerer);
        answer(made, part, index);
        assertEq(scoreCourt.requestOf(id).requester, address(0));
        assertEq(token.balanceOf(court), BOND);
        vm.expectEmit(court);
        emit IScoreCourt.Collected(answerer, rival, BOND);
        vm.prank(answerer);
        assertEq(scoreCourt.collect(rival), BOND);
        assertEq(token.balanceOf(rival), BOND);
        assertEq(token.balanceOf(court), 0);
        assertPhase(Phase.Challenge);
    }

    function test_APieceThatIsNotShownInTimeVoidsTheHeader() public {
        publishHonestly(Mode.Exact);
        bytes32 id = ask(Part.Trace, 5);
        uint256 deadline = block.timestamp + ANSWER;
        Header memory header = trial.header;
        vm.warp(deadline);
        vm.expectRevert(abi.encodeWithSelector(IScoreCourt.TooEarly.selector, deadline, deadline));
        scoreCourt.expire(header, Part.Trace, 5);
        vm.warp(deadline + 1);
        uint256 stake = registry.peer(evaluatorsByAddress[0]).stake;
        vm.expectEmit(court);
        emit IScoreCourt.Faulted(current(), Fault.Withheld, evaluatorsByAddress[0], stranger);
        // Whoever calls, the reward is for the one who asked.
        vm.prank(rival);
        scoreCourt.expire(header, Part.Trace, 5);
        assertPhase(Phase.Post);
        assertEq(scoreCourt.credit(stranger), BOND + POSTER_SLASH / 2);
        assertEq(registry.rewardOf(stranger), POSTER_SLASH / 2);
        // Both at once, from two contracts.
        vm.expectEmit(court);
        emit IScoreCourt.Collected(stranger, rival, BOND + POSTER_SLASH / 2);
        vm.prank(stranger);
        assertEq(scoreCourt.collect(rival), BOND + POSTER_SLASH / 2);
        assertEq(token.balanceOf(rival), BOND + POSTER_SLASH / 2);
        assertEq(scoreCourt.credit(stranger), 0);
        assertEq(registry.peer(evaluatorsByAddress[0]).stake, stake - POSTER_SLASH);
        assertEq(scoreCourt.requestOf(id).requester, address(0));
        vm.expectRevert(abi.encodeWithSelector(IScoreCourt.UnknownRequest.selector, id));
        scoreCourt.expire(header, Part.Trace, 5);
    }

    function test_RevertWhen_TheAnswerIsLate() public {
        Post memory made = publishHonestly(Mode.Exact);
        ask(Part.Score, 1);
        uint256 deadline = block.timestamp + ANSWER;
        vm.warp(deadline + 1);
        bytes memory late = abi.encodeCall(IScoreCourt.answerScore, (trial.header, scoreLeaf(made, 1)));
        assertRefused(
            court, late, abi.encodeWithSelector(IScoreCourt.TooLate.selector, deadline, deadline + 1)
        );
    }

    /// @dev Nothing but the piece itself is an answer to any request.
    function test_RevertWhen_TheAnswerIsAnother() public {
        Post memory made = publishHonestly(Mode.Exact);
        Header memory header = trial.header;
        Rules memory rules_ = trial.rules;
        for (uint256 part = 0; part < 6; ++part) {
            ask(Part(part), 0);
        }
        bytes4 wrong = IEvidence.NotInHeader.selector;
        bytes32[] memory path = utilityTree(made).path(0);
        int256 value = made.utilities[0];
        assertRefusedBy(
            court,
            abi.encodeCall(IScoreCourt.answerValue, (header, rules_, Part.Utility, 0, value + 1, path)),
            wrong
        );
        assertRefusedBy(
            court,
            abi.encodeCall(
                IScoreCourt.answerValue, (header, rules_, Part.Trace, 0, 1, traceTree(made).path(0))
            ),
            wrong
        );
        made.scores[0] += 1;
        assertRefusedBy(court, abi.encodeCall(IScoreCourt.answerScore, (header, scoreLeaf(made, 0))), wrong);
        made.amounts[0] += 1;
        assertRefusedBy(
            court, abi.encodeCall(IScoreCourt.answerPayout, (header, payoutTree(made).proof(0))), wrong
        );
        made.players[0] = stranger;
        assertRefusedBy(court, abi.encodeCall(IScoreCourt.answerPlayers, (header, made.players)), wrong);
        made.evaluators[0].weight += 1;
        assertRefusedBy(court, abi.encodeCall(IScoreCourt.answerEvaluators, (header, made.evaluators)), wrong);
        // A score is not shown as a value, and rules are those of the round.
        assertRefused(
            court,
            abi.encodeCall(IScoreCourt.answerValue, (header, rules_, Part.Score, 0, value, path)),
            abi.encodeWithSelector(IScoreCourt.WrongPart.selector, Part.Score)
        );
        rules_.maxPeers = 15;
        assertRefused(
            court,
            abi.encodeCall(IScoreCourt.answerValue, (header, rules_, Part.Utility, 0, value, path)),
            abi.encodeWithSelector(IScoreCourt.RulesUnknown.selector, POLICY)
        );
    }

    function test_RevertWhen_NobodyAsked() public {
        Post memory made = publishHonestly(Mode.Exact);
        Header memory header = trial.header;
        bytes32 id = scoreCourt.requestId(keccak256(abi.encode(header)), Part.Score, 0);
        bytes memory reason = abi.encodeWithSelector(IScoreCourt.UnknownRequest.selector, id);
        assertRefused(court, abi.encodeCall(IScoreCourt.answerScore, (header, scoreLeaf(made, 0))), reason);
        assertRefused(court, abi.encodeCall(IScoreCourt.expire, (header, Part.Score, 0)), reason);
        assertRefused(court, abi.encodeCall(IScoreCourt.reclaim, (header, Part.Score, 0)), reason);
    }

    function test_RevertWhen_ThereIsNoSuchPiece() public {
        Post memory made = publishHonestly(Mode.Exact);
        for (uint256 part = 0; part < 6; ++part) {
            uint256 count = countOf(made, Part(part));
            refuseAsking(
                Part(part), count, abi.encodeWithSelector(IEvidence.WrongIndex.selector, count, count)
            );
        }
        // No trace in other modes.
        publishHonestly(Mode.LossDelta);
        refuseAsking(Part.Trace, 0, abi.encodeWithSelector(IEvidence.WrongIndex.selector, 0, 0));
    }

    function refuseAsking(Part part, uint256 index, bytes memory reason) private {
        assertRefused(
            court,
            abi.encodeCall(IScoreCourt.request, (trial.header, trial.rules, part, uint32(index))),
            reason
        );
    }

    function test_RevertWhen_ItIsAskedForTwice() public {
        publishHonestly(Mode.Exact);
        bytes32 id = ask(Part.Utility, 2);
        refuseAsking(Part.Utility, 2, abi.encodeWithSelector(IScoreCourt.AlreadyRequested.selector, id));
    }

    /// @dev An answer that comes on the last second leaves time to prove what it shows wrong.
    function test_RevertWhen_TheHeaderWouldBeActiveBeforeTheAnswerIsDue() public {
        publishHonestly(Mode.Exact);
        uint256 activatesAt = block.timestamp + CHALLENGE;
        vm.warp(activatesAt - ANSWER);
        refuseAsking(
            Part.Utility, 2, abi.encodeWithSelector(IScoreCourt.TooLate.selector, activatesAt, activatesAt)
        );
        vm.warp(activatesAt - ANSWER - 1);
        ask(Part.Utility, 2);
    }

    function test_RevertWhen_TheHeaderDoesNotStand() public {
        publishHonestly(Mode.Exact);
        bytes memory reason = abi.encodeWithSelector(IScoreCourt.NotStanding.selector, 1);
        trial.header.sum += 1;
        refuseAsking(Part.Utility, 0, reason);
        trial.header.sum -= 1;
        trial.rules.power = 1;
        refuseAsking(Part.Utility, 0, abi.encodeWithSelector(IScoreCourt.RulesUnknown.selector, POLICY));
        trial.rules.power = 2;
        vm.prank(guardian);
        book.veto(1);
        refuseAsking(Part.Utility, 0, reason);
    }

    function test_TheBondComesBackWhenTheHeaderIsRemovedOtherwise() public {
        publishHonestly(Mode.Exact);
        bytes32 id = ask(Part.Utility, 0);
        Header memory header = trial.header;
        vm.expectRevert(abi.encodeWithSelector(IScoreCourt.StillStanding.selector, 1));
        scoreCourt.reclaim(header, Part.Utility, 0);
        vm.prank(guardian);
        book.veto(1);
        vm.expectEmit(court);
        emit IScoreCourt.Reclaimed(1, id, stranger);
        scoreCourt.reclaim(header, Part.Utility, 0);
        assertEq(scoreCourt.credit(stranger), BOND);
    }

    /// @dev Nobody said that time was up: the header is final, and the bond must not stay behind. Not even years later.
    function test_TheBondComesBackWhenTheHeaderHasBecomeActive() public {
        publishHonestly(Mode.Exact);
        ask(Part.Utility, 0);
        ask(Part.Utility, 1);
        Header memory header = trial.header;
        skip(CHALLENGE);
        scoreCourt.reclaim(header, Part.Utility, 0);
        assertRefused(
            court,
            abi.encodeCall(IScoreCourt.expire, (header, Part.Utility, 1)),
            abi.encodeWithSelector(IScoreCourt.NotStanding.selector, 1)
        );
        for (uint256 i = 0; i < 66; ++i) {
            toSeal();
            book.seal(current());
            vm.roll(block.number + 1);
            book.draw(current());
            skip(MEASURE + REVEAL);
            book.voidRound(current());
        }
        scoreCourt.reclaim(header, Part.Utility, 1);
        assertEq(scoreCourt.credit(stranger), 2 * BOND);
    }

    /// @dev The same header may be posted again after a veto: an old request, long due, must not void it.
    function test_ARequestIsAboutOnePostingOfAHeaderOnly() public {
        Post memory made = publishHonestly(Mode.Exact);
        ask(Part.Utility, 0);
        Header memory header = trial.header;
        vm.prank(guardian);
        book.veto(1);
        skip(ANSWER + 1);
        postAs(evaluatorsByAddress[1], header);
        bytes memory reason = abi.encodeWithSelector(IScoreCourt.NotStanding.selector, 1);
        assertRefused(court, abi.encodeCall(IScoreCourt.expire, (header, Part.Utility, 0)), reason);
        bytes memory answered = abi.encodeCall(
            IScoreCourt.answerValue,
            (header, trial.rules, Part.Utility, 0, made.utilities[0], utilityTree(made).path(0))
        );
        assertRefused(court, answered, reason);
        scoreCourt.reclaim(header, Part.Utility, 0);
        ask(Part.Utility, 0);
        answer(made, Part.Utility, 0);
    }

    // Credits

    function test_RevertWhen_ThereIsNothingToCollect() public {
        publishHonestly(Mode.Exact);
        vm.expectRevert(abi.encodeWithSelector(IScoreCourt.NothingToCollect.selector, stranger));
        vm.prank(stranger);
        scoreCourt.collect(stranger);
        vm.expectRevert(abi.encodeWithSelector(IScoreCourt.ZeroAddress.selector));
        scoreCourt.collect(address(0));
    }

    // Tokens

    function test_ABondIsWhatArrived() public {
        token = TestToken(address(new FeeToken()));
        Post memory made = publishHonestly(Mode.Exact);
        bytes32 id = ask(Part.Utility, 0);
        assertEq(scoreCourt.requestOf(id).bond, BOND * 9 / 10);
        answer(made, Part.Utility, 0);
        assertEq(scoreCourt.credit(answerer), token.balanceOf(court));
    }

    /// @dev Who cannot receive the token cannot keep a case open: bonds are credited.
    function test_ABlockedRequesterDoesNotKeepItsCaseOpen() public {
        BlockingToken blocking = new BlockingToken();
        token = TestToken(address(blocking));
        Post memory made = publishHonestly(Mode.Exact);
        ask(Part.Utility, 0);
        blocking.block_(stranger);
        blocking.block_(answerer);
        answer(made, Part.Utility, 0);
        vm.prank(answerer);
        assertEq(scoreCourt.collect(rival), BOND);
    }

    /// @dev A deposit made inside another one would be counted by both.
    function test_RevertWhen_TheTokenCallsBack() public {
        CallbackToken calling = new CallbackToken();
        token = TestToken(address(calling));
        Post memory made = publishHonestly(Mode.Exact);
        mint(stranger, court, BOND);
        bytes memory first = abi.encodeCall(IScoreCourt.request, (trial.header, trial.rules, Part.Utility, 0));
        bytes memory other = abi.encodeCall(IScoreCourt.request, (trial.header, trial.rules, Part.Utility, 1));
        bytes memory reason =
            abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        calling.arm(court, other);
        vm.prank(stranger);
        assertRefused(court, first, reason);
        calling.arm(address(0), "");
        ask(Part.Utility, 0);
        answer(made, Part.Utility, 0);
        calling.arm(court, abi.encodeCall(IScoreCourt.collect, (answerer)));
        vm.prank(answerer);
        assertRefused(court, abi.encodeCall(IScoreCourt.collect, (answerer)), reason);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IRoundBook, Phase} from "../../../contracts/interfaces/IRoundBook.sol";
import {PayoutTree} from "../util/PayoutTree.sol";
import {Project} from "../util/Project.sol";

/// @notice The book remembers the last 64 rounds as they were, and nothing of older ones shows through.
contract HistoryTest is Project {
    uint64 private constant ROUNDS = 64;

    PayoutTree.Tree private tree;

    function setUp() public override {
        super.setUp();
        registerAll();
        fund(BUDGET);
        tree = tree2(trainer, 1, rival, 2);
    }

    function test_PastRoundsAreRememberedAsTheyWere() public {
        toActive(tree);
        bytes32 first = keccak256(abi.encode(book.round(1)));
        toPost();
        skip(CHALLENGE);
        book.voidRound(2);
        bytes32 other = keccak256(abi.encode(book.round(2)));
        toActive(tree);
        toActive(tree);
        assertEq(keccak256(abi.encode(book.round(1))), first);
        assertEq(keccak256(abi.encode(book.round(2))), other);
        assertEq(uint256(book.phase(1)), uint256(Phase.Active));
        assertEq(uint256(book.phase(2)), uint256(Phase.Void));
        assertEq(book.round(1).policyHash, POLICY);
        assertTrue(book.round(1).seed != book.round(2).seed, "each round has its own seed");
    }

    function test_RoundsOlderThanTheHistoryAreForgotten() public {
        assertEq(book.HISTORY(), ROUNDS);
        for (uint64 i = 0; i < ROUNDS; ++i) {
            toActive(tree);
        }
        assertEq(uint256(book.phase(1)), uint256(Phase.Active));
        bytes32 oldest = keccak256(abi.encode(book.round(2)));
        book.open();
        assertEq(keccak256(abi.encode(book.round(2))), oldest);
        expectForgotten(1);
        toActiveFromCommit();
        book.open();
        expectForgotten(1);
        expectForgotten(2);
    }

    function test_AFreshRoundShowsNothingOfTheOneWhosePlaceItTakes() public {
        for (uint64 i = 0; i < ROUNDS; ++i) {
            toActive(tree);
        }
        book.open();
        IRoundBook.Round memory round = book.round(ROUNDS + 1);
        assertEq(round.openedAt, block.timestamp);
        assertEq(round.sealedBlock, 0);
        assertEq(round.drawnAt, 0);
        assertEq(round.decidedAt, 0);
        assertEq(round.revealed, 0);
        assertFalse(round.posted, "posted");
        assertFalse(round.voided, "voided");
        assertEq(round.poster, address(0));
        assertEq(round.seed, bytes32(0));
        assertEq(round.headerHash, bytes32(0));
        assertEq(round.policyHash, POLICY);
        assertPhase(Phase.Commit);

        // Nor does it once it waits for a header, which the old round had, or when it is void.
        skip(COMMIT + PUBLISH);
        book.seal(ROUNDS + 1);
        vm.roll(block.number + 1);
        book.draw(ROUNDS + 1);
        skip(MEASURE + REVEAL);
        assertPhase(Phase.Post);
        assertEq(book.round(ROUNDS + 1).decidedAt, 0);
        book.voidRound(ROUNDS + 1);
        assertPhase(Phase.Void);
        assertEq(book.round(ROUNDS + 1).poster, address(0));
        assertEq(book.round(ROUNDS + 1).headerHash, bytes32(0));
    }

    function test_RoundsToComeAreEmpty() public {
        toActive(tree);
        IRoundBook.Round memory none;
        assertEq(keccak256(abi.encode(book.round(0))), keccak256(abi.encode(none)));
        assertEq(keccak256(abi.encode(book.round(2))), keccak256(abi.encode(none)));
        assertEq(keccak256(abi.encode(book.round(type(uint64).max))), keccak256(abi.encode(none)));
        assertEq(uint256(book.phase(0)), uint256(Phase.None));
        assertEq(uint256(book.phase(2)), uint256(Phase.None));
    }

    function toActiveFromCommit() private {
        skip(COMMIT + PUBLISH);
        book.seal(current());
        vm.roll(block.number + 1);
        book.draw(current());
        skip(MEASURE + REVEAL);
        book.voidRound(current());
    }

    function expectForgotten(uint64 id) private {
        vm.expectRevert(abi.encodeWithSelector(IRoundBook.RoundForgotten.selector, id));
        book.round(id);
        vm.expectRevert(abi.encodeWithSelector(IRoundBook.RoundForgotten.selector, id));
        book.phase(id);
    }
}

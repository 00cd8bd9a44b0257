// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IRoundBook} from "../../../contracts/interfaces/IRoundBook.sol";
import {Project} from "../util/Project.sol";

/// @notice Evaluators commit to their utilities and reveal them.
contract MeasurementsTest is Project {
    bytes32 private constant ROOT = keccak256("utilities");

    function setUp() public override {
        super.setUp();
        registerAll();
    }

    function test_AnEvaluatorCommitsAndReveals() public {
        toMeasure();
        bytes32 commitment = commitmentOf(evaluator, ROOT);
        vm.expectEmit(address(book));
        emit IRoundBook.UtilitiesCommitted(1, evaluator, commitment);
        vm.prank(evaluator);
        book.commitUtilities(1, commitment);
        assertEq(book.round(1).revealed, 0);
        assertFalse(revealed(evaluator, EVALUATOR_STAKE), "not yet revealed");
        assertEq(book.revealedRound(evaluator), 0);

        skip(MEASURE);
        vm.expectEmit(address(book));
        emit IRoundBook.UtilitiesRevealed(1, evaluator, ROOT, PLAYERS, dataOf(ROOT), EVALUATOR_STAKE);
        revealAs(evaluator, ROOT);
        assertEq(book.round(1).revealed, 1);
        assertTrue(revealed(evaluator, EVALUATOR_STAKE), "revealed");
        assertFalse(revealed(evaluator, EVALUATOR_STAKE + 1), "another weight");
        assertFalse(revealed(second, EVALUATOR_STAKE), "another evaluator");
        assertFalse(
            book.hasRevealed(2, evaluator, ROOT, PLAYERS, dataOf(ROOT), EVALUATOR_STAKE), "another round"
        );
        assertFalse(
            book.hasRevealed(1, evaluator, "other", PLAYERS, dataOf(ROOT), EVALUATOR_STAKE), "another root"
        );
        assertFalse(book.hasRevealed(1, evaluator, ROOT, PLAYERS, "other", EVALUATOR_STAKE), "other data");
        assertFalse(
            book.hasRevealed(1, evaluator, ROOT, "other", dataOf(ROOT), EVALUATOR_STAKE), "other peers"
        );
        assertFalse(book.hasRevealed(0, stranger, 0, 0, 0, 0), "nobody");
        assertEq(book.revealedRound(evaluator), 1);
    }

    function revealed(address account, uint96 weight) private view returns (bool) {
        return book.hasRevealed(1, account, ROOT, PLAYERS, dataOf(ROOT), weight);
    }

    function test_WeightIsTheStakeAtTheReveal() public {
        toMeasure();
        commitAs(second, ROOT);
        vm.prank(second);
        registry.unbond(EVALUATOR_STAKE);
        skip(MEASURE);
        vm.expectEmit(address(book));
        emit IRoundBook.UtilitiesRevealed(1, second, ROOT, PLAYERS, dataOf(ROOT), EVALUATOR_STAKE);
        revealAs(second, ROOT);
    }

    /// @dev Anyone may commit to something; only evaluators can open it.
    function test_RevertWhen_TheSenderIsNoEvaluator() public {
        toMeasure();
        address[2] memory senders = [stranger, trainer];
        for (uint256 i = 0; i < senders.length; ++i) {
            commitAs(senders[i], ROOT);
        }
        skip(MEASURE);
        for (uint256 i = 0; i < senders.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IRoundBook.NotEvaluator.selector, senders[i]));
            vm.prank(senders[i]);
            book.revealUtilities(1, ROOT, PLAYERS, dataOf(ROOT), saltOf(senders[i]));
        }
    }

    function test_RevertWhen_TheEvaluatorHasLeftBeforeTheReveal() public {
        toMeasure();
        commitAs(evaluator, ROOT);
        vm.prank(evaluator);
        registry.unbond(EVALUATOR_STAKE);
        skip(MEASURE);
        vm.expectRevert(abi.encodeWithSelector(IRoundBook.NotEvaluator.selector, evaluator));
        vm.prank(evaluator);
        book.revealUtilities(1, ROOT, PLAYERS, dataOf(ROOT), saltOf(evaluator));
    }

    function test_RevertWhen_CommittingTwice() public {
        toMeasure();
        commitAs(evaluator, ROOT);
        vm.expectRevert(abi.encodeWithSelector(IRoundBook.AlreadyCommitted.selector, 1, evaluator));
        vm.prank(evaluator);
        book.commitUtilities(1, "better commitment");
    }

    function test_RevertWhen_TheCommitmentIsZero() public {
        toMeasure();
        vm.expectRevert(abi.encodeWithSelector(IRoundBook.ZeroDigest.selector));
        vm.prank(evaluator);
        book.commitUtilities(1, 0);
    }

    function test_RevertWhen_NothingWasCommitted() public {
        toReveal();
        vm.expectRevert(abi.encodeWithSelector(IRoundBook.NothingCommitted.selector, 1, stranger));
        vm.prank(stranger);
        book.revealUtilities(1, ROOT, PLAYERS, dataOf(ROOT), saltOf(stranger));
    }

    function test_RevertWhen_RevealingTwice() public {
        toReveal();
        revealAs(evaluator, "utilities");
        vm.expectRevert(abi.encodeWithSelector(IRoundBook.AlreadyRevealed.selector, 1, evaluator));
        vm.prank(evaluator);
        book.revealUtilities(1, "utilities", PLAYERS, dataOf("utilities"), saltOf(evaluator));
        assertEq(book.round(1).revealed, 1);
    }

    function test_RevertWhen_AnyPartOfTheRevealDiffers() public {
        toReveal();
        bytes32 root = "utilities";
        bytes32[4][4] memory reveals = [
            [bytes32("other"), PLAYERS, dataOf(root), saltOf(evaluator)],
            [root, "other", dataOf(root), saltOf(evaluator)],
            [root, PLAYERS, "other", saltOf(evaluator)],
            [root, PLAYERS, dataOf(root), "other"]
        ];
        for (uint256 i = 0; i < reveals.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IRoundBook.WrongReveal.selector, 1, evaluator));
            vm.prank(evaluator);
            book.revealUtilities(1, reveals[i][0], reveals[i][1], reveals[i][2], reveals[i][3]);
        }
    }

    /// @dev Copying another's commitment, or one's own from another round, opens to nothing.
    function test_RevertWhen_TheCommitmentIsCopied() public {
        toMeasure();
        bytes32 commitment = commitmentOf(evaluator, ROOT);
        vm.prank(second);
        book.commitUtilities(1, commitment);
        skip(MEASURE);
        vm.expectRevert(abi.encodeWithSelector(IRoundBook.WrongReveal.selector, 1, second));
        vm.prank(second);
        book.revealUtilities(1, ROOT, PLAYERS, dataOf(ROOT), saltOf(evaluator));
    }

    function test_ACommitmentBindsChainContractRoundAndEvaluator() public {
        bytes32 commitment = book.commitmentOf(1, evaluator, ROOT, PLAYERS, "data", "salt");
        assertEq(
            commitment,
            keccak256(
                abi.encode(
                    block.chainid,
                    address(book),
                    uint256(1),
                    evaluator,
                    ROOT,
                    PLAYERS,
                    bytes32("data"),
                    bytes32("salt")
                )
            )
        );
        assertTrue(commitment != book.commitmentOf(2, evaluator, ROOT, PLAYERS, "data", "salt"), "round");
        assertTrue(commitment != book.commitmentOf(1, second, ROOT, PLAYERS, "data", "salt"), "evaluator");
        vm.chainId(block.chainid + 1);
        assertTrue(commitment != book.commitmentOf(1, evaluator, ROOT, PLAYERS, "data", "salt"), "chain");
    }

    function test_AWordOfTheLastRoundIsNoCommitmentInThis() public {
        toReveal();
        revealAs(evaluator, "utilities");
        skip(REVEAL);
        book.voidRound(1);
        toMeasure();
        // Neither what was revealed nor what was only committed blocks the next round.
        commitAs(evaluator, ROOT);
        skip(MEASURE);
        revealAs(evaluator, ROOT);
        assertEq(book.round(2).revealed, 1);
        vm.expectRevert(abi.encodeWithSelector(IRoundBook.NothingCommitted.selector, 2, second));
        vm.prank(second);
        book.revealUtilities(2, "utilities", PLAYERS, dataOf("utilities"), saltOf(second));
    }
}

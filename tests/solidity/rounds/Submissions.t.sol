// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IRoundBook} from "../../../contracts/interfaces/IRoundBook.sol";
import {Project} from "../util/Project.sol";

/// @notice Trainers commit digests; the round gets a seed that nobody knew before.
contract SubmissionsTest is Project {
    function setUp() public override {
        super.setUp();
        registerAll();
        book.open();
    }

    function test_ATrainerCommitsADigest() public {
        vm.expectEmit(address(book));
        emit IRoundBook.Submitted(1, trainer, "digest");
        vm.prank(trainer);
        book.submit(1, "digest");
        assertTrue(book.hasSubmitted(1, trainer, "digest"), "submitted");
        assertFalse(book.hasSubmitted(1, trainer, "other"), "another digest");
        assertFalse(book.hasSubmitted(2, trainer, "digest"), "another round");
        assertFalse(book.hasSubmitted(1, rival, "digest"), "another trainer");
    }

    function test_AnUnusedSlotIsNoSubmission() public view {
        assertFalse(book.hasSubmitted(0, trainer, 0), "all zero");
        assertFalse(book.hasSubmitted(1, trainer, 0), "zero digest");
    }

    /// @dev A round number that spills into the digest's bytes must not find a submission.
    function testFuzz_OnlyTheVeryRoundFindsASubmission(bytes32 digest, uint64 id) public {
        vm.assume(digest != 0);
        vm.prank(trainer);
        book.submit(1, digest);
        assertTrue(book.hasSubmitted(id, trainer, digest) == (id == 1), "round");
    }

    function testFuzz_OnlyTheVeryDigestIsFound(bytes32 digest, bytes27 other) public {
        vm.assume(digest != 0 && bytes27(digest) != other);
        vm.prank(trainer);
        book.submit(1, digest);
        assertFalse(book.hasSubmitted(1, trainer, bytes32(other)), "digest");
    }

    function test_RevertWhen_SubmittingTwiceInARound() public {
        vm.startPrank(trainer);
        book.submit(1, "digest");
        vm.expectRevert(abi.encodeWithSelector(IRoundBook.AlreadySubmitted.selector, 1, trainer));
        book.submit(1, "better digest");
        vm.stopPrank();
    }

    function test_EveryRoundTakesAnotherSubmission() public {
        vm.prank(trainer);
        book.submit(1, "digest");
        skip(COMMIT + PUBLISH);
        book.seal(1);
        vm.roll(block.number + 1);
        book.draw(1);
        skip(MEASURE + REVEAL);
        book.voidRound(1);
        book.open();
        vm.prank(trainer);
        book.submit(2, "digest");
        assertTrue(book.hasSubmitted(2, trainer, "digest"), "second round");
        assertFalse(book.hasSubmitted(1, trainer, "digest"), "the first is overwritten");
    }

    function test_RevertWhen_TheDigestIsZero() public {
        vm.expectRevert(abi.encodeWithSelector(IRoundBook.ZeroDigest.selector));
        vm.prank(trainer);
        book.submit(1, 0);
    }

    function test_RevertWhen_TheSenderIsNoTrainer() public {
        address[2] memory senders = [stranger, evaluator];
        for (uint256 i = 0; i < senders.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IRoundBook.NotTrainer.selector, senders[i]));
            vm.prank(senders[i]);
            book.submit(1, "digest");
        }
    }

    function test_RevertWhen_TheTrainersStakeIsOnItsWayOut() public {
        vm.startPrank(trainer);
        registry.unbond(TRAINER_STAKE);
        vm.expectRevert(abi.encodeWithSelector(IRoundBook.NotTrainer.selector, trainer));
        book.submit(1, "digest");
        vm.stopPrank();
    }

    function test_TheSeedComesFromABlockThatNobodyKnewWhenItWasSealed() public {
        skip(COMMIT + PUBLISH);
        uint256 sealedBlock = block.number;
        vm.expectEmit(address(book));
        emit IRoundBook.Sealed(1, sealedBlock);
        vm.prank(stranger);
        book.seal(1);
        assertEq(book.round(1).sealedBlock, sealedBlock);

        vm.roll(sealedBlock + 1);
        bytes32 expected =
            keccak256(abi.encode(blockhash(sealedBlock), block.chainid, address(book), uint256(1)));
        vm.expectEmit(address(book));
        emit IRoundBook.SeedDrawn(1, expected);
        vm.prank(stranger);
        assertEq(book.draw(1), expected);
        assertEq(book.round(1).seed, expected);
        assertEq(book.round(1).drawnAt, block.timestamp);
        assertTrue(blockhash(sealedBlock) != 0, "the block has a hash");
    }

    function test_RevertWhen_TheSeedIsDrawnInTheSealedBlockOrBefore() public {
        skip(COMMIT + PUBLISH);
        vm.expectRevert(abi.encodeWithSelector(IRoundBook.SeedNotReady.selector, 1, 0));
        book.draw(1);
        book.seal(1);
        vm.expectRevert(abi.encodeWithSelector(IRoundBook.SeedNotReady.selector, 1, block.number));
        book.draw(1);
    }

    function test_RevertWhen_SealingAgainWhileTheSeedCanBeDrawn() public {
        skip(COMMIT + PUBLISH);
        uint256 sealedBlock = block.number;
        book.seal(1);
        uint256[3] memory later = [sealedBlock, sealedBlock + 1, sealedBlock + 256];
        for (uint256 i = 0; i < later.length; ++i) {
            vm.roll(later[i]);
            vm.expectRevert(abi.encodeWithSelector(IRoundBook.AlreadySealed.selector, 1, sealedBlock));
            book.seal(1);
        }
        book.draw(1);
    }

    function test_AnExpiredSealIsRenewed() public {
        skip(COMMIT + PUBLISH);
        uint256 sealedBlock = block.number;
        book.seal(1);
        vm.roll(sealedBlock + 257);
        vm.expectRevert(abi.encodeWithSelector(IRoundBook.SeedExpired.selector, 1, sealedBlock));
        book.draw(1);
        book.seal(1);
        assertEq(book.round(1).sealedBlock, sealedBlock + 257);
        vm.roll(block.number + 1);
        book.draw(1);
        assertTrue(book.round(1).seed != 0, "seed");
    }

    function test_TheSeedDependsOnTheChain() public {
        skip(COMMIT + PUBLISH);
        book.seal(1);
        vm.roll(block.number + 1);
        uint256 before = vm.snapshotState();
        bytes32 here = book.draw(1);
        vm.revertToState(before);
        vm.chainId(block.chainid + 1);
        assertTrue(book.draw(1) != here, "seed");
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Fault, Mode, Opening, Trial} from "../../../contracts/interfaces/CourtTypes.sol";
import {IEvidence} from "../../../contracts/interfaces/IEvidence.sol";
import {IRoundBook, Phase} from "../../../contracts/interfaces/IRoundBook.sol";
import {IScoreCourt} from "../../../contracts/interfaces/IScoreCourt.sol";
import {PayoutTree} from "./PayoutTree.sol";
import {Prover} from "./Prover.sol";

/// @notice What a proof must do when it is right, and when it is not.
abstract contract Courtroom is Prover {
    using PayoutTree for PayoutTree.Tree;

    /// @dev A measured round that waits for a header; half of the time with a settled one before it.
    function prepare(Mode mode_, uint256 n, Story story_, uint256 seed) internal returns (Post memory) {
        start(mode_);
        if (seed % 2 == 0) settleHonestly(1 + seed % 3, Story.Alike, seed);
        measure(n, n == 1 && story_ == Story.AcceptsFewer ? Story.Alike : story_, seed);
        return honest();
    }

    function anyMode(uint256 draw) internal pure returns (Mode) {
        return Mode(1 + draw % 5);
    }

    function anyStory(uint256 draw) internal pure returns (Story) {
        return Story(draw % 5);
    }

    /// @dev Of the modes that have a trace.
    function summingMode(uint256 draw) internal pure returns (Mode) {
        Mode[3] memory modes = [Mode.Exact, Mode.Sampled, Mode.Design];
        return modes[draw % 3];
    }

    /// @dev Nonzero, and small enough for sums.
    function anyDifference(int256 draw) internal pure returns (int256) {
        int256 difference = draw % 2 ** 40;
        return difference == 0 ? int256(1) : difference;
    }

    /// @dev The proof is accepted, and everything that should follows; then another posts the truth, and it is paid.
    function proves(Fault fault, address judge, Trial memory, bytes memory proof) internal {
        address poster = evaluatorsByAddress[0];
        uint64 id = current();
        uint256 stake = registry.peer(poster).stake;
        uint256 stakes = token.balanceOf(address(registry));
        uint96 budget = book.budgetOf(id);
        vm.expectEmit(address(book));
        emit IRoundBook.HeaderFaulted(id, poster);
        vm.expectEmit(court);
        emit IScoreCourt.Faulted(id, fault, poster, stranger);
        vm.prank(stranger);
        (bool success, bytes memory answer) = judge.call(proof);
        if (!success) revert NotRefused(answer, "should have been proved");

        assertPhase(Phase.Post);
        assertEq(registry.peer(poster).stake, stake - POSTER_SLASH);
        assertEq(scoreCourt.credit(stranger), POSTER_SLASH / 2);
        vm.prank(stranger);
        assertEq(scoreCourt.collect(stranger), POSTER_SLASH / 2);
        assertEq(token.balanceOf(stranger), POSTER_SLASH / 2);
        // What is not rewarded is burned in place.
        assertEq(stakes - token.balanceOf(address(registry)), POSTER_SLASH / 2);
        assertEq(distributor.owed(), lastSum);
        assertEq(book.budgetOf(id), budget);
        assertRefused(
            judge,
            proof,
            abi.encodeWithSelector(IRoundBook.WrongPhase.selector, id, Phase.Post, Phase.Challenge)
        );
        payTheTruth();
    }

    function payTheTruth() private {
        Post memory truth = honest();
        Trial memory trial = trialOf(truth);
        bytes memory again = abi.encodeCall(IRoundBook.post, (trial.header));
        vm.prank(evaluatorsByAddress[0]);
        (bool success,) = address(book).call(again);
        assertFalse(success, "a faulted poster posted again");
        postAs(evaluatorsByAddress[1], trial.header);
        skip(CHALLENGE);
        PayoutTree.Tree memory tree = payoutTree(truth);
        if (truth.payees.length == 0) return;
        distributor.claimBatch(distributor.sequence(), tree.proofs());
        for (uint256 i = 0; i < truth.payees.length; ++i) {
            assertEq(distributor.claimed(truth.payees[i]), truth.amounts[i]);
        }
    }

    function holds(Fault fault, address judge, bytes memory proof) internal {
        assertRefused(judge, proof, abi.encodeWithSelector(IEvidence.NotProven.selector, fault));
    }

    /// @dev All that count and say otherwise than the header about a peer.
    function contradicting(Post memory made, address peer) internal view returns (Opening[] memory openings) {
        bool listed = placeIn(made.players, peer) < made.players.length;
        openings = new Opening[](3);
        uint256 count = 0;
        for (uint256 e = 0; e < 3; ++e) {
            bool accepted = placeIn(own[e].list, peer) < own[e].list.length;
            if (isWithheld(e) || accepted == listed) continue;
            openings[count++] = Opening(uint32(e), revealOf(e), own[e].list, 0, new bytes32[](0));
        }
        assembly ("memory-safe") {
            mstore(openings, count)
        }
    }
}

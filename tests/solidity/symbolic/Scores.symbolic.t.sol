// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Games} from "../../../contracts/libraries/Games.sol";
import {IndexMerkle} from "../../../contracts/libraries/IndexMerkle.sol";
import {Permutations} from "../../../contracts/libraries/Permutations.sol";
import {Shapley} from "../../../contracts/libraries/Shapley.sol";

/// @notice Proofs of the rules that scores are made by, for all inputs at once: `make halmos`. Loops are short and bounded.
contract ScoreProofs {
    /// @dev The coalitions that two numbers stand for differ when the numbers do, and never contain the player.
    function check_CoalitionsWithoutAPlayerAreDistinct(uint16 k, uint16 other, uint8 player) external pure {
        if (player > 15 || k > 0x7fff || other > 0x7fff) return;
        uint256 coalition = Shapley.without(k, player);
        assert(coalition >> player & 1 == 0);
        assert(coalition <= 0xffff);
        if (k != other) assert(coalition != Shapley.without(other, player));
    }

    /// @dev Quotient and rest of the division that scores are rounded by. Few bits each, because solvers do not divide wider symbols
    /// in time; the full width is fuzzed in libraries/Scores.t.sol.
    function check_DivisionRoundsTowardsMinusInfinity(int8 value, uint8 by) external pure {
        by &= 7;
        if (by == 0) return;
        int256 rest = int256(value) - Games.floorDiv(value, by) * int256(uint256(by));
        assert(rest >= 0 && rest < int256(uint256(by)));
    }

    /// @dev A higher score never counts for less.
    function check_WeightsRiseWithScores(int128 score, int128 other) external pure {
        if (score > other) return;
        assert(Games.weight(score, 1) <= Games.weight(other, 1));
    }

    /// @dev Nor does its square: up to eleven bits each, because solvers do not multiply wider symbols in time.
    function check_SquaresRiseWithScores(int16 score, int16 other) external pure {
        if (score > other || score > 2047 || other > 2047) return;
        assert(Games.weight(score, 2) <= Games.weight(other, 2));
    }

    /// @dev Different players have different places, among three.
    function check_PlacesAreDistinct(bytes32 seed, uint32 number) external pure {
        uint256 first = Permutations.positionOf(seed, number, 3, 0);
        uint256 second = Permutations.positionOf(seed, number, 3, 1);
        uint256 third = Permutations.positionOf(seed, number, 3, 2);
        assert(first < 3 && second < 3 && third < 3);
        assert(first != second && second != third && first != third);
    }

    /// @dev Two leaves opened together lead to the root that each leads to alone, in a tree of four.
    function check_APairLeadsWhereEachLeafLeads(bytes32[4] calldata leaves, bytes32[] calldata siblings)
        external
        pure
    {
        if (siblings.length != 2) return;
        bytes32 left = IndexMerkle.parent(leaves[0], siblings[0]);
        bytes32 right = IndexMerkle.parent(siblings[1], leaves[3]);
        assert(
            IndexMerkle.foldPair(leaves[0], 0, leaves[3], 3, 2, siblings) == IndexMerkle.parent(left, right)
        );
    }
}

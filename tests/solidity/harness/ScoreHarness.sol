// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Rules} from "../../../contracts/interfaces/CourtTypes.sol";
import {Header} from "../../../contracts/interfaces/IRoundBook.sol";
import {Games} from "../../../contracts/libraries/Games.sol";
import {Hashes} from "../../../contracts/libraries/Hashes.sol";
import {IndexMerkle} from "../../../contracts/libraries/IndexMerkle.sol";
import {Permutations} from "../../../contracts/libraries/Permutations.sol";
import {Shapley} from "../../../contracts/libraries/Shapley.sol";

/// @title What scores are made of, behind external functions, for tests that compare it with another implementation
contract ScoreHarness {
    function headerHash(Header calldata header) external pure returns (bytes32) {
        return Hashes.ofHeader(header);
    }

    function rulesHash(Rules calldata rules) external pure returns (bytes32) {
        return Hashes.ofRules(rules);
    }

    function indexLeaf(bytes1 tag, uint64 round, uint32 index, int256 value) external pure returns (bytes32) {
        return IndexMerkle.leaf(tag, round, index, value);
    }

    function scoreLeaf(uint64 round, uint32 index, address account, int256 score, uint256 prefix)
        external
        pure
        returns (bytes32)
    {
        return IndexMerkle.scoreLeaf(round, index, account, score, prefix);
    }

    function foldPair(
        bytes32 first,
        uint256 a,
        bytes32 second,
        uint256 b,
        uint256 depth,
        bytes32[] calldata siblings
    ) external pure returns (bytes32) {
        return IndexMerkle.foldPair(first, a, second, b, depth, siblings);
    }

    function foldTo(bytes32 leaf, uint256 index, uint256 depth, bytes32[] calldata siblings)
        external
        pure
        returns (bytes32)
    {
        return IndexMerkle.foldTo(leaf, index, depth, siblings);
    }

    function rootOf(bytes32[] memory leaves) external pure returns (bytes32) {
        return IndexMerkle.rootOf(leaves);
    }

    function depthOf(uint256 leaves) external pure returns (uint256) {
        return IndexMerkle.depthOf(leaves);
    }

    function positionOf(bytes32 seed, uint32 number, uint256 n, uint256 player)
        external
        pure
        returns (uint256)
    {
        return Permutations.positionOf(seed, number, n, player);
    }

    function without(uint256 k, uint256 player) external pure returns (uint256) {
        return Shapley.without(k, player);
    }

    function shapleyWeight(uint256 coalition, uint256 n) external pure returns (uint256) {
        return Shapley.weight(coalition, n);
    }

    function factorial(uint256 n) external pure returns (uint256) {
        return Shapley.factorial(n);
    }

    function floorDiv(int256 value, uint256 by) external pure returns (int256) {
        return Games.floorDiv(value, by);
    }

    function lossDelta(int256 ownBefore, int256 ownAfter, int256 before, int256 later)
        external
        pure
        returns (int256)
    {
        return Games.lossDelta(ownBefore, ownAfter, before, later);
    }

    function scoreWeight(int256 score, uint256 power) external pure returns (uint256) {
        return Games.weight(score, power);
    }
}

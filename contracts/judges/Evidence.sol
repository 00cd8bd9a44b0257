// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Evaluator, Rules, ScoreLeaf} from "../interfaces/CourtTypes.sol";
import {IEvidence} from "../interfaces/IEvidence.sol";
import {Claim} from "../interfaces/IRewardDistributor.sol";
import {Header} from "../interfaces/IRoundBook.sol";
import {Hashes} from "../libraries/Hashes.sol";
import {IndexMerkle} from "../libraries/IndexMerkle.sol";
import {SumMerkle} from "../libraries/SumMerkle.sol";

/// @title What can be shown of a header
/// @dev Every function reverts unless what it is given is what the header commits to.
abstract contract Evidence is IEvidence {
    /// @dev In a tree of `count` leaves.
    function _requireValue(
        bytes32 root,
        bytes1 tag,
        uint64 round,
        uint256 count,
        uint256 index,
        int256 value,
        bytes32[] calldata siblings
    ) internal pure {
        if (index >= count) revert WrongIndex(index, count);
        // SAFETY: no tree has more than 2^32 leaves: see `Bench._check`.
        bytes32 hash = IndexMerkle.leaf(tag, round, uint32(index), value);
        _requireRoot(IndexMerkle.foldTo(hash, index, IndexMerkle.depthOf(count), siblings), root);
    }

    function _requireScore(Header calldata header, ScoreLeaf calldata leaf) internal pure {
        uint256 n = header.peers;
        if (leaf.index >= n) revert WrongIndex(leaf.index, n);
        bytes32 hash = IndexMerkle.scoreLeaf(header.round, leaf.index, leaf.account, leaf.score, leaf.prefix);
        _requireRoot(
            IndexMerkle.foldTo(hash, leaf.index, IndexMerkle.depthOf(n), leaf.siblings), header.scoreRoot
        );
    }

    /// @dev The leaf may be an empty one.
    function _requirePayout(
        address distributor,
        bytes32 root,
        uint256 sum,
        uint256 depth,
        Claim calldata leaf
    ) internal view {
        if (leaf.index >> depth != 0) revert WrongIndex(leaf.index, 1 << depth);
        _requireDepth(leaf.path, depth);
        bytes32 hash = _payoutLeaf(distributor, leaf.index, leaf.account, leaf.cumulative);
        (bytes32 node, uint256 total) = SumMerkle.fold(hash, leaf.cumulative, leaf.index, leaf.path);
        _requireRoot(node, root);
        if (total != sum) revert WrongLength(total, sum);
    }

    /// @dev A path up a payout tree has so many steps, and nothing else.
    function _requireDepth(bytes calldata path, uint256 depth) internal pure {
        uint256 length = depth * SumMerkle.STEP;
        if (path.length != length) revert WrongLength(path.length, length);
    }

    function _requirePlayers(Header calldata header, address[] calldata players) internal pure {
        _requireRoot(keccak256(abi.encode(players)), header.players);
    }

    function _requireEvaluators(Header calldata header, Evaluator[] calldata evaluators) internal pure {
        _requireRoot(keccak256(abi.encode(evaluators)), header.evaluators);
    }

    function _requireRoot(bytes32 found, bytes32 expected) internal pure {
        if (found != expected) revert NotInHeader(found, expected);
    }

    /// @dev Nobody and nothing is the empty leaf.
    function _payoutLeaf(address distributor, uint32 index, address account, uint96 cumulative)
        internal
        view
        returns (bytes32)
    {
        if (account == address(0) && cumulative == 0) return 0;
        return SumMerkle.leaf(block.chainid, distributor, index, account, cumulative);
    }

    function _hashOf(Header calldata header) internal pure returns (bytes32) {
        return Hashes.ofHeader(header);
    }

    function _hashOf(Rules calldata rules) internal pure returns (bytes32) {
        return Hashes.ofRules(rules);
    }
}

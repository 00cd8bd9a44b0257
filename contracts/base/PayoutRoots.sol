// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Claim, IRewardDistributor, Root} from "../interfaces/IRewardDistributor.sol";
import {SumMerkle} from "../libraries/SumMerkle.sol";

/// @title Which payout trees stand, and what is in them
/// @notice The part of the RewardDistributor that remembers roots and checks proofs; it moves no money.
/// @dev One word a root, in a ring, and one slot for all sums.
abstract contract PayoutRoots is IRewardDistributor {
    /// @param owed Sum of the latest root, active or pending.
    /// @param settled Sum of the root before it, which stands again when the latest is revoked.
    /// @param activatesAt When the latest becomes active; until then it can be revoked.
    /// @param sequence Number of roots that stand.
    struct Ledger {
        uint96 owed;
        uint96 settled;
        uint40 activatesAt;
        uint24 sequence;
    }

    /// @notice How many roots can be claimed against: the pending one and those before it.
    uint256 public constant RING = 16;
    /// @notice Deepest payout tree: indices have 32 bits.
    uint256 public constant MAX_DEPTH = 32;

    Ledger internal _ledger;
    bytes32[RING] private _words;

    /// @inheritdoc IRewardDistributor
    function verify(Root calldata root, Claim calldata leaf) external view {
        _requireKnown(root);
        _requireProof(root, leaf);
    }

    /// @inheritdoc IRewardDistributor
    function owed() external view returns (uint96) {
        return _ledger.owed;
    }

    /// @inheritdoc IRewardDistributor
    function activeSum() external view returns (uint96) {
        Ledger memory ledger = _ledger;
        return block.timestamp < ledger.activatesAt ? ledger.settled : ledger.owed;
    }

    /// @inheritdoc IRewardDistributor
    function sequence() external view returns (uint24) {
        return _ledger.sequence;
    }

    /// @inheritdoc IRewardDistributor
    function leafHash(uint32 index, address account, uint96 cumulative) public view returns (bytes32) {
        return SumMerkle.leaf(block.chainid, address(this), index, account, cumulative);
    }

    /// @inheritdoc IRewardDistributor
    function rootHash(Root memory root) public pure returns (bytes32) {
        return keccak256(abi.encode(root));
    }

    /// @dev INVARIANT: called only when the last round is final, so that the latest root is active and becomes the settled one.
    function _push(uint64 id, bytes32 node, uint96 sum, uint8 depth, uint40 activatesAt) internal {
        Ledger memory ledger = _ledger;
        if (node == 0 && sum != 0) revert EmptyRoot();
        if (depth > MAX_DEPTH) revert WrongDepth(depth, MAX_DEPTH);
        if (sum < ledger.owed) revert SumDecreases(sum, ledger.owed);
        uint24 next = ledger.sequence + 1;
        _ledger = Ledger({owed: sum, settled: ledger.owed, activatesAt: activatesAt, sequence: next});
        _words[next % RING] = rootHash(Root(id, next, activatesAt, depth, sum, node));
        emit RootPosted(id, next, node, sum, depth, activatesAt);
    }

    /// @dev INVARIANT: called only within the challenge window, so that the latest root is pending and nothing was claimed on it.
    function _pop(uint64 id) internal {
        Ledger memory ledger = _ledger;
        delete _words[ledger.sequence % RING];
        _ledger = Ledger(ledger.settled, ledger.settled, 0, ledger.sequence - 1);
        emit RootRevoked(id, ledger.sequence);
    }

    function _requireKnown(Root calldata root) internal view {
        if (_words[root.sequence % RING] != _wordOf(root)) revert UnknownRoot(root.round, root.sequence);
    }

    function _requireActive(Root calldata root) internal view {
        _requireKnown(root);
        if (block.timestamp < root.activatesAt) {
            revert NotActiveYet(root.round, root.activatesAt, block.timestamp);
        }
    }

    function _requireProof(Root calldata root, Claim calldata leaf) internal view {
        // Locals, because every read of a calldata field checks its bounds again.
        uint256 depth = root.depth;
        uint32 index = leaf.index;
        bytes32[] calldata siblings = leaf.siblings;
        uint96[] calldata sums = leaf.sums;
        // INVARIANT: exactly one path length, and an index within it: no leaf can be proven at a second position.
        if (siblings.length != depth) revert WrongDepth(siblings.length, depth);
        if (sums.length != depth) revert WrongDepth(sums.length, depth);
        if (index >> depth != 0) revert WrongIndex(index, depth);
        uint96 cumulative = leaf.cumulative;
        (bytes32 node, uint256 total) =
            SumMerkle.fold(leafHash(index, leaf.account, cumulative), cumulative, index, siblings, sums);
        if (total != root.sum) revert WrongSum(total, root.sum);
        if (node != root.node) revert WrongProof(leaf.account);
    }

    /// @dev `rootHash` without the copies: the words of a static struct lie in the calldata as `abi.encode` writes them.
    /// SAFETY: calldata with stray high bits hashes to no root that was ever posted.
    function _wordOf(Root calldata root) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            calldatacopy(buffer, root, 192)
            word := keccak256(buffer, 192)
        }
    }
}

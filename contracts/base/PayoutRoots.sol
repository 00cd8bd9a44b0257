// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {Claim, IRewardDistributor} from "../interfaces/IRewardDistributor.sol";
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
    /// @dev 27 bytes of the root's hash; 5 of the time from which it can be claimed against. Time and root in one word, so that a
    /// pause costs claims nothing.
    bytes32[RING] private _words;

    /// @inheritdoc IRewardDistributor
    function verify(uint24 root, Claim calldata leaf) external view {
        _prove(root, leaf.account, leaf.index, leaf.cumulative, leaf.path);
    }

    /// @inheritdoc IRewardDistributor
    function claimableFrom(uint24 root) external view returns (uint40) {
        bytes32 word = _words[root % RING];
        if (word == 0 || !_isRecent(root)) revert UnknownRoot(root);
        return uint40(uint256(word));
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
    function rootHash(uint256 root, uint256 depth, uint256 sum, bytes32 node) public pure returns (bytes32) {
        return keccak256(abi.encode(root, depth, sum, node));
    }

    /// @dev INVARIANT: called only when the last round is final, so that the latest root is active and becomes the settled one.
    /// @param heldUntil End of a pause of claims, or any time that has passed.
    function _push(bytes32 node, uint96 sum, uint8 depth, uint40 activatesAt, uint40 heldUntil) internal {
        (uint96 before, uint24 last) = (_ledger.owed, _ledger.sequence);
        if (node == 0 && sum != 0) revert EmptyRoot();
        if (depth > MAX_DEPTH) revert WrongDepth(depth, MAX_DEPTH);
        if (sum < before) revert SumDecreases(sum, before);
        uint24 next = last + 1;
        _ledger = Ledger({owed: sum, settled: before, activatesAt: activatesAt, sequence: next});
        uint256 time = activatesAt < heldUntil ? heldUntil : activatesAt;
        _words[next % RING] = _word(rootHash(next, depth, sum, node), time);
    }

    /// @dev INVARIANT: called only within the challenge window, so that the latest root is pending and nothing was claimed on it.
    function _pop() internal {
        (uint96 settled, uint24 last) = (_ledger.settled, _ledger.sequence);
        delete _words[last % RING];
        // SAFETY: there is a latest root.
        unchecked {
            _ledger = Ledger(settled, settled, 0, last - 1);
        }
    }

    /// @dev No root can be claimed against before this time; a pending one not before it is active either.
    function _holdUntil(uint40 time) internal {
        Ledger memory ledger = _ledger;
        for (uint256 place = 0; place < RING; ++place) {
            bytes32 word = _words[place];
            if (word == 0) continue;
            bool latest = place == ledger.sequence % RING;
            _words[place] = _word(word, latest ? Math.max(time, ledger.activatesAt) : time);
        }
    }

    /// @dev No root can be claimed against any more.
    function _forgetAll() internal {
        delete _words;
    }

    /// @dev Reverts unless the leaf is in the tree of the root. Nothing of the root is told by the caller but its number: depth, sum and
    /// node follow from the path, and either hash to the word that is kept or do not.
    /// @param index Of any size, as `cumulative`: what fits no leaf is refused, so that neither needs a check before.
    /// @return time From when the root can be claimed against.
    function _prove(uint256 root, address account, uint256 index, uint256 cumulative, bytes calldata path)
        internal
        view
        returns (uint256 time)
    {
        uint256 depth = path.length / SumMerkle.STEP;
        // slither-disable-next-line divide-before-multiply
        if (path.length != depth * SumMerkle.STEP) revert RaggedPath(path.length);
        // INVARIANT: the index lies within the tree, whose depth the root binds: no leaf can be proven at a second position.
        if (index >> depth != 0) revert WrongIndex(index, depth);
        // SAFETY: what is cut off the numbers here remains in `index`, checked above, and in the total.
        bytes32 leaf = leafHash(uint32(index), account, uint96(cumulative));
        (bytes32 node, uint256 total) = SumMerkle.fold(leaf, cumulative, index, path);
        time = uint256(_words[root % RING]);
        if ((uint256(rootHash(root, depth, total, node)) ^ time) >> 40 != 0) {
            if (_isRecent(root)) revert WrongProof(account);
            revert UnknownRoot(root);
        }
        time &= type(uint40).max;
    }

    /// @dev Whether a root of this number stands and its word was not overwritten.
    function _isRecent(uint256 root) private view returns (bool) {
        uint256 last = _ledger.sequence;
        return root != 0 && root <= last && root + RING > last;
    }

    /// @dev SAFETY: times are 40-bit numbers.
    function _word(bytes32 hash, uint256 time) private pure returns (bytes32) {
        return bytes32(bytes27(hash)) | bytes32(time);
    }
}

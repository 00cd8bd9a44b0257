// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {Evaluator, Fault, PayoutProof, ScoreLeaf, SumNode, Trial, WITHIN} from "../interfaces/CourtTypes.sol";
import {IPayoutJudge} from "../interfaces/IJudges.sol";
import {IPeerRegistry, Role} from "../interfaces/IPeerRegistry.sol";
import {Claim, IRewardDistributor} from "../interfaces/IRewardDistributor.sol";
import {Header, IRoundBook} from "../interfaces/IRoundBook.sol";
import {IScoreCourt} from "../interfaces/IScoreCourt.sol";
import {Games} from "../libraries/Games.sol";
import {SumMerkle} from "../libraries/SumMerkle.sol";
import {Judge} from "./Judge.sol";

/// @title Judges from scores to cumulative payouts
contract PayoutJudge is IPayoutJudge, Judge {
    uint256 private constant BASIS_POINTS = 10_000;
    /// @dev Where an empty leaf stands in the order of addresses: after all of them.
    uint256 private constant NOBODY = 2 ** 160;

    /// @inheritdoc IPayoutJudge
    function provePayout(Trial calldata trial, address account, PayoutProof calldata proof) external {
        _convict(trial, Fault.Payout);
        Header calldata header = trial.header;
        address distributor = IScoreCourt(trial.court).distributor();
        uint256 stated =
            _payoutOf(distributor, account, header.payoutRoot, header.sum, header.depth, proof.current);
        uint256 expected = _previousOf(distributor, account, proof) + _earned(trial, account, proof);
        _require(stated != expected, Fault.Payout);
    }

    /// @inheritdoc IPayoutJudge
    function proveSum(Trial calldata trial, SumNode calldata node) external {
        _convict(trial, Fault.Sum);
        Header calldata header = trial.header;
        uint256 depth = header.depth;
        if (node.level > depth) revert WrongIndex(node.level, depth + 1);
        depth -= node.level;
        if (node.index >> depth != 0) revert WrongIndex(node.index, 1 << depth);
        _requireDepth(node.path, depth);

        uint256 sum = node.sum;
        bytes32 hash;
        bool wrong;
        if (node.level == 0) {
            hash = _payoutLeaf(
                IScoreCourt(trial.court).distributor(), node.index, node.account, node.cumulative
            );
            wrong = node.cumulative != sum;
        } else {
            hash = SumMerkle.parent(node.left, node.leftSum, node.right, node.rightSum);
            wrong = uint256(node.leftSum) + node.rightSum != sum;
        }
        (bytes32 root, uint256 total) = SumMerkle.fold(hash, node.sum, node.index, node.path);
        _requireRoot(root, header.payoutRoot);
        if (total != header.sum) revert WrongLength(total, header.sum);
        _require(wrong, Fault.Sum);
    }

    /// @inheritdoc IPayoutJudge
    function proveOrder(Trial calldata trial, Claim calldata first, Claim calldata second) external {
        _convict(trial, Fault.Order);
        Header calldata header = trial.header;
        address distributor = IScoreCourt(trial.court).distributor();
        _requirePayout(distributor, header.payoutRoot, header.sum, header.depth, first);
        _requirePayout(distributor, header.payoutRoot, header.sum, header.depth, second);
        if (second.index != uint256(first.index) + 1) revert WrongOrder(second.index);
        uint256 place = _placeOf(second);
        _require(place != NOBODY && _placeOf(first) >= place, Fault.Order);
    }

    /// @dev What the tree has for the account; zero when it is proved to be absent.
    function _payoutOf(
        address distributor,
        address account,
        bytes32 root,
        uint256 sum,
        uint256 depth,
        Claim[] calldata leaves
    ) private view returns (uint256) {
        for (uint256 i = 0; i < leaves.length; ++i) {
            _requirePayout(distributor, root, sum, depth, leaves[i]);
        }
        if (leaves.length == 0) revert WrongLength(0, 1);
        Claim calldata first = leaves[0];
        uint256 place = _placeOf(first);
        if (leaves.length == 1) {
            if (place == uint160(account)) return first.cumulative;
            _requireBeyond(account, first.index, place, (1 << depth) - 1);
        } else {
            _requireBetween(account, first.index, place, leaves[1].index, _placeOf(leaves[1]));
        }
        return 0;
    }

    /// @dev What the account had in the root before. The header is void by now: the distributor's latest root is that one.
    function _previousOf(address distributor, address account, PayoutProof calldata proof)
        private
        view
        returns (uint256)
    {
        IRewardDistributor escrow = IRewardDistributor(distributor);
        if (escrow.owed() == 0) return 0;
        uint256 sequence = escrow.sequence();
        if (proof.previousRoot != sequence) revert WrongIndex(proof.previousRoot, sequence);
        // Proves node, sum and depth, which follow from any leaf that is in the tree. Where something is owed, the first leaf of a proof is
        // never an empty one. SAFETY: an empty one is hashed as any other here, as the distributor does, so that it leads elsewhere below.
        Claim calldata first = proof.previous[0];
        escrow.verify(proof.previousRoot, first);
        bytes32 hash =
            SumMerkle.leaf(block.chainid, distributor, first.index, first.account, first.cumulative);
        (bytes32 node, uint256 sum) = SumMerkle.fold(hash, first.cumulative, first.index, first.path);
        uint256 depth = first.path.length / SumMerkle.STEP;
        return _payoutOf(distributor, account, node, sum, depth, proof.previous);
    }

    function _earned(Trial calldata trial, address account, PayoutProof calldata proof)
        private
        view
        returns (uint256)
    {
        Header calldata header = trial.header;
        uint256 n = header.peers;
        if (n == 0) return 0;
        _requireScore(header, proof.last);
        if (proof.last.index != n - 1) revert WrongIndex(proof.last.index, n);
        uint256 total = proof.last.prefix;
        if (total == 0) return 0;
        IScoreCourt court = IScoreCourt(trial.court);
        uint256 budget = IRoundBook(court.book()).budgetOf(header.round);
        uint256 pot = budget * trial.rules.evaluatorShare / BASIS_POINTS;
        if (IPeerRegistry(court.registry()).peer(account).role == Role.Evaluator) {
            _requireEvaluators(header, proof.evaluators);
            return _evaluatorPart(account, pot, proof.evaluators);
        }
        return Math.mulDiv(budget - pot, _weightOf(trial, account, proof.scores), total);
    }

    function _evaluatorPart(address account, uint256 pot, Evaluator[] calldata evaluators)
        private
        pure
        returns (uint256)
    {
        uint256 own = 0;
        uint256 total = 0;
        for (uint256 i = 0; i < evaluators.length; ++i) {
            if (evaluators[i].standing != WITHIN) continue;
            total += evaluators[i].weight;
            if (evaluators[i].account == account) own = evaluators[i].weight;
        }
        return own == 0 ? 0 : Math.mulDiv(pot, own, total);
    }

    /// @dev The weight of the account's score; zero when it is proved to have none.
    function _weightOf(Trial calldata trial, address account, ScoreLeaf[] calldata leaves)
        private
        pure
        returns (uint256)
    {
        for (uint256 i = 0; i < leaves.length; ++i) {
            _requireScore(trial.header, leaves[i]);
        }
        if (leaves.length == 0) revert WrongLength(0, 1);
        ScoreLeaf calldata first = leaves[0];
        if (leaves.length == 1) {
            if (first.account == account) return Games.weight(first.score, trial.rules.power);
            _requireBeyond(account, first.index, uint160(first.account), trial.header.peers - 1);
        } else {
            _requireBetween(
                account, first.index, uint160(first.account), leaves[1].index, uint160(leaves[1].account)
            );
        }
        return 0;
    }

    /// @dev Nobody is before the first place of a tree that is larger, nor after the last one that is smaller.
    function _requireBeyond(address account, uint256 index, uint256 place, uint256 last) private pure {
        bool absent = index == 0 && uint160(account) < place || index == last && place < uint160(account);
        if (!absent) revert WrongAccount(account);
    }

    function _requireBetween(
        address account,
        uint256 index,
        uint256 place,
        uint256 nextIndex,
        uint256 nextPlace
    ) private pure {
        bool absent = nextIndex == index + 1 && place < uint160(account) && uint160(account) < nextPlace;
        if (!absent) revert WrongAccount(account);
    }

    function _placeOf(Claim calldata leaf) private pure returns (uint256) {
        return leaf.account == address(0) && leaf.cumulative == 0 ? NOBODY : uint160(leaf.account);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Fault, Mode, Rules, ScoreLeaf, Step, Trial} from "../interfaces/CourtTypes.sol";
import {IScoreJudge} from "../interfaces/IJudges.sol";
import {Header, IRoundBook} from "../interfaces/IRoundBook.sol";
import {Games} from "../libraries/Games.sol";
import {IndexMerkle} from "../libraries/IndexMerkle.sol";
import {Permutations} from "../libraries/Permutations.sol";
import {Shapley} from "../libraries/Shapley.sol";
import {Judge} from "./Judge.sol";

/// @title Judges from utilities to scores
contract ScoreJudge is IScoreJudge, Judge {
    uint256 private constant MAX_RECOMPUTED = 10;

    /// @inheritdoc IScoreJudge
    function proveStep(Trial calldata trial, Step calldata step) external {
        IRoundBook book = _convict(trial, Fault.Step);
        Header calldata header = trial.header;
        Rules calldata rules = trial.rules;
        uint256 n = header.peers;
        uint256 steps = Games.steps(rules, n);
        if (step.player >= n) revert WrongIndex(step.player, n);
        if (step.k >= steps) revert WrongIndex(step.k, steps);
        _requireTrace(header, step, n, steps);
        int256 term = _term(trial, step, book);
        // SAFETY: sums of utilities in range do not wrap; a first wrong sum follows a right one and is found all the same.
        unchecked {
            _require(step.beyond != step.before + term, Fault.Step);
        }
    }

    /// @inheritdoc IScoreJudge
    function proveScore(
        Trial calldata trial,
        ScoreLeaf calldata leaf,
        int256[] calldata basis,
        bytes32[] calldata siblings
    ) external {
        _convict(trial, Fault.Score);
        _requireScore(trial.header, leaf);
        int256 expected = _expectedScore(trial.header, trial.rules, leaf.index, basis, siblings);
        _require(leaf.score != expected, Fault.Score);
    }

    /// @inheritdoc IScoreJudge
    function proveTotal(Trial calldata trial, ScoreLeaf[] calldata leaves) external {
        _convict(trial, Fault.Total);
        if (leaves.length == 0 || leaves.length > 2) revert WrongLength(leaves.length, 2);
        uint256 index = leaves.length - 1;
        ScoreLeaf calldata leaf = leaves[index];
        _requireScore(trial.header, leaf);
        uint256 expected = Games.weight(leaf.score, trial.rules.power);
        if (index != 0) {
            _requireScore(trial.header, leaves[0]);
            if (leaf.index != uint256(leaves[0].index) + 1) revert WrongOrder(leaf.index);
            // SAFETY: as in `proveStep`.
            unchecked {
                expected += leaves[0].prefix;
            }
        } else if (leaf.index != 0) {
            revert WrongIndex(leaf.index, 1);
        }
        _require(leaf.prefix != expected, Fault.Total);
    }

    /// @inheritdoc IScoreJudge
    function recompute(Trial calldata trial, address[] calldata players, int64[] calldata utilities)
        external
    {
        _convict(trial, Fault.Recomputed);
        Header calldata header = trial.header;
        Rules calldata rules = trial.rules;
        if (rules.mode != Mode.Exact) revert WrongMode(rules.mode);
        uint256 n = header.peers;
        if (n > MAX_RECOMPUTED) revert WrongLength(n, MAX_RECOMPUTED);
        if (utilities.length != 1 << n) revert WrongLength(utilities.length, 1 << n);
        if (players.length != n) revert WrongLength(players.length, n);
        _requirePlayers(header, players);
        _requireRoot(_utilityRoot(header.round, utilities), header.utilityRoot);
        bytes32 expected = _scoreRoot(header.round, rules.power, players, utilities);
        _require(header.scoreRoot != expected, Fault.Recomputed);
    }

    /// @dev The sums before and after the step, side by side in the trace; before the first step the sum is zero.
    function _requireTrace(Header calldata header, Step calldata step, uint256 n, uint256 steps)
        private
        pure
    {
        uint256 at;
        uint256 depth;
        // SAFETY: within the bounds of `Bench._check` all steps of all peers fit an index.
        unchecked {
            at = step.player * steps + step.k;
            depth = IndexMerkle.depthOf(n * steps);
        }
        bytes32 beyond = IndexMerkle.leaf(IndexMerkle.TRACE, header.round, uint32(at), step.beyond);
        bytes32 root;
        if (step.k == 0) {
            // Before the first step there is nothing.
            _requireRoot(bytes32(uint256(step.before)), 0);
            root = IndexMerkle.foldTo(beyond, at, depth, step.trace);
        } else {
            uint256 last;
            unchecked {
                last = at - 1;
            }
            bytes32 before = IndexMerkle.leaf(IndexMerkle.TRACE, header.round, uint32(last), step.before);
            root = IndexMerkle.foldPair(before, last, beyond, at, depth, step.trace);
        }
        _requireRoot(root, header.traceRoot);
    }

    function _term(Trial calldata trial, Step calldata step, IRoundBook book)
        private
        view
        returns (int256 term)
    {
        uint256 n = trial.header.peers;
        if (trial.rules.mode == Mode.Design) return _designTerm(trial, step, book);
        if (trial.rules.mode == Mode.Exact) {
            uint256 coalition = Shapley.without(step.k, step.player);
            term = _difference(trial, step, coalition, coalition | 1 << step.player);
            // SAFETY: as in `proveStep`.
            unchecked {
                return int256(Shapley.weight(coalition, n)) * term;
            }
        }
        uint256 place = Permutations.positionOf(book.seedOf(trial.header.round), step.k, n, step.player);
        // SAFETY: as in `_requireTrace`.
        unchecked {
            place += step.k * (n + 1);
            return _difference(trial, step, place, place + 1);
        }
    }

    /// @dev What a player adds: the utility with it, at index `second`, less that without it, at `first`.
    function _difference(Trial calldata trial, Step calldata step, uint256 first, uint256 second)
        private
        pure
        returns (int256)
    {
        Header calldata header = trial.header;
        _requireRoot(
            IndexMerkle.foldPair(
                IndexMerkle.leaf(IndexMerkle.UTILITY, header.round, uint32(first), step.without),
                first,
                IndexMerkle.leaf(IndexMerkle.UTILITY, header.round, uint32(second), step.with),
                second,
                IndexMerkle.depthOf(Games.utilities(trial.rules, header.peers)),
                step.utilities
            ),
            header.utilityRoot
        );
        // SAFETY: as in `proveStep`.
        unchecked {
            return step.with - step.without;
        }
    }

    function _designTerm(Trial calldata trial, Step calldata step, IRoundBook book)
        private
        view
        returns (int256)
    {
        Header calldata header = trial.header;
        Rules calldata rules = trial.rules;
        uint256 draws = rules.draws;
        _requireValue(
            header.utilityRoot, IndexMerkle.UTILITY, header.round, draws, step.k, step.with, step.utilities
        );
        uint256 row = Permutations.positionOf(book.seedOf(header.round), 0, rules.maxPeers, step.player);
        _requireValue(
            rules.designRoot,
            IndexMerkle.DESIGN,
            0,
            draws * rules.maxPeers,
            row * draws + step.k,
            step.weight,
            step.weights
        );
        // SAFETY: as in `proveStep`.
        unchecked {
            return step.weight * step.with;
        }
    }

    function _expectedScore(
        Header calldata header,
        Rules calldata rules,
        uint32 player,
        int256[] calldata basis,
        bytes32[] calldata siblings
    ) private pure returns (int256) {
        uint256 n = header.peers;
        if (rules.mode == Mode.LossDelta) {
            _requireLosses(header, player, basis, siblings);
            return Games.lossDelta(basis[0], basis[1], basis[2], basis[3]);
        }
        if (basis.length != 1) revert WrongLength(basis.length, 1);
        if (rules.mode == Mode.Reported) {
            _requireValue(
                header.utilityRoot, IndexMerkle.UTILITY, header.round, n, player, basis[0], siblings
            );
            return basis[0];
        }
        uint256 steps = Games.steps(rules, n);
        _requireValue(
            header.traceRoot,
            IndexMerkle.TRACE,
            header.round,
            n * steps,
            (player + 1) * steps - 1,
            basis[0],
            siblings
        );
        return Games.floorDiv(basis[0], Games.divisor(rules, n));
    }

    /// @dev The four losses of a peer are a whole subtree of the utilities: their path starts two levels up.
    function _requireLosses(
        Header calldata header,
        uint256 player,
        int256[] calldata losses,
        bytes32[] calldata siblings
    ) private pure {
        if (losses.length != Games.LOSSES) {
            revert WrongLength(losses.length, Games.LOSSES);
        }
        bytes32[] memory leaves = new bytes32[](Games.LOSSES);
        for (uint256 i = 0; i < Games.LOSSES; ++i) {
            uint256 index = Games.LOSSES * player + i;
            leaves[i] = IndexMerkle.leaf(IndexMerkle.UTILITY, header.round, uint32(index), losses[i]);
        }
        // The depth of the tree over all peers' losses is two more than that over the peers.
        uint256 depth = IndexMerkle.depthOf(header.peers);
        _requireRoot(
            IndexMerkle.foldTo(IndexMerkle.rootOf(leaves), player, depth, siblings), header.utilityRoot
        );
    }

    function _utilityRoot(uint64 round, int64[] calldata utilities) private pure returns (bytes32) {
        bytes32[] memory leaves = new bytes32[](utilities.length);
        for (uint256 m = 0; m < leaves.length; ++m) {
            leaves[m] = IndexMerkle.leaf(IndexMerkle.UTILITY, round, uint32(m), utilities[m]);
        }
        return IndexMerkle.rootOf(leaves);
    }

    function _scoreRoot(uint64 round, uint8 power, address[] calldata players, int64[] calldata utilities)
        private
        pure
        returns (bytes32)
    {
        uint256 n = players.length;
        if (n == 0) return 0;
        bytes32[] memory leaves = new bytes32[](1 << IndexMerkle.depthOf(n));
        uint256 prefix = 0;
        for (uint256 i = 0; i < n; ++i) {
            int256 score = _exactScore(i, n, utilities);
            prefix += Games.weight(score, power);
            leaves[i] = IndexMerkle.scoreLeaf(round, uint32(i), players[i], score, prefix);
        }
        return IndexMerkle.rootOf(leaves);
    }

    function _exactScore(uint256 player, uint256 n, int64[] calldata utilities)
        private
        pure
        returns (int256)
    {
        int256 total = 0;
        for (uint256 k = 0; k < 1 << (n - 1); ++k) {
            uint256 coalition = Shapley.without(k, player);
            int256 gain = int256(utilities[coalition | 1 << player]) - utilities[coalition];
            total += int256(Shapley.weight(coalition, n)) * gain;
        }
        return Games.floorDiv(total, Shapley.factorial(n));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {
    Agreement,
    Evaluator,
    Mode,
    Opening,
    Reveal,
    Rules,
    Trial,
    UNCOVERED,
    Utility,
    WITHHELD
} from "../interfaces/CourtTypes.sol";
import {Games} from "../libraries/Games.sol";
import {IndexMerkle} from "../libraries/IndexMerkle.sol";
import {PeerLists} from "../libraries/PeerLists.sol";
import {Judge} from "./Judge.sol";

/// @title What evaluators revealed, laid open
abstract contract Reveals is Judge {
    using PeerLists for address[];

    function _requireAgreement(Trial calldata trial, Agreement calldata agreement) internal pure {
        _requirePlayers(trial.header, agreement.players);
        _requireEvaluators(trial.header, agreement.evaluators);
    }

    function _requireUtility(Trial calldata trial, Utility calldata utility) internal pure {
        _requireValue(
            trial.header.utilityRoot,
            IndexMerkle.UTILITY,
            trial.header.round,
            Games.utilities(trial.rules, trial.header.peers),
            utility.index,
            utility.value,
            utility.siblings
        );
    }

    /// @dev The evaluator of an opening; reverts unless it revealed what is opened.
    function _requireReveal(Trial calldata trial, Evaluator[] calldata evaluators, Opening calldata opening)
        internal
        view
        returns (Evaluator calldata evaluator)
    {
        if (opening.position >= evaluators.length) {
            revert WrongIndex(opening.position, evaluators.length);
        }
        evaluator = evaluators[opening.position];
        bool revealed = evaluator.weight == opening.reveal.weight
            && _hasRevealed(trial, evaluator.account, opening.reveal);
        if (!revealed) revert NotRevealed(trial.header.round, evaluator.account);
    }

    /// @dev As `_requireReveal`, of one whose utilities count.
    function _requireUsable(Trial calldata trial, Evaluator[] calldata evaluators, Opening calldata opening)
        internal
        view
        returns (Evaluator calldata evaluator)
    {
        evaluator = _requireReveal(trial, evaluators, opening);
        if (!_isUsable(evaluator)) revert NotRelevant(opening.position);
    }

    /// @dev Reverts unless the opened value is what the evaluator has at the place of the agreed utility `index`.
    function _requireOwnUtility(
        Trial calldata trial,
        address[] calldata players,
        Opening calldata opening,
        uint256 index
    ) internal pure {
        address[] calldata list = _listOf(trial, players, opening);
        if (!_covers(trial.rules, list, players)) revert WrongList(opening.position);
        _requireValue(
            opening.reveal.root,
            IndexMerkle.UTILITY,
            trial.header.round,
            Games.utilities(trial.rules, list.length),
            _indexIn(trial.rules, list, players, index),
            opening.value,
            opening.siblings
        );
    }

    function _requireAscending(Opening[] calldata openings) internal pure {
        for (uint256 i = 1; i < openings.length; ++i) {
            if (openings[i].position <= openings[i - 1].position) revert WrongOrder(openings[i].position);
        }
    }

    /// @dev The peers that an evaluator accepted; those of the header need not be given twice.
    function _listOf(Trial calldata trial, address[] calldata players, Opening calldata opening)
        internal
        pure
        returns (address[] calldata list)
    {
        if (opening.reveal.players == trial.header.players) return players;
        list = opening.list;
        if (keccak256(abi.encode(list)) != opening.reveal.players) revert WrongList(opening.position);
    }

    function _covers(Rules calldata rules, address[] calldata list, address[] calldata players)
        internal
        pure
        returns (bool)
    {
        bool more = rules.mode == Mode.Exact || rules.mode == Mode.LossDelta;
        if (list.length > (more ? rules.maxPeers : players.length)) return false;
        return list.isAscending() && list.covers(players);
    }

    function _hasRevealed(Trial calldata trial, address account, Reveal calldata reveal)
        internal
        view
        returns (bool)
    {
        return _bookOf(trial)
            .hasRevealed(
                trial.header.round, account, reveal.root, reveal.players, reveal.dataDigest, reveal.weight
            );
    }

    function _isUsable(Evaluator calldata evaluator) internal pure returns (bool) {
        return evaluator.standing != WITHHELD && evaluator.standing != UNCOVERED;
    }

    /// @dev Exact for any two words, whatever an evaluator revealed.
    function _distance(int256 a, int256 b) internal pure returns (uint256) {
        // SAFETY: the difference of two signed words fits an unsigned one.
        unchecked {
            return a < b ? uint256(b) - uint256(a) : uint256(a) - uint256(b);
        }
    }

    /// @dev Where an agreed utility is in the tree of an evaluator whose list covers the agreed one.
    function _indexIn(
        Rules calldata rules,
        address[] calldata list,
        address[] calldata players,
        uint256 index
    ) private pure returns (uint256) {
        if (list.length == players.length) return index;
        if (rules.mode == Mode.Exact) return list.translate(players, index);
        // One bit in, one bit out: its place is the peer's.
        uint256 bit = list.translate(players, 1 << (index / Games.LOSSES));
        return Games.LOSSES * IndexMerkle.depthOf(bit) + index % Games.LOSSES;
    }
}

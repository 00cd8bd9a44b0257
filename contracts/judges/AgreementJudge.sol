// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {
    Agreement,
    Evaluator,
    Fault,
    Opening,
    Reveal,
    ScoreLeaf,
    Trial,
    UNCOVERED,
    Utility,
    WITHHELD,
    WITHIN
} from "../interfaces/CourtTypes.sol";
import {IAgreementJudge} from "../interfaces/IJudges.sol";
import {IScoreCourt} from "../interfaces/IScoreCourt.sol";
import {Games} from "../libraries/Games.sol";
import {PeerLists} from "../libraries/PeerLists.sol";
import {Reveals} from "./Reveals.sol";

/// @title Judges who is valued, and by which utilities
contract AgreementJudge is IAgreementJudge, Reveals {
    using PeerLists for address[];

    /// @dev The largest magnitude of a utility, in nano-nats.
    uint256 private constant MAX_UTILITY = 2 ** 46;

    /// @inheritdoc IAgreementJudge
    function provePlayers(Trial calldata trial, address[] calldata players) external {
        _convict(trial, Fault.Players);
        uint256 n = trial.header.peers;
        bool wrong = n > trial.rules.maxPeers;
        // Too many are wrong whoever they are: their list may be withheld.
        if (!wrong) {
            _requirePlayers(trial.header, players);
            wrong = players.length != n || !players.isAscending();
        }
        _require(wrong, Fault.Players);
    }

    /// @inheritdoc IAgreementJudge
    function proveAccount(Trial calldata trial, address[] calldata players, ScoreLeaf calldata leaf)
        external
    {
        _convict(trial, Fault.Account);
        _requirePlayers(trial.header, players);
        _requireScore(trial.header, leaf);
        _require(leaf.account != players[leaf.index], Fault.Account);
    }

    /// @inheritdoc IAgreementJudge
    function proveStranger(Trial calldata trial, address[] calldata players, uint32 position) external {
        _convict(trial, Fault.Stranger);
        _requirePlayers(trial.header, players);
        uint64 submitted = _bookOf(trial).submittedRound(players[position]);
        _require(submitted != trial.header.round, Fault.Stranger);
    }

    /// @inheritdoc IAgreementJudge
    function proveAcceptance(
        Trial calldata trial,
        Agreement calldata agreement,
        address peer,
        Opening[] calldata openings
    ) external {
        _convict(trial, Fault.Acceptance);
        _requireAgreement(trial, agreement);
        _requireAscending(openings);
        bool listed = agreement.players.contains(peer);
        uint256 total = 0;
        for (uint256 i = 0; i < agreement.evaluators.length; ++i) {
            if (agreement.evaluators[i].standing != WITHHELD) total += agreement.evaluators[i].weight;
        }
        uint256 shown = _weightAgainst(trial, agreement, peer, listed, openings);
        _require(listed ? 2 * shown >= total : 2 * shown > total, Fault.Acceptance);
    }

    /// @inheritdoc IAgreementJudge
    function proveEvaluators(
        Trial calldata trial,
        Evaluator[] calldata evaluators,
        address account,
        Reveal calldata reveal
    ) external {
        _convict(trial, Fault.Evaluators);
        _requireEvaluators(trial.header, evaluators);
        bool wrong = _isOutOfOrder(evaluators) || _isMisstated(trial, evaluators, account, reveal);
        _require(wrong, Fault.Evaluators);
    }

    /// @inheritdoc IAgreementJudge
    function proveStanding(
        Trial calldata trial,
        Agreement calldata agreement,
        Opening calldata opening,
        Utility calldata utility
    ) external {
        _convict(trial, Fault.Standing);
        _requireAgreement(trial, agreement);
        Evaluator calldata evaluator = _requireReveal(trial, agreement.evaluators, opening);
        bool withheld = _isWithheld(trial, agreement.evaluators, evaluator.account);
        bool wrong = withheld != (evaluator.standing == WITHHELD);
        if (!wrong && !withheld) {
            wrong = _isMisjudged(trial, agreement.players, evaluator.standing, opening, utility);
        }
        _require(wrong, Fault.Standing);
    }

    /// @inheritdoc IAgreementJudge
    function proveUtility(
        Trial calldata trial,
        Agreement calldata agreement,
        Utility calldata utility,
        Opening[] calldata openings
    ) external {
        _convict(trial, Fault.Utility);
        _requireAgreement(trial, agreement);
        _requireUtility(trial, utility);
        bool wrong = _distance(utility.value, 0) > MAX_UTILITY;
        if (!wrong) {
            _requireAscending(openings);
            (uint256 below, uint256 above) = _sides(trial, agreement, utility, openings);
            uint256 total = 0;
            for (uint256 i = 0; i < agreement.evaluators.length; ++i) {
                if (_isUsable(agreement.evaluators[i])) total += agreement.evaluators[i].weight;
            }
            // INVARIANT: neither holds for the lower median, and one of them for every other value.
            wrong = 2 * below >= total || 2 * above > total;
        }
        _require(wrong, Fault.Utility);
    }

    /// @inheritdoc IAgreementJudge
    function accuse(
        Trial calldata trial,
        Agreement calldata agreement,
        Opening calldata opening,
        Utility calldata utility
    ) external returns (uint256 id) {
        _requireAgreement(trial, agreement);
        Evaluator calldata evaluator = _requireUsable(trial, agreement.evaluators, opening);
        _requireUtility(trial, utility);
        _requireOwnUtility(trial, agreement.players, opening, utility.index);
        uint256 deviation = _distance(opening.value, utility.value);
        uint256 tolerance = trial.rules.outerTolerance;
        if (deviation <= tolerance) revert WithinTolerance(deviation, tolerance);
        return IScoreCourt(trial.court)
            .openCase(
                trial.header.round,
                _hashOf(trial.header),
                _hashOf(trial.rules),
                evaluator.account,
                utility.index,
                msg.sender
            );
    }

    /// @dev Weight of those shown, who all say otherwise than the header about a peer.
    function _weightAgainst(
        Trial calldata trial,
        Agreement calldata agreement,
        address peer,
        bool listed,
        Opening[] calldata openings
    ) private view returns (uint256 shown) {
        for (uint256 i = 0; i < openings.length; ++i) {
            Opening calldata opening = openings[i];
            Evaluator calldata evaluator = _requireReveal(trial, agreement.evaluators, opening);
            bool accepted = _listOf(trial, agreement.players, opening).contains(peer);
            if (evaluator.standing == WITHHELD || accepted == listed) revert NotRelevant(opening.position);
            shown += evaluator.weight;
        }
    }

    /// @dev Weight of those shown whose utility is below the agreed one, and above it.
    function _sides(
        Trial calldata trial,
        Agreement calldata agreement,
        Utility calldata utility,
        Opening[] calldata openings
    ) private view returns (uint256 below, uint256 above) {
        for (uint256 i = 0; i < openings.length; ++i) {
            Opening calldata opening = openings[i];
            Evaluator calldata evaluator = _requireUsable(trial, agreement.evaluators, opening);
            _requireOwnUtility(trial, agreement.players, opening, utility.index);
            if (opening.value < utility.value) below += evaluator.weight;
            if (opening.value > utility.value) above += evaluator.weight;
        }
    }

    function _isWithheld(Trial calldata trial, Evaluator[] calldata evaluators, address account)
        private
        view
        returns (bool)
    {
        uint256 total = 0;
        for (uint256 i = 0; i < evaluators.length; ++i) {
            total += evaluators[i].weight;
        }
        return 2 * IScoreCourt(trial.court).objections(trial.header.round, account) > total;
    }

    function _isOutOfOrder(Evaluator[] calldata evaluators) private pure returns (bool) {
        for (uint256 i = 1; i < evaluators.length; ++i) {
            if (evaluators[i - 1].account >= evaluators[i].account) return true;
        }
        return false;
    }

    function _isMisstated(
        Trial calldata trial,
        Evaluator[] calldata evaluators,
        address account,
        Reveal calldata reveal
    ) private view returns (bool) {
        for (uint256 i = 0; i < evaluators.length; ++i) {
            if (evaluators[i].account != account) continue;
            if (_bookOf(trial).revealedRound(account) != trial.header.round) return true;
            return reveal.weight != evaluators[i].weight && _hasRevealed(trial, account, reveal);
        }
        return _hasRevealed(trial, account, reveal);
    }

    /// @dev Whether the standing of one that is not withheld is not as its list and its utility say.
    function _isMisjudged(
        Trial calldata trial,
        address[] calldata players,
        uint32 standing,
        Opening calldata opening,
        Utility calldata utility
    ) private pure returns (bool) {
        bool covered = _covers(trial.rules, _listOf(trial, players, opening), players);
        if (!covered || standing == UNCOVERED) return covered == (standing == UNCOVERED);
        if (standing != WITHIN && standing >= Games.utilities(trial.rules, trial.header.peers)) return true;
        _requireUtility(trial, utility);
        _requireOwnUtility(trial, players, opening, utility.index);
        bool outside = _distance(opening.value, utility.value) > trial.rules.tolerance;
        return outside ? utility.index < standing : utility.index == standing;
    }
}

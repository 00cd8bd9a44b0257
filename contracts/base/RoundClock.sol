// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IRoundBook, Phase, Schedule} from "../interfaces/IRoundBook.sol";
import {Clock, Clocks, Decision, Decisions, Outcome} from "./RoundWords.sol";

/// @title Where the project's rounds stand in time
/// @notice The part of the RoundBook that remembers rounds and derives their phases.
/// @dev State is O(1) in rounds: the last `HISTORY` of them, overwritten in turn. What a record holds counts only when it names
/// its round: nothing is ever cleared, because writing over a used word costs a quarter of writing to an empty one.
abstract contract RoundClock is IRoundBook {
    struct Record {
        Clock clock; // as it was when the next round opened
        Decision decision;
        bytes32 seed;
        bytes32 headerHash;
        bytes32 policyHash;
        uint96 budget;
    }

    /// @notice How many rounds are remembered.
    uint256 public constant HISTORY = 64;

    uint32 private immutable _commit;
    uint32 private immutable _publish;
    uint32 private immutable _measure;
    uint32 private immutable _reveal;
    uint32 private immutable _challenge;

    Clock internal _clock;
    Record[HISTORY] private _records;

    constructor(Schedule memory schedule_) {
        bool everyPhaseLasts = schedule_.commit != 0 && schedule_.publish != 0 && schedule_.measure != 0
            && schedule_.reveal != 0 && schedule_.challenge != 0;
        if (!everyPhaseLasts) revert ZeroDuration();
        _commit = schedule_.commit;
        _publish = schedule_.publish;
        _measure = schedule_.measure;
        _reveal = schedule_.reveal;
        _challenge = schedule_.challenge;
    }

    /// @inheritdoc IRoundBook
    function currentRound() external view returns (uint64) {
        return _clock.round();
    }

    /// @inheritdoc IRoundBook
    function round(uint64 id) external view returns (Round memory) {
        Clock clock = _clockOf(id);
        if (clock.round() == 0) return _noRound();
        Record storage record = _record(id);
        Decision decision = _decision(id);
        bool posted = decision.outcome() == Outcome.Posted;
        return Round({
            openedAt: clock.openedAt(),
            sealedBlock: clock.sealedBlock(),
            drawnAt: clock.drawnAt(),
            decidedAt: decision.decidedAt(),
            revealed: clock.revealed(),
            posted: posted,
            voided: decision.outcome() == Outcome.Voided,
            poster: posted ? decision.poster() : address(0),
            seed: clock.drawnAt() != 0 ? record.seed : bytes32(0),
            headerHash: posted ? record.headerHash : bytes32(0),
            policyHash: record.policyHash
        });
    }

    /// @inheritdoc IRoundBook
    function phase(uint64 id) external view returns (Phase) {
        return _phase(_clockOf(id));
    }

    /// @inheritdoc IRoundBook
    function seedOf(uint64 id) external view returns (bytes32) {
        return _clockOf(id).drawnAt() != 0 ? _record(id).seed : bytes32(0);
    }

    /// @inheritdoc IRoundBook
    function budgetOf(uint64 id) external view returns (uint96) {
        return _clockOf(id).drawnAt() != 0 ? _record(id).budget : 0;
    }

    /// @inheritdoc IRoundBook
    function idle() external view returns (bool) {
        return _isIdle(_phase(_clock));
    }

    /// @inheritdoc IRoundBook
    function schedule() public view returns (Schedule memory) {
        return Schedule({
            commit: _commit, publish: _publish, measure: _measure, reveal: _reveal, challenge: _challenge
        });
    }

    /// @dev Starts round `id` and keeps the clock of the one before.
    function _start(uint64 id, bytes32 policyHash_) internal {
        Clock last = _clock;
        _record(last.round()).clock = last;
        _clock = Clocks.started(id, block.timestamp);
        _record(id).policyHash = policyHash_;
    }

    function _current(uint64 id) internal view returns (Clock clock) {
        clock = _clock;
        if (id != clock.round()) revert WrongRound(id, clock.round());
    }

    function _currentIn(Phase required, uint64 id) internal view returns (Clock clock) {
        clock = _current(id);
        Phase reached = _phase(clock);
        if (reached != required) revert WrongPhase(id, reached, required);
    }

    function _record(uint64 id) internal view returns (Record storage) {
        return _records[id % HISTORY];
    }

    /// @dev Nothing unless it was made in this very round.
    function _decision(uint64 id) internal view returns (Decision decision) {
        decision = _record(id).decision;
        if (decision.round() != id) return Decisions.NONE;
    }

    /// @dev Time alone moves a round from phase to phase; only the seed, the header and the void need a transaction.
    function _phase(Clock clock) internal view returns (Phase) {
        uint64 id = clock.round();
        if (id == 0) return Phase.None;
        uint256 drawnAt = clock.drawnAt();
        // SAFETY: a few durations of 32 bits after a time of 40.
        unchecked {
            if (drawnAt == 0) {
                uint256 publishFrom = uint256(clock.openedAt()) + _commit;
                if (block.timestamp < publishFrom) return Phase.Commit;
                return block.timestamp < publishFrom + _publish ? Phase.Publish : Phase.Seal;
            }
            uint256 revealFrom = drawnAt + _measure;
            if (block.timestamp < revealFrom) return Phase.Measure;
            if (block.timestamp < revealFrom + _reveal) return Phase.Reveal;
        }
        return _phaseAfter(_decision(id));
    }

    /// @dev From the end of the reveals on.
    function _phaseAfter(Decision decision) private view returns (Phase) {
        Outcome outcome = decision.outcome();
        if (outcome == Outcome.Open) return Phase.Post;
        if (outcome == Outcome.Voided) return Phase.Void;
        return block.timestamp < _challengedUntil(decision.decidedAt()) ? Phase.Challenge : Phase.Active;
    }

    /// @dev Whether a header of round `id` stands in its challenge window: its phase, at less cost.
    function _isPending(Decision decision, uint64 id) internal view returns (bool) {
        return decision.round() == id && decision.outcome() == Outcome.Posted
            && block.timestamp < _challengedUntil(decision.decidedAt());
    }

    function _isIdle(Phase reached) internal pure returns (bool) {
        return reached == Phase.None || reached == Phase.Active || reached == Phase.Void;
    }

    /// @dev When the first header could be posted.
    function _postFrom(Clock clock) internal view returns (uint256) {
        // SAFETY: as in `_phase`.
        unchecked {
            return uint256(clock.drawnAt()) + _measure + _reveal;
        }
    }

    function _challengedUntil(uint256 from) internal view returns (uint256) {
        // SAFETY: as in `_phase`.
        unchecked {
            return from + _challenge;
        }
    }

    /// @dev SAFETY: seconds since 1970 fit 40 bits for another 34,000 years.
    function _now() internal view returns (uint40) {
        return uint40(block.timestamp);
    }

    function _clockOf(uint64 id) private view returns (Clock clock) {
        clock = _clock;
        uint64 last = clock.round();
        if (id == last) return clock;
        if (id == 0 || id > last) return Clock.wrap(0);
        if (last - id >= HISTORY) revert RoundForgotten(id);
        return _record(id).clock;
    }

    function _noRound() private pure returns (Round memory none) {}
}

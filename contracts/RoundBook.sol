// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IPeerRegistry, Role} from "./interfaces/IPeerRegistry.sol";
import {IRewardDistributor} from "./interfaces/IRewardDistributor.sol";
import {Header, IRoundBook, Phase, Schedule} from "./interfaces/IRoundBook.sol";

/// @title The public record of a project's rounds
/// @dev State is O(1) in rounds: the last `HISTORY` of them, overwritten in turn; and one slot a trainer or evaluator, because
/// rounds do not overlap. What a record holds counts only when it names the round: nothing is ever cleared.
contract RoundBook is IRoundBook, Ownable2Step {
    /// @dev How far the round has come until its measurements are in. One slot: all that a trainer or evaluator needs.
    struct Clock {
        uint40 round;
        uint40 openedAt;
        uint48 sealedBlock;
        uint40 drawnAt;
        uint16 revealed;
    }

    /// @dev What became of the round's header. One slot.
    struct Decision {
        uint40 round;
        uint40 decidedAt;
        Outcome outcome;
        address poster;
    }

    enum Outcome {
        Open,
        Posted,
        Voided
    }

    struct Record {
        Clock clock; // the final one, kept when the next round opens
        Decision decision;
        bytes32 seed;
        bytes32 headerHash;
        bytes32 policyHash;
    }

    /// @notice How many rounds are remembered.
    uint256 public constant HISTORY = 64;

    /// @inheritdoc IRoundBook
    address public immutable guardian;
    /// @inheritdoc IRoundBook
    address public immutable court;
    /// @inheritdoc IRoundBook
    address public immutable registry;
    /// @inheritdoc IRoundBook
    address public immutable distributor;
    /// @inheritdoc IRoundBook
    uint16 public immutable quorum;
    uint32 private immutable _commit;
    uint32 private immutable _publish;
    uint32 private immutable _measure;
    uint32 private immutable _reveal;
    uint32 private immutable _challenge;

    Clock private _clock;
    /// @inheritdoc IRoundBook
    bytes32 public policyHash;
    bytes32 private _nextPolicyHash;
    uint64 private _nextPolicyFrom;
    /// @inheritdoc IRoundBook
    bool public closed;
    Record[HISTORY] private _records;
    /// @dev 27 bytes of the digest, 5 bytes of the round.
    mapping(address trainer => bytes32) private _submissions;
    /// @dev 26 bytes of the commitment, or after the reveal of the hash of what was revealed; 1 byte that tells which; 5 bytes
    /// of the round.
    mapping(address evaluator => bytes32) private _utilities;

    bytes1 private constant COMMITTED = 0x01;
    bytes1 private constant REVEALED = 0x02;

    constructor(
        address owner_,
        address guardian_,
        address court_,
        address registry_,
        address distributor_,
        bytes32 policyHash_,
        Schedule memory schedule_,
        uint16 quorum_
    ) Ownable(owner_) {
        if (
            schedule_.commit == 0 || schedule_.publish == 0 || schedule_.measure == 0 || schedule_.reveal == 0
                || schedule_.challenge == 0
        ) revert ZeroDuration();
        if (quorum_ == 0) revert ZeroQuorum();
        guardian = guardian_;
        court = court_;
        registry = registry_;
        distributor = distributor_;
        policyHash = policyHash_;
        quorum = quorum_;
        (_commit, _publish) = (schedule_.commit, schedule_.publish);
        (_measure, _reveal, _challenge) = (schedule_.measure, schedule_.reveal, schedule_.challenge);
    }

    /// @inheritdoc IRoundBook
    function open() external returns (uint64 id) {
        if (closed) revert ProjectClosed();
        Clock memory last = _clock;
        Phase reached = _phase(last);
        if (!_isIdle(reached)) revert RoundStillOpen(last.round, reached);
        _records[last.round % HISTORY].clock = last;

        id = last.round + 1;
        if (_nextPolicyFrom != 0 && id >= _nextPolicyFrom) {
            policyHash = _nextPolicyHash;
            _nextPolicyFrom = 0;
        }
        // SAFETY: 2^40 rounds of at least five seconds take longer than 40 bits of time, and see `_now`.
        _clock = Clock({round: uint40(id), openedAt: _now(), sealedBlock: 0, drawnAt: 0, revealed: 0});
        _records[id % HISTORY].policyHash = policyHash;
        emit RoundOpened(id, policyHash, block.timestamp);
    }

    /// @inheritdoc IRoundBook
    function submit(uint64 id, bytes32 digest) external {
        _require(id, Phase.Commit);
        if (digest == 0) revert ZeroDigest();
        if (_roundIn(_submissions[msg.sender]) == id) revert AlreadySubmitted(id, msg.sender);
        if (IPeerRegistry(registry).weight(msg.sender, Role.Trainer) == 0) revert NotTrainer(msg.sender);
        _submissions[msg.sender] = _submission(id, digest);
        emit Submitted(id, msg.sender, digest);
    }

    /// @inheritdoc IRoundBook
    function seal(uint64 id) external {
        Clock memory clock = _require(id, Phase.Seal);
        if (clock.sealedBlock != 0 && block.number <= clock.sealedBlock + 256) {
            revert AlreadySealed(id, clock.sealedBlock);
        }
        _clock.sealedBlock = uint48(block.number);
        emit Sealed(id, block.number);
    }

    /// @inheritdoc IRoundBook
    function draw(uint64 id) external returns (bytes32 seed) {
        Clock memory clock = _require(id, Phase.Seal);
        if (clock.sealedBlock == 0 || block.number <= clock.sealedBlock) {
            revert SeedNotReady(id, clock.sealedBlock);
        }
        bytes32 entropy = blockhash(clock.sealedBlock);
        if (entropy == 0) revert SeedExpired(id, clock.sealedBlock);
        seed = keccak256(abi.encode(entropy, block.chainid, address(this), id));
        _clock.drawnAt = _now();
        _records[id % HISTORY].seed = seed;
        emit SeedDrawn(id, seed);
    }

    /// @inheritdoc IRoundBook
    function commitUtilities(uint64 id, bytes32 commitment) external {
        _require(id, Phase.Measure);
        if (commitment == 0) revert ZeroDigest();
        if (_roundIn(_utilities[msg.sender]) == id) revert AlreadyCommitted(id, msg.sender);
        _evaluatorWeight();
        _utilities[msg.sender] = _tagged(id, COMMITTED, commitment);
        emit UtilitiesCommitted(id, msg.sender, commitment);
    }

    /// @inheritdoc IRoundBook
    function revealUtilities(uint64 id, bytes32 root, bytes32 dataDigest, bytes32 salt) external {
        Clock memory clock = _require(id, Phase.Reveal);
        bytes32 word = _utilities[msg.sender];
        if (_roundIn(word) != id) revert NothingCommitted(id, msg.sender);
        if (word[26] == REVEALED) revert AlreadyRevealed(id, msg.sender);
        if (word != _tagged(id, COMMITTED, commitmentOf(id, msg.sender, root, dataDigest, salt))) {
            revert WrongReveal(id, msg.sender);
        }
        uint96 weight = _evaluatorWeight();
        _utilities[msg.sender] = _tagged(id, REVEALED, keccak256(abi.encode(id, root, dataDigest, weight)));
        _clock.revealed = clock.revealed + 1;
        emit UtilitiesRevealed(id, msg.sender, root, dataDigest, weight);
    }

    /// @inheritdoc IRoundBook
    function post(Header calldata header) external returns (bool fresh) {
        uint64 id = header.round;
        bytes32 headerHash = keccak256(abi.encode(header));
        Clock memory clock = _current(id);
        Record storage record = _records[id % HISTORY];
        Phase reached = _phase(clock);
        if (reached == Phase.Challenge || reached == Phase.Active) {
            // Same header, same answer: a poster that is not sure whether its transaction arrived may send it again.
            if (headerHash == record.headerHash) return false;
            revert HeaderExists(id, record.headerHash);
        }
        if (reached != Phase.Post) revert WrongPhase(id, reached, Phase.Post);
        if (clock.revealed < quorum) revert QuorumMissing(id, clock.revealed, quorum);
        _evaluatorWeight();

        uint40 activatesAt = _now() + _challenge;
        record.decision =
            Decision({round: clock.round, decidedAt: _now(), outcome: Outcome.Posted, poster: msg.sender});
        record.headerHash = headerHash;
        emit HeaderPosted(id, msg.sender, header, activatesAt);
        IRewardDistributor(distributor).post(id, header.payoutRoot, header.sum, header.depth, activatesAt);
        return true;
    }

    /// @inheritdoc IRoundBook
    function veto(uint64 id) external {
        if (msg.sender != guardian) revert NotGuardian(msg.sender);
        _remove(id);
        emit HeaderVetoed(id, msg.sender);
    }

    /// @inheritdoc IRoundBook
    function fault(uint64 id) external returns (address poster) {
        if (msg.sender != court) revert NotCourt(msg.sender);
        poster = _remove(id);
        emit HeaderFaulted(id, poster);
    }

    /// @inheritdoc IRoundBook
    function voidRound(uint64 id) external {
        Clock memory clock = _require(id, Phase.Post);
        Decision memory decision = _decision(id);
        uint256 waitsFrom = Math.max(uint256(clock.drawnAt) + _measure + _reveal, decision.decidedAt);
        uint256 voidableAt = clock.revealed < quorum ? waitsFrom : waitsFrom + _challenge;
        if (block.timestamp < voidableAt) revert NotVoidable(id, voidableAt);
        decision.round = clock.round;
        decision.outcome = Outcome.Voided;
        _records[id % HISTORY].decision = decision;
        emit RoundVoided(id);
    }

    /// @inheritdoc IRoundBook
    function announceMechanism(bytes32 nextPolicyHash, uint64 fromRound) external onlyOwner {
        if (nextPolicyHash == 0) revert ZeroDigest();
        // INVARIANT: a round keeps the mechanism that it was opened with.
        if (fromRound <= _clock.round) revert MechanismTooSoon(fromRound, _clock.round);
        _nextPolicyHash = nextPolicyHash;
        _nextPolicyFrom = fromRound;
        emit MechanismAnnounced(nextPolicyHash, fromRound);
    }

    /// @inheritdoc IRoundBook
    function close() external onlyOwner {
        if (closed) revert ProjectClosed();
        closed = true;
        emit Closed();
    }

    /// @notice Refused: a project without an owner could never return what was not spent.
    function renounceOwnership() public view override onlyOwner {
        revert OwnableInvalidOwner(address(0));
    }

    /// @inheritdoc IRoundBook
    function commitmentOf(uint64 id, address evaluator, bytes32 root, bytes32 dataDigest, bytes32 salt)
        public
        view
        returns (bytes32)
    {
        return keccak256(abi.encode(block.chainid, address(this), id, evaluator, root, dataDigest, salt));
    }

    /// @inheritdoc IRoundBook
    function currentRound() external view returns (uint64) {
        return _clock.round;
    }

    /// @inheritdoc IRoundBook
    function round(uint64 id) external view returns (Round memory) {
        Clock memory clock = _clockOf(id);
        Record storage record = _records[id % HISTORY];
        Decision memory decision = _decision(id);
        bool posted = decision.outcome == Outcome.Posted;
        return Round({
            openedAt: clock.openedAt,
            sealedBlock: clock.sealedBlock,
            drawnAt: clock.drawnAt,
            decidedAt: decision.decidedAt,
            revealed: clock.revealed,
            posted: posted,
            voided: decision.outcome == Outcome.Voided,
            poster: posted ? decision.poster : address(0),
            seed: clock.drawnAt != 0 ? record.seed : bytes32(0),
            headerHash: posted ? record.headerHash : bytes32(0),
            policyHash: clock.round != 0 ? record.policyHash : bytes32(0)
        });
    }

    /// @inheritdoc IRoundBook
    function phase(uint64 id) external view returns (Phase) {
        return _phase(_clockOf(id));
    }

    /// @inheritdoc IRoundBook
    function hasSubmitted(uint64 id, address trainer, bytes32 digest) external view returns (bool) {
        return _submissions[trainer] == _submission(id, digest);
    }

    /// @inheritdoc IRoundBook
    function hasRevealed(uint64 id, address evaluator, bytes32 root, bytes32 dataDigest, uint96 weight)
        external
        view
        returns (bool)
    {
        return
            _utilities[evaluator]
                == _tagged(id, REVEALED, keccak256(abi.encode(id, root, dataDigest, weight)));
    }

    /// @inheritdoc IRoundBook
    function schedule() external view returns (Schedule memory) {
        return Schedule({
            commit: _commit, publish: _publish, measure: _measure, reveal: _reveal, challenge: _challenge
        });
    }

    /// @inheritdoc IRoundBook
    function idle() external view returns (bool) {
        return _isIdle(_phase(_clock));
    }

    /// @dev Takes the standing header away; the round waits for another one.
    function _remove(uint64 id) private returns (address poster) {
        _require(id, Phase.Challenge);
        Decision storage decision = _records[id % HISTORY].decision;
        poster = decision.poster;
        decision.outcome = Outcome.Open;
        decision.decidedAt = _now();
        IRewardDistributor(distributor).revoke(id);
    }

    function _evaluatorWeight() private view returns (uint96 weight) {
        weight = IPeerRegistry(registry).weight(msg.sender, Role.Evaluator);
        if (weight == 0) revert NotEvaluator(msg.sender);
    }

    function _current(uint64 id) private view returns (Clock memory clock) {
        clock = _clock;
        if (id != clock.round) revert WrongRound(id, clock.round);
    }

    function _require(uint64 id, Phase required) private view returns (Clock memory clock) {
        clock = _current(id);
        Phase reached = _phase(clock);
        if (reached != required) revert WrongPhase(id, reached, required);
    }

    function _clockOf(uint64 id) private view returns (Clock memory clock) {
        clock = _clock;
        if (id == clock.round) return clock;
        if (id == 0 || id > clock.round) return Clock(0, 0, 0, 0, 0);
        if (clock.round - id >= HISTORY) revert RoundForgotten(id);
        return _records[id % HISTORY].clock;
    }

    /// @dev Empty unless it was made in this very round.
    function _decision(uint64 id) private view returns (Decision memory decision) {
        decision = _records[id % HISTORY].decision;
        if (decision.round != id) return Decision(0, 0, Outcome.Open, address(0));
    }

    /// @dev Time alone moves a round from phase to phase; only the seed, the header and the void need a transaction.
    function _phase(Clock memory clock) private view returns (Phase) {
        uint256 time = block.timestamp;
        if (clock.round == 0) return Phase.None;
        if (clock.drawnAt == 0) {
            uint256 publishFrom = uint256(clock.openedAt) + _commit;
            if (time < publishFrom) return Phase.Commit;
            return time < publishFrom + _publish ? Phase.Publish : Phase.Seal;
        }
        uint256 revealFrom = uint256(clock.drawnAt) + _measure;
        if (time < revealFrom) return Phase.Measure;
        if (time < revealFrom + _reveal) return Phase.Reveal;
        Decision memory decision = _decision(clock.round);
        if (decision.outcome == Outcome.Open) return Phase.Post;
        if (decision.outcome == Outcome.Voided) return Phase.Void;
        return time < uint256(decision.decidedAt) + _challenge ? Phase.Challenge : Phase.Active;
    }

    function _isIdle(Phase reached) private pure returns (bool) {
        return reached == Phase.None || reached == Phase.Active || reached == Phase.Void;
    }

    function _roundIn(bytes32 word) private pure returns (uint64) {
        return uint40(uint256(word));
    }

    function _submission(uint64 id, bytes32 digest) private pure returns (bytes32) {
        return bytes32(bytes27(digest)) | bytes32(uint256(uint40(id)));
    }

    function _tagged(uint64 id, bytes1 tag, bytes32 content) private pure returns (bytes32) {
        return bytes32(bytes26(content)) | (bytes32(tag) >> 208) | bytes32(uint256(uint40(id)));
    }

    /// @dev SAFETY: seconds since 1970 fit 40 bits for another 34,000 years.
    function _now() private view returns (uint40) {
        return uint40(block.timestamp);
    }
}

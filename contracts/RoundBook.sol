// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {RoundClock} from "./base/RoundClock.sol";
import {Clock, Decision, Decisions, Outcome} from "./base/RoundWords.sol";
import {IPeerRegistry, Role} from "./interfaces/IPeerRegistry.sol";
import {IRewardDistributor} from "./interfaces/IRewardDistributor.sol";
import {Header, IRoundBook, Phase, Schedule} from "./interfaces/IRoundBook.sol";
import {Hashes} from "./libraries/Hashes.sol";

/// @title The public record of a project's rounds
/// @dev One slot a trainer and one an evaluator, overwritten every round: rounds do not overlap.
contract RoundBook is RoundClock, Ownable2Step {
    /// @dev Tags of a word in `_utilities`. Who is barred has revealed, and may not post.
    bytes1 private constant COMMITTED = 0x01;
    bytes1 private constant REVEALED = 0x02;
    bytes1 private constant BARRED = 0x03;

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

    /// @inheritdoc IRoundBook
    bytes32 public policyHash;
    bytes32 private _nextPolicyHash;
    uint64 private _nextPolicyFrom;
    /// @inheritdoc IRoundBook
    bool public closed;
    /// @dev 27 bytes of the digest, 5 of the round.
    mapping(address trainer => bytes32) private _submissions;
    /// @dev 26 bytes of the commitment, or once revealed of the hash of what was revealed; 1 byte that tells which; 5 of the round.
    mapping(address evaluator => bytes32) private _utilities;

    constructor(
        address owner_,
        address guardian_,
        address court_,
        address registry_,
        address distributor_,
        bytes32 policyHash_,
        Schedule memory schedule_,
        uint16 quorum_
    ) RoundClock(schedule_) Ownable(owner_) {
        if (quorum_ == 0) revert ZeroQuorum();
        guardian = guardian_;
        court = court_;
        registry = registry_;
        distributor = distributor_;
        policyHash = policyHash_;
        quorum = quorum_;
    }

    /// @inheritdoc IRoundBook
    function open() external returns (uint64 id) {
        if (closed) revert ProjectClosed();
        Phase reached = _phase(_clock);
        if (!_isIdle(reached)) revert RoundStillOpen(_clock.round(), reached);
        id = _clock.round() + 1;
        if (id == _nextPolicyFrom) policyHash = _nextPolicyHash;
        _start(id, policyHash);
        emit RoundOpened(id, policyHash, block.timestamp);
    }

    /// @inheritdoc IRoundBook
    function submit(uint64 id, bytes32 digest) external {
        _currentIn(Phase.Commit, id);
        if (digest == 0) revert ZeroDigest();
        if (_roundIn(_submissions[msg.sender]) == id) revert AlreadySubmitted(id, msg.sender);
        if (IPeerRegistry(registry).weight(msg.sender, Role.Trainer) == 0) revert NotTrainer(msg.sender);
        _submissions[msg.sender] = _submission(id, digest);
        emit Submitted(id, msg.sender, digest);
    }

    /// @inheritdoc IRoundBook
    function seal(uint64 id) external {
        Clock clock = _currentIn(Phase.Seal, id);
        uint256 sealedBlock = clock.sealedBlock();
        // The chain knows the hashes of the last 256 blocks: until then the seed can still be drawn.
        if (sealedBlock != 0 && block.number <= sealedBlock + 256) revert AlreadySealed(id, sealedBlock);
        _clock = clock.withSeal(block.number);
        emit Sealed(id, block.number);
    }

    /// @inheritdoc IRoundBook
    function draw(uint64 id) external returns (bytes32 seed) {
        Clock clock = _currentIn(Phase.Seal, id);
        uint256 sealedBlock = clock.sealedBlock();
        if (sealedBlock == 0 || block.number <= sealedBlock) revert SeedNotReady(id, sealedBlock);
        bytes32 entropy = blockhash(sealedBlock);
        if (entropy == 0) revert SeedExpired(id, sealedBlock);
        seed = keccak256(abi.encode(entropy, block.chainid, address(this), id));
        _clock = clock.withDraw(block.timestamp);
        Record storage record = _record(id);
        record.seed = seed;
        // INVARIANT: money that arrives while a header is being made changes nothing about what it has to say.
        record.budget = IRewardDistributor(distributor).budget(id);
        emit SeedDrawn(id, seed);
    }

    /// @inheritdoc IRoundBook
    function commitUtilities(uint64 id, bytes32 commitment) external {
        _currentIn(Phase.Measure, id);
        if (commitment == 0) revert ZeroDigest();
        if (_roundIn(_utilities[msg.sender]) == id) revert AlreadyCommitted(id, msg.sender);
        _utilities[msg.sender] = _tagged(id, COMMITTED, commitment);
        emit UtilitiesCommitted(id, msg.sender, commitment);
    }

    /// @inheritdoc IRoundBook
    function revealUtilities(uint64 id, bytes32 root, bytes32 players, bytes32 dataDigest, bytes32 salt)
        external
    {
        Clock clock = _currentIn(Phase.Reveal, id);
        bytes32 word = _utilities[msg.sender];
        if (_roundIn(word) != id) revert NothingCommitted(id, msg.sender);
        if (word[26] != COMMITTED) revert AlreadyRevealed(id, msg.sender);
        bytes32 commitment = commitmentOf(id, msg.sender, root, players, dataDigest, salt);
        if (word != _tagged(id, COMMITTED, commitment)) revert WrongReveal(id, msg.sender);
        uint96 weight = _evaluatorWeight();
        _utilities[msg.sender] = _tagged(id, REVEALED, _content(root, players, dataDigest, weight));
        _clock = clock.withReveal();
        emit UtilitiesRevealed(id, msg.sender, root, players, dataDigest, weight);
    }

    /// @inheritdoc IRoundBook
    function post(Header calldata header) external returns (bool fresh) {
        uint64 id = header.round;
        Clock clock = _current(id);
        Record storage record = _record(id);
        bytes32 headerHash = Hashes.ofHeader(header);
        Phase reached = _phase(clock);
        if (reached != Phase.Post) {
            if (reached != Phase.Challenge && reached != Phase.Active) {
                revert WrongPhase(id, reached, Phase.Post);
            }
            // Same header, same answer: a poster that does not know whether its transaction arrived may send it again.
            if (headerHash == record.headerHash) return false;
            revert HeaderExists(id, record.headerHash);
        }
        if (clock.revealed() < quorum) revert QuorumMissing(id, clock.revealed(), quorum);
        _requirePoster(id, clock);

        // SAFETY: a 32-bit duration after now: see `_now`.
        uint40 activatesAt = uint40(_challengedUntil(block.timestamp));
        record.decision = Decisions.decided(id, _now(), Outcome.Posted, msg.sender);
        record.headerHash = headerHash;
        _announce(id, header, activatesAt);
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
    function fault(uint64 id, bytes32 headerHash) external returns (address poster, bytes32 mechanism) {
        if (msg.sender != court) revert NotCourt(msg.sender);
        Record storage record;
        (record, poster) = _remove(id);
        bytes32 posted = record.headerHash;
        if (posted != headerHash) revert NotTheHeader(id, posted);
        mechanism = record.policyHash;
        bytes32 word = _utilities[poster];
        _utilities[poster] = _tagged(id, BARRED, word);
        emit HeaderFaulted(id, poster);
    }

    /// @inheritdoc IRoundBook
    function voidRound(uint64 id) external {
        Clock clock = _currentIn(Phase.Post, id);
        Decision decision = _decision(id);
        if (clock.revealed() >= quorum) {
            uint256 voidableAt = _challengedUntil(Math.max(_postFrom(clock), decision.decidedAt()));
            if (block.timestamp < voidableAt) revert NotVoidable(id, voidableAt);
        }
        _record(id).decision = Decisions.decided(id, decision.decidedAt(), Outcome.Voided, decision.poster());
        emit RoundVoided(id);
    }

    /// @inheritdoc IRoundBook
    function announceMechanism(bytes32 nextPolicyHash, uint64 fromRound) external onlyOwner {
        if (nextPolicyHash == 0) revert ZeroDigest();
        // INVARIANT: a round keeps the mechanism that it was opened with.
        if (fromRound <= _clock.round()) revert MechanismTooSoon(fromRound, _clock.round());
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
    function commitmentOf(
        uint64 id,
        address evaluator,
        bytes32 root,
        bytes32 players,
        bytes32 dataDigest,
        bytes32 salt
    ) public view returns (bytes32) {
        return keccak256(
            abi.encode(block.chainid, address(this), id, evaluator, root, players, dataDigest, salt)
        );
    }

    /// @inheritdoc IRoundBook
    function hasSubmitted(uint64 id, address trainer, bytes32 digest) external view returns (bool) {
        bytes32 word = _submissions[trainer];
        return id != 0 && _roundIn(word) == id && word == _submission(id, digest);
    }

    /// @inheritdoc IRoundBook
    function hasRevealed(
        uint64 id,
        address evaluator,
        bytes32 root,
        bytes32 players,
        bytes32 dataDigest,
        uint96 weight
    ) external view returns (bool) {
        if (id == 0 || revealedRound(evaluator) != id) return false;
        return bytes26(_utilities[evaluator]) == bytes26(_content(root, players, dataDigest, weight));
    }

    /// @inheritdoc IRoundBook
    function submittedRound(address trainer) external view returns (uint64) {
        return _roundIn(_submissions[trainer]);
    }

    /// @inheritdoc IRoundBook
    function revealedRound(address evaluator) public view returns (uint64) {
        bytes32 word = _utilities[evaluator];
        return word[26] == COMMITTED ? 0 : _roundIn(word);
    }

    /// @dev Emits `HeaderPosted`. Assembly as in `Hashes`: the header lies in calldata as the event has it, and its hash was taken.
    function _announce(uint64 id, Header calldata header, uint256 activatesAt) private {
        bytes32 topic = HeaderPosted.selector;
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            calldatacopy(buffer, header, 384)
            mstore(add(buffer, 384), activatesAt)
            log3(buffer, 416, topic, id, caller())
        }
    }

    /// @dev Takes the standing header away; the round waits for another one.
    function _remove(uint64 id) private returns (Record storage record, address poster) {
        Clock clock = _current(id);
        record = _record(id);
        Decision decision = record.decision;
        if (!_isPending(decision, id)) revert WrongPhase(id, _phase(clock), Phase.Challenge);
        poster = decision.poster();
        record.decision = Decisions.decided(id, _now(), Outcome.Open, poster);
        IRewardDistributor(distributor).revoke();
    }

    /// @dev INVARIANT: who posts can be slashed as long as the header can be disproved. Stake that was there at the reveal takes longer
    /// to leave than one header posted in time, and another after it; later, stake must still be there.
    function _requirePoster(uint64 id, Clock clock) private view {
        bytes32 word = _utilities[msg.sender];
        if (_roundIn(word) != id || word[26] == COMMITTED) revert NothingRevealed(id, msg.sender);
        if (word[26] == BARRED) revert Barred(id, msg.sender);
        if (block.timestamp > _challengedUntil(_postFrom(clock))) _evaluatorWeight();
    }

    function _evaluatorWeight() private view returns (uint96 weight) {
        weight = IPeerRegistry(registry).weight(msg.sender, Role.Evaluator);
        if (weight == 0) revert NotEvaluator(msg.sender);
    }

    function _roundIn(bytes32 word) private pure returns (uint64) {
        return uint40(uint256(word));
    }

    function _submission(uint64 id, bytes32 digest) private pure returns (bytes32) {
        return bytes32(bytes27(digest)) | bytes32(uint256(id));
    }

    function _content(bytes32 root, bytes32 players, bytes32 dataDigest, uint96 weight)
        private
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(root, players, dataDigest, weight));
    }

    function _tagged(uint64 id, bytes1 tag, bytes32 content) private pure returns (bytes32) {
        return bytes32(bytes26(content)) | (bytes32(tag) >> 208) | bytes32(uint256(id));
    }
}

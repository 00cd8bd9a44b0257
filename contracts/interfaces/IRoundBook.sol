// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

/// @notice Lengths of a round's phases, in seconds.
/// @param commit Trainers commit digests.
/// @param publish Trainers publish the committed bytes; commitments are closed.
/// @param measure Evaluators measure and commit to their utilities; starts when the seed is drawn.
/// @param reveal Evaluators reveal.
/// @param challenge A posted header can be disproved or vetoed; also how long a round waits for a header before it may be
/// voided.
struct Schedule {
    uint32 commit;
    uint32 publish;
    uint32 measure;
    uint32 reveal;
    uint32 challenge;
}

/// @notice Where a round stands. Derived from what is stored and the time: nobody has to send a transaction for time to pass.
enum Phase {
    None, // never opened
    Commit,
    Publish,
    Seal, // waits for the seed to be sealed and drawn
    Measure,
    Reveal,
    Post, // waits for a header
    Challenge, // a header stands and can be disproved
    Active, // final: its payouts can be claimed
    Void // final: pays nothing
}

/// @notice What a poster states about a round. Constant size, whatever the number of peers.
/// @param round The round.
/// @param peers Number of valued peers (leaves of the score tree).
/// @param depth Depth of the payout tree.
/// @param sum All payouts of the project up to and including this round.
/// @param utilityRoot Index tree over the agreed utilities.
/// @param traceRoot Index tree over the sums on the way from utilities to scores; zero where there are none.
/// @param scoreRoot Index tree over the scores, peers in ascending order of address.
/// @param payoutRoot Root of the Merkle-sum tree over cumulative payouts.
/// @param players keccak256 of the ABI-encoded list of the valued peers.
/// @param evaluators keccak256 of the ABI-encoded list of those who revealed, with their standing.
/// @param modelDigest sha256 of the next base model.
/// @param reportDigest sha256 of the round's report in the store.
struct Header {
    uint64 round;
    uint32 peers;
    uint8 depth;
    uint96 sum;
    bytes32 utilityRoot;
    bytes32 traceRoot;
    bytes32 scoreRoot;
    bytes32 payoutRoot;
    bytes32 players;
    bytes32 evaluators;
    bytes32 modelDigest;
    bytes32 reportDigest;
}

/// @title The public record of a project's rounds
/// @notice One round is open at a time: the next one opens when the last one is final, so that no trainer works from a base
/// model that may still be disproved.
interface IRoundBook {
    /// @param openedAt Start of the commit phase.
    /// @param sealedBlock Block whose hash becomes the seed; zero before the seal.
    /// @param drawnAt Time at which the seed was drawn; start of the measure phase.
    /// @param decidedAt Time of the last header, veto or fault.
    /// @param revealed Number of evaluators who revealed.
    /// @param posted A header stands.
    /// @param voided The round was voided.
    /// @param poster Who posted the standing header.
    /// @param seed The round's randomness; zero before the draw.
    /// @param headerHash keccak256 of the ABI-encoded standing header; zero when there is none.
    /// @param policyHash Mechanism in force in this round.
    struct Round {
        uint40 openedAt;
        uint48 sealedBlock;
        uint40 drawnAt;
        uint40 decidedAt;
        uint256 revealed;
        bool posted;
        bool voided;
        address poster;
        bytes32 seed;
        bytes32 headerHash;
        bytes32 policyHash;
    }

    event RoundOpened(uint64 indexed round, bytes32 policyHash, uint256 openedAt);
    event Submitted(uint64 indexed round, address indexed trainer, bytes32 digest);
    event Sealed(uint64 indexed round, uint256 sealedBlock);
    event SeedDrawn(uint64 indexed round, bytes32 seed);
    event UtilitiesCommitted(uint64 indexed round, address indexed evaluator, bytes32 commitment);
    event UtilitiesRevealed(
        uint64 indexed round,
        address indexed evaluator,
        bytes32 root,
        bytes32 players,
        bytes32 dataDigest,
        uint256 weight
    );
    event HeaderPosted(uint64 indexed round, address indexed poster, Header header, uint256 activatesAt);
    event HeaderVetoed(uint64 indexed round, address indexed guardian);
    event HeaderFaulted(uint64 indexed round, address indexed poster);
    event RoundVoided(uint64 indexed round);
    event MechanismAnnounced(bytes32 policyHash, uint64 fromRound);
    event Closed();

    error WrongPhase(uint64 round, Phase phase, Phase required);
    error RoundStillOpen(uint64 round, Phase phase);
    error ProjectClosed();
    error NotTrainer(address account);
    error NotEvaluator(address account);
    error NotGuardian(address caller);
    error NotCourt(address caller);
    error AlreadySubmitted(uint64 round, address trainer);
    error AlreadyCommitted(uint64 round, address evaluator);
    error AlreadyRevealed(uint64 round, address evaluator);
    error NothingCommitted(uint64 round, address evaluator);
    error NothingRevealed(uint64 round, address evaluator);
    error Barred(uint64 round, address poster);
    error WrongReveal(uint64 round, address evaluator);
    error ZeroDigest();
    error AlreadySealed(uint64 round, uint256 sealedBlock);
    error SeedNotReady(uint64 round, uint256 sealedBlock);
    error SeedExpired(uint64 round, uint256 sealedBlock);
    error QuorumMissing(uint64 round, uint256 revealed, uint256 quorum);
    error HeaderExists(uint64 round, bytes32 headerHash);
    error NotTheHeader(uint64 round, bytes32 headerHash);
    error WrongRound(uint64 round, uint64 current);
    error RoundForgotten(uint64 round);
    error MechanismTooSoon(uint64 fromRound, uint64 current);
    error NotVoidable(uint64 round, uint256 voidableAt);
    error ZeroDuration();
    error ZeroQuorum();

    /// @notice Opens the next round. Anyone may, once the last one is final.
    function open() external returns (uint64 id);

    /// @notice Commits the caller to the sha256 digest of its update for the open round. Once a round; the earliest counts.
    function submit(uint64 id, bytes32 digest) external;

    /// @notice Fixes the block whose hash becomes the seed: the block of this very transaction, unknown to whoever sends it.
    /// @dev Two steps, so that no contract can look at the seed and revert when it does not like it. If nobody draws within
    /// 256 blocks, the round can be sealed again. Whoever proposes the sealed block can give it up to get another seed: that
    /// costs a block's reward a try. Needs a chain whose `blockhash` knows its own recent blocks.
    function seal(uint64 id) external;

    /// @notice Turns the sealed block's hash into the round's seed and starts the measure phase.
    function draw(uint64 id) external returns (bytes32 seed);

    /// @notice Commits the caller to `commitmentOf(id, evaluator, root, players, dataDigest, salt)`. Anyone may: only the reveal asks
    /// whether it is an evaluator.
    function commitUtilities(uint64 id, bytes32 commitment) external;

    /// @notice Opens the commitment: the root of the evaluator's utilities, the hash of the list of peers that it accepted, and the
    /// digest of its measurement in the store.
    function revealUtilities(uint64 id, bytes32 root, bytes32 players, bytes32 dataDigest, bytes32 salt)
        external;

    /// @notice Posts the header of the round. Only who revealed in it may. Posting the standing header again changes nothing;
    /// another one is refused.
    /// @return fresh Whether this call changed anything.
    function post(Header calldata header) external returns (bool fresh);

    /// @notice Removes a header within its challenge window. Guardian only: the one thing that a guardian can do.
    function veto(uint64 id) external;

    /// @notice Removes a disproved header within its challenge window and bars its poster from the round. Court only.
    /// @param headerHash keccak256 of the ABI-encoded header that was disproved.
    /// @return poster Who had posted it.
    /// @return mechanism Hash of the mechanism in force in the round.
    function fault(uint64 id, bytes32 headerHash) external returns (address poster, bytes32 mechanism);

    /// @notice Ends a round that cannot be posted: too few reveals, or no header within the challenge period. Anyone may.
    function voidRound(uint64 id) external;

    /// @notice Announces another mechanism from a later round on. Owner only; never touches a round that is open. Replaces an
    /// announcement that has not taken effect.
    function announceMechanism(bytes32 nextPolicyHash, uint64 fromRound) external;

    /// @notice No round opens after this. Owner only; a round under way still runs to its end.
    function close() external;

    /// @notice What an evaluator commits to. Binds chain, contract, round and evaluator, so that no commitment can be reused.
    function commitmentOf(
        uint64 id,
        address evaluator,
        bytes32 root,
        bytes32 players,
        bytes32 dataDigest,
        bytes32 salt
    ) external view returns (bytes32);

    /// @notice The latest round; zero before the first.
    function currentRound() external view returns (uint64);
    /// @notice The state of a round: all zero when it was never opened; reverts with `RoundForgotten` when it is more than
    /// 63 rounds old, the events still tell then.
    function round(uint64 id) external view returns (Round memory);
    /// @notice As `round`.
    function phase(uint64 id) external view returns (Phase);
    /// @notice Whether `trainer` submitted `digest` in the round. Answers for the trainer's latest submission only.
    function hasSubmitted(uint64 id, address trainer, bytes32 digest) external view returns (bool);
    /// @notice Whether `evaluator` revealed exactly this in the round, with this weight. Answers for its latest reveal only.
    function hasRevealed(
        uint64 id,
        address evaluator,
        bytes32 root,
        bytes32 players,
        bytes32 dataDigest,
        uint96 weight
    ) external view returns (bool);
    /// @notice The latest round in which `trainer` submitted; zero for none.
    function submittedRound(address trainer) external view returns (uint64);
    /// @notice The round of the latest word of `evaluator`, if that is a reveal; otherwise zero.
    function revealedRound(address evaluator) external view returns (uint64);
    /// @notice The round's randomness; zero before the draw.
    function seedOf(uint64 id) external view returns (bytes32);
    /// @notice What the round may pay in total: what the distributor said when the seed was drawn. Zero before.
    function budgetOf(uint64 id) external view returns (uint96);
    function schedule() external view returns (Schedule memory);
    /// @notice Mechanism in force in the current round; before the first, the one that the project was created with.
    function policyHash() external view returns (bytes32);
    function quorum() external view returns (uint16);
    function closed() external view returns (bool);
    /// @notice Whether no round is under way.
    function idle() external view returns (bool);
    function guardian() external view returns (address);
    function court() external view returns (address);
    function registry() external view returns (address);
    function distributor() external view returns (address);
}

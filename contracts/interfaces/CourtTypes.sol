// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Claim} from "./IRewardDistributor.sol";
import {Header} from "./IRoundBook.sol";

/// @notice How scores follow from utilities.
enum Mode {
    None, // no rules: nothing can be proved
    Reported, // the utilities are the scores
    Exact, // Shapley values over all coalitions
    Sampled, // Shapley values over permutations that the seed draws
    Design, // coalitions and integer weights fixed in advance, players relabelled by the seed
    LossDelta // four losses a peer
}

/// @notice What the court needs to know of a mechanism. Written out in docs/court.md.
/// @param mode How scores follow from utilities.
/// @param maxPeers Most peers valued in a round; for a design the number of its players.
/// @param draws Permutations (Sampled) or coalitions (Design), otherwise zero.
/// @param scale How many units of a design's weights are one, otherwise zero.
/// @param designRoot Index tree over a design's weights, player by player, otherwise zero.
/// @param evaluatorShare The evaluators' part of a budget, in basis points.
/// @param power Exponent of the reward rule.
/// @param tolerance How far an evaluator may be from the agreed utilities and still be paid, in nano-nats.
/// @param outerTolerance How far it may be before it can be brought before the arbiter.
struct Rules {
    Mode mode;
    uint16 maxPeers;
    uint32 draws;
    uint64 scale;
    bytes32 designRoot;
    uint16 evaluatorShare;
    uint8 power;
    uint64 tolerance;
    uint64 outerTolerance;
}

/// @notice What every proof is about.
/// @param court The project's ScoreCourt.
/// @param header The header that is wrong.
/// @param rules The rules of the round's mechanism.
struct Trial {
    address court;
    Header header;
    Rules rules;
}

/// @param arbiter Decides about evaluators; the zero address when nobody does.
/// @param posterSlash Most that a faulted poster loses.
/// @param evaluatorSlash Most that an evaluator loses whom the arbiter found guilty.
/// @param bond What a request or an accusation costs until it is closed.
/// @param answerPeriod Seconds in which a request must be answered; at most half of the challenge period.
/// @param arbiterPeriod Seconds in which the arbiter must decide.
struct CourtConfig {
    address arbiter;
    uint96 posterSlash;
    uint96 evaluatorSlash;
    uint96 bond;
    uint40 answerPeriod;
    uint40 arbiterPeriod;
}

/// @param scores From utilities to scores.
/// @param payouts From scores to payouts.
/// @param agreement From reveals to peers and utilities.
struct Judges {
    address scores;
    address payouts;
    address agreement;
}

/// @dev Standing of an evaluator none of whose utilities is out of tolerance.
uint32 constant WITHIN = 0xffffffff;
/// @dev Standing of one that did not measure the agreed peers.
uint32 constant UNCOVERED = 0xfffffffe;
/// @dev Standing of one whose measurement nobody can read, by the word of more than half of the evaluators' weight.
uint32 constant WITHHELD = 0xfffffffd;

/// @notice One line of the list that `Header.evaluators` is the hash of.
/// @param standing `WITHIN`, `UNCOVERED`, `WITHHELD`, or the first index at which it is out of tolerance.
struct Evaluator {
    address account;
    uint96 weight;
    uint32 standing;
}

/// @notice The two lists that a header has the hashes of.
/// @param players The valued peers, ascending.
/// @param evaluators Those who revealed, ascending.
struct Agreement {
    address[] players;
    Evaluator[] evaluators;
}

/// @notice What an evaluator revealed.
/// @param root Index tree over its own utilities.
/// @param players keccak256 of the ABI-encoded ascending list of peers that it accepted.
/// @param dataDigest sha256 of its measurement in the store.
/// @param weight Its stake at the reveal.
struct Reveal {
    bytes32 root;
    bytes32 players;
    bytes32 dataDigest;
    uint96 weight;
}

/// @notice One evaluator's reveal, laid open as far as a proof needs it.
/// @param position Its place in the list of evaluators.
/// @param list The peers that it accepted; may be empty when they are the agreed ones.
/// @param value One of its utilities, with the siblings of its path.
struct Opening {
    uint32 position;
    Reveal reveal;
    address[] list;
    int256 value;
    bytes32[] siblings;
}

/// @notice An agreed utility with its path.
struct Utility {
    uint32 index;
    int256 value;
    bytes32[] siblings;
}

/// @notice One step of the accumulation.
/// @param player Whose score it adds to.
/// @param k Number of the step.
/// @param before Sum before it; zero for the first step.
/// @param beyond Sum after it.
/// @param trace Path of the two neighbouring leaves of the trace; of the one leaf for the first step.
/// @param without Utility without the player; zero for a design.
/// @param with Utility with the player; for a design that of the coalition.
/// @param utilities Path of the two utilities; of the one for a design.
/// @param weight A design's weight, with its path; otherwise ignored.
struct Step {
    uint32 player;
    uint32 k;
    int256 before;
    int256 beyond;
    bytes32[] trace;
    int256 without;
    int256 with;
    bytes32[] utilities;
    int256 weight;
    bytes32[] weights;
}

/// @notice A leaf of the score tree with its path.
/// @param prefix Sum of the weights of all scores up to and including this one.
struct ScoreLeaf {
    uint32 index;
    address account;
    int256 score;
    uint256 prefix;
    bytes32[] siblings;
}

/// @notice All that a cumulative payout follows from.
/// @param current The account's leaf in the header's payout tree, or its absence: its neighbours.
/// @param previousRoot Sequence of the root that stood before; ignored when nothing was owed then.
/// @param previous As `current`, in the tree before.
/// @param last The last score; ignored when there is none.
/// @param scores The account's score, or its absence; ignored for an evaluator.
/// @param evaluators The whole list for an evaluator; ignored for everybody else.
struct PayoutProof {
    Claim[] current;
    uint24 previousRoot;
    Claim[] previous;
    ScoreLeaf last;
    ScoreLeaf[] scores;
    Evaluator[] evaluators;
}

/// @notice A node of the payout tree whose stated sum is wrong.
/// @param level Its height above the leaves.
/// @param index Its place on that level.
/// @param sum The sum that its parent (for the root: the header) states.
/// @param left Hash of its left child; ignored for a leaf, as are the other three.
/// @param account Whose leaf; ignored above the leaves, as is `cumulative`.
/// @param path The siblings from the node up, as in a `Claim`.
struct SumNode {
    uint8 level;
    uint32 index;
    uint96 sum;
    bytes32 left;
    uint96 leftSum;
    bytes32 right;
    uint96 rightSum;
    address account;
    uint96 cumulative;
    bytes path;
}

/// @notice Which link of a header was broken.
enum Fault {
    Step,
    Score,
    Total,
    Payout,
    Sum,
    Order,
    Players,
    Account,
    Stranger,
    Acceptance,
    Evaluators,
    Standing,
    Utility,
    Recomputed,
    Withheld
}

/// @notice A piece of a header that can be asked for.
enum Part {
    Utility,
    Trace,
    Score,
    Payout,
    Players,
    Evaluators
}

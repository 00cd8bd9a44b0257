// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {CourtConfig, Evaluator, Fault, Judges, Mode, Part, Reveal, Rules, ScoreLeaf} from "./CourtTypes.sol";
import {Verdict} from "./IArbiter.sol";
import {IEvidence} from "./IEvidence.sol";
import {Claim} from "./IRewardDistributor.sol";
import {Header} from "./IRoundBook.sol";

/// @title Where a project's wrong headers are punished
/// @notice Keeps the rules of the project's mechanisms, takes headers away that a judge finds wrong, holds the bonds of those who
/// ask for withheld data or accuse an evaluator. docs/court.md has every byte.
interface IScoreCourt is IEvidence {
    /// @param requester Who asked and holds the bond.
    /// @param deadline Last second in which it may be answered.
    /// @param bond What was received.
    struct Request {
        address requester;
        uint40 deadline;
        uint96 bond;
    }

    /// @param accuser Who accuses and holds the bond.
    /// @param deadline Last second in which the arbiter may decide.
    /// @param evaluator Who is accused.
    /// @param bond What was received.
    struct Case {
        address accuser;
        uint40 deadline;
        address evaluator;
        uint96 bond;
    }

    event RulesRegistered(bytes32 indexed policyHash, Rules rules);
    event Faulted(uint64 indexed round, Fault indexed fault, address indexed poster, address challenger);
    event Objected(
        uint64 indexed round, address indexed evaluator, address indexed objector, uint256 objections
    );
    event Requested(
        uint64 indexed round, bytes32 indexed id, Part part, uint32 index, address requester, uint256 deadline
    );
    event Answered(uint64 indexed round, bytes32 indexed id, address answerer);
    event Reclaimed(uint64 indexed round, bytes32 indexed id, address requester);
    event Accused(
        uint64 indexed round,
        address indexed evaluator,
        uint256 indexed id,
        uint32 index,
        address accuser,
        uint256 deadline
    );
    event Settled(uint256 indexed id, address indexed evaluator, Verdict verdict);
    event Credited(address indexed account, uint256 amount, uint256 credit);
    event Collected(address indexed account, address indexed to, uint256 amount);

    error NotOwner(address caller);
    error NotJudge(address caller);
    error RulesExist(bytes32 policyHash);
    error RulesUnknown(bytes32 policyHash);
    error BadRules(Mode mode, uint256 value);
    error RoundUnderWay(uint64 round);
    error WrongPart(Part part);
    error NotStanding(uint64 round);
    error StillStanding(uint64 round);
    error AlreadyObjected(uint64 round, address evaluator, address objector);
    error TooLate(uint256 deadline, uint256 time);
    error TooEarly(uint256 deadline, uint256 time);
    error AlreadyRequested(bytes32 id);
    error UnknownRequest(bytes32 id);
    error AlreadyAccused(uint64 round, address evaluator);
    error UnknownCase(uint256 id);
    error NoArbiter();
    error BondTooSmall(uint256 received, uint256 bond);
    error NothingToCollect(address account);
    error ZeroAddress();
    error BadConfig();

    /// @notice Fixes the rules of a mechanism for ever. Owner of the book only, and the factory for the first mechanism; never for the mechanism of a round under way.
    function register(bytes32 policyHash, Rules calldata rules) external;

    /// @notice Takes away a header that one of the court's judges is about to prove wrong, and slashes its poster. Judges only: they
    /// revert when the proof does not hold.
    /// @param headerHash keccak256 of the ABI-encoded header, which must stand within its challenge window.
    /// @param rulesHash keccak256 of the ABI-encoded rules, which must be those of the round's mechanism.
    /// @param challenger Who gets half of what the poster loses.
    /// @return rounds The project's RoundBook, of which proofs ask more.
    function convict(Fault fault, uint64 round, bytes32 headerHash, bytes32 rulesHash, address challenger)
        external
        returns (address rounds);

    /// @notice Says that an evaluator's measurement is not in the store, or not what it revealed. Evaluators who revealed only, within
    /// an answer period after the reveals, and before a header: so that nobody can make one wrong while it is being posted.
    function object(uint64 round, address evaluator, Reveal calldata own) external;

    /// @notice F8: asks for one piece of a standing header, with a bond. `index` is zero for the two lists.
    function request(Header calldata header, Rules calldata rules, Part part, uint32 index)
        external
        returns (bytes32 id);

    /// @notice Answers a request for a utility or a leaf of the trace.
    function answerValue(
        Header calldata header,
        Rules calldata rules,
        Part part,
        uint32 index,
        int256 value,
        bytes32[] calldata siblings
    ) external;

    /// @notice Answers a request for a score.
    function answerScore(Header calldata header, ScoreLeaf calldata leaf) external;

    /// @notice Answers a request for a payout; an empty leaf has no account and no amount.
    function answerPayout(Header calldata header, Claim calldata leaf) external;

    /// @notice Answers a request for the agreed peers.
    function answerPlayers(Header calldata header, address[] calldata players) external;

    /// @notice Answers a request for the list of evaluators.
    function answerEvaluators(Header calldata header, Evaluator[] calldata evaluators) external;

    /// @notice F8: faults a header of which a piece was not answered for in time; the bond goes back.
    function expire(Header calldata header, Part part, uint32 index) external;

    /// @notice Returns the bond of a request whose header no longer stands, or has become active.
    function reclaim(Header calldata header, Part part, uint32 index) external;

    /// @notice Opens a case against an evaluator before the arbiter and takes the accuser's bond. Judges only.
    function openCase(
        uint64 round,
        bytes32 headerHash,
        bytes32 rulesHash,
        address evaluator,
        uint32 index,
        address accuser
    ) external returns (uint256 id);

    /// @notice Closes a case: by the arbiter's verdict, or without one after its deadline.
    function settle(uint256 id) external;

    /// @notice Pays what the caller is credited to `to`: bonds from here, rewards from the registry.
    function collect(address to) external returns (uint256 amount);

    function rulesOf(bytes32 policyHash) external view returns (bytes32);
    function objections(uint64 round, address evaluator) external view returns (uint256);
    function requestOf(bytes32 id) external view returns (Request memory);
    function requestId(bytes32 headerHash, Part part, uint32 index) external pure returns (bytes32);
    function caseOf(uint256 id) external view returns (Case memory);
    function cases() external view returns (uint256);
    /// @notice What an account can collect: bonds that are its own, and its part of slashes.
    function credit(address account) external view returns (uint256);
    function book() external view returns (address);
    function registry() external view returns (address);
    function distributor() external view returns (address);
    function config() external view returns (CourtConfig memory);
    /// @notice The contracts that check proofs; shared by the projects of a factory.
    function judges() external view returns (Judges memory);
}

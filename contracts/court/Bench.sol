// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

import {Fault, Judges, Mode, Reveal, Rules} from "../interfaces/CourtTypes.sol";
import {IPeerRegistry} from "../interfaces/IPeerRegistry.sol";
import {IRoundBook, Phase, Schedule} from "../interfaces/IRoundBook.sol";
import {IScoreCourt} from "../interfaces/IScoreCourt.sol";

/// @title The court's ground: rules, objections, and what happens to a header that was proved wrong
abstract contract Bench is IScoreCourt {
    uint256 private constant MAX_PEERS = 256;
    uint256 private constant MAX_EXACT_PEERS = 16;
    uint256 private constant MAX_DRAWS = 2 ** 23;
    uint256 private constant MAX_POWER = 4;
    uint256 private constant BASIS_POINTS = 10_000;

    /// @inheritdoc IScoreCourt
    address public immutable book;
    /// @inheritdoc IScoreCourt
    address public immutable registry;
    /// @inheritdoc IScoreCourt
    address public immutable distributor;
    address private immutable _scoreJudge;
    address private immutable _payoutJudge;
    address private immutable _agreementJudge;
    uint96 internal immutable _posterSlash;
    uint40 internal immutable _answerPeriod;
    /// @dev Registers the rules of the first mechanism, in the transaction that creates the project.
    address private immutable _factory;

    /// @inheritdoc IScoreCourt
    mapping(bytes32 policyHash => bytes32) public rulesOf;
    /// @inheritdoc IScoreCourt
    mapping(uint64 round => mapping(address evaluator => uint256)) public objections;
    mapping(uint64 round => mapping(address evaluator => mapping(address objector => bool))) private
        _objected;

    modifier onlyJudge() {
        bool known = msg.sender == _scoreJudge || msg.sender == _payoutJudge || msg.sender == _agreementJudge;
        if (!known) revert NotJudge(msg.sender);
        _;
    }

    constructor(
        address book_,
        address registry_,
        address distributor_,
        Judges memory judges_,
        uint96 posterSlash,
        uint40 answerPeriod,
        address factory
    ) {
        book = book_;
        registry = registry_;
        distributor = distributor_;
        _scoreJudge = judges_.scores;
        _payoutJudge = judges_.payouts;
        _agreementJudge = judges_.agreement;
        _posterSlash = posterSlash;
        _answerPeriod = answerPeriod;
        _factory = factory;
    }

    /// @inheritdoc IScoreCourt
    function register(bytes32 policyHash, Rules calldata rules) external {
        if (msg.sender != Ownable(book).owner() && msg.sender != _factory) revert NotOwner(msg.sender);
        IRoundBook rounds = IRoundBook(book);
        // INVARIANT: nobody who works in a round is judged by rules that came later.
        if (policyHash == rounds.policyHash() && !rounds.idle()) revert RoundUnderWay(rounds.currentRound());
        if (rulesOf[policyHash] != 0) revert RulesExist(policyHash);
        _check(rules);
        rulesOf[policyHash] = keccak256(abi.encode(rules));
        emit RulesRegistered(policyHash, rules);
    }

    /// @inheritdoc IScoreCourt
    function convict(Fault fault, uint64 round, bytes32 headerHash, bytes32 rulesHash, address challenger)
        external
        onlyJudge
        returns (address rounds)
    {
        rounds = book;
        (address poster, bytes32 mechanism) = IRoundBook(rounds).fault(round, headerHash);
        _requireRules(mechanism, rulesHash);
        _punish(fault, round, poster, challenger);
    }

    /// @inheritdoc IScoreCourt
    function object(uint64 round, address evaluator, Reveal calldata own) external {
        IRoundBook rounds = IRoundBook(book);
        // INVARIANT: while a header stands, or once it is final, the objections stay as its poster found them.
        if (rounds.phase(round) != Phase.Post) {
            revert IRoundBook.WrongPhase(round, rounds.phase(round), Phase.Post);
        }
        // INVARIANT: a poster that waits until then knows every standing: no last objection can turn its header into a wrong one.
        uint256 deadline = _objectionsUntil(rounds, round);
        if (block.timestamp >= deadline) revert TooLate(deadline, block.timestamp);
        bool revealed =
            rounds.hasRevealed(round, msg.sender, own.root, own.players, own.dataDigest, own.weight);
        if (!revealed) revert NotRevealed(round, msg.sender);
        if (rounds.revealedRound(evaluator) != round) revert NotRevealed(round, evaluator);
        if (_objected[round][evaluator][msg.sender]) revert AlreadyObjected(round, evaluator, msg.sender);
        _objected[round][evaluator][msg.sender] = true;
        uint256 weight = objections[round][evaluator] + own.weight;
        objections[round][evaluator] = weight;
        emit Objected(round, evaluator, msg.sender, weight);
    }

    /// @inheritdoc IScoreCourt
    function judges() external view returns (Judges memory) {
        return Judges({scores: _scoreJudge, payouts: _payoutJudge, agreement: _agreementJudge});
    }

    /// @dev INVARIANT: follows a fault in the book, which faults no header twice: nobody is slashed twice for one.
    function _punish(Fault fault, uint64 round, address poster, address challenger) internal {
        emit Faulted(round, fault, poster, challenger);
        // How much that was, the registry says in its event.
        // slither-disable-next-line unused-return
        IPeerRegistry(registry).slash(poster, _posterSlash, challenger);
    }

    function _objectionsUntil(IRoundBook rounds, uint64 round) private view returns (uint256) {
        Schedule memory schedule = rounds.schedule();
        return uint256(rounds.round(round).drawnAt) + schedule.measure + schedule.reveal + _answerPeriod;
    }

    function _requireRules(bytes32 mechanism, bytes32 rulesHash) internal view {
        if (rulesHash != rulesOf[mechanism]) revert RulesUnknown(mechanism);
    }

    /// @dev The round of a header that stands in its challenge window; reverts when it does not.
    function _requireStanding(uint64 id, bytes32 headerHash)
        internal
        view
        returns (IRoundBook.Round memory round)
    {
        if (IRoundBook(book).phase(id) != Phase.Challenge) revert NotStanding(id);
        round = IRoundBook(book).round(id);
        if (round.headerHash != headerHash) revert NotStanding(id);
    }

    /// @dev INVARIANT: within these bounds no sum, index or weight of a round overflows.
    function _check(Rules calldata rules) private pure {
        Mode mode = rules.mode;
        if (mode == Mode.None) revert BadRules(mode, 0);
        uint256 most = mode == Mode.Exact ? MAX_EXACT_PEERS : MAX_PEERS;
        if (rules.maxPeers == 0 || rules.maxPeers > most) revert BadRules(mode, rules.maxPeers);
        bool drawn = mode == Mode.Sampled || mode == Mode.Design;
        if (drawn != (rules.draws != 0) || rules.draws > MAX_DRAWS) revert BadRules(mode, rules.draws);
        if ((mode == Mode.Design) != (rules.scale != 0)) revert BadRules(mode, rules.scale);
        if ((mode == Mode.Design) != (rules.designRoot != 0)) {
            revert BadRules(mode, uint256(rules.designRoot));
        }
        if (rules.evaluatorShare > BASIS_POINTS) revert BadRules(mode, rules.evaluatorShare);
        if (rules.power == 0 || rules.power > MAX_POWER) revert BadRules(mode, rules.power);
        if (rules.outerTolerance < rules.tolerance) revert BadRules(mode, rules.outerTolerance);
    }
}

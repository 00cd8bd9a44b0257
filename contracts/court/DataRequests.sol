// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {Evaluator, Fault, Part, Rules, ScoreLeaf} from "../interfaces/CourtTypes.sol";
import {IPeerRegistry} from "../interfaces/IPeerRegistry.sol";
import {Claim} from "../interfaces/IRewardDistributor.sol";
import {Header, IRoundBook, Phase} from "../interfaces/IRoundBook.sol";
import {IScoreCourt} from "../interfaces/IScoreCourt.sol";
import {Evidence} from "../judges/Evidence.sol";
import {Games} from "../libraries/Games.sol";
import {IndexMerkle} from "../libraries/IndexMerkle.sol";
import {Bench} from "./Bench.sol";

/// @title Pieces of a header that nobody can find
/// @dev INVARIANT: the court's balance is at least the bonds of what is open and all bonds credited. Bonds are credited, never sent:
/// no token and no recipient can keep a case from being closed.
abstract contract DataRequests is Bench, Evidence, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;

    /// @dev `postedAt` tells one posting of a header from a later one of the same.
    struct Record {
        address requester;
        uint40 deadline;
        uint40 postedAt;
        uint96 bond;
    }

    address internal immutable _token;
    uint96 internal immutable _bond;

    mapping(bytes32 id => Record) private _requests;
    /// @dev Bonds that were decided upon.
    mapping(address account => uint256) private _bonds;

    constructor(uint96 bond, uint40 answerPeriod) {
        // Two periods, so that what an answer shows can still be proved wrong in time.
        uint256 window = IRoundBook(book).schedule().challenge;
        if (bond == 0 || answerPeriod == 0 || 2 * uint256(answerPeriod) > window) revert BadConfig();
        _token = IPeerRegistry(registry).token();
        _bond = bond;
    }

    /// @inheritdoc IScoreCourt
    function request(Header calldata header, Rules calldata rules, Part part, uint32 index)
        external
        nonReentrant
        returns (bytes32 id)
    {
        IRoundBook rounds = IRoundBook(book);
        IRoundBook.Round memory round = _requireStanding(header.round, _hashOf(header));
        _requireRules(round.policyHash, _hashOf(rules));
        uint256 count = _countOf(header, rules, part);
        if (index >= count) revert WrongIndex(index, count);
        uint256 deadline = block.timestamp + _answerPeriod;
        uint256 activatesAt = uint256(round.decidedAt) + rounds.schedule().challenge;
        if (deadline >= activatesAt) revert TooLate(deadline, activatesAt);
        id = requestId(_hashOf(header), part, index);
        if (_requests[id].requester != address(0)) revert AlreadyRequested(id);
        _requests[id] = Record({
            requester: msg.sender,
            deadline: uint40(deadline),
            postedAt: round.decidedAt,
            bond: _pullBond(msg.sender)
        });
        emit Requested(header.round, id, part, index, msg.sender, deadline);
    }

    /// @inheritdoc IScoreCourt
    function answerValue(
        Header calldata header,
        Rules calldata rules,
        Part part,
        uint32 index,
        int256 value,
        bytes32[] calldata siblings
    ) external {
        _requireRules(_answer(header, part, index), _hashOf(rules));
        bool trace = part == Part.Trace;
        if (!trace && part != Part.Utility) revert WrongPart(part);
        _requireValue(
            trace ? header.traceRoot : header.utilityRoot,
            trace ? IndexMerkle.TRACE : IndexMerkle.UTILITY,
            header.round,
            _countOf(header, rules, part),
            index,
            value,
            siblings
        );
    }

    /// @inheritdoc IScoreCourt
    function answerScore(Header calldata header, ScoreLeaf calldata leaf) external {
        _answer(header, Part.Score, leaf.index);
        _requireScore(header, leaf);
    }

    /// @inheritdoc IScoreCourt
    function answerPayout(Header calldata header, Claim calldata leaf) external {
        _answer(header, Part.Payout, leaf.index);
        _requirePayout(distributor, header.payoutRoot, header.sum, header.depth, leaf);
    }

    /// @inheritdoc IScoreCourt
    function answerPlayers(Header calldata header, address[] calldata players) external {
        _answer(header, Part.Players, 0);
        _requirePlayers(header, players);
    }

    /// @inheritdoc IScoreCourt
    function answerEvaluators(Header calldata header, Evaluator[] calldata evaluators) external {
        _answer(header, Part.Evaluators, 0);
        _requireEvaluators(header, evaluators);
    }

    /// @inheritdoc IScoreCourt
    function expire(Header calldata header, Part part, uint32 index) external {
        (bytes32 id, Record memory asked) = _requestOn(header, part, index);
        _requireSamePosting(header, asked);
        if (block.timestamp <= asked.deadline) revert TooEarly(asked.deadline, block.timestamp);
        delete _requests[id];
        _credit(asked.requester, asked.bond);
        // Whatever mechanism it was, the data were due.
        // slither-disable-next-line unused-return
        (address poster,) = IRoundBook(book).fault(header.round, _hashOf(header));
        // The reward is for who risked the bond, not for who was first to say that time is up.
        _punish(Fault.Withheld, header.round, poster, asked.requester);
    }

    /// @inheritdoc IScoreCourt
    function reclaim(Header calldata header, Part part, uint32 index) external {
        (bytes32 id, Record memory asked) = _requestOn(header, part, index);
        if (_isSamePosting(header, asked)) revert StillStanding(header.round);
        delete _requests[id];
        _credit(asked.requester, asked.bond);
        emit Reclaimed(header.round, id, asked.requester);
    }

    /// @inheritdoc IScoreCourt
    function collect(address to) external nonReentrant returns (uint256 amount) {
        if (to == address(0)) revert ZeroAddress();
        uint256 bonds = _bonds[msg.sender];
        _bonds[msg.sender] = 0;
        amount = bonds + IPeerRegistry(registry).payReward(msg.sender, to);
        if (amount == 0) revert NothingToCollect(msg.sender);
        emit Collected(msg.sender, to, amount);
        if (bonds != 0) IERC20(_token).safeTransfer(to, bonds);
    }

    /// @inheritdoc IScoreCourt
    function credit(address account) external view returns (uint256) {
        return _bonds[account] + IPeerRegistry(registry).rewardOf(account);
    }

    /// @inheritdoc IScoreCourt
    function requestOf(bytes32 id) external view returns (Request memory) {
        Record memory asked = _requests[id];
        return Request(asked.requester, asked.deadline, asked.bond);
    }

    /// @inheritdoc IScoreCourt
    function requestId(bytes32 headerHash, Part part, uint32 index) public pure returns (bytes32) {
        return keccak256(abi.encode(headerHash, part, index));
    }

    /// @dev Counts what arrived: some tokens keep a fee. Callers hold the reentrancy guard.
    function _pullBond(address from) internal returns (uint96 received) {
        uint256 before = IERC20(_token).balanceOf(address(this));
        IERC20(_token).safeTransferFrom(from, address(this), _bond);
        received = (IERC20(_token).balanceOf(address(this)) - before).toUint96();
        if (received == 0) revert BondTooSmall(received, _bond);
    }

    function _credit(address account, uint256 amount) internal {
        uint256 total = _bonds[account] + amount;
        _bonds[account] = total;
        emit Credited(account, amount, total);
    }

    /// @dev Closes a request in favour of the caller. What follows either shows the piece or reverts it all.
    /// @return mechanism The one in force in the round.
    function _answer(Header calldata header, Part part, uint32 index) private returns (bytes32 mechanism) {
        (bytes32 id, Record memory asked) = _requestOn(header, part, index);
        mechanism = _requireSamePosting(header, asked);
        if (block.timestamp > asked.deadline) revert TooLate(asked.deadline, block.timestamp);
        delete _requests[id];
        _credit(msg.sender, asked.bond);
        emit Answered(header.round, id, msg.sender);
    }

    function _requestOn(Header calldata header, Part part, uint32 index)
        private
        view
        returns (bytes32 id, Record memory asked)
    {
        id = requestId(_hashOf(header), part, index);
        asked = _requests[id];
        if (asked.requester == address(0)) revert UnknownRequest(id);
    }

    function _requireSamePosting(Header calldata header, Record memory asked) private view returns (bytes32) {
        IRoundBook.Round memory round = _requireStanding(header.round, _hashOf(header));
        if (round.decidedAt != asked.postedAt) revert NotStanding(header.round);
        return round.policyHash;
    }

    function _isSamePosting(Header calldata header, Record memory asked) private view returns (bool) {
        IRoundBook rounds = IRoundBook(book);
        // Earlier rounds are final, and after some time forgotten.
        if (header.round != rounds.currentRound() || rounds.phase(header.round) != Phase.Challenge) {
            return false;
        }
        IRoundBook.Round memory round = rounds.round(header.round);
        return round.headerHash == _hashOf(header) && round.decidedAt == asked.postedAt;
    }

    function _countOf(Header calldata header, Rules calldata rules, Part part)
        private
        pure
        returns (uint256)
    {
        uint256 n = header.peers;
        if (part == Part.Score) return n;
        if (part == Part.Payout) return 1 << header.depth;
        if (part == Part.Players || part == Part.Evaluators) return 1;
        return part == Part.Utility ? Games.utilities(rules, n) : n * Games.steps(rules, n);
    }
}

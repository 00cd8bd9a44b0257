// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IArbiter, Verdict} from "../interfaces/IArbiter.sol";
import {IPeerRegistry} from "../interfaces/IPeerRegistry.sol";
import {IScoreCourt} from "../interfaces/IScoreCourt.sol";
import {DataRequests} from "./DataRequests.sol";

/// @title Evaluators before the arbiter
abstract contract Accusations is DataRequests {
    address internal immutable _arbiter;
    uint96 internal immutable _evaluatorSlash;
    uint40 internal immutable _arbiterPeriod;

    /// @inheritdoc IScoreCourt
    uint256 public cases;
    mapping(uint256 id => Case) private _cases;
    mapping(uint64 round => mapping(address evaluator => bool)) private _accused;

    constructor(address arbiter, uint96 evaluatorSlash, uint40 arbiterPeriod) {
        _arbiter = arbiter;
        _evaluatorSlash = evaluatorSlash;
        _arbiterPeriod = arbiterPeriod;
    }

    /// @inheritdoc IScoreCourt
    function openCase(
        uint64 round,
        bytes32 headerHash,
        bytes32 rulesHash,
        address evaluator,
        uint32 index,
        address accuser
    ) external onlyJudge nonReentrant returns (uint256 id) {
        if (_arbiter == address(0)) revert NoArbiter();
        _requireRules(_requireStanding(round, headerHash).policyHash, rulesHash);
        if (_accused[round][evaluator]) revert AlreadyAccused(round, evaluator);
        _accused[round][evaluator] = true;
        id = ++cases;
        uint256 deadline = block.timestamp + _arbiterPeriod;
        _cases[id] = Case({
            accuser: accuser, deadline: uint40(deadline), evaluator: evaluator, bond: _pullBond(accuser)
        });
        emit Accused(round, evaluator, id, index, accuser, deadline);
    }

    /// @inheritdoc IScoreCourt
    function settle(uint256 id) external {
        Case memory open = _cases[id];
        if (open.accuser == address(0)) revert UnknownCase(id);
        Verdict verdict = _verdictOn(id);
        if (verdict == Verdict.Pending && block.timestamp <= open.deadline) {
            revert TooEarly(open.deadline, block.timestamp);
        }
        delete _cases[id];
        _credit(verdict == Verdict.Innocent ? open.evaluator : open.accuser, open.bond);
        emit Settled(id, open.evaluator, verdict);
        if (verdict == Verdict.Guilty) {
            // How much that was, the registry says in its event.
            // slither-disable-next-line unused-return
            IPeerRegistry(registry).slash(open.evaluator, _evaluatorSlash, open.accuser);
        }
    }

    /// @inheritdoc IScoreCourt
    function caseOf(uint256 id) external view returns (Case memory) {
        return _cases[id];
    }

    /// @dev An arbiter that does not answer, or not with a verdict, has not decided: it cannot keep a bond locked up.
    function _verdictOn(uint256 id) private view returns (Verdict) {
        (bool success, bytes memory answer) =
            _arbiter.staticcall(abi.encodeCall(IArbiter.verdict, (address(this), id)));
        if (!success || answer.length != 32) return Verdict.Pending;
        uint256 word = abi.decode(answer, (uint256));
        return word > uint256(Verdict.Innocent) ? Verdict.Pending : Verdict(word);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Fault, Trial} from "../interfaces/CourtTypes.sol";
import {IScoreCourt} from "../interfaces/IScoreCourt.sol";
import {Evidence} from "./Evidence.sol";

/// @title What all judges do
/// @dev Stateless, and trusted by courts to revert when a header is not wrong.
abstract contract Judge is Evidence {
    /// @dev Has the court void the header first of all: what follows proves the fault, or reverts everything.
    function _convict(Trial calldata trial) internal returns (address poster, bytes32 seed) {
        return IScoreCourt(trial.court)
            .convict(trial.header.round, _hashOf(trial.header), keccak256(abi.encode(trial.rules)));
    }

    /// @dev The end of every proof. INVARIANT: tokens move last. A token that calls back during the slash finds the proof decided:
    /// it cannot change what the proof is held against, such as the payout root before this one.
    function _judge(Trial calldata trial, Fault fault, address poster, bool wrong) internal {
        if (!wrong) revert NotProven(fault);
        IScoreCourt(trial.court).punish(fault, trial.header.round, poster, msg.sender);
    }
}

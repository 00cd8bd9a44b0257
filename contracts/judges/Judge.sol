// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Fault, Trial} from "../interfaces/CourtTypes.sol";
import {IRoundBook} from "../interfaces/IRoundBook.sol";
import {IScoreCourt} from "../interfaces/IScoreCourt.sol";
import {Evidence} from "./Evidence.sol";

/// @title What all judges do
/// @dev Stateless, and trusted by courts to revert when a header is not wrong.
abstract contract Judge is Evidence {
    /// @dev Has the court void the header and slash its poster first of all: what follows proves the fault, or reverts everything.
    /// INVARIANT: nobody is called who could call back. No tokens move, so that nothing changes what the proof is held against.
    function _convict(Trial calldata trial, Fault fault) internal returns (IRoundBook book) {
        return IRoundBook(
            IScoreCourt(trial.court)
                .convict(fault, trial.header.round, _hashOf(trial.header), _hashOf(trial.rules), msg.sender)
        );
    }

    /// @dev The end of every proof.
    function _require(bool wrong, Fault fault) internal pure {
        if (!wrong) revert NotProven(fault);
    }

    function _bookOf(Trial calldata trial) internal view returns (IRoundBook) {
        return IRoundBook(IScoreCourt(trial.court).book());
    }
}

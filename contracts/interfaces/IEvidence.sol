// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Fault, Mode} from "./CourtTypes.sol";

/// @title Why a proof is refused
interface IEvidence {
    error NotInHeader(bytes32 found, bytes32 expected);
    error NotRevealed(uint64 round, address evaluator);
    error NotRelevant(uint256 position);
    error WrongMode(Mode mode);
    error WrongIndex(uint256 index, uint256 count);
    error WrongLength(uint256 length, uint256 expected);
    error WrongOrder(uint256 position);
    error WrongList(uint256 position);
    error WrongAccount(address account);
    error WithinTolerance(uint256 deviation, uint256 tolerance);
    error NotProven(Fault fault);
}

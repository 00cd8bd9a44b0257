// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {RoundBook} from "../RoundBook.sol";
import {Blueprint} from "./Blueprint.sol";

/// @title Blueprint of RoundBook
contract RoundBookBlueprint is Blueprint(type(RoundBook).creationCode) {}

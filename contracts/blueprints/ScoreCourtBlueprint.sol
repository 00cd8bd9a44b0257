// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {ScoreCourt} from "../ScoreCourt.sol";
import {Blueprint} from "./Blueprint.sol";

/// @title Blueprint of ScoreCourt
contract ScoreCourtBlueprint is Blueprint(type(ScoreCourt).creationCode) {}

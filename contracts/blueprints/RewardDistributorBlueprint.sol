// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {RewardDistributor} from "../RewardDistributor.sol";
import {Blueprint} from "./Blueprint.sol";

/// @title Blueprint of RewardDistributor
contract RewardDistributorBlueprint is Blueprint(type(RewardDistributor).creationCode) {}

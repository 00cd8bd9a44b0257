// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {PeerRegistry} from "../PeerRegistry.sol";
import {Blueprint} from "./Blueprint.sol";

/// @title Blueprint of PeerRegistry
contract PeerRegistryBlueprint is Blueprint(type(PeerRegistry).creationCode) {}

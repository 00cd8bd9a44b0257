// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

/// @title A contract whose code is another contract's creation code (ERC-5202)
/// @notice The factory deploys projects from blueprints, so that it does not carry their code and stays far below the 24 KB limit.
/// The preamble 0xFE71 makes a blueprint uncallable; being an ordinary contract with no arguments, any tool can deploy it.
abstract contract Blueprint {
    constructor(bytes memory creationCode) {
        bytes memory code = abi.encodePacked(hex"fe7100", creationCode);
        assembly ("memory-safe") {
            return(add(code, 32), mload(code))
        }
    }
}

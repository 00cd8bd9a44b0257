// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Rules} from "../interfaces/CourtTypes.sol";
import {Header} from "../interfaces/IRoundBook.sol";

/// @title Hashes of what transactions carry: keccak256 of its ABI encoding
/// @dev Assembly: structs of words lie in calldata as they are encoded, so that nothing has to be encoded again.
library Hashes {
    uint256 private constant HEADER = 12 * 32;
    uint256 private constant RULES = 9 * 32;

    /// @dev INVARIANT: reverts, as Solidity's own decoding does, when a narrow field has bits beside it: nobody could prove anything of
    /// a header whose hash is not that of its values.
    function ofHeader(Header calldata header) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let beside := or(shr(64, calldataload(header)), shr(32, calldataload(add(header, 0x20))))
            beside := or(beside, shr(8, calldataload(add(header, 0x40))))
            beside := or(beside, shr(96, calldataload(add(header, 0x60))))
            if beside { revert(0, 0) }
            let buffer := mload(0x40)
            calldatacopy(buffer, header, HEADER)
            hash := keccak256(buffer, HEADER)
        }
    }

    /// @dev With bits beside a narrow field it is the hash of nothing that was registered.
    function ofRules(Rules calldata rules) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            calldatacopy(buffer, rules, RULES)
            hash := keccak256(buffer, RULES)
        }
    }
}

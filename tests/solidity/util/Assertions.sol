// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Vm} from "./Vm.sol";

/// @notice Assertions and helpers common to all tests. A failed assertion reverts, and forge counts a revert as a failure.
abstract contract Assertions {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    error NotEqual(uint256 actual, uint256 expected);
    error NotEqualWords(bytes32 actual, bytes32 expected);
    error NotEqualAddresses(address actual, address expected);
    error NotAtMost(uint256 actual, uint256 limit);
    error NotTrue(string what);
    error NotRefused(bytes answer, bytes expected);

    function assertEq(uint256 actual, uint256 expected) internal pure {
        if (actual != expected) revert NotEqual(actual, expected);
    }

    function assertEq(bytes32 actual, bytes32 expected) internal pure {
        if (actual != expected) revert NotEqualWords(actual, expected);
    }

    function assertEq(address actual, address expected) internal pure {
        if (actual != expected) revert NotEqualAddresses(actual, expected);
    }

    function assertLe(uint256 actual, uint256 limit) internal pure {
        if (actual > limit) revert NotAtMost(actual, limit);
    }

    function assertTrue(bool condition, string memory what) internal pure {
        if (!condition) revert NotTrue(what);
    }

    function assertFalse(bool condition, string memory what) internal pure {
        if (condition) revert NotTrue(what);
    }

    /// @dev Calls, and expects exactly this refusal. Unlike `vm.expectRevert`, the arguments may be made by calls of their own.
    function assertRefused(address target, bytes memory data, bytes memory reason) internal {
        (bool success, bytes memory answer) = target.call(data);
        if (success || keccak256(answer) != keccak256(reason)) revert NotRefused(answer, reason);
    }

    /// @dev As above, when it is beside the point what exactly the refusal says.
    function assertRefusedBy(address target, bytes memory data, bytes4 selector) internal {
        (bool success, bytes memory answer) = target.call(data);
        if (success || bytes4(answer) != selector) revert NotRefused(answer, bytes.concat(selector));
    }

    /// @dev Maps any fuzzed number into [low, high], keeping numbers that are in it already.
    function bound(uint256 value, uint256 low, uint256 high) internal pure returns (uint256) {
        if (value >= low && value <= high) return value;
        return low + value % (high - low + 1);
    }

    function actor(string memory name) internal returns (address account) {
        account = address(uint160(uint256(keccak256(bytes(name)))));
        vm.label(account, name);
    }

    function actor(uint256 number) internal pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encode("actor", number)))));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

/// @title Ascending lists of peers
library PeerLists {
    function isAscending(address[] calldata list) internal pure returns (bool) {
        for (uint256 i = 1; i < list.length; ++i) {
            if (list[i - 1] >= list[i]) return false;
        }
        return true;
    }

    function contains(address[] calldata list, address peer) internal pure returns (bool) {
        for (uint256 i = 0; i < list.length; ++i) {
            if (list[i] == peer) return true;
        }
        return false;
    }

    /// @notice Whether each of `peers` is in `list`, both ascending.
    function covers(address[] calldata list, address[] calldata peers) internal pure returns (bool) {
        uint256 found = 0;
        for (uint256 i = 0; i < list.length && found < peers.length; ++i) {
            if (list[i] == peers[found]) ++found;
        }
        return found == peers.length;
    }

    /// @notice The coalition `mask` of `peers` as a coalition of `list`, which covers them.
    function translate(address[] calldata list, address[] calldata peers, uint256 mask)
        internal
        pure
        returns (uint256 translated)
    {
        uint256 found = 0;
        for (uint256 i = 0; i < list.length && found < peers.length; ++i) {
            if (list[i] != peers[found]) continue;
            translated |= ((mask >> found) & 1) << i;
            ++found;
        }
    }
}

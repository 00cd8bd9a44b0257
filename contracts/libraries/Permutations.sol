// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

/// @title Permutations that a round's seed draws: Fisher-Yates over keccak
/// @notice Start with 0, 1, .., n - 1; for i = n - 1 down to 1 swap places i and j, where j is the hash of (key, i) modulo i + 1.
library Permutations {
    bytes1 internal constant TAG = 0x46;

    /// @notice Place of `player` in permutation `number` of `n` players. Follows that one player through the swaps: a place that the
    /// loop has passed is final.
    function positionOf(bytes32 seed, uint32 number, uint256 n, uint256 player)
        internal
        pure
        returns (uint256 position)
    {
        bytes32 key = keccak256(abi.encodePacked(seed, TAG, number));
        position = player;
        // Assembly for the scratch space: one hash a player is what a proof about a hundred players pays for.
        assembly ("memory-safe") {
            mstore(0x00, key)
            for { let i := sub(n, 1) } i {} {
                mstore(0x20, i)
                let j := mod(keccak256(0x00, 0x40), add(i, 1))
                // Mostly the swap is of others.
                if iszero(mul(sub(position, j), sub(position, i))) {
                    switch eq(position, j)
                    // Whoever stands at j goes to i, for good: no more rounds.
                    case 1 {
                        position := i
                        i := 1
                    }
                    default { position := j }
                }
                i := sub(i, 1)
            }
        }
    }
}

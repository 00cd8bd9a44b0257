// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {SumMerkle} from "../../../contracts/libraries/SumMerkle.sol";

/// @notice Proofs, not samples: `make halmos` runs every `check_` for all inputs at once. A path of three levels takes both sides of the
/// loop in every order; a longer one repeats them.
contract SumMerkleProofs {
    function fold(bytes32 leaf, uint256 amount, uint256 index, bytes calldata path)
        external
        pure
        returns (bytes32, uint256)
    {
        return SumMerkle.fold(leaf, amount, index, path);
    }

    /// @dev The assembly hashes what `abi.encodePacked` writes, whatever lies in the high bits.
    function check_ALeafIsHashedAsSpecified(
        uint256 chainId,
        address distributor,
        uint32 index,
        address account,
        uint96 cumulative
    ) external pure {
        bytes32 expected = keccak256(
            abi.encodePacked(bytes1(0x50), chainId, distributor, index, account, cumulative)
        );
        assert(SumMerkle.leaf(chainId, distributor, index, account, cumulative) == expected);
    }

    function check_ALeafIgnoresStrayBits(uint256 chainId, uint256 distributor, uint256 index, uint256 amount)
        external
        pure
    {
        address dirty;
        uint32 dirtyIndex;
        uint96 dirtyAmount;
        assembly ("memory-safe") {
            dirty := distributor
            dirtyIndex := index
            dirtyAmount := amount
        }
        bytes32 clean = SumMerkle.leaf(
            chainId,
            address(uint160(distributor)),
            uint32(index),
            address(uint160(distributor)),
            uint96(amount)
        );
        assert(SumMerkle.leaf(chainId, dirty, dirtyIndex, dirty, dirtyAmount) == clean);
    }

    /// @dev The assembly is the plain Solidity below it, for every path of three levels.
    function check_AFoldIsThePlainOne(
        bytes32 leaf,
        uint96 amount,
        bytes32[3] calldata siblings,
        uint96[3] calldata sums
    ) external view {
        if (amount > type(uint96).max / 8) return;
        bytes memory path;
        for (uint256 level = 0; level < 3; ++level) {
            if (sums[level] > type(uint96).max / 8) return;
            path = bytes.concat(path, siblings[level], bytes12(sums[level]));
        }
        // Every index in turn, since the prover wants addresses in memory to be numbers.
        for (uint256 index = 0; index < 8; ++index) {
            (bytes32 node, uint256 total) = this.fold(leaf, amount, index, path);
            (bytes32 plainNode, uint96 plainTotal) = plain(leaf, amount, index, siblings, sums);
            assert(node == plainNode);
            assert(total == plainTotal);
        }
    }

    /// @dev No sum wraps: a total that does not fit 96 bits is told as it is, and so equals no root's.
    function check_ATotalIsExact(
        bytes32 leaf,
        uint96 amount,
        bytes32[3] calldata siblings,
        uint96[3] calldata sums
    ) external view {
        bytes memory path;
        uint256 expected = amount;
        for (uint256 level = 0; level < 3; ++level) {
            path = bytes.concat(path, siblings[level], bytes12(sums[level]));
            expected += sums[level];
        }
        for (uint256 index = 0; index < 8; ++index) {
            (, uint256 total) = this.fold(leaf, amount, index, path);
            assert(total == expected);
        }
    }

    function plain(
        bytes32 node,
        uint96 total,
        uint256 index,
        bytes32[3] calldata siblings,
        uint96[3] calldata sums
    ) private pure returns (bytes32, uint96) {
        for (uint256 level = 0; level < 3; ++level) {
            node = (index >> level) & 1 == 0
                ? SumMerkle.parent(node, total, siblings[level], sums[level])
                : SumMerkle.parent(siblings[level], sums[level], node, total);
            total += sums[level];
        }
        return (node, total);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Emission} from "../../../contracts/interfaces/IRewardDistributor.sol";
import {Header} from "../../../contracts/interfaces/IRoundBook.sol";
import {Emissions} from "../../../contracts/libraries/Emissions.sol";
import {IndexMerkle} from "../../../contracts/libraries/IndexMerkle.sol";
import {SumMerkle} from "../../../contracts/libraries/SumMerkle.sol";

/// @title The libraries behind external functions, for tests that compare them with another implementation
contract TreeHarness {
    function sumLeaf(uint256 chainId, address distributor, uint32 index, address account, uint96 cumulative)
        external
        pure
        returns (bytes32)
    {
        return SumMerkle.leaf(chainId, distributor, index, account, cumulative);
    }

    function sumParent(bytes32 left, uint96 leftSum, bytes32 right, uint96 rightSum)
        external
        pure
        returns (bytes32)
    {
        return SumMerkle.parent(left, leftSum, right, rightSum);
    }

    function sumFold(
        bytes32 leaf,
        uint96 leafSum,
        uint32 index,
        bytes32[] calldata siblings,
        uint96[] calldata sums
    ) external pure returns (bytes32 node, uint256 total) {
        return SumMerkle.fold(leaf, leafSum, index, siblings, sums);
    }

    function indexLeaf(bytes1 tag, uint64 round, uint32 index, int256 value) external pure returns (bytes32) {
        return IndexMerkle.leaf(tag, round, index, value);
    }

    function indexParent(bytes32 left, bytes32 right) external pure returns (bytes32) {
        return IndexMerkle.parent(left, right);
    }

    function indexFold(bytes32 leaf, uint32 index, bytes32[] calldata siblings)
        external
        pure
        returns (bytes32)
    {
        return IndexMerkle.fold(leaf, index, siblings);
    }

    function cumulativeEmission(Emission calldata emission, uint256 round) external pure returns (uint256) {
        return Emissions.cumulative(emission, round);
    }

    function headerHash(Header calldata header) external pure returns (bytes32) {
        return keccak256(abi.encode(header));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Emission, IRewardDistributor} from "../../../contracts/interfaces/IRewardDistributor.sol";
import {Header} from "../../../contracts/interfaces/IRoundBook.sol";
import {Emissions} from "../../../contracts/libraries/Emissions.sol";
import {IndexMerkle} from "../../../contracts/libraries/IndexMerkle.sol";
import {SumMerkle} from "../../../contracts/libraries/SumMerkle.sol";

/// @title The libraries behind external functions, for tests that compare them with another implementation
contract TreeHarness {
    struct LeafCase {
        uint256 chainId;
        address distributor;
        uint32 index;
        address account;
        uint96 cumulative;
    }

    struct FoldCase {
        bytes32 leaf;
        uint96 amount;
        uint32 index;
        bytes path;
    }

    struct DigestCase {
        address account;
        uint96 cumulative;
        address to;
        uint256 nonce;
        uint256 deadline;
    }

    // Many cases a call: a call to the EVM is what is dear.

    function sumLeaves(LeafCase[] calldata cases) external pure returns (bytes32[] memory hashes) {
        hashes = new bytes32[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            LeafCase calldata one = cases[i];
            hashes[i] = SumMerkle.leaf(one.chainId, one.distributor, one.index, one.account, one.cumulative);
        }
    }

    function sumFolds(FoldCase[] calldata cases)
        external
        pure
        returns (bytes32[] memory nodes, uint256[] memory totals)
    {
        nodes = new bytes32[](cases.length);
        totals = new uint256[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            FoldCase calldata one = cases[i];
            (nodes[i], totals[i]) = SumMerkle.fold(one.leaf, one.amount, one.index, one.path);
        }
    }

    function claimDigests(IRewardDistributor distributor, DigestCase[] calldata cases)
        external
        view
        returns (bytes32[] memory digests)
    {
        digests = new bytes32[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            DigestCase calldata one = cases[i];
            digests[i] = distributor.claimDigest(one.account, one.cumulative, one.to, one.nonce, one.deadline);
        }
    }

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

    function sumFold(bytes32 leaf, uint256 leafSum, uint256 index, bytes calldata path)
        external
        pure
        returns (bytes32 node, uint256 total)
    {
        return SumMerkle.fold(leaf, leafSum, index, path);
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
        return IndexMerkle.foldTo(leaf, index, siblings.length, siblings);
    }

    function cumulativeEmission(Emission calldata emission, uint256 round) external pure returns (uint256) {
        return Emissions.cumulative(emission, round);
    }

    function headerHash(Header calldata header) external pure returns (bytes32) {
        return keccak256(abi.encode(header));
    }
}

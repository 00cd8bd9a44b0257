// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Mode, Rules} from "../../../contracts/interfaces/CourtTypes.sol";
import {Header} from "../../../contracts/interfaces/IRoundBook.sol";
import {IndexMerkle} from "../../../contracts/libraries/IndexMerkle.sol";
import {ScoreHarness} from "../harness/ScoreHarness.sol";
import {Assertions} from "../util/Assertions.sol";
import {IndexTree} from "../util/IndexTree.sol";

/// @notice Permutations, Shapley weights, pairs of paths and what scores count for, against a second, plain writing of them.
contract ScoreLibrariesTest is Assertions {
    using IndexTree for IndexTree.Tree;

    ScoreHarness private harness = new ScoreHarness();

    // Permutations

    /// @dev Fisher-Yates written out: every player is found where it really lands.
    function testFuzz_APlayerIsFollowedToItsPlace(bytes32 seed, uint32 number, uint256 n) public view {
        n = bound(n, 1, 40);
        uint256[] memory a = order(seed, number, n);
        for (uint256 place = 0; place < n; ++place) {
            assertEq(harness.positionOf(seed, number, n, a[place]), place);
        }
    }

    function test_APlayerIsFollowedAmongTheMostPeers() public view {
        uint256[] memory a = order("seed", 7, 256);
        for (uint256 place = 0; place < 256; ++place) {
            assertEq(harness.positionOf("seed", 7, 256, a[place]), place);
        }
    }

    /// @dev Each order of three comes about as often as any other.
    function test_EveryOrderIsAsLikely() public view {
        uint256[27] memory seen;
        for (uint32 number = 0; number < 6000; ++number) {
            uint256 p = harness.positionOf("seed", number, 3, 0);
            ++seen[
                9 * p + 3 * harness.positionOf("seed", number, 3, 1)
                    + harness.positionOf("seed", number, 3, 2)
            ];
        }
        uint256 orders = 0;
        for (uint256 i = 0; i < 27; ++i) {
            if (seen[i] == 0) continue;
            ++orders;
            // Five standard deviations around a thousand.
            assertLe(855, seen[i]);
            assertLe(seen[i], 1145);
        }
        assertEq(orders, 6);
    }

    function order(bytes32 seed, uint32 number, uint256 n) private pure returns (uint256[] memory a) {
        a = new uint256[](n);
        for (uint256 i = 0; i < n; ++i) {
            a[i] = i;
        }
        bytes32 key = keccak256(bytes.concat(seed, hex"46", bytes4(number)));
        for (uint256 i = n - 1; i >= 1; --i) {
            uint256 j = uint256(keccak256(bytes.concat(key, bytes32(i)))) % (i + 1);
            (a[i], a[j]) = (a[j], a[i]);
        }
    }

    // Shapley sums

    /// @dev Over all coalitions without a player: each once, none with it, and the weights add up to n!.
    function test_TheCoalitionsOfAPlayerAreAllTheOthers() public view {
        for (uint256 n = 1; n <= 7; ++n) {
            for (uint256 player = 0; player < n; ++player) {
                uint256 seen = 0;
                uint256 total = 0;
                for (uint256 k = 0; k < 2 ** (n - 1); ++k) {
                    uint256 coalition = harness.without(k, player);
                    assertEq((coalition >> player) & 1, 0);
                    assertTrue(coalition < 2 ** n, "too wide");
                    seen |= 1 << coalition;
                    total += harness.shapleyWeight(coalition, n);
                }
                assertEq(bits(seen), 2 ** (n - 1));
                assertEq(total, harness.factorial(n));
            }
        }
    }

    /// @dev The weight of a coalition is the number of orders in which exactly its members come before the player.
    function test_AWeightCountsOrders() public view {
        uint256[5] memory counted;
        uint256 n = 4;
        for (uint256 code = 0; code < n ** n; ++code) {
            uint256[4] memory who = [code % 4, code / 4 % 4, code / 16 % 4, code / 64];
            if (bits(1 << who[0] | 1 << who[1] | 1 << who[2] | 1 << who[3]) != 4) continue;
            uint256 before = 0;
            for (uint256 i = 0; who[i] != 0; ++i) {
                ++before;
            }
            ++counted[before];
        }
        for (uint256 k = 0; k < 8; ++k) {
            uint256 coalition = harness.without(k, 0);
            uint256 size = bits(coalition);
            uint256 coalitionsOfThatSize = size == 0 || size == 3 ? 1 : 3;
            assertEq(harness.shapleyWeight(coalition, n) * coalitionsOfThatSize, counted[size]);
        }
    }

    function test_FactorialsOfAllExactGames() public view {
        uint256 product = 1;
        assertEq(harness.factorial(0), 1);
        for (uint256 n = 1; n <= 16; ++n) {
            product *= n;
            assertEq(harness.factorial(n), product);
        }
    }

    function testFuzz_DivisionRoundsTowardsMinusInfinity(int128 value, uint64 by) public view {
        vm.assume(by != 0);
        int256 quotient = harness.floorDiv(value, by);
        int256 rest = int256(value) - quotient * int256(uint256(by));
        assertTrue(rest >= 0 && rest < int256(uint256(by)), "rest");
    }

    function testFuzz_AScoreCountsForItsPowerUpToALimit(int256 score, uint256 power) public view {
        power = bound(power, 1, 4);
        uint256 counted = score <= 0 ? 0 : uint256(score) < 2 ** 56 ? uint256(score) : 2 ** 56 - 1;
        uint256 expected = 1;
        for (uint256 i = 0; i < power; ++i) {
            expected *= counted;
        }
        assertEq(harness.scoreWeight(score, power), expected);
        assertEq(harness.scoreWeight(int256(2 ** 56), power), (2 ** 56 - 1) ** power);
        // As many as an index can address still fit a word.
        assertTrue(harness.scoreWeight(type(int256).max, 4) <= type(uint256).max / 2 ** 32, "sums fit");
    }

    function test_ALossDeltaIsTheUnseenGainIfTheOwnIsLarger() public view {
        assertTrue(harness.lossDelta(30, 10, 20, 15) == 5, "larger");
        assertTrue(harness.lossDelta(30, 28, 20, 15) == 0, "smaller");
        assertTrue(harness.lossDelta(30, 25, 20, 15) == 0, "a tie fails");
        assertTrue(harness.lossDelta(30, 10, 15, 20) == -5, "harm");
    }

    // Trees

    function testFuzz_TwoLeavesFoldToTheRoot(uint256 count, uint256 a, uint256 b, bytes32 salt) public view {
        count = bound(count, 2, 70);
        (a, b) = (a % count, b % count);
        vm.assume(a != b);
        if (a > b) (a, b) = (b, a);
        IndexTree.Tree memory tree = treeOf(count, salt);
        uint256 depth = IndexTree.depthOf(count);
        assertEq(harness.depthOf(count), depth);
        bytes32[] memory siblings = tree.paths(a, b);
        bytes32 first = tree.levels[0][a];
        bytes32 second = tree.levels[0][b];
        assertEq(harness.foldPair(first, a, second, b, depth, siblings), tree.root());
        // Another value, another order or another place leads elsewhere.
        assertTrue(harness.foldPair(second, a, first, b, depth, siblings) != tree.root(), "swapped");
        assertTrue(harness.foldPair(~first, a, second, b, depth, siblings) != tree.root(), "first");
        assertTrue(harness.foldPair(first, a, ~second, b, depth, siblings) != tree.root(), "second");
        for (uint256 i = 0; i < siblings.length; ++i) {
            siblings[i] = ~siblings[i];
            assertTrue(harness.foldPair(first, a, second, b, depth, siblings) != tree.root(), "sibling");
            siblings[i] = ~siblings[i];
        }
    }

    function testFuzz_ALeafFoldsToTheRoot(uint256 count, uint256 index, bytes32 salt) public view {
        count = bound(count, 1, 70);
        index %= count;
        IndexTree.Tree memory tree = treeOf(count, salt);
        uint256 depth = IndexTree.depthOf(count);
        assertEq(harness.foldTo(tree.levels[0][index], index, depth, tree.path(index)), tree.root());
        assertEq(harness.rootOf(tree.levels[0]), tree.root());
    }

    function test_RevertWhen_APathHasAnotherLength() public {
        for (uint256 length = 0; length < 6; ++length) {
            if (length != 3) {
                vm.expectRevert(abi.encodeWithSelector(IndexMerkle.WrongPath.selector, length, 3));
                harness.foldTo("leaf", 0, 3, new bytes32[](length));
            }
            // Leaves 1 and 2 of 8: two siblings on the first level, none on the second, one on the third.
            if (length != 3) {
                vm.expectRevert(abi.encodeWithSelector(IndexMerkle.WrongPath.selector, length, 3));
                harness.foldPair("first", 1, "second", 2, 3, new bytes32[](length));
            }
        }
    }

    function testFuzz_ALeafIsHashedAsSpecified(bytes1 tag, uint64 round, uint32 index, int256 value)
        public
        view
    {
        assertEq(
            harness.indexLeaf(tag, round, index, value),
            keccak256(bytes.concat(tag, bytes8(round), bytes4(index), bytes32(uint256(value))))
        );
    }

    /// @dev However far two leaves are apart in a tree, against folding them one by one. The trees of `testFuzz_TwoLeavesFoldToTheRoot`
    /// are small.
    function testFuzz_TwoLeavesFoldAsOneByOne(uint256 a, uint256 b, uint256 depth, bytes32 salt) public view {
        depth = bound(depth, 1, 32);
        a = bound(a, 0, 2 ** depth - 2);
        b = bound(b, a + 1, 2 ** depth - 1);
        uint256 apart = highest(a ^ b);
        bytes32[] memory siblings = new bytes32[](apart + depth - 1);
        for (uint256 i = 0; i < siblings.length; ++i) {
            siblings[i] = keccak256(abi.encode(salt, i));
        }
        (bytes32 first, bytes32 second) = (keccak256("first"), keccak256("second"));
        bytes32 left = first;
        bytes32 right = second;
        for (uint256 i = 0; i < apart; ++i) {
            left = beside(left, siblings[2 * i], a >> i);
            right = beside(right, siblings[2 * i + 1], b >> i);
        }
        left = node(left, right);
        for (uint256 i = 2 * apart; i < siblings.length; ++i) {
            left = beside(left, siblings[i], a >> (1 + i - apart));
        }
        assertEq(harness.foldPair(first, a, second, b, depth, siblings), left);
    }

    function beside(bytes32 own, bytes32 sibling, uint256 index) private pure returns (bytes32) {
        return index % 2 == 0 ? node(own, sibling) : node(sibling, own);
    }

    function node(bytes32 left, bytes32 right) private pure returns (bytes32) {
        return keccak256(bytes.concat(hex"49", left, right));
    }

    function highest(uint256 word) private pure returns (uint256 bit) {
        for (; word > 1; word >>= 1) {
            ++bit;
        }
    }

    // What transactions carry

    function testFuzz_HeadersAndRulesAreHashedAsTheyAreEncoded(
        Header memory header,
        uint8 mode,
        uint32 draws,
        bytes32 designRoot,
        uint64 tolerance
    ) public view {
        Rules memory rules = Rules({
            mode: Mode(mode % 6),
            maxPeers: uint16(draws),
            draws: draws,
            scale: ~tolerance,
            designRoot: designRoot,
            evaluatorShare: uint16(tolerance),
            power: mode,
            tolerance: tolerance,
            outerTolerance: tolerance ^ uint64(uint256(designRoot))
        });
        assertEq(harness.headerHash(header), keccak256(abi.encode(header)));
        assertEq(harness.rulesHash(rules), keccak256(abi.encode(rules)));
    }

    /// @dev A bit beside a narrow field is no header; within it, it is another one.
    function testFuzz_AHeaderHasNoBitsBesideItsFields(Header memory header, uint256 field, uint256 bit)
        public
        view
    {
        uint256[4] memory widths = [uint256(64), 32, 8, 96];
        (field, bit) = (field % 4, bit % 256);
        bytes memory data = abi.encodeCall(harness.headerHash, (header));
        assembly ("memory-safe") {
            let word := add(add(data, 36), mul(field, 32))
            mstore(word, xor(mload(word), shl(bit, 1)))
        }
        (bool success, bytes memory answer) = address(harness).staticcall(data);
        assertTrue(success == (bit < widths[field]), "bits beside a field");
        if (success) assertTrue(bytes32(answer) != keccak256(abi.encode(header)), "the same hash");
    }

    function testFuzz_AScoreLeafIsHashedAsSpecified(
        uint64 round,
        uint32 index,
        address account,
        int256 score,
        uint256 prefix
    ) public view {
        assertEq(
            harness.scoreLeaf(round, index, account, score, prefix),
            keccak256(
                bytes.concat(
                    hex"53",
                    bytes8(round),
                    bytes4(index),
                    bytes20(account),
                    bytes32(uint256(score)),
                    bytes32(prefix)
                )
            )
        );
    }

    function treeOf(uint256 count, bytes32 salt) private pure returns (IndexTree.Tree memory) {
        bytes32[] memory leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            leaves[i] = keccak256(abi.encode(salt, i));
        }
        return IndexTree.build(leaves);
    }

    function bits(uint256 word) private pure returns (uint256 count) {
        for (; word != 0; word &= word - 1) {
            ++count;
        }
    }
}

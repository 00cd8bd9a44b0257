// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {
    Agreement,
    Evaluator,
    Mode,
    Opening,
    Reveal,
    Rules,
    UNCOVERED,
    Utility,
    WITHHELD,
    WITHIN
} from "../../../contracts/interfaces/CourtTypes.sol";
import {Role} from "../../../contracts/interfaces/IPeerRegistry.sol";
import {IndexTree} from "./IndexTree.sol";
import {Project} from "./Project.sol";

/// @notice A project whose rounds are really measured: three evaluators with lists and utilities of their own, and what follows from
/// them by the written specification, with no code of the contracts.
abstract contract Measured is Project {
    using IndexTree for IndexTree.Tree;

    /// @dev How the last evaluator differs from the others.
    enum Story {
        Alike,
        AcceptsMore,
        AcceptsFewer,
        Withholds,
        Deviates
    }

    struct Own {
        address account;
        uint96 weight;
        address[] list;
        int256[] utilities;
    }

    uint256 internal constant DESIGN_PLAYERS = 6;
    uint32 internal constant DESIGN_ROWS = 7;
    uint32 internal constant PERMUTATIONS = 5;
    uint64 internal constant SCALE = 1000;
    uint256 internal constant MOST = 5;

    Mode internal mode;
    /// @dev Ascending by address, as everything else here.
    address[] internal trainers;
    address[] internal evaluatorsByAddress;
    Own[] internal own;
    Story internal story;
    int256[] internal design;

    function start(Mode mode_) internal {
        mode = mode_;
        for (uint256 i = design.length; i < DESIGN_PLAYERS * DESIGN_ROWS; ++i) {
            design.push(int256(uint256(keccak256(abi.encode("design", i))) % 4000) - 2000);
        }
        deploy(config(address(token)));
        trainers = sorted("trainer", MOST + 1);
        evaluatorsByAddress = sorted("evaluator", 3);
        for (uint256 i = 0; i < trainers.length; ++i) {
            register(trainers[i], Role.Trainer, 2 * TRAINER_STAKE);
        }
        for (uint256 i = 0; i < 3; ++i) {
            register(evaluatorsByAddress[i], Role.Evaluator, EVALUATOR_STAKE * uint96(4 - i) + uint96(i));
        }
        fund(20 * BUDGET);
    }

    function rulesOf(Mode) internal view override returns (Rules memory) {
        return rules();
    }

    function rules() internal view returns (Rules memory found) {
        found = Rules({
            mode: mode == Mode.None ? Mode.Exact : mode,
            maxPeers: mode == Mode.Design ? uint16(DESIGN_PLAYERS) : 16,
            draws: 0,
            scale: 0,
            designRoot: 0,
            evaluatorShare: 1000,
            power: 2,
            tolerance: 10,
            outerTolerance: 100
        });
        if (mode == Mode.Sampled) found.draws = PERMUTATIONS;
        if (mode == Mode.Design) {
            (found.draws, found.scale) = (DESIGN_ROWS, SCALE);
            found.designRoot = IndexTree.ofValues(0x44, 0, design).root();
        }
    }

    // Sizes

    function utilitiesOf(uint256 n) internal view returns (uint256) {
        if (mode == Mode.Exact) return 2 ** n;
        if (mode == Mode.Sampled) return PERMUTATIONS * (n + 1);
        if (mode == Mode.Design) return DESIGN_ROWS;
        return mode == Mode.LossDelta ? 4 * n : n;
    }

    function stepsOf(uint256 n) internal view returns (uint256) {
        if (mode == Mode.Exact) return 2 ** n / 2;
        if (mode == Mode.Sampled) return PERMUTATIONS;
        return mode == Mode.Design ? DESIGN_ROWS : 0;
    }

    // Measuring

    /// @dev Runs a round up to the posting of a header: `n` agreed peers.
    function measure(uint256 n, Story story_, uint256 seed) internal {
        story = story_;
        delete own;
        book.open();
        uint64 id = current();
        for (uint256 i = 0; i < trainers.length; ++i) {
            // All but the last of the superfluous ones submit.
            if (i == MOST && n < MOST) continue;
            vm.prank(trainers[i]);
            book.submit(id, keccak256(abi.encode(seed, i)));
        }
        skip(COMMIT + PUBLISH);
        book.seal(id);
        vm.roll(block.number + 1);
        book.draw(id);
        for (uint256 e = 0; e < 3; ++e) {
            takeMeasure(e, n, seed);
        }
        skip(MEASURE);
        for (uint256 e = 0; e < 3; ++e) {
            Reveal memory reveal = revealOf(e);
            vm.prank(own[e].account);
            book.revealUtilities(id, reveal.root, reveal.players, reveal.dataDigest, "salt");
        }
        skip(REVEAL);
        if (story == Story.Withholds) {
            for (uint256 e = 0; e < 2; ++e) {
                Reveal memory reveal = revealOf(e);
                vm.prank(own[e].account);
                scoreCourt.object(id, own[2].account, reveal);
            }
        }
    }

    function takeMeasure(uint256 e, uint256 n, uint256 seed) private {
        address account = evaluatorsByAddress[e];
        Own storage mine = own.push();
        mine.account = account;
        mine.weight = registry.weight(account, Role.Evaluator);
        uint256 from = e == 2 && story == Story.AcceptsFewer ? 1 : 0;
        uint256 to = e == 2 && story == Story.AcceptsMore ? n + 1 : n;
        for (uint256 i = from; i < to; ++i) {
            mine.list.push(trainers[i]);
        }
        uint256 count = utilitiesOf(mine.list.length);
        for (uint256 k = 0; k < count; ++k) {
            mine.utilities.push(utility(e, mine.list, k, seed));
        }
        Reveal memory reveal = revealOf(e);
        bytes32 commitment =
            book.commitmentOf(current(), account, reveal.root, reveal.players, reveal.dataDigest, "salt");
        uint64 id = current();
        vm.prank(account);
        book.commitUtilities(id, commitment);
    }

    /// @dev The same for the same peers, whoever else is in the list, but for a little noise.
    function utility(uint256 e, address[] memory list, uint256 k, uint256 seed)
        private
        view
        returns (int256)
    {
        uint256 what = k;
        if (mode == Mode.Exact) {
            what = 0;
            for (uint256 i = 0; i < list.length; ++i) {
                if ((k >> i) & 1 == 1) what += uint160(list[i]);
            }
        } else if (mode == Mode.LossDelta) {
            what = uint256(uint160(list[k / 4])) * 4 + k % 4;
        }
        int256 value = int256(uint256(keccak256(abi.encode(seed, what))) % 2 ** 24) - 2 ** 22;
        value += int256(uint256(keccak256(abi.encode(seed, what, e))) % 5);
        bool far =
            e == 2 && story == Story.Deviates && uint256(keccak256(abi.encode(seed, "far", k))) % 3 == 0;
        return far ? value + 5000 : value;
    }

    function revealOf(uint256 e) internal view returns (Reveal memory) {
        Own memory mine = own[e];
        return Reveal({
            root: IndexTree.ofValues(0x55, current(), mine.utilities).root(),
            players: keccak256(abi.encode(mine.list)),
            dataDigest: keccak256(abi.encode("data", mine.account)),
            weight: mine.weight
        });
    }

    // Agreeing

    function isWithheld(uint256 e) internal view returns (bool) {
        return e == 2 && story == Story.Withholds;
    }

    function agreedPlayers() internal view returns (address[] memory agreed) {
        agreed = new address[](trainers.length);
        uint256 count = 0;
        for (uint256 i = 0; i < trainers.length; ++i) {
            uint256 accepting = 0;
            uint256 total = 0;
            for (uint256 e = 0; e < 3; ++e) {
                if (isWithheld(e)) continue;
                total += own[e].weight;
                if (placeIn(own[e].list, trainers[i]) < own[e].list.length) accepting += own[e].weight;
            }
            if (2 * accepting > total) agreed[count++] = trainers[i];
        }
        assembly ("memory-safe") {
            mstore(agreed, count)
        }
    }

    function covers(address[] memory list, address[] memory players) internal view returns (bool) {
        for (uint256 i = 0; i < players.length; ++i) {
            if (placeIn(list, players[i]) == list.length) return false;
        }
        return list.length == players.length || mode == Mode.Exact || mode == Mode.LossDelta;
    }

    function indexIn(address[] memory list, address[] memory players, uint256 m)
        internal
        view
        returns (uint256 index)
    {
        if (mode == Mode.LossDelta) return 4 * placeIn(list, players[m / 4]) + m % 4;
        if (mode != Mode.Exact) return m;
        for (uint256 i = 0; i < players.length; ++i) {
            if ((m >> i) & 1 == 1) index += 2 ** placeIn(list, players[i]);
        }
    }

    function agreedUtilities(address[] memory players) internal view returns (int256[] memory agreed) {
        agreed = new int256[](utilitiesOf(players.length));
        for (uint256 m = 0; m < agreed.length; ++m) {
            agreed[m] = median(players, m);
        }
    }

    function median(address[] memory players, uint256 m) private view returns (int256 least) {
        least = type(int256).max;
        for (uint256 e = 0; e < 3; ++e) {
            if (isWithheld(e) || !covers(own[e].list, players)) continue;
            int256 candidate = ownUtility(e, players, m);
            (uint256 atMost, uint256 total) = weightUpTo(players, m, candidate);
            if (2 * atMost >= total && candidate < least) least = candidate;
        }
    }

    function weightUpTo(address[] memory players, uint256 m, int256 candidate)
        private
        view
        returns (uint256 atMost, uint256 total)
    {
        for (uint256 e = 0; e < 3; ++e) {
            if (isWithheld(e) || !covers(own[e].list, players)) continue;
            total += own[e].weight;
            if (ownUtility(e, players, m) <= candidate) atMost += own[e].weight;
        }
    }

    function ownUtility(uint256 e, address[] memory players, uint256 m) internal view returns (int256) {
        return own[e].utilities[indexIn(own[e].list, players, m)];
    }

    function standings(address[] memory players, int256[] memory agreed)
        internal
        view
        returns (Evaluator[] memory found)
    {
        found = new Evaluator[](3);
        for (uint256 e = 0; e < 3; ++e) {
            found[e] = Evaluator(own[e].account, own[e].weight, WITHIN);
            if (isWithheld(e)) {
                found[e].standing = WITHHELD;
            } else if (!covers(own[e].list, players)) {
                found[e].standing = UNCOVERED;
            } else {
                for (uint256 m = agreed.length; m > 0; --m) {
                    int256 difference = ownUtility(e, players, m - 1) - agreed[m - 1];
                    if (difference > 10 || difference < -10) found[e].standing = uint32(m - 1);
                }
            }
        }
    }

    /// @dev Opens an evaluator's utility that stands for the agreed one; or its list alone, when that does not cover the agreed peers.
    function openingOf(uint256 e, address[] memory players, uint256 m)
        internal
        view
        returns (Opening memory opening)
    {
        opening.position = uint32(e);
        opening.reveal = revealOf(e);
        bool alike = opening.reveal.players == keccak256(abi.encode(players));
        if (!alike) opening.list = own[e].list;
        if (!covers(own[e].list, players)) return opening;
        uint256 index = indexIn(own[e].list, players, m);
        opening.value = own[e].utilities[index];
        opening.siblings = IndexTree.ofValues(0x55, current(), own[e].utilities).path(index);
    }

    // Helpers

    function placeIn(address[] memory list, address account) internal pure returns (uint256 place) {
        while (place < list.length && list[place] != account) ++place;
    }

    function sorted(string memory name, uint256 count) private pure returns (address[] memory accounts) {
        accounts = new address[](count);
        for (uint256 i = 0; i < count; ++i) {
            address account = address(uint160(uint256(keccak256(abi.encode(name, i)))));
            uint256 j = i;
            for (; j > 0 && accounts[j - 1] > account; --j) {
                accounts[j] = accounts[j - 1];
            }
            accounts[j] = account;
        }
    }
}

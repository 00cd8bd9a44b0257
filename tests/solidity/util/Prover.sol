// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {
    Agreement,
    Evaluator,
    Fault,
    Mode,
    Opening,
    PayoutProof,
    ScoreLeaf,
    Step,
    SumNode,
    Trial,
    Utility,
    WITHIN
} from "../../../contracts/interfaces/CourtTypes.sol";
import {Claim} from "../../../contracts/interfaces/IRewardDistributor.sol";
import {Header} from "../../../contracts/interfaces/IRoundBook.sol";
import {IndexTree} from "./IndexTree.sol";
import {Measured} from "./Measured.sol";
import {PayoutTree} from "./PayoutTree.sol";

/// @notice Makes honest headers by the written specification, and a proof for any link of any header.
abstract contract Prover is Measured {
    using IndexTree for IndexTree.Tree;
    using PayoutTree for PayoutTree.Tree;

    /// @notice All that a poster states. What a header has the roots of.
    struct Post {
        uint64 round;
        int256[] utilities;
        int256[] trace;
        address[] accounts;
        int256[] scores;
        uint256[] prefixes;
        address[] payees;
        uint96[] amounts;
        address[] players;
        Evaluator[] evaluators;
    }

    /// @dev The payouts of the root that stands before the one being posted.
    address[] internal lastPayees;
    uint96[] internal lastAmounts;
    uint24 internal lastRoot;
    uint96 internal lastSum;

    // The honest header

    function honest() internal view returns (Post memory post) {
        post.round = current();
        post.players = agreedPlayers();
        post.accounts = agreedPlayers();
        post.utilities = agreedUtilities(post.players);
        post.evaluators = standings(post.players, post.utilities);
        follow(post);
    }

    /// @dev Everything that follows from the agreed utilities, the peers and the evaluators.
    function follow(Post memory post) internal view {
        post.trace = traceOf(post.utilities, post.players.length);
        post.scores = scoresOf(post.utilities, post.trace, post.players.length);
        post.prefixes = prefixesOf(post.scores);
        (post.payees, post.amounts) = payoutsOf(post);
    }

    function traceOf(int256[] memory utilities, uint256 n) internal view returns (int256[] memory trace) {
        uint256 steps = stepsOf(n);
        trace = new int256[](n * steps);
        for (uint256 i = 0; i < n; ++i) {
            int256 sum = 0;
            for (uint256 k = 0; k < steps; ++k) {
                sum += termOf(utilities, n, i, k);
                trace[i * steps + k] = sum;
            }
        }
    }

    function termOf(int256[] memory utilities, uint256 n, uint256 i, uint256 k)
        private
        view
        returns (int256)
    {
        (uint256 a, uint256 b) = pairOf(n, i, k);
        if (mode == Mode.Design) return weightAt(i, k) * utilities[a];
        int256 gain = utilities[b] - utilities[a];
        if (mode == Mode.Sampled) return gain;
        uint256 size = 0;
        for (uint256 j = 0; j < n; ++j) {
            size += (a >> j) & 1;
        }
        return int256(factorial(size) * factorial(n - 1 - size)) * gain;
    }

    /// @dev The utilities of a step: without the player and with it; of a design the coalition's, twice.
    function pairOf(uint256 n, uint256 i, uint256 k) internal view returns (uint256, uint256) {
        if (mode == Mode.Design) return (k, k);
        if (mode == Mode.Sampled) {
            uint256 place = position(seedOf(), k, n, i);
            return (k * (n + 1) + place, k * (n + 1) + place + 1);
        }
        uint256 without = (k >> i) << (i + 1) | (k % 2 ** i);
        return (without, without + 2 ** i);
    }

    function weightAt(uint256 i, uint256 k) internal view returns (int256) {
        return design[rowOf(i) * DESIGN_ROWS + k];
    }

    function rowOf(uint256 i) internal view returns (uint256) {
        return position(seedOf(), 0, DESIGN_PLAYERS, i);
    }

    function seedOf() internal view returns (bytes32) {
        return book.round(current()).seed;
    }

    /// @dev Fisher-Yates, written out.
    function order(bytes32 seed, uint256 p, uint256 n) internal pure returns (uint256[] memory a) {
        a = new uint256[](n);
        for (uint256 i = 0; i < n; ++i) {
            a[i] = i;
        }
        bytes32 key = keccak256(bytes.concat(seed, hex"46", bytes4(uint32(p))));
        for (uint256 i = n - 1; i >= 1; --i) {
            uint256 j = uint256(keccak256(bytes.concat(key, bytes32(i)))) % (i + 1);
            (a[i], a[j]) = (a[j], a[i]);
        }
    }

    function position(bytes32 seed, uint256 p, uint256 n, uint256 player)
        internal
        pure
        returns (uint256 place)
    {
        uint256[] memory a = order(seed, p, n);
        while (a[place] != player) ++place;
    }

    function scoresOf(int256[] memory utilities, int256[] memory trace, uint256 n)
        internal
        view
        returns (int256[] memory scores)
    {
        scores = new int256[](n);
        uint256 steps = stepsOf(n);
        for (uint256 i = 0; i < n; ++i) {
            if (mode == Mode.Reported) {
                scores[i] = utilities[i];
            } else if (mode == Mode.LossDelta) {
                int256 unseen = utilities[4 * i + 2] - utilities[4 * i + 3];
                scores[i] = utilities[4 * i] - utilities[4 * i + 1] > unseen ? unseen : int256(0);
            } else {
                int256 by = mode == Mode.Exact ? int256(factorial(n)) : int256(uint256(PERMUTATIONS));
                if (mode == Mode.Design) by = int256(uint256(SCALE));
                scores[i] = floorDiv(trace[(i + 1) * steps - 1], by);
            }
        }
    }

    function prefixesOf(int256[] memory scores) internal pure returns (uint256[] memory prefixes) {
        prefixes = new uint256[](scores.length);
        uint256 sum = 0;
        for (uint256 i = 0; i < scores.length; ++i) {
            sum += weightOf(scores[i]);
            prefixes[i] = sum;
        }
    }

    /// @dev The rules of these tests have the power two.
    function weightOf(int256 score) internal pure returns (uint256) {
        return score > 0 ? uint256(score) ** 2 : 0;
    }

    function payoutsOf(Post memory post)
        internal
        view
        returns (address[] memory payees, uint96[] memory amounts)
    {
        address[] memory everybody = merged(merged(lastPayees, post.accounts), evaluatorsByAddress);
        uint96[] memory sums = new uint96[](everybody.length);
        uint256 count = 0;
        for (uint256 i = 0; i < everybody.length; ++i) {
            uint96 sum = cumulativeOf(everybody[i], post);
            if (sum == 0) continue;
            (everybody[count], sums[count]) = (everybody[i], sum);
            ++count;
        }
        assembly ("memory-safe") {
            mstore(everybody, count)
            mstore(sums, count)
        }
        return (everybody, sums);
    }

    function cumulativeOf(address account, Post memory post) internal view returns (uint96 sum) {
        for (uint256 i = 0; i < lastPayees.length; ++i) {
            if (lastPayees[i] == account) sum += lastAmounts[i];
        }
        uint256 n = post.scores.length;
        uint256 total = n == 0 ? 0 : post.prefixes[n - 1];
        if (total == 0) return sum;
        uint256 budget = book.budgetOf(post.round);
        uint256 pot = budget * 1000 / 10000;
        for (uint256 i = 0; i < n; ++i) {
            if (post.accounts[i] == account) {
                sum += uint96((budget - pot) * weightOf(post.scores[i]) / total);
            }
        }
        uint256 within = 0;
        for (uint256 e = 0; e < post.evaluators.length; ++e) {
            if (post.evaluators[e].standing == WITHIN) within += post.evaluators[e].weight;
        }
        for (uint256 e = 0; e < post.evaluators.length; ++e) {
            Evaluator memory one = post.evaluators[e];
            if (one.account == account && one.standing == WITHIN) sum += uint96(pot * one.weight / within);
        }
    }

    // Trees and headers

    function utilityTree(Post memory post) internal pure returns (IndexTree.Tree memory) {
        return IndexTree.ofValues(0x55, post.round, post.utilities);
    }

    function traceTree(Post memory post) internal pure returns (IndexTree.Tree memory) {
        return IndexTree.ofValues(0x54, post.round, post.trace);
    }

    function scoreTree(Post memory post) internal pure returns (IndexTree.Tree memory) {
        bytes32[] memory leaves = new bytes32[](post.scores.length);
        for (uint256 i = 0; i < leaves.length; ++i) {
            leaves[i] = keccak256(
                bytes.concat(
                    hex"53",
                    bytes8(post.round),
                    bytes4(uint32(i)),
                    bytes20(post.accounts[i]),
                    bytes32(uint256(post.scores[i])),
                    bytes32(post.prefixes[i])
                )
            );
        }
        return IndexTree.build(leaves);
    }

    function payoutTree(Post memory post) internal view returns (PayoutTree.Tree memory) {
        return PayoutTree.build(address(distributor), post.payees, post.amounts);
    }

    function headerOf(Post memory post) internal view returns (Header memory) {
        PayoutTree.Tree memory payouts = payoutTree(post);
        return Header({
            round: post.round,
            peers: uint32(post.scores.length),
            depth: payouts.depthOf(),
            sum: payouts.sum(),
            utilityRoot: utilityTree(post).root(),
            traceRoot: traceTree(post).root(),
            scoreRoot: scoreTree(post).root(),
            payoutRoot: payouts.node(),
            players: keccak256(abi.encode(post.players)),
            evaluators: keccak256(abi.encode(post.evaluators)),
            modelDigest: keccak256("model"),
            reportDigest: keccak256("report")
        });
    }

    function trialOf(Header memory header) internal view returns (Trial memory) {
        return Trial(address(scoreCourt), header, rules());
    }

    function trialOf(Post memory post) internal view returns (Trial memory) {
        return trialOf(headerOf(post));
    }

    /// @dev The first of the evaluators posts.
    function publish(Post memory post) internal returns (Trial memory trial) {
        trial = trialOf(post);
        postAs(evaluatorsByAddress[0], trial.header);
    }

    /// @dev Lets an honest round pass, so that the next one has something before it.
    function settleHonestly(uint256 n, Story story_, uint256 seed) internal {
        measure(n, story_, seed);
        Post memory post = honest();
        publish(post);
        delete lastPayees;
        delete lastAmounts;
        for (uint256 i = 0; i < post.payees.length; ++i) {
            lastPayees.push(post.payees[i]);
            lastAmounts.push(post.amounts[i]);
        }
        (lastRoot, lastSum) = (distributor.sequence(), distributor.owed());
        skip(CHALLENGE);
    }

    // Proofs

    function stepOf(Post memory post, uint256 i, uint256 k) internal view returns (Step memory step) {
        uint256 n = post.scores.length;
        uint256 t = i * stepsOf(n) + k;
        (step.player, step.k) = (uint32(i), uint32(k));
        step.beyond = post.trace[t];
        IndexTree.Tree memory trace = traceTree(post);
        if (k != 0) step.before = post.trace[t - 1];
        step.trace = k == 0 ? trace.path(t) : trace.paths(t - 1, t);
        (uint256 a, uint256 b) = pairOf(n, i, k);
        IndexTree.Tree memory utilities = utilityTree(post);
        step.with = post.utilities[b];
        if (mode != Mode.Design) {
            step.without = post.utilities[a];
            step.utilities = utilities.paths(a, b);
        } else {
            step.utilities = utilities.path(a);
            step.weight = weightAt(i, k);
            step.weights = IndexTree.ofValues(0x44, 0, design).path(rowOf(i) * DESIGN_ROWS + k);
        }
    }

    function scoreLeaf(Post memory post, uint256 i) internal pure returns (ScoreLeaf memory) {
        return
            ScoreLeaf(uint32(i), post.accounts[i], post.scores[i], post.prefixes[i], scoreTree(post).path(i));
    }

    function scoreLeaves(Post memory post, uint256 i) internal pure returns (ScoreLeaf[] memory leaves) {
        leaves = new ScoreLeaf[](i == 0 ? 1 : 2);
        leaves[leaves.length - 1] = scoreLeaf(post, i);
        if (i != 0) leaves[0] = scoreLeaf(post, i - 1);
    }

    /// @dev What score i follows from, with its path.
    function basisOf(Post memory post, uint256 i)
        internal
        view
        returns (int256[] memory basis, bytes32[] memory siblings)
    {
        if (mode == Mode.LossDelta) {
            basis = new int256[](4);
            for (uint256 j = 0; j < 4; ++j) {
                basis[j] = post.utilities[4 * i + j];
            }
            return (basis, utilityTree(post).path(i, 2));
        }
        basis = new int256[](1);
        if (mode == Mode.Reported) {
            basis[0] = post.utilities[i];
            return (basis, utilityTree(post).path(i));
        }
        uint256 t = (i + 1) * stepsOf(post.scores.length) - 1;
        basis[0] = post.trace[t];
        return (basis, traceTree(post).path(t));
    }

    function agreementOf(Post memory post) internal pure returns (Agreement memory) {
        return Agreement(post.players, post.evaluators);
    }

    function utilityAt(Post memory post, uint256 m) internal pure returns (Utility memory) {
        return Utility(uint32(m), post.utilities[m], utilityTree(post).path(m));
    }

    /// @dev The openings of all whose utility counts, by the statement of the post, and is on one side of the agreed one.
    function sideOf(Post memory post, uint256 m, bool above)
        internal
        view
        returns (Opening[] memory openings)
    {
        openings = new Opening[](3);
        uint256 count = 0;
        for (uint256 e = 0; e < 3; ++e) {
            if (isWithheld(e) || !covers(own[e].list, post.players)) continue;
            int256 value = ownUtility(e, post.players, m);
            if (above ? value > post.utilities[m] : value < post.utilities[m]) {
                openings[count++] = openingOf(e, post.players, m);
            }
        }
        assembly ("memory-safe") {
            mstore(openings, count)
        }
    }

    function payoutProof(Post memory post, address account) internal view returns (PayoutProof memory proof) {
        proof.current = membership(payoutTree(post), account);
        proof.previousRoot = lastRoot;
        if (lastPayees.length != 0) {
            proof.previous =
                membership(PayoutTree.build(address(distributor), lastPayees, lastAmounts), account);
        }
        uint256 n = post.scores.length;
        if (n == 0) return proof;
        proof.last = scoreLeaf(post, n - 1);
        proof.scores = scored(post, account);
        proof.evaluators = post.evaluators;
    }

    /// @dev A leaf of the account, or the neighbours of the place where it would be.
    function membership(PayoutTree.Tree memory tree, address account)
        internal
        pure
        returns (Claim[] memory leaves)
    {
        uint256 count = tree.accounts.length;
        uint256 place = 0;
        while (place < count && tree.accounts[place] < account) ++place;
        bool found = place < count && tree.accounts[place] == account;
        uint256 width = 2 ** tree.depthOf();
        bool one = found || place == 0 || place == width;
        leaves = new Claim[](one ? 1 : 2);
        leaves[0] = tree.proof(found || place == 0 ? place : place - 1);
        if (!one) leaves[1] = tree.proof(place);
    }

    function scored(Post memory post, address account) internal pure returns (ScoreLeaf[] memory leaves) {
        uint256 n = post.scores.length;
        uint256 place = 0;
        while (place < n && post.accounts[place] < account) ++place;
        bool found = place < n && post.accounts[place] == account;
        bool one = found || place == 0 || place == n;
        leaves = new ScoreLeaf[](one ? 1 : 2);
        leaves[0] = scoreLeaf(post, found || place == 0 ? place : place - 1);
        if (!one) leaves[1] = scoreLeaf(post, place);
    }

    /// @dev A node on any level, with what it is made of.
    function sumNode(PayoutTree.Tree memory tree, uint256 level, uint256 index)
        internal
        pure
        returns (SumNode memory node)
    {
        (node.level, node.index) = (uint8(level), uint32(index));
        node.sum = tree.sums[level][index];
        if (level == 0) {
            if (index < tree.accounts.length) {
                (node.account, node.cumulative) = (tree.accounts[index], tree.amounts[index]);
            }
        } else {
            (node.left, node.leftSum) = (tree.hashes[level - 1][2 * index], tree.sums[level - 1][2 * index]);
            (node.right, node.rightSum) =
            (tree.hashes[level - 1][2 * index + 1], tree.sums[level - 1][2 * index + 1]);
        }
        node.path = tree.pathOf(level, index);
    }

    // Helpers

    function factorial(uint256 n) internal pure returns (uint256) {
        return n < 2 ? 1 : n * factorial(n - 1);
    }

    function floorDiv(int256 a, int256 b) internal pure returns (int256) {
        return a >= 0 ? a / b : -((-a + b - 1) / b);
    }

    /// @dev Two ascending lists as one.
    function merged(address[] memory a, address[] memory b) internal pure returns (address[] memory both) {
        both = new address[](a.length + b.length);
        uint256 count = 0;
        uint256 i = 0;
        uint256 j = 0;
        while (i < a.length || j < b.length) {
            bool first = j == b.length || (i < a.length && a[i] <= b[j]);
            address next = first ? a[i] : b[j];
            if (i < a.length && a[i] == next) ++i;
            if (j < b.length && b[j] == next) ++j;
            both[count++] = next;
        }
        assembly ("memory-safe") {
            mstore(both, count)
        }
    }
}

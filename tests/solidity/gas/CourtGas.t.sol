// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Fault, Mode, Rules, Step, Trial} from "../../../contracts/interfaces/CourtTypes.sol";
import {Header} from "../../../contracts/interfaces/IRoundBook.sol";
import {IScoreCourt} from "../../../contracts/interfaces/IScoreCourt.sol";
import {ScoreHarness} from "../harness/ScoreHarness.sol";
import {IndexTree} from "../util/IndexTree.sol";
import {Project} from "../util/Project.sol";

/// @notice A judge that needs no proof.
contract Conviction {
    function convict(IScoreCourt court, bytes32 headerHash, bytes32 rulesHash) external {
        court.convict(Fault.Step, 1, headerHash, rulesHash, msg.sender);
    }
}

/// @notice What a proof of a wrong step costs, the slash included, in games of the sizes that the project promises.
/// @dev Only the paths of the proof matter: the trees around them are made up. The challenger has earned a reward before, and has not
/// collected it; the first one costs 17,100 more.
contract CourtGasTest is Project {
    ScoreHarness private harness = new ScoreHarness();
    Rules private wanted;
    Step private step;
    bytes32 private weightRoot;

    function rulesOf(Mode) internal view override returns (Rules memory) {
        return wanted;
    }

    function setUp() public override {
        wanted.mode = Mode.Exact;
        (wanted.maxPeers, wanted.power) = (16, 1);
        super.setUp();
    }

    function begin() private {
        deploy(config(address(token)));
        registerAll();
        vm.prank(court);
        registry.slash(rival, 2, stranger);
    }

    /// @dev The proof as if the sum after the step were off by one: the trace must only lead somewhere.
    function traced(uint256 t, uint256 leaves) private returns (bytes32) {
        uint256 depth = IndexTree.depthOf(leaves);
        (step.before, step.beyond) = (-123456789, 987654321);
        uint256 apart = highest(t ^ (t - 1));
        step.trace = path("trace", apart + depth - 1);
        return harness.foldPair(
            IndexTree.leaf(0x54, 1, t - 1, step.before),
            t - 1,
            IndexTree.leaf(0x54, 1, t, step.beyond),
            t,
            depth,
            step.trace
        );
    }

    function paired(uint256 a, uint256 b, uint256 leaves) private returns (bytes32) {
        uint256 depth = IndexTree.depthOf(leaves);
        (step.without, step.with) = (-1000000007, 1234567890);
        step.utilities = path("utilities", highest(a ^ b) + depth - 1);
        return harness.foldPair(
            IndexTree.leaf(0x55, 1, a, step.without),
            a,
            IndexTree.leaf(0x55, 1, b, step.with),
            b,
            depth,
            step.utilities
        );
    }

    function path(string memory name, uint256 length) private pure returns (bytes32[] memory siblings) {
        siblings = new bytes32[](length);
        for (uint256 i = 0; i < length; ++i) {
            siblings[i] = keccak256(abi.encode(name, i));
        }
    }

    function highest(uint256 word) private pure returns (uint256 bit) {
        while (word > 1) {
            word >>= 1;
            ++bit;
        }
    }

    function exact(string memory name, uint32 n, uint32 player, uint32 k) private {
        begin();
        (step.player, step.k) = (player, k);
        bytes32 traceRoot = traced(uint256(player) * 2 ** (n - 1) + k, uint256(n) * 2 ** (n - 1));
        uint256 coalition = harness.without(k, player);
        toPost();
        dispute(name, n, paired(coalition, coalition | 1 << player, 2 ** n), traceRoot);
    }

    function test_ExactGames() public {
        exact("dispute, exact, 4 peers", 4, 1, 3);
        exact("dispute, exact, 8 peers", 8, 3, 77);
        exact("dispute, exact, 12 peers", 12, 5, 777);
        exact("dispute, exact, 12 peers, longest", 12, 11, 2047);
        exact("dispute, exact, 16 peers", 16, 7, 7777);
    }

    function sampled(string memory name, uint32 n, uint32 draws, uint32 player, uint32 k) private {
        wanted.mode = Mode.Sampled;
        (wanted.maxPeers, wanted.draws) = (256, draws);
        begin();
        (step.player, step.k) = (player, k);
        toPost();
        uint256 place = harness.positionOf(book.round(1).seed, k, n, player);
        bytes32 traceRoot = traced(uint256(player) * draws + k, uint256(n) * draws);
        uint256 at = uint256(k) * (n + 1) + place;
        bytes32 utilityRoot = paired(at, at + 1, uint256(draws) * (n + 1));
        dispute(name, n, utilityRoot, traceRoot);
    }

    function dispute(string memory name, uint32 peers, bytes32 utilityRoot, bytes32 traceRoot) private {
        Header memory header = header(0, 0, 0);
        (header.peers, header.utilityRoot, header.traceRoot) = (peers, utilityRoot, traceRoot);
        postAs(evaluator, header);
        Trial memory trial = Trial(court, header, wanted);
        vm.prank(stranger);
        scoreJudge.proveStep(trial, step);
        vm.snapshotGasLastCall("gas", name);
    }

    /// @dev What is left of a dispute without its proof: voiding the header and slashing its poster.
    function test_TheConvictionAlone() public {
        begin();
        toPost();
        Header memory header = header(0, 0, 0);
        postAs(evaluator, header);
        bytes32 rulesHash = keccak256(abi.encode(wanted));
        Conviction conviction = new Conviction();
        vm.etch(address(scoreJudge), address(conviction).code);
        vm.prank(stranger);
        Conviction(address(scoreJudge)).convict(scoreCourt, keccak256(abi.encode(header)), rulesHash);
        vm.snapshotGasLastCall("gas", "dispute, conviction alone");
    }

    function test_SampledGames() public {
        sampled("dispute, 16 peers, 64 permutations", 16, 64, 7, 33);
        sampled("dispute, 100 peers, 1000 permutations", 100, 1000, 42, 777);
        sampled("dispute, 256 peers, 256 permutations", 256, 256, 130, 201);
    }

    function test_Designs() public {
        wanted.mode = Mode.Design;
        (wanted.maxPeers, wanted.draws, wanted.scale) = (100, 2000, 1_000_000);
        (step.player, step.k, step.weight, step.with) = (42, 1234, -31415, 1234567890);
        step.weights = path("weights", IndexTree.depthOf(200_000));
        wanted.designRoot = "to come";
        begin();
        // The seed that counts is known once it is drawn; the design is not, in truth, made after it.
        toPost();
        uint256 row = harness.positionOf(book.round(1).seed, 0, 100, 42);
        bytes32 leaf = IndexTree.leaf(0x44, 0, row * 2000 + 1234, step.weight);
        wanted.designRoot = harness.foldTo(leaf, row * 2000 + 1234, 18, step.weights);
        vm.store(court, keccak256(abi.encode(POLICY, RULES_SLOT)), keccak256(abi.encode(wanted)));
        bytes32 traceRoot = traced(42 * 2000 + 1234, 200_000);
        (step.without, step.with) = (0, 1234567890);
        step.utilities = path("utilities", 11);
        bytes32 utility = IndexTree.leaf(0x55, 1, 1234, step.with);
        dispute(
            "dispute, 100 peers, design of 2000",
            100,
            harness.foldTo(utility, 1234, 11, step.utilities),
            traceRoot
        );
    }

    /// @dev Where `rulesOf` lies in the court: `forge inspect ScoreCourt storage-layout`.
    uint256 private constant RULES_SLOT = 0;
}

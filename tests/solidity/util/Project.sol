// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {PeerRegistry} from "../../../contracts/PeerRegistry.sol";
import {ProjectFactory} from "../../../contracts/ProjectFactory.sol";
import {ProjectLens} from "../../../contracts/ProjectLens.sol";
import {RewardDistributor} from "../../../contracts/RewardDistributor.sol";
import {RoundBook} from "../../../contracts/RoundBook.sol";
import {ScoreCourt} from "../../../contracts/ScoreCourt.sol";
import {PeerRegistryBlueprint} from "../../../contracts/blueprints/PeerRegistryBlueprint.sol";
import {RewardDistributorBlueprint} from "../../../contracts/blueprints/RewardDistributorBlueprint.sol";
import {RoundBookBlueprint} from "../../../contracts/blueprints/RoundBookBlueprint.sol";
import {ScoreCourtBlueprint} from "../../../contracts/blueprints/ScoreCourtBlueprint.sol";
import {TestToken} from "../../../contracts/dev/TestToken.sol";
import {CourtConfig, Judges, Mode, Rules} from "../../../contracts/interfaces/CourtTypes.sol";
import {IAgreementJudge, IPayoutJudge, IScoreJudge} from "../../../contracts/interfaces/IJudges.sol";
import {Role} from "../../../contracts/interfaces/IPeerRegistry.sol";
import {ProjectConfig, ProjectContracts} from "../../../contracts/interfaces/IProjectFactory.sol";
import {Claim, Emission, EmissionKind} from "../../../contracts/interfaces/IRewardDistributor.sol";
import {Header, IRoundBook, Phase, Schedule} from "../../../contracts/interfaces/IRoundBook.sol";
import {AgreementJudge} from "../../../contracts/judges/AgreementJudge.sol";
import {PayoutJudge} from "../../../contracts/judges/PayoutJudge.sol";
import {ScoreJudge} from "../../../contracts/judges/ScoreJudge.sol";
import {Assertions} from "./Assertions.sol";
import {PayoutTree} from "./PayoutTree.sol";

/// @notice One deployed project with its people, and the steps of a round.
abstract contract Project is Assertions {
    using PayoutTree for PayoutTree.Tree;

    uint32 internal constant COMMIT = 100;
    uint32 internal constant PUBLISH = 50;
    uint32 internal constant MEASURE = 200;
    uint32 internal constant REVEAL = 80;
    uint32 internal constant CHALLENGE = 300;
    uint40 internal constant ANSWER = 100;
    uint40 internal constant ARBITRATION = 500;
    uint40 internal constant UNBONDING = COMMIT + PUBLISH + MEASURE + REVEAL + 2 * CHALLENGE + ARBITRATION;
    uint96 internal constant TRAINER_STAKE = 10 ether;
    uint96 internal constant EVALUATOR_STAKE = 100 ether;
    uint96 internal constant BUDGET = 1000 ether;
    uint16 internal constant QUORUM = 2;
    uint96 internal constant POSTER_SLASH = 40 ether;
    uint96 internal constant EVALUATOR_SLASH = 60 ether;
    uint96 internal constant BOND = 5 ether;
    bytes32 internal constant POLICY = keccak256("mechanism");
    bytes32 internal constant PLAYERS = keccak256("players");

    address internal owner = actor("owner");
    address internal guardian = actor("guardian");
    address internal arbiter = actor("arbiter");
    address internal stranger = actor("stranger");
    address internal trainer = actor("trainer");
    address internal rival = actor("rival");
    address internal evaluator = actor("evaluator");
    address internal second = actor("second evaluator");

    TestToken internal token;
    ProjectFactory internal factory;
    ProjectLens internal lens;
    PeerRegistry internal registry;
    RoundBook internal book;
    RewardDistributor internal distributor;
    ScoreCourt internal scoreCourt;
    address internal court;
    IScoreJudge internal scoreJudge;
    IPayoutJudge internal payoutJudge;
    IAgreementJudge internal agreementJudge;

    function setUp() public virtual {
        vm.warp(1_800_000_000);
        vm.roll(1_000_000);
        token = new TestToken();
        factory = newFactory();
        lens = new ProjectLens();
        deploy(config(address(token)));
    }

    function newFactory() internal returns (ProjectFactory) {
        return new ProjectFactory(
            address(new PeerRegistryBlueprint()),
            address(new RoundBookBlueprint()),
            address(new RewardDistributorBlueprint()),
            address(new ScoreCourtBlueprint()),
            Judges(address(new ScoreJudge()), address(new PayoutJudge()), address(new AgreementJudge()))
        );
    }

    function deploy(ProjectConfig memory config_) internal {
        (, ProjectContracts memory contracts) = factory.create(config_);
        registry = PeerRegistry(contracts.registry);
        book = RoundBook(contracts.book);
        distributor = RewardDistributor(contracts.distributor);
        scoreCourt = ScoreCourt(contracts.court);
        court = contracts.court;
        Judges memory judges = scoreCourt.judges();
        scoreJudge = IScoreJudge(judges.scores);
        payoutJudge = IPayoutJudge(judges.payouts);
        agreementJudge = IAgreementJudge(judges.agreement);
    }

    function config(address token_) internal view returns (ProjectConfig memory) {
        return ProjectConfig({
            token: token_,
            owner: owner,
            guardian: guardian,
            court: CourtConfig(arbiter, POSTER_SLASH, EVALUATOR_SLASH, BOND, ANSWER, ARBITRATION),
            rules: rulesOf(Mode.Exact),
            policyHash: POLICY,
            schedule: Schedule(COMMIT, PUBLISH, MEASURE, REVEAL, CHALLENGE),
            emission: Emission(EmissionKind.Fixed, BUDGET, 0),
            trainerStake: TRAINER_STAKE,
            evaluatorStake: EVALUATOR_STAKE,
            unbondingPeriod: UNBONDING,
            quorum: QUORUM
        });
    }

    function rulesOf(Mode mode) internal view virtual returns (Rules memory) {
        return Rules({
            mode: mode,
            maxPeers: 16,
            draws: 0,
            scale: 0,
            designRoot: 0,
            evaluatorShare: 1000,
            power: 1,
            tolerance: 10,
            outerTolerance: 100
        });
    }

    // People

    function mint(address account, address spender, uint256 amount) internal {
        token.mint(account, amount);
        vm.prank(account);
        token.approve(spender, amount);
    }

    function register(address account, Role role, uint96 stake) internal {
        mint(account, address(registry), stake);
        vm.prank(account);
        registry.register(role, stake, address(0));
    }

    function registerAll() internal {
        register(trainer, Role.Trainer, TRAINER_STAKE);
        register(rival, Role.Trainer, 2 * TRAINER_STAKE);
        register(evaluator, Role.Evaluator, EVALUATOR_STAKE);
        register(second, Role.Evaluator, 2 * EVALUATOR_STAKE);
    }

    function fund(uint96 amount) internal {
        mint(owner, address(distributor), amount);
        vm.prank(owner);
        distributor.fund(amount);
    }

    // Steps of a round

    function current() internal view returns (uint64) {
        return book.currentRound();
    }

    function commitmentOf(address account, bytes32 root) internal view returns (bytes32) {
        return book.commitmentOf(current(), account, root, PLAYERS, dataOf(root), saltOf(account));
    }

    function dataOf(bytes32 root) internal pure returns (bytes32) {
        return keccak256(abi.encode("data", root));
    }

    function saltOf(address account) internal pure returns (bytes32) {
        return keccak256(abi.encode("salt", account));
    }

    function skip(uint256 duration) internal {
        vm.warp(block.timestamp + duration);
        vm.roll(block.number + 1);
    }

    function toSeal() internal {
        book.open();
        skip(COMMIT + PUBLISH);
    }

    function toMeasure() internal {
        toSeal();
        book.seal(current());
        vm.roll(block.number + 1);
        book.draw(current());
    }

    function commitAs(address account, bytes32 root) internal {
        bytes32 commitment = commitmentOf(account, root);
        uint64 id = current();
        vm.prank(account);
        book.commitUtilities(id, commitment);
    }

    function revealAs(address account, bytes32 root) internal {
        uint64 id = current();
        vm.prank(account);
        book.revealUtilities(id, root, PLAYERS, dataOf(root), saltOf(account));
    }

    function toReveal() internal {
        toMeasure();
        commitAs(evaluator, "utilities");
        commitAs(second, "utilities");
        skip(MEASURE);
    }

    function toPost() internal {
        toReveal();
        revealAs(evaluator, "utilities");
        revealAs(second, "utilities");
        skip(REVEAL);
    }

    function header(uint96 sum, bytes32 node, uint8 depth) internal view returns (Header memory) {
        return Header({
            round: current(),
            peers: 2,
            depth: depth,
            sum: sum,
            utilityRoot: keccak256("utilities"),
            traceRoot: keccak256("trace"),
            scoreRoot: keccak256("scores"),
            payoutRoot: node,
            players: PLAYERS,
            evaluators: keccak256("evaluators"),
            modelDigest: keccak256("model"),
            reportDigest: keccak256("report")
        });
    }

    function header(PayoutTree.Tree memory tree) internal view returns (Header memory) {
        return header(tree.sum(), tree.node(), tree.depthOf());
    }

    function postAs(address account, Header memory header_) internal returns (bool) {
        vm.prank(account);
        return book.post(header_);
    }

    /// @dev As the court does once a header is disproved.
    function faultAs(address account, uint64 id) internal returns (address poster) {
        bytes32 headerHash = book.round(id).headerHash;
        vm.prank(account);
        (poster,) = book.fault(id, headerHash);
    }

    /// @dev Runs a whole round up to a posted header; it is pending.
    function toChallenge(PayoutTree.Tree memory tree) internal returns (uint24) {
        toPost();
        postAs(evaluator, header(tree));
        return distributor.sequence();
    }

    /// @dev Runs a whole round; its payouts can be claimed.
    function toActive(PayoutTree.Tree memory tree) internal returns (uint24 root) {
        root = toChallenge(tree);
        skip(CHALLENGE);
    }

    function claimAs(address account, uint24 root, Claim memory leaf) internal returns (uint256) {
        vm.prank(account);
        return distributor.claim(root, leaf.index, leaf.cumulative, leaf.path);
    }

    /// @dev Closes the project, waits as long as one has to, and sweeps.
    function sweepAll(address to) internal returns (uint256) {
        vm.prank(owner);
        book.close();
        distributor.end();
        vm.warp(distributor.expiresAt());
        vm.prank(owner);
        distributor.announceSweep(to);
        skip(distributor.NOTICE());
        return distributor.sweep();
    }

    // Trees

    function tree2(address first, uint96 firstAmount, address other, uint96 otherAmount)
        internal
        view
        returns (PayoutTree.Tree memory)
    {
        address[] memory accounts = new address[](2);
        uint96[] memory amounts = new uint96[](2);
        (accounts[0], accounts[1]) = (first, other);
        (amounts[0], amounts[1]) = (firstAmount, otherAmount);
        return PayoutTree.build(address(distributor), accounts, amounts);
    }

    function assertPhase(Phase expected) internal view {
        assertEq(uint256(book.phase(current())), uint256(expected));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Flow} from "../../contracts/interfaces/IEscrow.sol";
import {IPeerRegistry, Role} from "../../contracts/interfaces/IPeerRegistry.sol";
import {IProjectLens} from "../../contracts/interfaces/IProjectLens.sol";
import {Claim, IRewardDistributor} from "../../contracts/interfaces/IRewardDistributor.sol";
import {Phase} from "../../contracts/interfaces/IRoundBook.sol";
import {PayoutTree} from "./util/PayoutTree.sol";
import {Project} from "./util/Project.sol";

contract ProjectLensTest is Project {
    using PayoutTree for PayoutTree.Tree;

    function setUp() public override {
        super.setUp();
        registerAll();
        fund(BUDGET);
    }

    function claimers() private view returns (address[] memory accounts) {
        accounts = new address[](2);
        (accounts[0], accounts[1]) = (trainer, rival);
    }

    function money() private view returns (IProjectLens.Money memory found) {
        found = lens.money(address(distributor), claimers());
        assertEq(
            found.funded,
            found.claimed + found.claimable + found.pending + found.expired + found.remaining + found.refunded
        );
        assertEq(found.owed, found.claimed + found.claimable + found.pending + found.expired);
    }

    function test_MoneyIsAccountedForAtEveryStep() public {
        assertEq(money().remaining, BUDGET);
        PayoutTree.Tree memory tree = tree2(trainer, 1 ether, rival, 2 ether);
        uint24 root = toChallenge(tree);
        assertEq(money().pending, 3 ether);
        assertEq(money().claimable, 0);
        assertEq(money().remaining, BUDGET - 3 ether);
        skip(CHALLENGE);
        assertEq(money().pending, 0);
        assertEq(money().claimable, 3 ether);
        distributor.claimFor(root, tree.proof(1));
        assertEq(money().claimable, 1 ether);
        assertEq(money().claimed, 2 ether);

        toChallenge(tree2(trainer, 4 ether, rival, 4 ether));
        assertEq(money().pending, 5 ether);
        assertEq(money().claimable, 1 ether);
        vm.prank(guardian);
        book.veto(2);
        assertEq(money().pending, 0);
        assertEq(money().owed, 3 ether);

        skip(CHALLENGE);
        book.voidRound(2);
        vm.startPrank(owner);
        book.close();
        distributor.refund(owner);
        vm.stopPrank();
        assertEq(money().refunded, BUDGET - 3 ether);
        assertEq(money().remaining, 0);
        assertEq(money().claimable, 1 ether);
    }

    /// @dev The view once told what was claimed from the balance, and gifts made that too little.
    function test_Regression_TokensSentPastFundChangeNothingThatIsOnTheBooks() public {
        PayoutTree.Tree memory tree = tree2(trainer, 1 ether, rival, 2 ether);
        distributor.claimFor(toActive(tree), tree.proof(1));
        uint256[3] memory gifts = [uint256(0), 1 ether, 101 ether];
        for (uint256 i = 0; i < gifts.length; ++i) {
            token.mint(address(distributor), gifts[i] - money().gifts);
            assertEq(money().claimed, 2 ether);
            assertEq(money().claimable, 1 ether);
            assertEq(money().gifts, gifts[i]);
        }
        vm.startPrank(owner);
        book.close();
        distributor.refund(owner);
        vm.stopPrank();
        assertEq(money().remaining, 0);
        assertEq(money().claimed, 2 ether);
        assertEq(money().gifts, 101 ether);
    }

    function test_WhatWasSweptHasExpired() public {
        PayoutTree.Tree memory tree = tree2(trainer, 1 ether, rival, 2 ether);
        distributor.claimFor(toActive(tree), tree.proof(1));
        token.mint(address(distributor), 5);
        sweepAll(stranger);
        assertEq(money().expired, 1 ether);
        assertEq(money().claimable, 0);
        assertEq(money().claimed, 2 ether);
        assertEq(money().remaining, BUDGET - 3 ether);
        assertEq(money().gifts, 0);
        assertEq(token.balanceOf(stranger), 1 ether + 5);
    }

    function test_StatementsTellOfEveryPeerInOneCall() public {
        PayoutTree.Tree memory tree = tree2(trainer, 1 ether, rival, 2 ether);
        uint24 root = toActive(tree);
        distributor.claimFor(root, tree.proof(1));
        vm.prank(rival);
        registry.unbond(TRAINER_STAKE);
        IProjectLens.Statement[] memory told = lens.statements(address(book), root, tree.proofs());
        assertEq(told.length, 2);
        assertEq(told[0].account, trainer);
        assertEq(uint256(told[0].role), uint256(Role.Trainer));
        assertEq(told[0].locked, TRAINER_STAKE);
        assertEq(told[0].payout.claimable, 1 ether);
        assertEq(told[1].account, rival);
        assertEq(told[1].locked, 2 * TRAINER_STAKE);
        assertEq(told[1].payout.earned, 2 ether);
        assertEq(told[1].payout.claimed, 2 ether);
        assertEq(told[1].payout.claimable, 0);
    }

    function test_APausedPayoutIsPending() public {
        PayoutTree.Tree memory tree = tree2(trainer, 1 ether, rival, 2 ether);
        uint24 root = toActive(tree);
        vm.prank(guardian);
        distributor.pause(Flow.Claims);
        expectPayout(root, tree.proof(0), 0, 0, 1 ether);
    }

    /// @dev A root that takes back what an account has claimed is wrong and can be vetoed; the view still answers.
    function test_MoreClaimedThanOwedDoesNotBreakTheView() public {
        PayoutTree.Tree memory tree = tree2(trainer, 1 ether, rival, 2 ether);
        distributor.claimFor(toActive(tree), tree.proof(1));
        tree = tree2(trainer, 3 ether, rival, 0);
        distributor.claimFor(toActive(tree), tree.proof(0));
        IProjectLens.Money memory found = lens.money(address(distributor), claimers());
        assertEq(found.claimed, 5 ether);
        assertEq(found.claimable, 0);
    }

    function test_AStatusTellsWhereTheProjectStands() public {
        IProjectLens.Status memory status = lens.status(address(book), claimers());
        assertEq(status.token, address(token));
        assertEq(status.owner, owner);
        assertEq(status.policyHash, POLICY);
        assertEq(status.round, 0);
        assertEq(uint256(status.phase), uint256(Phase.None));
        assertFalse(status.closed, "closed");
        assertEq(status.money.funded, BUDGET);
        toPost();
        vm.prank(owner);
        book.close();
        status = lens.status(address(book), claimers());
        assertEq(status.round, 1);
        assertEq(uint256(status.phase), uint256(Phase.Post));
        assertTrue(status.closed, "closed");
    }

    function test_PeersAreListedAsAskedFor() public {
        mint(trainer, address(registry), 5);
        vm.startPrank(trainer);
        registry.addStake(5);
        registry.unbond(5);
        distributor.setPayee(stranger);
        distributor.setClaimer(guardian);
        vm.stopPrank();
        PayoutTree.Tree memory tree = tree2(trainer, 1, rival, 2);
        distributor.claimFor(toActive(tree), tree.proof(0));

        address[] memory accounts = new address[](3);
        (accounts[0], accounts[1], accounts[2]) = (stranger, trainer, evaluator);
        IProjectLens.PeerStatus[] memory peers = lens.peers(address(book), accounts);
        assertEq(uint256(peers[0].role), uint256(Role.None));
        assertEq(peers[0].payee, stranger);
        IPeerRegistry.Peer memory peer = registry.peer(trainer);
        assertEq(uint256(peers[1].role), uint256(Role.Trainer));
        assertEq(peers[1].stake, peer.stake);
        assertEq(peers[1].unbonding, 5);
        assertEq(peers[1].readyAt, peer.readyAt);
        assertEq(peers[1].payee, stranger);
        assertEq(peers[1].claimer, guardian);
        assertEq(peers[1].claimed, 1);
        assertEq(uint256(peers[2].role), uint256(Role.Evaluator));
        assertEq(peers[2].stake, EVALUATOR_STAKE);
    }

    function test_APayoutIsPendingThenClaimableThenClaimed() public {
        PayoutTree.Tree memory tree = tree2(trainer, 1 ether, rival, 2 ether);
        uint24 root = toChallenge(tree);
        Claim memory leaf = tree.proof(0);
        expectPayout(root, leaf, 0, 0, 1 ether);
        skip(CHALLENGE);
        expectPayout(root, leaf, 0, 1 ether, 0);
        distributor.claimFor(root, leaf);
        expectPayout(root, leaf, 1 ether, 0, 0);
    }

    function expectPayout(uint24 root, Claim memory leaf, uint256 claimed, uint256 claimable, uint256 pending)
        private
        view
    {
        IProjectLens.Payout memory payout = lens.payout(address(distributor), root, leaf);
        assertEq(payout.earned, leaf.cumulative);
        assertEq(payout.claimed, claimed);
        assertEq(payout.claimable, claimable);
        assertEq(payout.pending, pending);
    }

    function test_APayoutOfAnOldRootIsNothing() public {
        PayoutTree.Tree memory tree = tree2(trainer, 1 ether, rival, 2 ether);
        uint24 root = toActive(tree);
        PayoutTree.Tree memory later = tree2(trainer, 2 ether, rival, 2 ether);
        distributor.claimFor(toActive(later), later.proof(0));
        expectPayout(root, tree.proof(0), 2 ether, 0, 0);
    }

    function test_RevertWhen_APayoutsProofDoesNotHold() public {
        PayoutTree.Tree memory tree = tree2(trainer, 1 ether, rival, 2 ether);
        uint24 root = toActive(tree);
        Claim memory leaf = tree.proof(0);
        leaf.index = 1;
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.WrongProof.selector, trainer));
        lens.payout(address(distributor), root, leaf);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.UnknownRoot.selector, root + 1));
        lens.payout(address(distributor), root + 1, tree.proof(0));
    }
}

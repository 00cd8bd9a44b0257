// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IPeerRegistry, Role} from "../../contracts/interfaces/IPeerRegistry.sol";
import {IProjectLens} from "../../contracts/interfaces/IProjectLens.sol";
import {Claim, IRewardDistributor, Root} from "../../contracts/interfaces/IRewardDistributor.sol";
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

    function money() private view returns (IProjectLens.Money memory found) {
        found = lens.money(address(distributor));
        assertEq(
            found.funded, found.claimed + found.claimable + found.pending + found.remaining + found.refunded
        );
        assertEq(found.owed, found.claimed + found.claimable + found.pending);
    }

    function test_MoneyIsAccountedForAtEveryStep() public {
        assertEq(money().remaining, BUDGET);
        PayoutTree.Tree memory tree = tree2(trainer, 1 ether, rival, 2 ether);
        Root memory root = toChallenge(tree);
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

    /// @dev Tokens sent past `fund` blur what was claimed; nothing reverts, and what is owed stays exact.
    function test_TokensSentPastFundDoNotBreakTheView() public {
        PayoutTree.Tree memory tree = tree2(trainer, 1 ether, rival, 2 ether);
        distributor.claimFor(toActive(tree), tree.proof(1));
        token.mint(address(distributor), 1 ether);
        assertEq(lens.money(address(distributor)).claimed, 1 ether);
        assertEq(lens.money(address(distributor)).claimable, 2 ether);
        token.mint(address(distributor), 100 ether);
        assertEq(lens.money(address(distributor)).claimed, 0);
        assertEq(lens.money(address(distributor)).owed, 3 ether);
        vm.startPrank(owner);
        book.close();
        distributor.refund(owner);
        vm.stopPrank();
        token.mint(address(distributor), BUDGET);
        assertEq(lens.money(address(distributor)).claimed, 0);
        assertEq(lens.money(address(distributor)).remaining, 0);
    }

    /// @dev A root that takes back what an account has claimed is wrong and can be vetoed; the view still answers.
    function test_MoreClaimedThanOwedDoesNotBreakTheView() public {
        PayoutTree.Tree memory tree = tree2(trainer, 1 ether, rival, 2 ether);
        distributor.claimFor(toActive(tree), tree.proof(1));
        tree = tree2(trainer, 3 ether, rival, 0);
        distributor.claimFor(toActive(tree), tree.proof(0));
        assertEq(lens.money(address(distributor)).claimed, 5 ether);
        assertEq(lens.money(address(distributor)).claimable, 0);
    }

    function test_AStatusTellsWhereTheProjectStands() public {
        IProjectLens.Status memory status = lens.status(address(book));
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
        status = lens.status(address(book));
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
        Root memory root = toChallenge(tree);
        Claim memory leaf = tree.proof(0);
        expectPayout(root, leaf, 0, 0, 1 ether);
        skip(CHALLENGE);
        expectPayout(root, leaf, 0, 1 ether, 0);
        distributor.claimFor(root, leaf);
        expectPayout(root, leaf, 1 ether, 0, 0);
    }

    function expectPayout(
        Root memory root,
        Claim memory leaf,
        uint256 claimed,
        uint256 claimable,
        uint256 pending
    ) private view {
        IProjectLens.Payout memory payout = lens.payout(address(distributor), root, leaf);
        assertEq(payout.earned, leaf.cumulative);
        assertEq(payout.claimed, claimed);
        assertEq(payout.claimable, claimable);
        assertEq(payout.pending, pending);
    }

    function test_APayoutOfAnOldRootIsNothing() public {
        PayoutTree.Tree memory tree = tree2(trainer, 1 ether, rival, 2 ether);
        Root memory root = toActive(tree);
        PayoutTree.Tree memory later = tree2(trainer, 2 ether, rival, 2 ether);
        distributor.claimFor(toActive(later), later.proof(0));
        expectPayout(root, tree.proof(0), 2 ether, 0, 0);
    }

    function test_RevertWhen_APayoutsProofDoesNotHold() public {
        PayoutTree.Tree memory tree = tree2(trainer, 1 ether, rival, 2 ether);
        Root memory root = toActive(tree);
        Claim memory leaf = tree.proof(0);
        leaf.index = 1;
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.WrongProof.selector, trainer));
        lens.payout(address(distributor), root, leaf);
        root.sum += 1;
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.UnknownRoot.selector, 1, 1));
        lens.payout(address(distributor), root, leaf);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {Claim, IRewardDistributor} from "../../../contracts/interfaces/IRewardDistributor.sol";
import {PayoutTree} from "../util/PayoutTree.sol";
import {Project} from "../util/Project.sol";

/// @notice Who gets paid what, where to, and what is refused.
contract ClaimsTest is Project {
    using PayoutTree for PayoutTree.Tree;
    using PayoutTree for bytes;

    address private payee = actor("payee");
    address private claimer = actor("claimer");
    PayoutTree.Tree private tree;
    uint24 private root;

    function setUp() public override {
        super.setUp();
        registerAll();
        fund(BUDGET);
        tree = tree2(trainer, 1 ether, rival, 2 ether);
        root = toActive(tree);
    }

    function test_AnAccountClaimsItsLeaf() public {
        vm.expectEmit(address(distributor));
        emit IRewardDistributor.Claimed(trainer, trainer, 1 ether);
        assertEq(claimAs(trainer, root, tree.proof(0)), 1 ether);
        assertEq(token.balanceOf(trainer), 1 ether);
        assertEq(distributor.claimed(trainer), 1 ether);
        assertEq(distributor.claimed(rival), 0);
    }

    function test_AClaimPaysWhatWasEarnedSinceTheLast() public {
        distributor.claimFor(root, tree.proof(0));
        tree = tree2(trainer, 5 ether, rival, 2 ether);
        root = toActive(tree);
        assertEq(distributor.claimFor(root, tree.proof(0)), 4 ether);
        assertEq(token.balanceOf(trainer), 5 ether);
    }

    function test_ALateClaimLosesNothing() public {
        tree = tree2(trainer, 5 ether, rival, 2 ether);
        root = toActive(tree);
        assertEq(distributor.claimFor(root, tree.proof(0)), 5 ether);
    }

    function test_PayoutsGoToThePayee() public {
        vm.expectEmit(address(distributor));
        emit IRewardDistributor.PayeeSet(trainer, payee);
        vm.prank(trainer);
        distributor.setPayee(payee);
        assertEq(distributor.payeeOf(trainer), payee);
        claimAs(trainer, root, tree.proof(0));
        assertEq(token.balanceOf(payee), 1 ether);
        assertEq(distributor.claimed(trainer), 1 ether);
        vm.prank(trainer);
        distributor.setPayee(address(0));
        assertEq(distributor.payeeOf(trainer), trainer);
        assertEq(distributor.claimed(trainer), 1 ether);
    }

    function test_AnyonePushesAPayoutToThePayeeOnly() public {
        vm.prank(trainer);
        distributor.setPayee(payee);
        vm.prank(stranger);
        assertEq(distributor.claimFor(root, tree.proof(0)), 1 ether);
        assertEq(token.balanceOf(payee), 1 ether);
        assertEq(token.balanceOf(stranger), 0);
    }

    function test_AnAccountOrItsClaimerChoosesWhereAPayoutGoes() public {
        vm.prank(trainer);
        distributor.claimTo(root, tree.proof(0), stranger);
        assertEq(token.balanceOf(stranger), 1 ether);

        vm.expectEmit(address(distributor));
        emit IRewardDistributor.ClaimerSet(rival, claimer);
        vm.prank(rival);
        distributor.setClaimer(claimer);
        assertEq(distributor.claimerOf(rival), claimer);
        vm.prank(claimer);
        distributor.claimTo(root, tree.proof(1), payee);
        assertEq(token.balanceOf(payee), 2 ether);
    }

    function test_RevertWhen_AStrangerChoosesWhereAPayoutGoes() public {
        Claim memory leaf = tree.proof(0);
        vm.prank(rival);
        distributor.setClaimer(claimer);
        address[3] memory callers = [stranger, owner, claimer];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IRewardDistributor.NotClaimer.selector, trainer, callers[i])
            );
            vm.prank(callers[i]);
            distributor.claimTo(root, leaf, callers[i]);
        }
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.WrongProof.selector, stranger));
        vm.prank(stranger);
        distributor.claim(root, leaf.index, leaf.cumulative, leaf.path);
    }

    function test_RevertWhen_TheClaimerWasDismissed() public {
        vm.startPrank(trainer);
        distributor.setClaimer(claimer);
        distributor.setClaimer(address(0));
        vm.stopPrank();
        Claim memory leaf = tree.proof(0);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.NotClaimer.selector, trainer, claimer));
        vm.prank(claimer);
        distributor.claimTo(root, leaf, claimer);
    }

    function test_RevertWhen_AnyonePaysALeafAsIfItWereProven() public {
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.NotClaimer.selector, trainer, trainer));
        vm.prank(trainer);
        distributor.payProven(trainer, 5 ether);
    }

    function test_RevertWhen_ThePayoutWouldGoToNobody() public {
        Claim memory leaf = tree.proof(0);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.ZeroAddress.selector));
        vm.prank(trainer);
        distributor.claimTo(root, leaf, address(0));
    }

    function test_RevertWhen_AnyoneButTheRegistrySetsAnothersPayee() public {
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.NotRegistry.selector, stranger));
        vm.prank(stranger);
        distributor.setPayeeOf(trainer, stranger);
    }

    function test_RevertWhen_ClaimingTwice() public {
        Claim memory leaf = tree.proof(0);
        distributor.claimFor(root, leaf);
        vm.expectRevert(
            abi.encodeWithSelector(IRewardDistributor.AlreadyClaimed.selector, trainer, 1 ether, 1 ether)
        );
        distributor.claimFor(root, leaf);
    }

    function test_RevertWhen_AnOlderRootSaysLessThanWasClaimed() public {
        PayoutTree.Tree memory later = tree2(trainer, 5 ether, rival, 2 ether);
        distributor.claimFor(toActive(later), later.proof(0));
        Claim memory leaf = tree.proof(0);
        vm.expectRevert(
            abi.encodeWithSelector(IRewardDistributor.AlreadyClaimed.selector, trainer, 1 ether, 5 ether)
        );
        distributor.claimFor(root, leaf);
    }

    function test_RevertWhen_TheRootIsNotActiveYet() public {
        tree = tree2(trainer, 5 ether, rival, 2 ether);
        root = toChallenge(tree);
        Claim memory leaf = tree.proof(0);
        uint40 from = distributor.claimableFrom(root);
        assertEq(from, book.round(2).decidedAt + CHALLENGE);
        vm.warp(from - 1);
        bytes memory reason =
            abi.encodeWithSelector(IRewardDistributor.NotActiveYet.selector, 2, from, from - 1);
        vm.expectRevert(reason);
        distributor.claimFor(root, leaf);
        vm.expectRevert(reason);
        distributor.claimBatch(root, tree.proofs());
        distributor.verify(root, leaf);
        vm.warp(from);
        assertEq(distributor.claimFor(root, leaf), 5 ether);
    }

    /// @dev A place in the ring that was never used must not pass for a root, whatever the proof.
    function test_RevertWhen_TheRootIsUnknown() public {
        Claim memory leaf = tree.proof(0);
        Claim memory nothing;
        for (uint24 other = 0; other < 40; ++other) {
            if (other == root) continue;
            bytes memory reason = abi.encodeWithSelector(IRewardDistributor.UnknownRoot.selector, other);
            vm.expectRevert(reason);
            distributor.claimFor(other, leaf);
            vm.expectRevert(reason);
            distributor.claimFor(other, nothing);
            vm.expectRevert(reason);
            distributor.claimableFrom(other);
        }
    }

    /// @dev A word of the ring is one root's alone: another number that falls on its place is refused.
    function test_RevertWhen_TheRootIsNamedByAnotherNumberOfItsPlace() public {
        Claim memory leaf = tree.proof(0);
        uint256 other = root + distributor.RING();
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.UnknownRoot.selector, other));
        vm.prank(trainer);
        distributor.claim(other, leaf.index, leaf.cumulative, leaf.path);
    }

    function test_RevertWhen_TheRootWasRevoked() public {
        PayoutTree.Tree memory later = tree2(trainer, 5 ether, rival, 2 ether);
        uint24 revoked = toChallenge(later);
        vm.prank(guardian);
        book.veto(2);
        skip(CHALLENGE);
        Claim memory leaf = later.proof(0);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.UnknownRoot.selector, 2));
        distributor.claimFor(revoked, leaf);
        // The root before it pays as before.
        assertEq(distributor.claimFor(root, tree.proof(0)), 1 ether);
    }

    function test_RevertWhen_TheProofIsTooShortOrTooLong() public {
        Claim memory leaf = tree.proof(0);
        bytes memory path = leaf.path;
        bytes[2] memory ragged = [bytes.concat(path, hex"00"), new bytes(path.length - 1)];
        for (uint256 i = 0; i < ragged.length; ++i) {
            leaf.path = ragged[i];
            vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.RaggedPath.selector, ragged[i].length));
            distributor.claimFor(root, leaf);
        }
        bytes[2] memory levels = [bytes(""), bytes.concat(path, path)];
        for (uint256 i = 0; i < levels.length; ++i) {
            leaf.path = levels[i];
            vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.WrongProof.selector, trainer));
            distributor.claimFor(root, leaf);
        }
    }

    function test_RevertWhen_TheIndexIsOutsideTheTree() public {
        Claim memory leaf = tree.proof(0);
        leaf.index = 2;
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.WrongIndex.selector, 2, 1));
        distributor.claimFor(root, leaf);
        leaf.index = type(uint32).max;
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.WrongIndex.selector, type(uint32).max, 1));
        distributor.claimFor(root, leaf);
    }

    function test_RevertWhen_TheSumsDoNotAddUp() public {
        bytes memory reason = abi.encodeWithSelector(IRewardDistributor.WrongProof.selector, trainer);
        Claim memory leaf = tree.proof(0);
        uint96[3] memory wrong = [leaf.cumulative + 1, leaf.cumulative - 1, type(uint96).max];
        for (uint256 i = 0; i < wrong.length; ++i) {
            leaf.cumulative = wrong[i];
            vm.expectRevert(reason);
            distributor.claimFor(root, leaf);
        }
    }

    /// @dev 96 bits of an amount and 32 of an index are hashed; numbers with more must not pass for them.
    function test_RevertWhen_ANumberHasMoreBitsThanAreHashed() public {
        Claim memory leaf = tree.proof(0);
        vm.startPrank(trainer);
        for (uint256 bit = 96; bit < 256; bit += 53) {
            vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.WrongProof.selector, trainer));
            distributor.claim(root, leaf.index, leaf.cumulative + (1 << bit), leaf.path);
        }
        for (uint256 bit = 32; bit < 256; bit += 74) {
            vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.WrongIndex.selector, 1 << bit, 1));
            distributor.claim(root, 1 << bit, leaf.cumulative, leaf.path);
        }
        for (uint256 bit = 24; bit < 256; bit += 58) {
            vm.expectRevert(
                abi.encodeWithSelector(IRewardDistributor.UnknownRoot.selector, root + (1 << bit))
            );
            distributor.claim(root + (1 << bit), leaf.index, leaf.cumulative, leaf.path);
        }
        assertEq(distributor.claim(root, leaf.index, leaf.cumulative, leaf.path), 1 ether);
        vm.stopPrank();
    }

    function test_RevertWhen_TheProofIsOfAnotherLeaf() public {
        bytes memory reason = abi.encodeWithSelector(IRewardDistributor.WrongProof.selector, trainer);
        Claim memory leaf = tree.proof(0);
        leaf.index = 1;
        vm.expectRevert(reason);
        distributor.claimFor(root, leaf);
        leaf = tree.proof(0);
        leaf.path = leaf.path.replaced(0, "changed", 2 ether);
        vm.expectRevert(reason);
        distributor.claimFor(root, leaf);
        // The same total, shared out otherwise.
        leaf = tree.proof(0);
        (bytes32 sibling,) = leaf.path.stepAt(0);
        (leaf.cumulative, leaf.path) = (2 ether, PayoutTree.step(sibling, 1 ether));
        vm.expectRevert(reason);
        distributor.claimFor(root, leaf);
        leaf = tree.proof(1);
        leaf.account = trainer;
        vm.expectRevert(reason);
        distributor.claimFor(root, leaf);
    }

    function test_ALeafOfOneProjectIsWorthNothingInAnother() public {
        PayoutTree.Tree memory foreign = tree;
        deploy(config(address(token)));
        registerAll();
        fund(BUDGET);
        uint24 same = toActive(foreign);
        Claim memory leaf = foreign.proof(0);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.WrongProof.selector, trainer));
        distributor.claimFor(same, leaf);
    }

    function test_ALeafIsWorthNothingOnAForkOfTheChain() public {
        Claim memory leaf = tree.proof(0);
        vm.chainId(block.chainid + 1);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.WrongProof.selector, trainer));
        distributor.claimFor(root, leaf);
    }

    function test_ABatchPaysEveryPayeeAndSkipsWhatIsPaid() public {
        vm.prank(rival);
        distributor.setPayee(payee);
        distributor.claimFor(root, tree.proof(0));
        vm.prank(stranger);
        assertEq(distributor.claimBatch(root, tree.proofs()), 2 ether);
        assertEq(token.balanceOf(trainer), 1 ether);
        assertEq(token.balanceOf(payee), 2 ether);
        assertEq(distributor.claimBatch(root, tree.proofs()), 0);
    }

    function test_ABatchPaysALeafOnceHoweverOftenItIsNamed() public {
        Claim[] memory leaves = new Claim[](3);
        for (uint256 i = 0; i < leaves.length; ++i) {
            leaves[i] = tree.proof(1);
        }
        assertEq(distributor.claimBatch(root, leaves), 2 ether);
        assertEq(token.balanceOf(rival), 2 ether);
    }

    function test_RevertWhen_OneLeafOfABatchIsWrong() public {
        Claim[] memory leaves = tree.proofs();
        leaves[1].path = leaves[1].path.replaced(0, "changed", 1 ether);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.WrongProof.selector, rival));
        distributor.claimBatch(root, leaves);
        assertEq(token.balanceOf(trainer), 0);
    }

    function test_RevertWhen_ABatchNamesAnUnknownRoot() public {
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.UnknownRoot.selector, 2));
        distributor.claimBatch(2, tree.proofs());
    }

    function test_TheLastSixteenRootsCanBeClaimedAgainst() public {
        assertEq(distributor.RING(), 16);
        for (uint256 i = 0; i < 15; ++i) {
            toActive(tree2(trainer, 1 ether, rival, 2 ether));
        }
        distributor.verify(root, tree.proof(0));
        toChallenge(tree2(trainer, 1 ether, rival, 2 ether));
        Claim memory leaf = tree.proof(0);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.UnknownRoot.selector, 1));
        distributor.claimFor(root, leaf);
    }

    /// @dev However many rounds are void in between, a pending root takes no place that an active one needs.
    function test_VoidRoundsDoNotDisplaceTheLastActiveRoot() public {
        for (uint256 i = 0; i < 15; ++i) {
            toSeal();
            book.seal(current());
            vm.roll(block.number + 1);
            book.draw(current());
            skip(MEASURE + REVEAL);
            book.voidRound(current());
        }
        toChallenge(tree2(trainer, 5 ether, rival, 2 ether));
        assertEq(current() - root, 16);
        vm.prank(guardian);
        book.veto(17);
        assertEq(distributor.claimFor(root, tree.proof(0)), 1 ether);
    }

    function test_HashesAreWhatTheSpecificationSays() public view {
        assertEq(
            distributor.rootHash(7, 3, 5, "node"),
            keccak256(
                bytes.concat(bytes32(uint256(7)), bytes32(uint256(3)), bytes32(uint256(5)), bytes32("node"))
            )
        );
        assertEq(
            distributor.leafHash(7, trainer, 5),
            keccak256(
                abi.encodePacked(
                    bytes1(0x50), block.chainid, address(distributor), uint32(7), trainer, uint96(5)
                )
            )
        );
    }
}

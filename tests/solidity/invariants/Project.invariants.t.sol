// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {PeerRegistry} from "../../../contracts/PeerRegistry.sol";
import {ProjectLens} from "../../../contracts/ProjectLens.sol";
import {RewardDistributor} from "../../../contracts/RewardDistributor.sol";
import {RoundBook} from "../../../contracts/RoundBook.sol";
import {TestToken} from "../../../contracts/dev/TestToken.sol";
import {IPeerRegistry} from "../../../contracts/interfaces/IPeerRegistry.sol";
import {IProjectLens} from "../../../contracts/interfaces/IProjectLens.sol";
import {Phase} from "../../../contracts/interfaces/IRoundBook.sol";
import {Assertions} from "../util/Assertions.sol";
import {Handler} from "./Handler.sol";
import {RoundActions} from "./RoundActions.sol";

/// @notice What holds after any sequence of actions. Numbers are those of the project's list of invariants.
contract ProjectInvariants is Assertions {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    Handler private handler;
    TestToken private token;
    PeerRegistry private registry;
    RoundBook private book;
    RewardDistributor private distributor;
    ProjectLens private lens;

    function setUp() public {
        handler = new Handler();
        handler.setUp();
        (address token_, address registry_, address book_, address distributor_) = handler.project();
        token = TestToken(token_);
        registry = PeerRegistry(registry_);
        book = RoundBook(book_);
        distributor = RewardDistributor(distributor_);
        lens = ProjectLens(handler.projectLens());
        for (uint256 i = 0; i < handler.PEERS(); ++i) {
            handler.join(i, 300 ether);
        }
        handler.fundMore(1000 ether);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](38);
        // Rounds must go on for anything else to matter.
        for (uint256 i = 0; i < 7; ++i) {
            selectors[i] = handler.progress.selector;
        }
        selectors[7] = handler.claim.selector;
        selectors[8] = handler.claim.selector;
        selectors[9] = handler.claimAll.selector;
        selectors[10] = handler.fundMore.selector;
        selectors[11] = handler.donate.selector;
        selectors[12] = handler.closeOrRefund.selector;
        selectors[13] = handler.addStake.selector;
        selectors[14] = handler.unbond.selector;
        selectors[15] = handler.cancelUnbonding.selector;
        selectors[16] = handler.withdraw.selector;
        selectors[17] = handler.slash.selector;
        selectors[18] = handler.donateStake.selector;
        selectors[19] = handler.wait.selector;
        selectors[20] = handler.setPayee.selector;
        selectors[21] = handler.pauseOrLift.selector;
        selectors[22] = handler.announceOrSweep.selector;
        selectors[23] = handler.meddle.selector;
        for (uint256 i = 0; i < 4; ++i) {
            selectors[24 + i] = handler.ask.selector;
            selectors[28 + i] = i % 2 == 0 ? handler.expire.selector : handler.show.selector;
            selectors[32 + i] = i % 2 == 0 ? handler.accuse.selector : handler.judge.selector;
        }
        selectors[36] = handler.reclaim.selector;
        selectors[37] = handler.collect.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(handler), selectors);
    }

    /// @dev One function, because forge would act out everything again for each.
    function invariant_AfterAnySequenceOfActions() public view {
        theEscrowIsSolvent();
        unspentBudgetIsCarried();
        claimsAreWhatWasEarned();
        payoutsWentWhereTheyShould();
        theRingHoldsTheLastRootsThatStand();
        finalRoundsStayFinal();
        stakeIsConserved();
        slashedStakeIsRewardedOrBurned();
        bondsAreThere();
        theLensAddsUp();
    }

    /// @dev The actions reach what the invariants are about, and the invariants hold there.
    function test_TheActionsReachEverything() public {
        bytes4[] memory selectors = targetSelectors()[0].selectors;
        for (uint256 i = 0; i < 2500; ++i) {
            uint256 draw = uint256(keccak256(abi.encode("walk", i)));
            bytes4 selector = selectors[draw % selectors.length];
            if (selector == handler.closeOrRefund.selector) continue; // the end comes at the end
            (bool success,) =
                address(handler).call(abi.encodePacked(selector, draw >> 168, uint256(uint80(draw >> 8))));
            assertTrue(success, "an action reverted");
            if (i % 50 == 0) invariant_AfterAnySequenceOfActions();
        }
        handler.closeOrRefund(0);
        for (uint256 i = 0; i < 50; ++i) {
            handler.progress(7);
        }
        handler.closeOrRefund(0);
        invariant_AfterAnySequenceOfActions();
        for (uint256 i = 0; i < 40; ++i) {
            handler.announceOrSweep(4 * (30 days * i));
            invariant_AfterAnySequenceOfActions();
        }
        assertLe(17, distributor.sequence());
        assertLe(1, handler.swept());
        assertLe(1, handler.paused());
        assertLe(1, handler.revocations());
        assertLe(1, handler.totalClaimed());
        assertLe(1, handler.rewarded());
        assertLe(1, handler.donated());
        assertLe(1, handler.refunded());
        assertLe(1, handler.voided());
        assertLe(1, handler.answered());
        assertLe(1, handler.expired());
        assertLe(1, handler.settled());
        assertLe(1, handler.bondsCollected());
        assertLe(1, handler.rewardsCollected());
    }

    /// @notice Found by the fuzzer, seldom: evaluators that commit one after another, in a phase that ends meanwhile.
    function test_ThePhaseMayEndWhileEvaluatorsCommit() public {
        while (book.phase(book.currentRound()) != Phase.Measure) {
            handler.progress(7);
        }
        handler.wait(book.schedule().measure - 1);
        assertEq(uint256(book.phase(book.currentRound())), uint256(Phase.Measure));
        handler.progress(type(uint256).max);
        invariant_AfterAnySequenceOfActions();
    }

    /// @notice Found by the fuzzer, seldom: the header that was vetoed is posted again, word for word.
    function test_WhatWasVetoedMayBePostedAgain() public {
        while (book.phase(book.currentRound()) != Phase.Challenge) {
            handler.progress(1023);
        }
        handler.progress(1000);
        assertEq(uint256(book.phase(book.currentRound())), uint256(Phase.Post));
        handler.progress(1023);
        assertEq(uint256(book.phase(book.currentRound())), uint256(Phase.Challenge));
        invariant_AfterAnySequenceOfActions();
    }

    /// @dev 1, 2, 3: nobody is ever paid what was not paid in, and what is owed is there.
    function theEscrowIsSolvent() private view {
        uint256 claimed = handler.totalClaimed();
        assertEq(distributor.funded(), handler.paidIn());
        assertEq(distributor.refunded(), handler.refunded());
        assertEq(distributor.swept(), handler.swept());
        assertEq(
            token.balanceOf(address(distributor)),
            handler.paidIn() + handler.donated() - claimed - handler.refunded() - handler.swept()
        );
        assertLe(distributor.owed(), handler.paidIn() - handler.refunded());
        assertLe(claimed, distributor.activeSum());
        assertLe(distributor.activeSum(), distributor.owed());
        assertLe(distributor.owed(), book.currentRound() * uint256(distributor.emission().first));
    }

    /// @dev 13: what a round does not spend, dust included, is in the budget of the next.
    function unspentBudgetIsCarried() private view {
        uint64 round = book.currentRound();
        uint256 scheduled = round * uint256(distributor.emission().first);
        uint256 kept = handler.paidIn() - handler.refunded();
        uint256 cap = scheduled < kept ? scheduled : kept;
        assertEq(distributor.budget(round), cap - distributor.owed());
    }

    /// @dev 11: all that arrived anywhere is what was claimed, each part where its account wanted it (the actions see to that).
    function payoutsWentWhereTheyShould() private view {
        uint256 total = 0;
        for (uint256 i = 0; i < 4 * handler.PEERS(); ++i) {
            address to = handler.recipientAt(i);
            total += handler.arrived(to);
            if (i >= handler.PEERS()) assertEq(token.balanceOf(to), handler.arrived(to));
        }
        assertEq(total, handler.totalClaimed());
    }

    /// @dev 5, 6, 7: what an account has claimed is what it got, and was earned.
    function claimsAreWhatWasEarned() private view {
        for (uint256 i = 0; i < handler.PEERS(); ++i) {
            address account = handler.peerAt(i);
            uint256 claimed = distributor.claimed(account);
            assertEq(claimed, handler.received(account));
            bool earned = claimed == 0;
            for (uint256 j = handler.headers(); j > 0 && !earned; --j) {
                RoundActions.Posted memory posted = handler.headerAt(j - 1);
                earned =
                    !posted.revoked && block.timestamp >= posted.activatesAt && posted.amounts[i] >= claimed;
            }
            assertTrue(earned, "claimed more than any active root gave");
        }
    }

    /// @dev 8, 21: of all headers ever posted, exactly those that stand and are recent enough can be proven against.
    function theRingHoldsTheLastRootsThatStand() private view {
        uint256 last = distributor.sequence();
        uint256 headers = handler.headers();
        for (uint256 i = headers > 20 ? headers - 20 : 0; i < headers; ++i) {
            RoundActions.Posted memory posted = handler.headerAt(i);
            bool known = !handler.forgotten() && standsAgain(i) && posted.root + distributor.RING() > last;
            try distributor.verify(posted.root, handler.proofAt(i, i)) {
                assertTrue(known, "a dead root is known");
            } catch {
                assertFalse(known, "a live root is unknown");
            }
        }
    }

    /// @dev A header that was removed may be posted once more, under the same number: then what was proven against it can be again.
    function standsAgain(uint256 which) private view returns (bool) {
        RoundActions.Posted memory posted = handler.headerAt(which);
        for (uint256 i = which; i < handler.headers(); ++i) {
            RoundActions.Posted memory other = handler.headerAt(i);
            if (other.root != posted.root) return false;
            if (!other.revoked && other.header.payoutRoot == posted.header.payoutRoot) return true;
        }
        return false;
    }

    /// @dev 16, 18: rounds are numbered without gaps and, once final, stay what they are.
    function finalRoundsStayFinal() private view {
        uint64 current = book.currentRound();
        assertEq(current, handler.opened());
        uint64 last = handler.lastEnded();
        for (uint64 id = 1; id <= last; ++id) {
            if (current - id >= book.HISTORY()) continue;
            Phase phase = book.phase(id);
            assertTrue(phase == handler.ended(id), "a final round changed");
            assertTrue(phase == Phase.Active || phase == Phase.Void, "a round ended in the middle");
        }
    }

    /// @dev 27, 28: stake is conserved, in total and by peer.
    function stakeIsConserved() private view {
        uint256 held = 0;
        for (uint256 i = 0; i < handler.PEERS(); ++i) {
            address account = handler.peerAt(i);
            IPeerRegistry.Peer memory peer = registry.peer(account);
            uint256 own = uint256(peer.stake) + peer.unbonding;
            assertEq(own + handler.withdrawn(account) + handler.slashed(account), handler.deposited(account));
            held += own;
        }
        uint256 waiting = handler.rewarded() - handler.rewardsCollected();
        // What was burned is there for good.
        assertEq(
            token.balanceOf(address(registry)), held + waiting + handler.burned() + handler.donatedStake()
        );
    }

    /// @dev 29, 31: what is slashed is rewarded or burned, and at most half is rewarded.
    function slashedStakeIsRewardedOrBurned() private view {
        uint256 slashed = 0;
        for (uint256 i = 0; i < handler.PEERS(); ++i) {
            slashed += handler.slashed(handler.peerAt(i));
        }
        assertEq(handler.rewarded() + handler.burned(), slashed);
        assertLe(2 * handler.rewarded(), slashed);
    }

    /// @dev 34: the court holds every open bond and every credit, and nothing else; what was closed was paid out in full.
    function bondsAreThere() private view {
        uint256 held = handler.bondsOpen() + handler.credits();
        assertEq(token.balanceOf(handler.courtOf()), held);
        assertEq(handler.bondsPaid(), held + handler.bondsCollected());
    }

    /// @dev The owner's view never reverts, and its parts add up to what was funded, whatever was given besides.
    function theLensAddsUp() private view {
        address[] memory accounts = new address[](handler.PEERS());
        for (uint256 i = 0; i < accounts.length; ++i) {
            accounts[i] = handler.peerAt(i);
        }
        IProjectLens.Money memory money = lens.money(address(distributor), accounts);
        assertEq(money.owed + money.remaining + money.refunded, money.funded);
        assertEq(money.claimed, handler.totalClaimed());
        assertEq(money.claimed + money.claimable + money.pending + money.expired, money.owed);
        assertEq(money.gifts + distributor.swept(), handler.donated() + money.expired);
    }
}

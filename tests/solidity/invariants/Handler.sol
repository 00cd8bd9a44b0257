// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Flow} from "../../../contracts/interfaces/IEscrow.sol";
import {Claim} from "../../../contracts/interfaces/IRewardDistributor.sol";
import {CourtActions} from "./CourtActions.sol";

/// @notice A whole project that lives at random: peers, rounds, money. It never reverts: what must fail is tried and expected to.
contract Handler is CourtActions {
    /// @dev Ghosts: every token that moved into the escrow, and out of it without a claim.
    uint256 public paidIn;
    uint256 public donated;
    uint256 public refunded;
    uint256 public swept;
    uint256 public paused;

    function project() external view returns (address, address, address, address) {
        return (address(token), address(registry), address(book), address(distributor));
    }

    function projectLens() external view returns (address) {
        return address(lens);
    }

    function fundMore(uint96 amount) public action {
        amount = uint96(bound(amount, 1, 3 * BUDGET));
        mint(owner, address(distributor), amount);
        bool allowed = !book.closed() && block.timestamp >= distributor.pausedUntil(Flow.Funding);
        vm.prank(owner);
        try distributor.fund(amount) {
            assertTrue(allowed, "funded when that was halted");
            paidIn += amount;
        } catch {
            assertFalse(allowed, "not funded");
        }
    }

    function donate(uint96 amount) public action {
        amount = uint96(bound(amount, 1, BUDGET));
        token.mint(address(distributor), amount);
        donated += amount;
    }

    /// @notice The guardian halts claims or funding, or lifts it, when that is due and when it is not.
    function pauseOrLift(uint256 seed) public action {
        if (seed % 4 != 0) return;
        Flow flow = seed % 8 == 0 ? Flow.Claims : Flow.Funding;
        uint256 last = distributor.pausedUntil(flow);
        vm.startPrank(guardian);
        if (seed % 16 < 8) {
            bool rested = last == 0 || block.timestamp >= last + distributor.REST();
            try distributor.pause(flow) {
                assertTrue(rested, "paused again too soon");
                ++paused;
            } catch {
                assertFalse(rested, "not paused");
            }
        } else {
            bool running = block.timestamp < last;
            try distributor.unpause(flow) {
                assertTrue(running, "lifted what was not paused");
            } catch {
                assertFalse(running, "not lifted");
            }
        }
        vm.stopPrank();
    }

    /// @notice Ends the project, seldom, and takes the rest as soon as that is possible.
    function closeOrRefund(uint256 seed) public action {
        if (!book.closed()) {
            if (seed % 1024 != 0 || book.currentRound() < 5) return;
            vm.prank(owner);
            return book.close();
        }
        uint256 free = distributor.funded() - distributor.refunded() - distributor.owed();
        bool due = book.idle() && free != 0;
        vm.prank(owner);
        try distributor.refund(owner) returns (uint256 amount) {
            assertTrue(due, "refunded too early");
            assertEq(amount, free);
            refunded += amount;
        } catch {
            assertFalse(due, "not refunded");
        }
    }

    /// @notice 12: tries to sweep in every state of the project; after the end, time sometimes leaps.
    function announceOrSweep(uint256 seed) public action {
        if (distributor.expiresAt() == 0) {
            bool over = book.closed() && book.idle();
            try distributor.end() {
                assertTrue(over, "ended while open");
            } catch {
                assertFalse(over, "not ended");
            }
        }
        if (distributor.expiresAt() != 0 && seed % 4 == 0) skip(seed % 400 days);
        (, uint256 from) = distributor.announcedSweep();
        bool expired = distributor.expiresAt() != 0 && block.timestamp >= distributor.expiresAt();
        if (from == 0) {
            vm.prank(owner);
            try distributor.announceSweep(owner) {
                assertTrue(expired, "announced before the expiry");
            } catch {
                assertFalse(expired, "not announced");
            }
            return;
        }
        if (seed % 8 == 1) {
            vm.prank(seed % 16 == 1 ? guardian : owner);
            return distributor.cancelSweep();
        }
        uint256 rest = distributor.funded() - distributor.refunded() - distributor.owed();
        bool due = block.timestamp >= from && block.timestamp >= distributor.pausedUntil(Flow.Claims)
            && token.balanceOf(address(distributor)) > rest;
        try distributor.sweep() returns (uint256 amount) {
            assertTrue(due && expired, "swept too early");
            // Never below what the owner can still be refunded; everything else was earned in vain, or given.
            assertEq(token.balanceOf(address(distributor)), rest);
            swept += amount;
            _forgotten = true;
        } catch {
            assertFalse(due, "not swept");
        }
    }

    /// @notice 35: everyone with a role, and a stranger, calls whatever moves or binds money out of turn. None of it does.
    function meddle(uint256 seed) public action {
        address[5] memory who = [owner, guardian, court, peerAt(0), stranger];
        address caller = who[seed % 5];
        address victim = peerAt(seed >> 8);
        uint256 escrow = token.balanceOf(address(distributor));
        uint256 stakes = token.balanceOf(address(registry));
        Claim memory leaf;
        if (_posted.length != 0) leaf = proofAt(_posted.length - 1, seed >> 16);
        bytes[6] memory calls = [
            abi.encodeCall(distributor.post, (current() + 1, keccak256("forged"), type(uint96).max, 0, 0)),
            abi.encodeCall(distributor.revoke, ()),
            abi.encodeCall(distributor.setPayeeOf, (victim, caller)),
            abi.encodeCall(distributor.payProven, (victim, type(uint96).max)),
            abi.encodeCall(
                distributor.claimSigned,
                (distributor.sequence(), leaf, caller, type(uint256).max, new bytes(65))
            ),
            abi.encodeCall(distributor.claimTo, (distributor.sequence(), leaf, caller))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            if (i == 5 && caller == leaf.account) continue;
            vm.prank(caller);
            (bool done,) = address(distributor).call(calls[i]);
            assertFalse(done, "a role meddled with the escrow");
        }
        if (caller != court) {
            vm.prank(caller);
            (bool slashed_,) = address(registry).call(abi.encodeCall(registry.slash, (victim, 1, caller)));
            assertFalse(slashed_, "only the court slashes");
        }
        assertEq(token.balanceOf(address(distributor)), escrow);
        assertEq(token.balanceOf(address(registry)), stakes);
    }
}

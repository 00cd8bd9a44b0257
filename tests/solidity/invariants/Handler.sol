// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Claim, Root} from "../../../contracts/interfaces/IRewardDistributor.sol";
import {PayoutTree} from "../util/PayoutTree.sol";
import {RoundActions} from "./RoundActions.sol";

/// @notice A whole project that lives at random: peers, rounds, money. It never reverts: what must fail is tried and expected to.
contract Handler is RoundActions {
    using PayoutTree for PayoutTree.Tree;

    /// @dev Ghosts: every token that moved.
    uint256 public paidIn;
    uint256 public donated;
    uint256 public refunded;
    uint256 public totalClaimed;
    mapping(address account => uint256) public received;

    function project() external view returns (address, address, address, address) {
        return (address(token), address(registry), address(book), address(distributor));
    }

    function projectLens() external view returns (address) {
        return address(lens);
    }

    function revocations() external view returns (uint256 count) {
        for (uint256 i = 0; i < _posted.length; ++i) {
            if (_posted[i].revoked) ++count;
        }
    }

    function headers() external view returns (uint256) {
        return _posted.length;
    }

    function headerAt(uint256 i) external view returns (Root memory, bool revoked, uint96[PEERS] memory) {
        return (_posted[i].root, _posted[i].revoked, _posted[i].amounts);
    }

    function proofAt(uint256 i, uint256 number) public view returns (Claim memory) {
        return treeOf(_posted[i].amounts).proof(number % PEERS);
    }

    function fundMore(uint96 amount) public action {
        if (book.closed()) return;
        amount = uint96(bound(amount, 1, 3 * BUDGET));
        fund(amount);
        paidIn += amount;
    }

    function donate(uint96 amount) public action {
        amount = uint96(bound(amount, 1, BUDGET));
        token.mint(address(distributor), amount);
        donated += amount;
    }

    /// @notice Claims on any header ever posted, dead or alive.
    function claim(uint256 which, uint256 number) public action {
        if (_posted.length == 0) return;
        // Mostly a recent one.
        which = which % 4 == 0 ? which % _posted.length : _posted.length - 1 - (which % 3) % _posted.length;
        Claim memory leaf = proofAt(which, number);
        uint256 before = distributor.claimed(leaf.account);
        bool due = claimable(which) && leaf.cumulative > before;
        try distributor.claimFor(_posted[which].root, leaf) returns (uint256 amount) {
            assertTrue(due, "paid what was not due");
            assertEq(amount, leaf.cumulative - before);
            received[leaf.account] += amount;
            totalClaimed += amount;
        } catch {
            assertFalse(due, "refused what was due");
        }
    }

    /// @notice Claims all leaves of the latest header at once.
    function claimAll() public action {
        if (_posted.length == 0 || !claimable(_posted.length - 1)) return;
        uint256 last = _posted.length - 1;
        Claim[] memory leaves = treeOf(_posted[last].amounts).proofs();
        uint256 due = 0;
        for (uint256 i = 0; i < PEERS; ++i) {
            uint256 rest = leaves[i].cumulative - distributor.claimed(leaves[i].account);
            received[leaves[i].account] += rest;
            due += rest;
        }
        assertEq(distributor.claimBatch(_posted[last].root, leaves), due);
        totalClaimed += due;
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

    /// @dev A root can be claimed against when it is active, was not revoked, and is among the last sixteen that stand.
    function claimable(uint256 which) public view returns (bool) {
        Posted storage posted = _posted[which];
        return !posted.revoked && block.timestamp >= posted.root.activatesAt
            && posted.root.sequence + 16 > distributor.sequence();
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Flow} from "../../../contracts/interfaces/IEscrow.sol";
import {Claim} from "../../../contracts/interfaces/IRewardDistributor.sol";
import {PayoutTree} from "../util/PayoutTree.sol";
import {RoundActions} from "./RoundActions.sol";

/// @notice Claims in every way that there is, due and not due, and where they must have gone.
abstract contract ClaimActions is RoundActions {
    using PayoutTree for PayoutTree.Tree;

    /// @dev Ghosts: what every account was paid, and what every address received for whomever.
    uint256 public totalClaimed;
    mapping(address account => uint256) public received;
    mapping(address to => uint256) public arrived;
    /// @dev After a sweep no root stands any more.
    bool internal _forgotten;

    function revocations() external view returns (uint256 count) {
        for (uint256 i = 0; i < _posted.length; ++i) {
            if (_posted[i].revoked) ++count;
        }
    }

    function headers() external view returns (uint256) {
        return _posted.length;
    }

    function headerAt(uint256 i) external view returns (Posted memory) {
        return _posted[i];
    }

    function proofAt(uint256 i, uint256 number) public view returns (Claim memory) {
        return treeOf(_posted[i].amounts).proof(number % PEERS);
    }

    /// @notice Everyone who may be paid: peers, a payee each, a claimer's choice, a signer's choice.
    function recipientAt(uint256 number) public pure returns (address) {
        return number < PEERS ? peerAt(number) : actor(5000 + number % (3 * PEERS));
    }

    function setPayee(uint256 number, uint256 payee) public action {
        address to = payee % 3 == 0 ? address(0) : recipientAt(PEERS + number % PEERS);
        vm.prank(peerAt(number));
        distributor.setPayee(to);
    }

    /// @notice Claims on any header ever posted, dead or alive, for whoever it is, in any of four ways.
    function claim(uint256 which, uint256 number) public action {
        if (_posted.length == 0) return;
        uint256 way = which % 4;
        // Mostly a recent one.
        which = (which >> 2) % 4 == 0
            ? (which >> 4) % _posted.length
            : _posted.length - 1 - ((which >> 4) % 3) % _posted.length;
        Claim memory leaf = proofAt(which, number);
        uint256 before = distributor.claimed(leaf.account);
        bool due = claimable(which) && leaf.cumulative > before;
        (bytes memory call, address to, address caller) = callOf(_posted[which].root, leaf, way, number);
        uint256 held = token.balanceOf(to);
        vm.prank(caller);
        (bool paid,) = address(distributor).call(call);
        assertTrue(paid == due, due ? "refused what was due" : "paid what was not due");
        if (!paid) return;
        uint256 amount = leaf.cumulative - before;
        // 7, 11: exactly the difference, exactly to whom the account, its claimer or its signature said.
        assertEq(token.balanceOf(to) - held, amount);
        received[leaf.account] += amount;
        arrived[to] += amount;
        totalClaimed += amount;
    }

    function callOf(uint24 root, Claim memory leaf, uint256 way, uint256 number)
        private
        returns (bytes memory call, address to, address caller)
    {
        if (way == 0) {
            to = distributor.payeeOf(leaf.account);
            return (abi.encodeCall(distributor.claimFor, (root, leaf)), to, stranger);
        }
        if (way == 1) {
            to = distributor.payeeOf(leaf.account);
            call = abi.encodeCall(distributor.claim, (root, leaf.index, leaf.cumulative, leaf.path));
            return (call, to, leaf.account);
        }
        to = recipientAt((way == 2 ? 2 : 3) * PEERS + number % PEERS);
        if (way == 2) {
            vm.prank(leaf.account);
            distributor.setClaimer(rival);
            return (abi.encodeCall(distributor.claimTo, (root, leaf, to)), to, rival);
        }
        vm.prank(leaf.account);
        distributor.setClaimer(address(0));
        call = abi.encodeCall(distributor.claimTo, (root, leaf, to));
        return (call, to, leaf.account);
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
            arrived[distributor.payeeOf(leaves[i].account)] += rest;
            due += rest;
        }
        assertEq(distributor.claimBatch(_posted[last].root, leaves), due);
        totalClaimed += due;
    }

    /// @dev A root can be claimed against when it is active, was not revoked, is among the last sixteen that stand, claims are not
    /// paused and nothing was swept.
    function claimable(uint256 which) public view returns (bool) {
        Posted storage posted = _posted[which];
        return !_forgotten && !posted.revoked && block.timestamp >= posted.activatesAt
            && block.timestamp >= distributor.pausedUntil(Flow.Claims)
            && posted.root + 16 > distributor.sequence();
    }

    function forgotten() external view returns (bool) {
        return _forgotten;
    }
}

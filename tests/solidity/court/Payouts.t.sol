// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Fault, Mode, SumNode, Trial} from "../../../contracts/interfaces/CourtTypes.sol";
import {IPayoutJudge} from "../../../contracts/interfaces/IJudges.sol";
import {Claim} from "../../../contracts/interfaces/IRewardDistributor.sol";
import {Header} from "../../../contracts/interfaces/IRoundBook.sol";
import {Courtroom} from "../util/Courtroom.sol";
import {PayoutTree} from "../util/PayoutTree.sol";

/// @notice 33: any wrong payout, sum or order is proved.
contract PayoutsTest is Courtroom {
    using PayoutTree for PayoutTree.Tree;

    function made_(uint256 n, uint256 seed) private returns (Post memory made) {
        made = prepare(anyMode(seed >> 16), bound(n, 1, MOST), anyStory(seed >> 8), seed);
        // Somebody is paid, or there is nothing to be wrong about.
        vm.assume(made.payees.length > 1);
    }

    /// @dev What one gets too much another gets too little: each of the two is proved.
    /// forge-config: default.fuzz.runs = 60
    function testFuzz_MoneyThatWentToAnotherIsProved(
        uint256 n,
        uint256 from,
        uint256 to,
        uint256 by,
        uint256 seed
    ) public {
        Post memory made = made_(n, seed);
        from %= made.payees.length;
        to = (from + 1 + to % (made.payees.length - 1)) % made.payees.length;
        uint96 amount = uint96(bound(by, 1, made.amounts[from]));
        made.amounts[from] -= amount;
        made.amounts[to] += amount;
        Trial memory trial = publish(made);
        address account = made.payees[seed % 3 == 0 ? from : to];
        provesPayout(trial, made, account);
    }

    /// forge-config: default.fuzz.runs = 60
    function testFuzz_AMissingPayoutIsProved(uint256 n, uint256 who, uint256 seed) public {
        Post memory made = made_(n, seed);
        who %= made.payees.length;
        address account = made.payees[who];
        vm.assume(payoutTree(made).sum() - made.amounts[who] >= distributor.owed());
        Post memory less = made;
        less.payees = new address[](made.payees.length - 1);
        uint96[] memory amounts = new uint96[](less.payees.length);
        address[] memory payees = honest().payees;
        for (uint256 i = 0; i < amounts.length; ++i) {
            uint256 j = i < who ? i : i + 1;
            (less.payees[i], amounts[i]) = (payees[j], made.amounts[j]);
        }
        less.amounts = amounts;
        Trial memory trial = publish(less);
        provesPayout(trial, less, account);
    }

    /// forge-config: default.fuzz.runs = 60
    function testFuzz_APayoutToSomebodyWhoEarnedNothingIsProved(
        uint256 n,
        uint256 who,
        uint160 account_,
        uint256 seed
    ) public {
        Post memory made = made_(n, seed);
        address account = address(account_);
        who %= made.payees.length;
        vm.assume(placeIn(made.payees, account) == made.payees.length && made.amounts[who] > 1);
        address[] memory one = new address[](1);
        one[0] = account;
        address[] memory payees = merged(made.payees, one);
        uint96[] memory amounts = new uint96[](payees.length);
        for (uint256 i = 0; i < payees.length; ++i) {
            uint256 place = placeIn(made.payees, payees[i]);
            amounts[i] = payees[i] == account ? 1 : made.amounts[place] - (place == who ? 1 : 0);
        }
        (made.payees, made.amounts) = (payees, amounts);
        provesPayout(publish(made), made, account);
    }

    function provesPayout(Trial memory trial, Post memory made, address account) private {
        bytes memory proof =
            abi.encodeCall(IPayoutJudge.provePayout, (trial, account, payoutProof(made, account)));
        proves(Fault.Payout, address(payoutJudge), trial, proof);
    }

    /// forge-config: default.fuzz.runs = 60
    function testFuzz_AWrongSumIsProved(uint256 n, uint256 level, uint256 index, uint256 by, uint256 seed)
        public
    {
        Post memory made = made_(n, seed);
        PayoutTree.Tree memory tree = payoutTree(made);
        level %= tree.hashes.length;
        index %= tree.hashes[level].length;
        uint256 spare = tree.sum() - distributor.owed();
        uint256 most = tree.sums[level][index] < spare ? tree.sums[level][index] : spare;
        vm.assume(most > 0);
        tree.sums[level][index] -= uint96(bound(by, 1, most));
        tree.grow(level + 1);
        Trial memory trial = publishWith(made, tree);
        SumNode memory node = sumNode(tree, level, index);
        proves(Fault.Sum, address(payoutJudge), trial, abi.encodeCall(IPayoutJudge.proveSum, (trial, node)));
    }

    function publishWith(Post memory made, PayoutTree.Tree memory tree) private returns (Trial memory trial) {
        Header memory header = headerOf(made);
        (header.payoutRoot, header.sum, header.depth) = (tree.node(), tree.sum(), tree.depthOf());
        postAs(evaluatorsByAddress[0], header);
        return trialOf(header);
    }

    /// forge-config: default.fuzz.runs = 60
    function testFuzz_AWrongOrderIsProved(uint256 n, uint256 at, uint256 how, uint256 seed) public {
        Post memory made = made_(n, seed);
        at = at % (made.payees.length - 1);
        if (how % 3 == 0) {
            (made.payees[at], made.payees[at + 1]) = (made.payees[at + 1], made.payees[at]);
        } else if (how % 3 == 1) {
            made.payees[at + 1] = made.payees[at];
        } else {
            // A gap; what stood there is what the one after it gets.
            made.amounts[at + 1] += made.amounts[at];
            (made.payees[at], made.amounts[at]) = (address(0), 0);
        }
        Trial memory trial = publish(made);
        PayoutTree.Tree memory tree = payoutTree(made);
        Claim memory first = tree.proof(at);
        Claim memory second = tree.proof(at + 1);
        bytes memory proof = abi.encodeCall(IPayoutJudge.proveOrder, (trial, first, second));
        proves(Fault.Order, address(payoutJudge), trial, proof);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {
    Evaluator,
    Fault,
    Mode,
    Opening,
    Reveal,
    Trial,
    UNCOVERED,
    Utility,
    WITHHELD,
    WITHIN
} from "../../../contracts/interfaces/CourtTypes.sol";
import {IAgreementJudge} from "../../../contracts/interfaces/IJudges.sol";
import {Header} from "../../../contracts/interfaces/IRoundBook.sol";
import {Courtroom} from "../util/Courtroom.sol";

/// @notice 33: any wrong peer, evaluator, standing or median is proved.
contract AgreementTest is Courtroom {
    function provesPlayers(Trial memory trial, address[] memory players) private {
        bytes memory proof = abi.encodeCall(IAgreementJudge.provePlayers, (trial, players));
        proves(Fault.Players, address(agreementJudge), trial, proof);
    }

    /// forge-config: default.fuzz.runs = 30
    function testFuzz_PeersOutOfOrderAreProved(uint256 n, uint256 at, bool twice, uint256 seed) public {
        n = bound(n, 2, MOST);
        Post memory made = prepare(anyMode(seed >> 16), n, anyStory(seed >> 8), seed);
        at %= n - 1;
        if (twice) made.players[at + 1] = made.players[at];
        else (made.players[at], made.players[at + 1]) = (made.players[at + 1], made.players[at]);
        provesPlayers(publish(made), made.players);
    }

    /// forge-config: default.fuzz.runs = 30
    function testFuzz_AWrongNumberOfPeersIsProved(uint32 peers, uint256 n, uint256 seed) public {
        n = bound(n, 1, MOST);
        Post memory made = prepare(anyMode(seed >> 16), n, anyStory(seed >> 8), seed);
        Header memory header = headerOf(made);
        vm.assume(peers != header.peers);
        header.peers = peers;
        postAs(evaluatorsByAddress[0], header);
        provesPlayers(trialOf(header), made.players);
    }

    /// @dev More peers than the mechanism values: without their list, which may be withheld.
    function test_TooManyPeersAreProvedWithoutTheirList() public {
        Post memory made = prepare(Mode.Exact, 3, Story.Alike, 1);
        Header memory header = headerOf(made);
        header.peers = 17;
        postAs(evaluatorsByAddress[0], header);
        provesPlayers(trialOf(header), new address[](0));
    }

    /// forge-config: default.fuzz.runs = 30
    function testFuzz_AScoreOfAnotherAccountIsProved(uint256 n, uint256 i, address account, uint256 seed)
        public
    {
        n = bound(n, 1, MOST);
        Post memory made = prepare(anyMode(seed >> 16), n, anyStory(seed >> 8), seed);
        i %= n;
        vm.assume(account != made.accounts[i]);
        made.accounts[i] = account;
        Trial memory trial = publish(made);
        bytes memory proof =
            abi.encodeCall(IAgreementJudge.proveAccount, (trial, made.players, scoreLeaf(made, i)));
        proves(Fault.Account, address(agreementJudge), trial, proof);
    }

    /// forge-config: default.fuzz.runs = 30
    function testFuzz_APeerThatDidNotSubmitIsProved(uint256 n, uint256 i, bool anybody, uint256 seed) public {
        n = bound(n, 1, MOST - 1);
        Post memory made = prepare(anyMode(seed >> 16), n, anyStory(seed >> 8), seed);
        i %= n;
        made.players[i] = anybody ? stranger : trainers[MOST];
        made.accounts[i] = made.players[i];
        Trial memory trial = publish(made);
        bytes memory proof = abi.encodeCall(IAgreementJudge.proveStranger, (trial, made.players, uint32(i)));
        proves(Fault.Stranger, address(agreementJudge), trial, proof);
    }

    /// forge-config: default.fuzz.runs = 60
    function testFuzz_AnOmittedPeerIsProved(uint256 n, uint256 i, uint256 seed) public {
        n = bound(n, 1, MOST);
        Post memory made = prepare(anyMode(seed >> 16), n, anyStory(seed >> 8), seed);
        i %= n;
        address peer = made.players[i];
        made.players = without(made.players, i);
        provesAcceptance(publish(made), made, peer);
    }

    /// forge-config: default.fuzz.runs = 60
    function testFuzz_APeerThatTheMajorityRejectedIsProved(uint256 n, uint256 seed) public {
        n = bound(n, 1, MOST - 1);
        Post memory made = prepare(anyMode(seed >> 16), n, anyStory(seed >> 8), seed);
        // It did submit, and one evaluator may have accepted it.
        address peer = trainers[n];
        address[] memory one = new address[](1);
        one[0] = peer;
        made.players = merged(made.players, one);
        provesAcceptance(publish(made), made, peer);
    }

    function provesAcceptance(Trial memory trial, Post memory made, address peer) private {
        Opening[] memory openings = contradicting(made, peer);
        bytes memory proof =
            abi.encodeCall(IAgreementJudge.proveAcceptance, (trial, agreementOf(made), peer, openings));
        proves(Fault.Acceptance, address(agreementJudge), trial, proof);
    }

    function without(address[] memory list, uint256 place) private pure returns (address[] memory rest) {
        rest = new address[](list.length - 1);
        for (uint256 i = 0; i < rest.length; ++i) {
            rest[i] = list[i < place ? i : i + 1];
        }
    }

    /// forge-config: default.fuzz.runs = 60
    function testFuzz_AWrongListOfEvaluatorsIsProved(uint256 how, uint256 e, uint96 weight, uint256 seed)
        public
    {
        Post memory made = prepare(anyMode(seed >> 16), 2, anyStory(seed >> 8), seed);
        e %= 3;
        address account = own[e].account;
        Reveal memory reveal = revealOf(e);
        if (how % 4 == 0) {
            vm.assume(weight != made.evaluators[e].weight);
            made.evaluators[e].weight = weight;
        } else if (how % 4 == 1) {
            Evaluator[] memory less = new Evaluator[](2);
            (less[0], less[1]) = (made.evaluators[(e + 1) % 3], made.evaluators[(e + 2) % 3]);
            if (less[0].account > less[1].account) (less[0], less[1]) = (less[1], less[0]);
            made.evaluators = less;
        } else if (how % 4 == 2) {
            account = address(type(uint160).max);
            Evaluator[] memory more = new Evaluator[](4);
            for (uint256 i = 0; i < 3; ++i) {
                more[i] = made.evaluators[i];
            }
            more[3] = Evaluator(account, weight, WITHIN);
            made.evaluators = more;
        } else {
            e = e % 2;
            (made.evaluators[e], made.evaluators[e + 1]) = (made.evaluators[e + 1], made.evaluators[e]);
            account = stranger;
        }
        Trial memory trial = publish(made);
        bytes memory proof =
            abi.encodeCall(IAgreementJudge.proveEvaluators, (trial, made.evaluators, account, reveal));
        proves(Fault.Evaluators, address(agreementJudge), trial, proof);
    }

    /// forge-config: default.fuzz.runs = 120
    function testFuzz_AWrongStandingIsProved(uint256 n, uint256 e, uint256 claimed, uint256 seed) public {
        Post memory made = prepare(anyMode(seed >> 16), bound(n, 1, MOST), anyStory(seed >> 8), seed);
        e %= 3;
        uint32 truth = made.evaluators[e].standing;
        uint32[4] memory lies = [WITHIN, UNCOVERED, WITHHELD, uint32(claimed >> 8) % 12];
        uint32 lie = lies[claimed % 4];
        vm.assume(lie != truth);
        made.evaluators[e].standing = lie;
        Trial memory trial = publish(made);
        // Where it tells: at the first index out of tolerance, or at the one that is said to be.
        uint256 count = made.utilities.length;
        uint256 at = truth < count && (lie > truth || lie >= count) ? truth : lie;
        Opening memory opening = openingOf(e, made.players, at < count ? at : 0);
        Utility memory utility = utilityAt(made, at < count ? at : 0);
        bytes memory proof =
            abi.encodeCall(IAgreementJudge.proveStanding, (trial, agreementOf(made), opening, utility));
        proves(Fault.Standing, address(agreementJudge), trial, proof);
    }

    /// forge-config: default.fuzz.runs = 120
    function testFuzz_AWrongMedianIsProved(uint256 n, uint256 m, int256 by, uint256 seed) public {
        Post memory made = prepare(anyMode(seed >> 16), bound(n, 1, MOST), anyStory(seed >> 8), seed);
        m %= made.utilities.length;
        // Often by very little: between the evaluators' own values.
        int256 difference = by % 8;
        made.utilities[m] += seed % 3 == 0 || difference == 0 ? anyDifference(by) : difference;
        made.evaluators = standings(made.players, made.utilities);
        follow(made);
        Trial memory trial = publish(made);
        // More than half of the weight is on one side; one of the two shows it.
        bool above = weigh(made, m, true) * 2 > weigh(made, m, false);
        Opening[] memory openings = sideOf(made, m, above);
        bytes memory proof = abi.encodeCall(
            IAgreementJudge.proveUtility, (trial, agreementOf(made), utilityAt(made, m), openings)
        );
        proves(Fault.Utility, address(agreementJudge), trial, proof);
    }

    /// @dev Weight of those above the agreed utility, or of all that count.
    function weigh(Post memory made, uint256 m, bool aboveOnly) private view returns (uint256 weight) {
        for (uint256 e = 0; e < 3; ++e) {
            if (isWithheld(e) || !covers(own[e].list, made.players)) continue;
            if (!aboveOnly || ownUtility(e, made.players, m) > made.utilities[m]) weight += own[e].weight;
        }
    }

    /// @dev No reveal has to be shown for what no evaluator may measure.
    function testFuzz_AUtilityOutOfRangeIsProvedByItself(int256 value, uint256 m, uint256 seed) public {
        vm.assume(value > 2 ** 46 || value < -(2 ** 46));
        Post memory made = prepare(anyMode(seed >> 16), 2, anyStory(seed >> 8), seed);
        made.utilities[m % made.utilities.length] = value;
        Trial memory trial = publish(made);
        Opening[] memory none = new Opening[](0);
        Utility memory utility = utilityAt(made, m % made.utilities.length);
        bytes memory proof =
            abi.encodeCall(IAgreementJudge.proveUtility, (trial, agreementOf(made), utility, none));
        proves(Fault.Utility, address(agreementJudge), trial, proof);
    }
}

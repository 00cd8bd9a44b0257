// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {MultisigArbiter} from "../../../contracts/MultisigArbiter.sol";
import {Part} from "../../../contracts/interfaces/CourtTypes.sol";
import {Verdict} from "../../../contracts/interfaces/IArbiter.sol";
import {Claim} from "../../../contracts/interfaces/IRewardDistributor.sol";
import {Header, Phase} from "../../../contracts/interfaces/IRoundBook.sol";
import {IScoreCourt} from "../../../contracts/interfaces/IScoreCourt.sol";
import {PayoutTree} from "../util/PayoutTree.sol";
import {ClaimActions} from "./ClaimActions.sol";

/// @notice Bonds at random: data asked for and shown or not, evaluators accused and judged or not.
abstract contract CourtActions is ClaimActions {
    using PayoutTree for PayoutTree.Tree;

    struct Asked {
        bytes32 id;
        Header header;
        Part part;
        uint32 index;
        uint256 post;
        bool open;
    }

    /// @dev Ghosts: every bond that was ever paid, and what became of it.
    Asked[] internal _asked;
    uint256 public bondsPaid;
    uint256 public bondsCollected;
    uint256 public answered;
    uint256 public expired;
    uint256 public settled;
    mapping(uint64 round => mapping(address poster => uint256)) public convictions;

    function setUp() public virtual override {
        address[] memory signers = new address[](1);
        signers[0] = address(this);
        arbiter = address(new MultisigArbiter(signers, 1));
        super.setUp();
    }

    function courtOf() external view returns (address) {
        return court;
    }

    function bondsOpen() external view returns (uint256 sum) {
        for (uint256 i = 0; i < _asked.length; ++i) {
            Asked storage asked = _asked[i];
            if (!asked.open) continue;
            sum += scoreCourt.requestOf(asked.id).bond;
        }
        for (uint256 id = 1; id <= scoreCourt.cases(); ++id) {
            sum += scoreCourt.caseOf(id).bond;
        }
    }

    function credits() external view returns (uint256 sum) {
        for (uint256 i = 0; i < PEERS; ++i) {
            sum += bondsOf(peerAt(i));
        }
        sum += bondsOf(stranger);
    }

    /// @dev Of what an account can collect, what the court holds.
    function bondsOf(address account) private view returns (uint256) {
        return scoreCourt.credit(account) - registry.rewardOf(account);
    }

    /// @notice Asks for a payout, which can be shown, or for a utility, which nobody has.
    function ask(uint256 seed) public action {
        askFor(seed % 2 == 0 ? Part.Payout : Part.Utility, uint32(seed >> 8) % 4);
    }

    function askFor(Part part, uint32 index) private {
        if (book.phase(current()) != Phase.Challenge) return;
        Header memory header = _posted[_posted.length - 1].header;
        mint(stranger, court, BOND);
        vm.prank(stranger);
        try scoreCourt.request(header, rulesOf(header), part, index) returns (bytes32 id) {
            bondsPaid += BOND;
            forget(id);
            _asked.push(Asked(id, header, part, index, _posted.length - 1, true));
        } catch {
            drop();
        }
    }

    /// @notice Shows a payout that was asked for. In time it must count, and late it must not.
    function show(uint256 which) public action {
        if (which % 3 != 0) askFor(Part.Payout, uint32(which >> 8) % 4);
        if (_asked.length == 0) return;
        Asked storage asked = recent(which);
        if (asked.part != Part.Payout) return;
        IScoreCourt.Request memory request = scoreCourt.requestOf(asked.id);
        bool due = asked.open && block.timestamp <= request.deadline && stands(asked);
        Claim memory leaf = treeOf(_posted[asked.post].amounts).proof(asked.index);
        vm.prank(peerAt(which));
        try scoreCourt.answerPayout(asked.header, leaf) {
            assertTrue(due, "answered what was not open");
            asked.open = false;
            ++answered;
        } catch {
            assertFalse(due, "an answer in time was refused");
        }
    }

    /// @notice Says that time is up. Only then the header is void and its poster loses stake.
    function expire(uint256 which) public action {
        if (_asked.length == 0) return;
        Asked storage asked = recent(which);
        // Often enough, time is up.
        if (which % 3 != 0) skip(ANSWER + 1);
        bool due = asked.open && block.timestamp > scoreCourt.requestOf(asked.id).deadline && stands(asked);
        address poster = book.round(current()).poster;
        watchStake(poster);
        try scoreCourt.expire(asked.header, asked.part, asked.index) {
            assertTrue(due, "expired too early");
            asked.open = false;
            _posted[asked.post].revoked = true;
            barred[asked.header.round][poster] = true;
            assertLe(++convictions[asked.header.round][poster], 1);
            ++expired;
        } catch {
            assertFalse(due, "did not expire");
        }
        noteSlash(poster);
    }

    function reclaim(uint256 which) public action {
        if (_asked.length == 0) return;
        Asked storage asked = _asked[which % _asked.length];
        bool due = asked.open && !stands(asked);
        try scoreCourt.reclaim(asked.header, asked.part, asked.index) {
            assertTrue(due, "reclaimed too early");
            asked.open = false;
        } catch {
            assertFalse(due, "a bond stayed behind");
        }
    }

    /// @notice Accuses an evaluator, as the judge does once it has seen its utility.
    function accuse(uint256 seed) public action {
        if (book.phase(current()) != Phase.Challenge) return;
        Header memory header = _posted[_posted.length - 1].header;
        mint(stranger, court, BOND);
        vm.prank(address(agreementJudge));
        try scoreCourt.openCase(
            header.round,
            keccak256(abi.encode(header)),
            keccak256(abi.encode(rulesOf(header))),
            peerAt(TRAINERS + seed % (PEERS - TRAINERS)),
            0,
            stranger
        ) {
            bondsPaid += BOND;
        } catch {
            drop();
        }
    }

    function judge(uint256 seed) public action {
        uint256 count = scoreCourt.cases();
        if (count == 0) return;
        uint256 id = 1 + seed % count;
        if (seed % 3 != 0) {
            try MultisigArbiter(arbiter).vote(court, id, seed % 3 == 1 ? Verdict.Guilty : Verdict.Innocent) {}
                catch {}
        }
        address accused = scoreCourt.caseOf(id).evaluator;
        watchStake(accused);
        try scoreCourt.settle(id) {
            ++settled;
        } catch {}
        noteSlash(accused);
    }

    function collect(uint256 number) public action {
        address account = number % 2 == 0 ? stranger : peerAt(number);
        uint256 bonds = bondsOf(account);
        uint256 reward = registry.rewardOf(account);
        vm.prank(account);
        try scoreCourt.collect(owner) returns (uint256 amount) {
            assertEq(amount, bonds + reward);
            bondsCollected += bonds;
            rewardsCollected += reward;
        } catch {
            assertEq(bonds + reward, 0);
        }
    }

    /// @dev Whether the posting that was asked about stands in its window.
    function stands(Asked storage asked) private view returns (bool) {
        bool latest = asked.post == _posted.length - 1 && !_posted[asked.post].revoked;
        return latest && asked.header.round == current() && book.phase(current()) == Phase.Challenge;
    }

    /// @dev What was asked for before, and is asked for again, is the later request's.
    function forget(bytes32 id) private {
        for (uint256 i = 0; i < _asked.length; ++i) {
            if (_asked[i].id != id) continue;
            assertFalse(_asked[i].open, "asked twice at once");
            _asked[i] = _asked[_asked.length - 1];
            return _asked.pop();
        }
    }

    /// @dev Takes back a bond that was not taken.
    function drop() private {
        vm.prank(stranger);
        token.transfer(owner, BOND);
    }

    /// @dev Mostly the latest that was asked for.
    function recent(uint256 which) private view returns (Asked storage) {
        uint256 last = _asked.length - 1;
        return _asked[which % 4 != 0 || last == 0 ? last : last - 1];
    }
}

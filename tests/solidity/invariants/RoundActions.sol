// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Mode, Rules} from "../../../contracts/interfaces/CourtTypes.sol";
import {Role} from "../../../contracts/interfaces/IPeerRegistry.sol";
import {Header, Phase} from "../../../contracts/interfaces/IRoundBook.sol";
import {PayoutTree} from "../util/PayoutTree.sol";
import {StakeActions} from "./StakeActions.sol";

/// @notice Rounds that go on at random, with honest headers: cumulative amounts never fall.
abstract contract RoundActions is StakeActions {
    using PayoutTree for PayoutTree.Tree;

    struct Posted {
        uint24 root;
        uint256 activatesAt;
        Header header;
        uint96[PEERS] amounts;
        bool revoked;
    }

    /// @dev Ghosts: every header that was ever posted, and what became of past rounds.
    Posted[] internal _posted;
    mapping(uint64 round => Phase) public ended;
    uint64 public lastEnded;
    uint256 public opened;
    uint256 public voided;
    mapping(uint64 round => mapping(address poster => bool)) public barred;

    /// @notice Does whatever the phase calls for, more or less completely, and lets time pass.
    function progress(uint256 seed) public action {
        Phase phase = book.phase(current());
        if (phase == Phase.None || phase == Phase.Active || phase == Phase.Void) {
            if (phase != Phase.None) noteEnd(phase);
            if (book.closed()) return skip(1 hours);
            book.open();
            ++opened;
        } else if (phase == Phase.Commit) {
            submitSome(seed);
            skip(COMMIT);
        } else if (phase == Phase.Publish) {
            skip(PUBLISH);
        } else if (phase == Phase.Seal) {
            sealAndDraw(seed);
        } else if (phase == Phase.Measure) {
            measureSome(seed);
            skip(MEASURE);
        } else if (phase == Phase.Reveal) {
            revealSome(seed);
            skip(REVEAL);
        } else if (phase == Phase.Post) {
            postOrVoid(seed);
        } else {
            removeOrWait(seed);
        }
    }

    function wait(uint256 duration) public action {
        skip(bound(duration, 1, 2 * CHALLENGE));
    }

    function noteEnd(Phase phase) private {
        lastEnded = current();
        ended[lastEnded] = phase;
    }

    function submitSome(uint256 seed) private {
        uint64 id = current();
        for (uint256 i = 0; i < TRAINERS; ++i) {
            address account = peerAt(i);
            bytes32 digest = keccak256(abi.encode(seed, i));
            if ((seed >> i) & 1 == 0 || registry.weight(account, Role.Trainer) == 0) continue;
            vm.prank(account);
            book.submit(id, digest);
            assertTrue(book.hasSubmitted(id, account, digest), "submission lost");
        }
    }

    function sealAndDraw(uint256 seed) private {
        uint64 id = current();
        uint256 sealedBlock = book.round(id).sealedBlock;
        if (sealedBlock == 0 || block.number > sealedBlock + 256) book.seal(id);
        vm.roll(block.number + (seed % 4 == 0 ? 300 : 1));
        if (seed % 4 != 0) book.draw(id);
    }

    function measureSome(uint256 seed) private {
        for (uint256 i = TRAINERS; i < PEERS; ++i) {
            address account = peerAt(i);
            if ((seed >> i) & 3 == 0 || registry.weight(account, Role.Evaluator) == 0) continue;
            if (book.phase(current()) != Phase.Measure) return;
            commitAs(account, "utilities");
            skip(1);
        }
    }

    function revealSome(uint256 seed) private {
        uint64 id = current();
        for (uint256 i = TRAINERS; i < PEERS; ++i) {
            if ((seed >> i) & 7 == 0) continue;
            address account = peerAt(i);
            uint256 before = book.round(id).revealed;
            vm.prank(account);
            try book.revealUtilities(id, "utilities", PLAYERS, dataOf("utilities"), saltOf(account)) {
                assertEq(book.round(id).revealed, before + 1);
            } catch {
                assertEq(book.round(id).revealed, before);
            }
        }
    }

    function postOrVoid(uint256 seed) private {
        address poster = anyPoster();
        if (poster == address(0) || book.round(current()).revealed < QUORUM || seed % 8 == 0) {
            skip(CHALLENGE);
            ++voided;
            return book.voidRound(current());
        }
        Posted storage latest = _posted.push();
        uint96[PEERS] memory amounts = grow(standing(), seed);
        PayoutTree.Tree memory tree = treeOf(amounts);
        assertTrue(postAs(poster, header(tree)), "fresh");
        latest.root = distributor.sequence();
        latest.activatesAt = block.timestamp + CHALLENGE;
        latest.header = header(tree);
        latest.amounts = amounts;
    }

    function removeOrWait(uint256 seed) private {
        uint64 id = current();
        if (seed % 8 == 0) {
            vm.prank(guardian);
            book.veto(id);
        } else if (seed % 8 == 1) {
            address poster = faultAs(court, id);
            barred[id][poster] = true;
            takeFrom(poster, POSTER_SLASH);
            Header memory again = header(0, 0, 0);
            vm.prank(poster);
            try book.post(again) {
                revert NotTrue("a faulted poster posted again");
            } catch {}
        } else {
            return skip(seed % 2 == 0 ? CHALLENGE : CHALLENGE / 2);
        }
        _posted[_posted.length - 1].revoked = true;
    }

    /// @dev One that revealed, holds a stake, and was not proved wrong in this round.
    function anyPoster() private view returns (address) {
        uint64 id = current();
        for (uint256 i = TRAINERS; i < PEERS; ++i) {
            address account = peerAt(i);
            bool may = book.revealedRound(account) == id && !barred[id][account];
            if (may && registry.weight(account, Role.Evaluator) != 0) return account;
        }
        return address(0);
    }

    function rulesOf(Header memory) internal view returns (Rules memory) {
        return rulesOf(Mode.Exact);
    }

    /// @dev The amounts of the latest header that was not removed.
    function standing() internal view returns (uint96[PEERS] memory amounts) {
        for (uint256 i = _posted.length; i > 0; --i) {
            Posted storage candidate = _posted[i - 1];
            // The header being posted has no root yet.
            if (!candidate.revoked && candidate.root != 0) return candidate.amounts;
        }
    }

    /// @dev Spends a random part of the round's budget on random peers.
    function grow(uint96[PEERS] memory amounts, uint256 seed) private view returns (uint96[PEERS] memory) {
        uint256 left = distributor.budget(current());
        for (uint256 i = 0; i < PEERS; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            uint256 share = draw % 3 == 0 ? 0 : bound(draw, 0, left / 2);
            amounts[i] += uint96(share);
            left -= share;
        }
        return amounts;
    }

    function treeOf(uint96[PEERS] memory amounts) internal view returns (PayoutTree.Tree memory) {
        address[] memory accounts = new address[](PEERS);
        uint96[] memory values = new uint96[](PEERS);
        for (uint256 i = 0; i < PEERS; ++i) {
            (accounts[i], values[i]) = (peerAt(i), amounts[i]);
        }
        return PayoutTree.build(address(distributor), accounts, values);
    }
}

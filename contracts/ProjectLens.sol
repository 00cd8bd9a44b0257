// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IPeerRegistry} from "./interfaces/IPeerRegistry.sol";
import {IProjectLens} from "./interfaces/IProjectLens.sol";
import {Claim, IRewardDistributor} from "./interfaces/IRewardDistributor.sol";
import {IRoundBook} from "./interfaces/IRoundBook.sol";

/// @title Views for owners, trainers and their tools
/// @dev Stateless: one lens serves every project.
contract ProjectLens is IProjectLens {
    /// @inheritdoc IProjectLens
    function status(address book, address[] calldata accounts) external view returns (Status memory) {
        IRoundBook rounds = IRoundBook(book);
        address distributor = rounds.distributor();
        uint64 current = rounds.currentRound();
        return Status({
            token: IRewardDistributor(distributor).token(),
            owner: Ownable(book).owner(),
            policyHash: rounds.policyHash(),
            round: current,
            phase: rounds.phase(current),
            closed: rounds.closed(),
            money: money(distributor, accounts)
        });
    }

    /// @inheritdoc IProjectLens
    function money(address distributor, address[] calldata accounts)
        public
        view
        returns (Money memory found)
    {
        IRewardDistributor escrow = IRewardDistributor(distributor);
        for (uint256 i = 0; i < accounts.length; ++i) {
            found.claimed += escrow.claimed(accounts[i]);
        }
        found.funded = escrow.funded();
        found.refunded = escrow.refunded();
        found.owed = escrow.owed();
        found.remaining = found.funded - found.refunded - found.owed;
        found.pending = found.owed - escrow.activeSum();
        // A root that takes back what was claimed is wrong and can be vetoed: until then it must not make this revert.
        uint256 rest = Math.saturatingSub(found.owed - found.pending, found.claimed);
        (found.claimable, found.expired) = escrow.swept() == 0 ? (rest, uint256(0)) : (uint256(0), rest);
        uint256 booked = found.claimable + found.pending + found.remaining;
        found.gifts = Math.saturatingSub(IERC20(escrow.token()).balanceOf(distributor), booked);
    }

    /// @inheritdoc IProjectLens
    function peers(address book, address[] calldata accounts)
        external
        view
        returns (PeerStatus[] memory found)
    {
        IPeerRegistry registry = IPeerRegistry(IRoundBook(book).registry());
        IRewardDistributor escrow = IRewardDistributor(IRoundBook(book).distributor());
        found = new PeerStatus[](accounts.length);
        for (uint256 i = 0; i < accounts.length; ++i) {
            address account = accounts[i];
            IPeerRegistry.Peer memory peer = registry.peer(account);
            found[i] = PeerStatus({
                role: peer.role,
                stake: peer.stake,
                unbonding: peer.unbonding,
                readyAt: peer.readyAt,
                payee: escrow.payeeOf(account),
                claimer: escrow.claimerOf(account),
                claimed: escrow.claimed(account)
            });
        }
    }

    /// @inheritdoc IProjectLens
    function statements(address book, uint24 root, Claim[] calldata leaves)
        external
        view
        returns (Statement[] memory found)
    {
        IPeerRegistry registry = IPeerRegistry(IRoundBook(book).registry());
        address distributor = IRoundBook(book).distributor();
        found = new Statement[](leaves.length);
        for (uint256 i = 0; i < leaves.length; ++i) {
            IPeerRegistry.Peer memory peer = registry.peer(leaves[i].account);
            found[i] = Statement({
                account: leaves[i].account,
                role: peer.role,
                locked: uint256(peer.stake) + peer.unbonding,
                payout: payout(distributor, root, leaves[i])
            });
        }
    }

    /// @inheritdoc IProjectLens
    function payout(address distributor, uint24 root, Claim calldata leaf)
        public
        view
        returns (Payout memory)
    {
        IRewardDistributor escrow = IRewardDistributor(distributor);
        escrow.verify(root, leaf);
        uint256 claimed = escrow.claimed(leaf.account);
        uint256 rest = Math.saturatingSub(leaf.cumulative, claimed);
        bool open = block.timestamp >= escrow.claimableFrom(root);
        return Payout({
            earned: leaf.cumulative, claimed: claimed, claimable: open ? rest : 0, pending: open ? 0 : rest
        });
    }
}

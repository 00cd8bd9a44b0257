// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IPeerRegistry} from "./interfaces/IPeerRegistry.sol";
import {IProjectLens} from "./interfaces/IProjectLens.sol";
import {Claim, IRewardDistributor, Root} from "./interfaces/IRewardDistributor.sol";
import {IRoundBook} from "./interfaces/IRoundBook.sol";

/// @title Views for owners, trainers and their tools
/// @dev Stateless: one lens serves every project.
contract ProjectLens is IProjectLens {
    /// @inheritdoc IProjectLens
    function status(address book) external view returns (Status memory) {
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
            money: money(distributor)
        });
    }

    /// @inheritdoc IProjectLens
    function money(address distributor) public view returns (Money memory) {
        IRewardDistributor escrow = IRewardDistributor(distributor);
        uint256 funded = escrow.funded();
        uint256 refunded = escrow.refunded();
        uint256 owed = escrow.owed();
        uint256 active = escrow.activeSum();
        // What is gone was claimed. Capped, because anyone can send tokens past `fund`: they must not make this revert.
        uint256 held = Math.min(IERC20(escrow.token()).balanceOf(distributor), funded - refunded);
        uint256 claimed = funded - refunded - held;
        return Money({
            funded: funded,
            owed: owed,
            claimed: claimed,
            pending: owed - active,
            claimable: Math.saturatingSub(active, claimed),
            remaining: funded - refunded - owed,
            refunded: refunded
        });
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
    function payout(address distributor, Root calldata root, Claim calldata leaf)
        external
        view
        returns (Payout memory)
    {
        IRewardDistributor escrow = IRewardDistributor(distributor);
        escrow.verify(root, leaf);
        uint256 claimed = escrow.claimed(leaf.account);
        uint256 rest = Math.saturatingSub(leaf.cumulative, claimed);
        bool active = block.timestamp >= root.activatesAt;
        return Payout({
            earned: leaf.cumulative,
            claimed: claimed,
            claimable: active ? rest : 0,
            pending: active ? 0 : rest
        });
    }
}

"""The membership and stake of one project, on chain."""

from __future__ import annotations

from typing import ClassVar

from chain.contracts.abi import build
from chain.contracts.handle import Call, Contract
from chain.contracts.types import ZERO_ADDRESS, Peer, Role


class PeerRegistry(Contract):
    """`PeerRegistry`: contracts/interfaces/IPeerRegistry.sol says what each function refuses."""

    artifact_name: ClassVar[str] = "PeerRegistry"

    def register(self, role: Role, stake: int, payee: str = ZERO_ADDRESS) -> Call:
        """Join with a stake in token units, approved before. The zero address as payee: the peer itself."""
        return self._write("register", role, stake, payee)

    def add_stake(self, amount: int) -> Call:
        """Add to the sender's active stake."""
        return self._write("addStake", amount)

    def unbond(self, amount: int) -> Call:
        """Start to take stake out."""
        return self._write("unbond", amount)

    def cancel_unbonding(self) -> Call:
        """Return what is unbonding to the active stake."""
        return self._write("cancelUnbonding")

    def withdraw(self, to: str) -> Call:
        """Pay out what has finished unbonding."""
        return self._write("withdraw", to)

    def slash(self, peer: str, amount: int, challenger: str) -> Call:
        """Take a peer's stake. The court only."""
        return self._write("slash", peer, amount, challenger)

    def reward_of(self, challenger: str) -> int:
        """What a challenger earned by slashes and has not collected."""
        return int(self._read("rewardOf", challenger))

    def peer(self, account: str) -> Peer:
        """What is stored of an address."""
        return build(Peer, self._read("peer", account))

    def weight(self, account: str, role: Role) -> int:
        """Active stake in this role; zero below the role's minimum."""
        return int(self._read("weight", account, role))

    def minimum_stake(self, role: Role) -> int:
        """The least stake of a role, in token units."""
        return int(self._read("minimumStake", role))

    def token(self) -> str:
        """The token of stakes."""
        return str(self._read("token"))

    def distributor(self) -> str:
        """The project's RewardDistributor."""
        return str(self._read("distributor"))

    def court(self) -> str:
        """Who may slash; the zero address when nobody may."""
        return str(self._read("court"))

    def unbonding_period(self) -> int:
        """Seconds between unbonding and withdrawal."""
        return int(self._read("unbondingPeriod"))

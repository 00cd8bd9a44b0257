"""The escrow and payouts of one project, on chain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from chain.contracts.abi import build
from chain.contracts.handle import Call, Contract
from chain.contracts.types import Claim, Emission, Root


class RewardDistributor(Contract):
    """`RewardDistributor`: contracts/interfaces/IRewardDistributor.sol says what each function refuses."""

    artifact_name: ClassVar[str] = "RewardDistributor"

    def fund(self, amount: int) -> Call:
        """Add to the escrow from the sender's approved tokens."""
        return self._write("fund", amount)

    def claim(self, root: Root, leaf: Claim) -> Call:
        """Pay the sender's leaf to its payee."""
        return self._write("claim", root, leaf)

    def claim_to(self, root: Root, leaf: Claim, to: str) -> Call:
        """Pay a leaf to `to`. Only the account itself or its claimer."""
        return self._write("claimTo", root, leaf, to)

    def claim_for(self, root: Root, leaf: Claim) -> Call:
        """Pay anyone's leaf to that account's payee."""
        return self._write("claimFor", root, leaf)

    def claim_batch(self, root: Root, leaves: Sequence[Claim]) -> Call:
        """Pay many leaves to their payees; those with nothing to claim are skipped."""
        return self._write("claimBatch", root, list(leaves))

    def set_payee(self, payee: str) -> Call:
        """Set where the sender's payouts go by default."""
        return self._write("setPayee", payee)

    def set_claimer(self, claimer: str) -> Call:
        """Allow another address to call `claim_to` for the sender."""
        return self._write("setClaimer", claimer)

    def refund(self, to: str) -> Call:
        """Pay what no header owes to `to`. The owner only, after the project is closed."""
        return self._write("refund", to)

    def verify(self, root: Root, leaf: Claim) -> None:
        """Returns when the leaf is in the root's tree, pending or active; raises the reason otherwise."""
        self._read("verify", root, leaf)

    def root_hash(self, root: Root) -> bytes:
        """The word that the contract keeps for a root."""
        return bytes(self._read("rootHash", root))

    def leaf_hash(self, index: int, account: str, cumulative: int) -> bytes:
        """Hash of a leaf in this distributor's trees."""
        return bytes(self._read("leafHash", index, account, cumulative))

    def claimed(self, account: str) -> int:
        """All that an account was ever paid."""
        return int(self._read("claimed", account))

    def payee_of(self, account: str) -> str:
        """Where an account's payouts go by default."""
        return str(self._read("payeeOf", account))

    def claimer_of(self, account: str) -> str:
        """Who may call `claim_to` for an account."""
        return str(self._read("claimerOf", account))

    def funded(self) -> int:
        """Everything ever paid in, as received."""
        return int(self._read("funded"))

    def refunded(self) -> int:
        """Everything ever refunded to the owner."""
        return int(self._read("refunded"))

    def owed(self) -> int:
        """Sum of the latest root that stands, active or not."""
        return int(self._read("owed"))

    def active_sum(self) -> int:
        """Sum of the latest root that can be claimed against."""
        return int(self._read("activeSum", block="pending"))

    def sequence(self) -> int:
        """Number of roots that stand."""
        return int(self._read("sequence"))

    def budget(self, round: int) -> int:
        """What the next header of a round may pay, above what is owed already."""
        return int(self._read("budget", round))

    def emission(self) -> Emission:
        """The budget rule."""
        return build(Emission, self._read("emission"))

    def token(self) -> str:
        """The token of payouts."""
        return str(self._read("token"))

    def book(self) -> str:
        """The project's RoundBook."""
        return str(self._read("book"))

    def registry(self) -> str:
        """The project's PeerRegistry."""
        return str(self._read("registry"))

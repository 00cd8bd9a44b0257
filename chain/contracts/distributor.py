"""The escrow and payouts of one project, on chain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from chain.contracts.abi import build
from chain.contracts.handle import Call, Contract
from chain.contracts.types import Claim, Emission, Flow


class RewardDistributor(Contract):
    """`RewardDistributor`: contracts/interfaces/IRewardDistributor.sol says what each function refuses."""

    artifact_name: ClassVar[str] = "RewardDistributor"

    def fund(self, amount: int) -> Call:
        """Add to the escrow from the sender's approved tokens."""
        return self._write("fund", amount)

    def claim(self, root: int, leaf: Claim) -> Call:
        """Pay the sender's own leaf to its payee; the leaf's account goes without saying."""
        return self._write("claim", root, leaf.index, leaf.cumulative, leaf.path)

    def claim_to(self, root: int, leaf: Claim, to: str) -> Call:
        """Pay a leaf to `to`. Only the account itself or its claimer."""
        return self._write("claimTo", root, leaf, to)

    def claim_for(self, root: int, leaf: Claim) -> Call:
        """Pay anyone's leaf to that account's payee."""
        return self._write("claimFor", root, leaf)

    def claim_signed(self, root: int, leaf: Claim, to: str, deadline: int, signature: bytes) -> Call:
        """Pay a leaf to `to` by its account's signature over `claim_digest`.

        The `deadline` is the last second, since 1970, at which that can be done.
        """
        return self._write("claimSigned", root, leaf, to, deadline, signature)

    def claim_batch(self, root: int, leaves: Sequence[Claim]) -> Call:
        """Pay many leaves to their payees; those with nothing to claim are skipped."""
        return self._write("claimBatch", root, list(leaves))

    def cancel_signed(self) -> Call:
        """Make the signatures void that the sender gave for its current nonce."""
        return self._write("cancelSigned")

    def set_payee(self, payee: str) -> Call:
        """Set where the sender's payouts go by default."""
        return self._write("setPayee", payee)

    def set_claimer(self, claimer: str) -> Call:
        """Allow another address to call `claim_to` for the sender."""
        return self._write("setClaimer", claimer)

    def refund(self, to: str) -> Call:
        """Pay what no header owes to `to`. The owner only, after the project is closed."""
        return self._write("refund", to)

    def end(self) -> Call:
        """Note that the project is closed and its last round final: claims have a year from now."""
        return self._write("end")

    def announce_sweep(self, to: str) -> Call:
        """Announce that what nobody claimed will go to `to`. The owner only, after the expiry."""
        return self._write("announceSweep", to)

    def cancel_sweep(self) -> Call:
        """Take the announcement back. The owner or the guardian."""
        return self._write("cancelSweep")

    def sweep(self) -> Call:
        """Pay what nobody claimed to the announced address, a month after the announcement."""
        return self._write("sweep")

    def pause(self, flow: Flow) -> Call:
        """Halt claims, or funding, for a week. The guardian only."""
        return self._write("pause", flow)

    def unpause(self, flow: Flow) -> Call:
        """End a pause early. The guardian only."""
        return self._write("unpause", flow)

    def verify(self, root: int, leaf: Claim) -> None:
        """Returns when the leaf is in the root's tree, pending or active; raises the reason otherwise."""
        self._read("verify", root, leaf)

    def claimable_from(self, root: int) -> int:
        """From when a root can be claimed against."""
        return int(self._read("claimableFrom", root))

    def root_hash(self, root: int, depth: int, sum: int, node: bytes) -> bytes:
        """What the contract keeps of a root, cut to 27 bytes."""
        return bytes(self._read("rootHash", root, depth, sum, node))

    def claim_digest(self, account: str, cumulative: int, to: str, nonce: int, deadline: int) -> bytes:
        """What an account signs for `claim_signed`: its sum in token units, the deadline in seconds."""
        return bytes(self._read("claimDigest", account, cumulative, to, nonce, deadline))

    def nonces(self, account: str) -> int:
        """The nonce that an account's next signature must carry."""
        return int(self._read("nonces", account))

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

    def swept(self) -> int:
        """Everything ever swept after the expiry."""
        return int(self._read("swept"))

    def paused_until(self, flow: Flow) -> int:
        """End of the latest pause, past or not; zero before the first."""
        return int(self._read("pausedUntil", flow))

    def expires_at(self) -> int:
        """Until when claims are safe from a sweep; zero while the project has not ended."""
        return int(self._read("expiresAt"))

    def announced_sweep(self) -> tuple[str, int]:
        """Where an announced sweep goes, and from when; zeros without one."""
        to, sweepable_at = self._read("announcedSweep")
        return str(to), int(sweepable_at)

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

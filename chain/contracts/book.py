"""The public record of a project's rounds, on chain."""

from __future__ import annotations

from typing import ClassVar

from chain.contracts.abi import build
from chain.contracts.handle import Call, Contract
from chain.contracts.types import Header, Phase, Round, Schedule


class RoundBook(Contract):
    """`RoundBook`: contracts/interfaces/IRoundBook.sol says what each function refuses."""

    artifact_name: ClassVar[str] = "RoundBook"

    def open(self) -> Call:
        """Open the next round."""
        return self._write("open")

    def submit(self, round: int, digest: bytes) -> Call:
        """Commit the sender to the sha256 digest of its update."""
        return self._write("submit", round, digest)

    def seal(self, round: int) -> Call:
        """Fix the block whose hash becomes the seed."""
        return self._write("seal", round)

    def draw(self, round: int) -> Call:
        """Turn the sealed block's hash into the seed."""
        return self._write("draw", round)

    def commit_utilities(self, round: int, commitment: bytes) -> Call:
        """Commit an evaluator to its utilities."""
        return self._write("commitUtilities", round, commitment)

    def reveal_utilities(
        self, round: int, root: bytes, players: bytes, data_digest: bytes, salt: bytes
    ) -> Call:
        """Open an evaluator's commitment."""
        return self._write("revealUtilities", round, root, players, data_digest, salt)

    def post(self, header: Header) -> Call:
        """Post a round's header. The standing header again changes nothing."""
        return self._write("post", header)

    def veto(self, round: int) -> Call:
        """Remove a header within its challenge window. The guardian only."""
        return self._write("veto", round)

    def fault(self, round: int, header_hash: bytes) -> Call:
        """Remove a disproved header and bar its poster from the round. The court only."""
        return self._write("fault", round, header_hash)

    def void_round(self, round: int) -> Call:
        """End a round that cannot be posted."""
        return self._write("voidRound", round)

    def announce_mechanism(self, policy_hash: bytes, from_round: int) -> Call:
        """Announce another mechanism from a later round on. The owner only."""
        return self._write("announceMechanism", policy_hash, from_round)

    def close(self) -> Call:
        """Let no further round open. The owner only."""
        return self._write("close")

    def transfer_ownership(self, to: str) -> Call:
        """Offer the project to another owner, who must accept. The owner only."""
        return self._write("transferOwnership", to)

    def accept_ownership(self) -> Call:
        """Accept the project."""
        return self._write("acceptOwnership")

    def commitment_of(
        self, round: int, evaluator: str, root: bytes, players: bytes, data_digest: bytes, salt: bytes
    ) -> bytes:
        """What an evaluator commits to before it reveals these."""
        return bytes(self._read("commitmentOf", round, evaluator, root, players, data_digest, salt))

    def current_round(self) -> int:
        """The latest round; zero before the first."""
        return int(self._read("currentRound"))

    def round(self, round: int) -> Round:
        """What is stored of a round."""
        return build(Round, self._read("round", round))

    def phase(self, round: int) -> Phase:
        """Where a round stands for a transaction sent now."""
        return Phase(self._read("phase", round, block="pending"))

    def has_submitted(self, round: int, trainer: str, digest: bytes) -> bool:
        """Whether a trainer's latest submission is this digest in this round."""
        return bool(self._read("hasSubmitted", round, trainer, digest))

    def has_revealed(
        self, round: int, evaluator: str, root: bytes, players: bytes, data_digest: bytes, weight: int
    ) -> bool:
        """Whether an evaluator's latest reveal is exactly this."""
        return bool(self._read("hasRevealed", round, evaluator, root, players, data_digest, weight))

    def submitted_round(self, trainer: str) -> int:
        """The latest round in which a trainer submitted; zero for none."""
        return int(self._read("submittedRound", trainer))

    def revealed_round(self, evaluator: str) -> int:
        """The round of an evaluator's latest word, if that is a reveal; otherwise zero."""
        return int(self._read("revealedRound", evaluator))

    def seed_of(self, round: int) -> bytes:
        """A round's randomness; zero before the draw."""
        return bytes(self._read("seedOf", round))

    def budget_of(self, round: int) -> int:
        """What a round may pay in total, as it stood when the seed was drawn; zero before."""
        return int(self._read("budgetOf", round))

    def schedule(self) -> Schedule:
        """Lengths of the phases, in seconds."""
        return build(Schedule, self._read("schedule"))

    def policy_hash(self) -> bytes:
        """The mechanism in force in the current round."""
        return bytes(self._read("policyHash"))

    def quorum(self) -> int:
        """Evaluators that must reveal before a header can be posted."""
        return int(self._read("quorum"))

    def closed(self) -> bool:
        """Whether no further round opens."""
        return bool(self._read("closed"))

    def idle(self) -> bool:
        """Whether no round is under way."""
        return bool(self._read("idle", block="pending"))

    def owner(self) -> str:
        """Who may announce mechanisms, close the project and take the rest."""
        return str(self._read("owner"))

    def guardian(self) -> str:
        """Who may veto; the zero address when nobody may."""
        return str(self._read("guardian"))

    def court(self) -> str:
        """Who may fault: the project's ScoreCourt."""
        return str(self._read("court"))

    def registry(self) -> str:
        """The project's PeerRegistry."""
        return str(self._read("registry"))

    def distributor(self) -> str:
        """The project's RewardDistributor."""
        return str(self._read("distributor"))

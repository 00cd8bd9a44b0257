"""Several people who decide about evaluators together, on chain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from chain.contracts.handle import Call, Contract
from chain.contracts.types import Verdict


class MultisigArbiter(Contract):
    """`MultisigArbiter`: a verdict stands when as many signers as the threshold gave the same."""

    artifact_name: ClassVar[str] = "MultisigArbiter"

    def vote(self, court: str, id: int, found: Verdict) -> Call:
        """Vote on a case of a court. A signer only."""
        return self._write("vote", court, id, found)

    def submit(
        self, court: str, id: int, found: Verdict, signers: Sequence[str], signatures: Sequence[bytes]
    ) -> Call:
        """Hand in signed rulings of several signers at once."""
        return self._write("submit", court, id, found, list(signers), list(signatures))

    def verdict(self, court: str, id: int) -> Verdict:
        """What was decided about a case."""
        return Verdict(self._read("verdict", court, id))

    def votes(self, court: str, id: int, found: Verdict) -> int:
        """How many signers gave a verdict."""
        return int(self._read("votes", court, id, found))

    def has_voted(self, court: str, id: int, signer: str) -> bool:
        """Whether a signer has voted on a case."""
        return bool(self._read("hasVoted", court, id, signer))

    def is_signer(self, account: str) -> bool:
        """Whether an account may vote."""
        return bool(self._read("isSigner", account))

    def threshold(self) -> int:
        """How many signers decide."""
        return int(self._read("threshold"))

    def ruling_hash(self, court: str, id: int, found: Verdict) -> bytes:
        """What a signer signs (EIP-712)."""
        return bytes(self._read("rulingHash", court, id, found))

"""An evaluator: measures what each submission was worth, commits to it, reveals it, and posts what follows.

Salts and measurements are written to the state folder before the transaction that needs them, so that a
process that
dies between commit and reveal can be started again.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass

from chain.contracts.types import Role
from chain.encoding import UTILITIES, canonical_json, commitment_of, sha256
from chain.errors import NothingToDo, VerificationError
from chain.project import Project
from chain.roles.derivation import Derived
from chain.roles.gathering import gather, measure_round
from chain.roles.measurement import Measurement
from chain.roles.member import register
from chain.roles.posting import derive_round
from chain.roles.state import StateFolder, state_name
from chain.sender import Receipt, Sender
from chain.store import Store
from chain.trees import index_tree


@dataclass(frozen=True)
class Evaluator:
    """One evaluator of one project."""

    project: Project
    sender: Sender
    store: Store
    state: StateFolder

    @property
    def address(self) -> str:
        """The evaluator's address."""
        return self.sender.address

    def register(self, stake: int, payee: str | None = None) -> Receipt:
        """Joins the project as an evaluator with this stake, in token units."""
        return register(self.project, self.sender, Role.EVALUATOR, stake, payee)

    def measure(self, round: int) -> Measurement:
        """Measures a round whose seed is drawn. Sends nothing."""
        gathered = gather(self.project, self.store, round)
        return measure_round(gathered, self.address)

    def commit(self, round: int) -> Receipt:
        """Measures the round and commits to the result."""
        measurement = self.measure(round)
        blob = measurement.to_bytes()
        salt = secrets.token_bytes(32)
        secret = {
            "data_digest": sha256(blob).hex(),
            "root": _root(measurement).hex(),
            "salt": salt.hex(),
        }
        self.state.write(self._name(round, "measurement"), blob)
        self.state.write(self._name(round, "salt"), canonical_json(secret))
        commitment = commitment_of(
            self.project.network.chain_id,
            self.project.book.address,
            round,
            self.address,
            _root(measurement),
            sha256(blob),
            salt,
        )
        return self.sender.send(self.project.book.commit_utilities(round, commitment))

    def reveal(self, round: int) -> Receipt:
        """Publishes what was committed to and opens the commitment.

        Raises:
            NotRemembered: This state folder committed to nothing in that round.
        """
        secret = json.loads(self.state.read(self._name(round, "salt")))
        blob = self.state.read(self._name(round, "measurement"))
        if sha256(blob).hex() != secret["data_digest"]:
            raise VerificationError(f"the measurement of round {round} in {self.state.path} is damaged")
        self.store.put(blob)
        call = self.project.book.reveal_utilities(
            round,
            bytes.fromhex(secret["root"]),
            bytes.fromhex(secret["data_digest"]),
            bytes.fromhex(secret["salt"]),
        )
        return self.sender.send(call)

    def derive(self, round: int) -> Derived:
        """The header, report and model that follow from the reveals. Sends nothing."""
        return derive_round(self.project, self.store, round)

    def post(self, round: int) -> tuple[Derived, Receipt]:
        """Publishes report and model, then posts the header of the round.

        Raises:
            NothingToDo: This very header stands already.
        """
        derived = self.derive(round)
        if self.project.header(round) == derived.header:
            raise NothingToDo(f"the header of round {round} stands already")
        self.store.put(derived.report_bytes)
        self.store.put(derived.model_bytes)
        return derived, self.sender.send(self.project.book.post(derived.header))

    def _name(self, round: int, kind: str) -> str:
        return state_name(self.project.identity, round, self.address, kind)


def _root(measurement: Measurement) -> bytes:
    return index_tree(UTILITIES, measurement.round, measurement.utilities.tolist()).root

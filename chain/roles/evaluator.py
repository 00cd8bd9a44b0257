"""An evaluator: measures what each submission was worth, commits to it, reveals it, and posts what follows.

Salts and measurements are written to the state folder before the transaction that needs them, so that a
process that dies between commit and reveal can be started again. Coalitions are kept there too: one that dies
while it measures goes on where it was.
"""

from __future__ import annotations

import json
import secrets
from concurrent.futures import Executor
from dataclasses import dataclass

from chain.contracts.abi import plain
from chain.contracts.types import Role
from chain.encoding import UTILITIES, canonical_json, commitment_of, players_hash, rules_hash, sha256
from chain.errors import NothingToDo, VerificationError, WindowError
from chain.measured import MeasuredFolder
from chain.project import Project
from chain.roles.derivation import Derived
from chain.roles.gathering import NoSeed, gather, ground_of
from chain.roles.measurement import Measurement
from chain.roles.measuring import measure_round
from chain.roles.member import register
from chain.roles.posting import derive_round, read_reveal
from chain.roles.rules import rules_of
from chain.roles.state import StateFolder, state_name
from chain.sender import Receipt, Sender
from chain.store import Store
from chain.trees import index_tree
from valuation.parallel import Workers


class NotCommitted(WindowError):
    """The chain has no commitment of this evaluator in this round."""


class SeedMayChange(WindowError):
    """A reorganisation could still change the seed that a measurement depends on."""


@dataclass(frozen=True)
class Evaluator:
    """One evaluator of one project.

    Attributes:
        project: The project.
        sender: Its account.
        store: Where blobs are.
        state: Its private files.
        executor: Measures coalitions; this process does when not given.
    """

    project: Project
    sender: Sender
    store: Store
    state: StateFolder
    executor: Executor | None = None

    @property
    def address(self) -> str:
        """The evaluator's address."""
        return self.sender.address

    def register(self, stake: int, payee: str | None = None) -> Receipt:
        """Joins the project as an evaluator with this stake, in token units."""
        return register(self.project, self.sender, Role.EVALUATOR, stake, payee)

    def measure(self, round: int) -> Measurement:
        """Measures a round whose seed is drawn. Sends nothing.

        The project's earlier rounds are over by then: what was kept of measuring them is removed.
        """
        gathered = gather(self.project, self.store, round)
        own = f"{self.project.identity.replace(':', '-')}-{self.address}"
        memory = MeasuredFolder(self.state.path / "measured" / own / str(round))
        memory.forget_others()
        workers = Workers(self.executor, memory)
        return measure_round(self.project, self.store, gathered, self.address, workers)

    def seed_is_settled(self, round: int) -> bool:
        """Whether so many blocks follow the draw of a round's seed as this sender waits for.

        A reorganisation that takes the seal away changes the seed, and a commitment to what was measured
        under the old one comes back into the chain all the same, for good.

        Raises:
            NoSeed: The seed is not drawn.
        """
        if not any(self.project.round(round).seed):
            raise NoSeed(f"the seed of round {round} is not drawn yet")
        block, _ = self.project.drawn(round)
        return self.project.network.block().number - block >= self.sender.depth

    def commit(self, round: int) -> Receipt:
        """Measures the round and commits to the result.

        A measurement keeps its salt: taken again, before or after the first attempt's transaction arrived, it
        is the same commitment and the same transaction. Salt and measurement are kept under the commitment,
        so that another measurement, which the chain would refuse, does not replace the first.

        Raises:
            SeedMayChange: The seed's block is not deep enough in the chain yet.
        """
        if not self.seed_is_settled(round):
            depth = self.sender.depth
            raise SeedMayChange(
                f"the seed of round {round} may still change: {depth} blocks have to follow it"
            )
        measurement = self.measure(round)
        blob, root = measurement.to_bytes(), _root(measurement)
        salt = self._salt(round, blob)
        book, chain_id = self.project.book, self.project.network.chain_id
        players = players_hash(measurement.players)
        commitment = commitment_of(
            chain_id, book.address, round, self.address, root, players, sha256(blob), salt
        )
        secret = {"players": players.hex(), "root": root.hex(), "salt": salt.hex()}
        self.state.write(self._kept(round, commitment, "measurement"), blob)
        self.state.write(self._kept(round, commitment, "salt"), canonical_json(secret))
        return self.sender.send(book.commit_utilities(round, commitment))

    def reveal(self, round: int) -> Receipt:
        """Publishes what was committed to and opens the commitment.

        Raises:
            NotCommitted: The chain has no commitment of this evaluator in that round.
            NotRemembered: It was not made from this state folder.
        """
        made = [c.commitment for c in self.project.commitments(round) if c.evaluator == self.address]
        if not made:
            raise NotCommitted(f"the chain has no commitment of {self.address} in round {round}")
        secret = json.loads(self.state.read(self._kept(round, made[0], "salt")))
        blob = self.state.read(self._kept(round, made[0], "measurement"))
        root, players, salt = (bytes.fromhex(secret[name]) for name in ("root", "players", "salt"))
        call = self.project.book.reveal_utilities(round, root, players, sha256(blob), salt)
        self.sender.simulate(call)  # nothing is published that the chain would not take
        self.store.put(blob)
        return self.sender.send(call)

    def derive(self, round: int) -> Derived:
        """The header, report, working and model that follow from the reveals. Sends nothing."""
        return derive_round(self.project, self.store, round)

    def post(self, round: int) -> tuple[Derived, Receipt]:
        """Publishes report, working, model and what the method remembers, then posts the header of the round.

        Raises:
            NothingToDo: This very header stands already.
            Unreadable: Another's measurement cannot be read: `object`, or let the round become void.
            VerificationError: The court's rules are not the mechanism's, so that an honest header would be
                faulted.
        """
        derived = self.derive(round)
        if self.project.header(round) == derived.header:
            raise NothingToDo(f"the header of round {round} stands already")
        self._check_rules(round)
        for blob in (derived.report_bytes, derived.working_bytes, derived.model_bytes):
            self.store.put(blob)
        if derived.state_bytes:
            self.store.put(derived.state_bytes)
        return derived, self.sender.send(self.project.book.post(derived.header))

    def object(self, round: int) -> tuple[str, ...]:
        """Objects to every measurement that cannot be read; returns whose these are.

        Only between the reveals and a header, and once against each.

        Raises:
            NothingToDo: All can be read, or this evaluator has objected already.
            NotCommitted: It revealed nothing in that round itself.
        """
        gathered = gather(self.project, self.store, round)
        reveals = self.project.reveals(round)
        own = next((reveal.words for reveal in reveals if reveal.evaluator == self.address), None)
        done = self.project.objected(round, self.address)
        unread = [
            reveal.evaluator
            for reveal in reveals
            if reveal.evaluator not in done and read_reveal(gathered, self.store, reveal).measurement is None
        ]
        if own is None:
            raise NotCommitted(f"{self.address} revealed nothing in round {round}")
        if not unread:
            raise NothingToDo(f"round {round} has no measurement that {self.address} should object to")
        for evaluator in unread:
            self.sender.send(self.project.court.object(round, evaluator, own))
        return tuple(unread)

    def _check_rules(self, round: int) -> None:
        ground = ground_of(self.project, self.store, round)
        told, expected = self.project.court.rules_of(ground.policy), rules_of(ground.problem)
        if any(told) and told != rules_hash(plain(expected)):
            raise VerificationError(f"the court's rules for round {round} are not those of its mechanism")

    def _salt(self, round: int, blob: bytes) -> bytes:
        name = self._kept(round, sha256(blob), "own-salt")
        if not self.state.has(name):
            self.state.write(name, secrets.token_bytes(32))
        return self.state.read(name)

    def _kept(self, round: int, commitment: bytes, kind: str) -> str:
        return state_name(self.project.identity, round, self.address, f"{commitment.hex()[:16]}.{kind}")


def _root(measurement: Measurement) -> bytes:
    return index_tree(UTILITIES, measurement.round, measurement.utilities.tolist()).root

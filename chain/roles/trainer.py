"""A trainer: joins with a stake, trains on the data of its round, commits, publishes, claims.

The bytes of an update stay in the state folder until commitments are closed, so that nobody can copy them in
time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chain.contracts.types import Phase, Role
from chain.encoding import sha256
from chain.errors import NothingToDo, Refused, WindowError
from chain.project import Project
from chain.roles.gathering import Ground, ground_of, update_metadata
from chain.roles.member import register
from chain.roles.payouts import open_claim
from chain.roles.state import StateFolder, state_name
from chain.sender import Receipt, Sender
from chain.store import Store
from valuation.gradients.codec import encode
from valuation.models.training import LocalTraining, local_steps


class NotSubmitted(WindowError):
    """The chain has no submission of this trainer in this round."""


class NoFeatures(Refused):
    """Others registered before, and hold all features of a vertical split."""


@dataclass(frozen=True)
class Trainer:
    """One trainer of one project."""

    project: Project
    sender: Sender
    store: Store
    state: StateFolder

    @property
    def address(self) -> str:
        """The trainer's address."""
        return self.sender.address

    def register(self, stake: int, payee: str | None = None) -> Receipt:
        """Joins the project as a trainer with this stake, in token units."""
        return register(self.project, self.sender, Role.TRAINER, stake, payee)

    def ground(self, round: int) -> Ground:
        """What the round starts from: mechanism, base model, data."""
        return ground_of(self.project, self.store, round)

    def train(
        self, round: int, rng: np.random.Generator, training: LocalTraining | None = None
    ) -> npt.NDArray[np.float32]:
        """Trains the reference model on the data of the round; the pseudo-gradient, float32 (d,).

        Raises:
            NoFeatures: The split is vertical, and other trainers hold all features.
        """
        ground, how = self.ground(round), training or LocalTraining()
        block = ground.block(self.address)
        if block is not None and not block.any():
            others = len(ground.parties)
            raise NoFeatures(f"{self.address} holds no features: {others} others registered before")
        data = ground.assigned(self.address)
        return local_steps(
            ground.model,
            ground.base,
            data.x,
            data.y,
            learning_rate=how.learning_rate,
            steps=how.steps,
            batch_size=how.batch_size,
            rng=rng,
            trainable=block,
        )

    def encode(self, round: int, update: npt.NDArray[np.float32]) -> bytes:
        """The bytes that stand for an update, float32 (d,), in this round."""
        ground = self.ground(round)
        metadata = update_metadata(ground, self.address)
        return encode(update, ground.model.layout, metadata, ground.mechanism.codec.density)

    def submit(self, round: int, blob: bytes) -> Receipt:
        """Commits to bytes and keeps them until `publish`.

        They are kept under their digest: a second attempt, which the chain refuses, replaces nothing.
        """
        self.state.write(self._kept(round, sha256(blob)), blob)
        return self.sender.send(self.project.book.submit(round, sha256(blob)))

    def publish(self, round: int) -> str:
        """Puts what was submitted into the store, and returns its digest.

        Raises:
            NotSubmitted: The chain has no submission of this trainer in that round.
            NotRemembered: It was not made from this state folder.
            WindowError: Others can still commit, and would copy it.
        """
        digests = [s.digest for s in self.project.submissions(round) if s.trainer == self.address]
        if not digests:
            raise NotSubmitted(f"the chain has no submission of {self.address} in round {round}")
        blob = self.state.read(self._kept(round, digests[0]))
        if self.project.phase(round) is Phase.COMMIT:
            raise WindowError(
                f"round {round} still takes commitments: published now, the update could be copied"
            )
        return self.store.put(blob)

    def claim(self, to: str | None = None) -> Receipt:
        """Claims everything that can be claimed now: for the trainer's payee, or for `to` when it is given.

        Raises:
            NothingToDo: There is nothing to claim.
        """
        claim = open_claim(self.project, self.store, self.address)
        if claim is None:
            raise NothingToDo(f"{self.address} has nothing to claim now")
        distributor = self.project.distributor
        return self.sender.send(distributor.claim_to(*claim, to) if to else distributor.claim(*claim))

    def _kept(self, round: int, digest: bytes) -> str:
        return state_name(self.project.identity, round, self.address, f"{digest.hex()[:16]}.update")

"""What an attacker is, what it sees, and what it can do in a round."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

import numpy as np
import numpy.typing as npt

from valuation.models.dataset import Dataset
from valuation.models.training import LocalTraining, local_steps
from valuation.problem import Problem

Update = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Moment:
    """A round as an attacker's identity sees it.

    Args:
        problem: The mechanism, its model and data.
        training: How much work an honest trainer does.
        round: The round, from 0.
        rounds: How many there will be.
        bases: The base models so far; the last is the round's.
        addresses: All of the attacker's addresses.
        assignment_seed: What assigns training data in this round.
        published: What was accepted and published in the round before, by address.
        seed: The run's, from which everybody's randomness follows.
        address: The identity's.
        identity: Its number among the attacker's.
        leaked: The honest updates of this round. Commitments hide them; an attack that needs them shows what
            a leak would be worth.
    """

    problem: Problem
    training: LocalTraining
    round: int
    rounds: int
    bases: tuple[Update, ...]
    addresses: tuple[str, ...]
    assignment_seed: bytes
    published: Mapping[str, Update]
    seed: int
    address: str = ""
    identity: int = 0
    leaked: Mapping[str, Update] = field(default_factory=dict)

    @cached_property
    def rng(self) -> np.random.Generator:
        """The identity's source of randomness in this round, whoever else is there."""
        return np.random.default_rng([self.seed, self.round, int(self.address or "0", 16)])

    @property
    def base(self) -> Update:
        """The round's base model, float32 (d,)."""
        return self.bases[-1]

    def assigned(self, address: str | None = None) -> Dataset:
        """Return what an address is to train on in this round; by default the identity's own."""
        return self.problem.assigned(self.assignment_seed, address or self.address)

    def train(
        self, data: Dataset | None = None, base: Update | None = None, steps: int | None = None
    ) -> Update:
        """Return a pseudo-gradient, float32 (d,): honest work unless something else is asked for."""
        data = self.assigned() if data is None else data
        return local_steps(
            self.problem.model,
            self.base if base is None else base,
            data.x,
            data.y,
            learning_rate=self.training.learning_rate,
            steps=self.training.steps if steps is None else steps,
            batch_size=self.training.batch_size,
            rng=self.rng,
        )

    def noise(self, size: float) -> Update:
        """Return Gaussian noise of a Euclidean norm, float32 (d,)."""
        drawn = self.rng.standard_normal(self.base.size)
        return (drawn * (size / np.linalg.norm(drawn))).astype(np.float32)

    def others(self) -> list[Update]:
        """Return what others published in the round before."""
        return [update for who, update in self.published.items() if who not in self.addresses]


Act = Callable[[Moment], Update | None]


def stays(number: int, round: int) -> int:
    """Return the number of an identity that keeps its address: its own."""
    del round
    return number


@dataclass(frozen=True)
class Attack:
    """A way to be paid for nothing, or to do harm.

    Args:
        name: Its name.
        rows: Where it stands in the catalogue of section 6 of the reference on Gauntlet.
        meaning: What the attacker does, in a sentence.
        act: What one of its identities submits in a round; None is nothing.
        identities: How many addresses it has.
        resources: How many honest trainers' work it could do.
        first: It commits before everybody else in each round; otherwise after them.
        counts_from: From which part of the rounds on its pay is counted, from 0 to 1.
        renames: From an identity and a round to the number of the address that it uses then.
    """

    name: str
    rows: tuple[int, ...]
    meaning: str
    act: Act
    identities: int = 1
    resources: int = 1
    first: bool = False
    counts_from: float = 0.0
    renames: Callable[[int, int], int] = field(default=stays)


def run_seed(seed: int, label: str) -> bytes:
    """Return 32 bytes that stand in for a block's randomness, from a run's seed and what they are for.

    >>> len(run_seed(0, "assignment/1"))
    32
    """
    return sha256(f"{seed}/{label}".encode()).digest()

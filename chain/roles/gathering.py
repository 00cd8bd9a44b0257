"""What a round starts from and what was submitted in it, as chain and store alone tell it.

Evaluators, posters and auditors stand on this ground. Nothing here sends a transaction, and nothing depends
on who asks:
two machines with the same chain and store gather the same round.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from chain.contracts.types import Role
from chain.encoding import address_bytes, sha256
from chain.errors import WindowError
from chain.project import Project
from chain.records import Submission
from chain.roles.measurement import Rejection
from chain.store import CorruptBlob, MissingBlob, Store, TooLarge
from valuation import mechanism as mechanisms
from valuation.gradients.codec import Metadata, decode
from valuation.gradients.errors import RefusedUpdate
from valuation.mechanism import Mechanism
from valuation.models.dataset import Dataset
from valuation.models.protocol import Model
from valuation.models.serial import model_bytes, model_from_bytes
from valuation.problem import Problem, problem_of
from valuation.scoring import accept

MAX_MECHANISM_BYTES = 2**20
MAX_DESIGN_BYTES = 2**27
_MODEL_OVERHEAD = 2**17


class NoSeed(WindowError):
    """The round's seed is not drawn yet."""


@dataclass(frozen=True)
class Ground:
    """What a round starts from.

    Attributes:
        project: The project's identity.
        round: The round.
        policy: sha256 of the mechanism, 32 bytes: the name on chain.
        problem: The rules in force in this round, with the model and the data that they name.
        base: The base model, float32 (d,).
        base_digest: sha256 of its bytes.
        assignment_seed: What picks each address's training data; known only since the round before was
        sealed.
        parties: Under a vertical split, who holds features, in the order of the blocks; otherwise nobody.
    """

    project: str
    round: int
    policy: bytes
    problem: Problem
    base: npt.NDArray[np.float32]
    base_digest: bytes
    assignment_seed: bytes
    parties: tuple[str, ...] = ()

    @property
    def mechanism(self) -> Mechanism:
        """The rules."""
        return self.problem.mechanism

    @property
    def model(self) -> Model:
        """The model that the rules name."""
        return self.problem.model

    def assigned(self, address: str) -> Dataset:
        """The training data that an address is assigned in this round."""
        return self.problem.assigned(self.assignment_seed, address)

    def block(self, address: str) -> npt.NDArray[np.bool_] | None:
        """Which parameters an address may change, bool (d,); None when every trainer may change all."""
        blocks = self.problem.blocks(self.policy)
        if blocks is None:
            return None
        if address not in self.parties:
            return np.zeros(self.model.layout.size, dtype=np.bool_)
        return np.asarray(blocks[self.parties.index(address)])


@dataclass(frozen=True)
class Gathered:
    """A round's submissions.

    Attributes:
        ground: What the round started from.
        seed: The round's seed.
        submitters: Everyone who submitted, in the order of the chain.
        updates: The update of each submission that can be decoded and passes the checks of the mechanism, as
        they leave it, float32 (d,).
        rejections: Why each of the others does not count, ascending by address.
    """

    ground: Ground
    seed: bytes
    submitters: tuple[str, ...]
    updates: Mapping[str, npt.NDArray[np.float32]]
    rejections: tuple[Rejection, ...]

    @property
    def players(self) -> tuple[str, ...]:
        """Who is accepted, ascending by address."""
        return tuple(sorted(self.updates, key=address_bytes))

    def matrix(self, players: tuple[str, ...]) -> npt.NDArray[np.float32]:
        """The updates of these players, one row each, float32 (n, d)."""
        rows = [self.updates[player] for player in players]
        return np.stack(rows) if rows else np.zeros((0, self.ground.base.size), dtype=np.float32)


def mechanism_of(store: Store, policy: bytes) -> Mechanism:
    """The mechanism of this sha256.

    Raises:
        StoreError: The store does not hold it.
        MechanismError: It is malformed.
    """
    return mechanisms.from_json(store.get(policy, MAX_MECHANISM_BYTES))


def problem_at(store: Store, policy: bytes) -> Problem:
    """The mechanism of this sha256 with the model, the data and the design that it names.

    Raises:
        StoreError: The store does not hold the mechanism or its design.
        MechanismError: It is malformed, or names what is not here.
    """
    mechanism = mechanism_of(store, policy)
    design = mechanism.method.design
    return _problem(mechanism, store.get(bytes.fromhex(design), MAX_DESIGN_BYTES) if design else None)


def read_model(store: Store, model: Model, digest: bytes) -> npt.NDArray[np.float32]:
    """The parameters of this sha256, float32 (d,).

    Raises:
        StoreError: The store does not hold them.
        InputError: They are not parameters of the model.
    """
    limit = 4 * model.layout.size + _MODEL_OVERHEAD
    return model_from_bytes(store.get(digest, limit), model.layout, limit)


def ground_of(project: Project, store: Store, round: int) -> Ground:
    """What a round that is open, or was, starts from.

    Raises:
        StoreError: Mechanism or base model are missing or corrupt.
        VerificationError: They are not what the chain names.
    """
    policy = project.round(round).policy_hash
    problem = problem_at(store, policy)
    base, base_digest = _base(project, store, round, problem.model, policy)
    return Ground(
        project.identity,
        round,
        policy,
        problem,
        base,
        base_digest,
        _assignment_seed(project, round, policy),
        _parties(project, problem),
    )


def update_metadata(ground: Ground, address: str) -> Metadata:
    """What an update of this address has to say about itself in this round."""
    return Metadata(
        project=ground.project,
        round=ground.round,
        address=address,
        base=ground.base_digest.hex(),
        layout=ground.model.layout.digest,
        codec=ground.mechanism.codec.name,
    )


@dataclass(frozen=True)
class Received:
    """A sealed round's submissions before any check.

    Attributes:
        ground: What the round started from.
        seed: The round's seed.
        submitters: Everyone who submitted, in the order of the chain.
        updates: The update of each submission that can be decoded, float32 (d,), in the order of the chain.
        rejections: Why each of the others cannot, by address.
    """

    ground: Ground
    seed: bytes
    submitters: tuple[str, ...]
    updates: Mapping[str, npt.NDArray[np.float32]]
    rejections: Mapping[str, Rejection]


def receive(project: Project, store: Store, round: int) -> Received:
    """Fetches and decodes every submission of a sealed round.

    Raises:
        NoSeed: The seed is not drawn.
        StoreError: Mechanism or base model are missing, or the store does not answer.
    """
    seed = project.round(round).seed
    if not any(seed):
        raise NoSeed(f"the seed of round {round} is not drawn yet")
    ground = ground_of(project, store, round)
    submissions = project.submissions(round)
    decoded: dict[str, npt.NDArray[np.float32]] = {}
    rejections: dict[str, Rejection] = {}
    for submission in submissions:
        found = _decode(ground, store, submission)
        if isinstance(found, Rejection):
            rejections[submission.trainer] = found
        else:
            decoded[submission.trainer] = found
    submitters = tuple(submission.trainer for submission in submissions)
    return Received(ground, seed, submitters, decoded, rejections)


def gather(project: Project, store: Store, round: int) -> Gathered:
    """Fetches and checks every submission of a sealed round. A bad one costs its sender the round and nobody
    else anything.

    Raises:
        NoSeed: The seed is not drawn.
        StoreError: Mechanism or base model are missing, or the store does not answer.
    """
    received = receive(project, store, round)
    ground = received.ground
    accepted = accept(ground.problem, ground.base, received.updates, ground.assignment_seed, received.seed)
    rejections = {
        **received.rejections,
        **{
            address: Rejection(address, verdict.reason, verdict.detail)
            for address, verdict in accepted.rejections.items()
        },
    }
    return Gathered(
        ground,
        received.seed,
        received.submitters,
        accepted.updates,
        tuple(rejections[address] for address in sorted(rejections, key=address_bytes)),
    )


def _base(
    project: Project, store: Store, round: int, model: Model, policy: bytes
) -> tuple[npt.NDArray[np.float32], bytes]:
    earlier = [header for header in project.headers() if header.round < round]
    if not earlier:
        base = model.initial(policy)
        return base, sha256(model_bytes(base, model.layout))
    name = earlier[-1].model_digest
    return read_model(store, model, name), name


def _parties(project: Project, problem: Problem) -> tuple[str, ...]:
    """The first trainers who registered: who comes later holds no features."""
    parties = problem.mechanism.training.assignment.parties
    return () if parties is None else project.joined(Role.TRAINER)[:parties]


def _assignment_seed(project: Project, round: int, policy: bytes) -> bytes:
    """The seed of the last round that had one: nobody knows a round's data before that is drawn."""
    earlier = (project.round(number).seed for number in range(round - 1, 0, -1))
    last = next((seed for seed in earlier if any(seed)), policy)
    return sha256(last + round.to_bytes(8, "big"))


def _decode(ground: Ground, store: Store, submission: Submission) -> npt.NDArray[np.float32] | Rejection:
    address, rules = submission.trainer, ground.mechanism
    try:
        blob = store.get(submission.digest, rules.checks.max_bytes)
        update = decode(
            blob,
            ground.model.layout,
            update_metadata(ground, address),
            rules.checks.max_bytes,
            rules.codec.density,
        )
    except MissingBlob:
        return Rejection(address, "missing", f"the store has no blob {submission.digest.hex()}")
    except CorruptBlob:
        return Rejection(address, "corrupt", f"the store has other bytes under {submission.digest.hex()}")
    except TooLarge:
        return Rejection(address, "too-large", f"more than {rules.checks.max_bytes} bytes")
    except RefusedUpdate as refused:
        return Rejection(address, refused.reason, str(refused))
    block = ground.block(address)
    if block is not None and (outside := np.flatnonzero(update[~block])).size:
        parameter = int(np.flatnonzero(~block)[outside[0]])
        return Rejection(address, "not-own-block", f"changes parameter {parameter}, which it does not hold")
    return update


# Loading and hashing the data takes longer than a small round does; mechanisms are few.
_problem = lru_cache(maxsize=4)(problem_of)

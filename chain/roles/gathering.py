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

from chain.encoding import address_bytes, sha256
from chain.errors import WindowError
from chain.project import Project
from chain.records import Submission
from chain.roles.measurement import Measurement, Rejection
from chain.store import CorruptBlob, MissingBlob, Store, TooLarge
from valuation import mechanism as mechanisms
from valuation.gradients.codec import Metadata, decode
from valuation.gradients.errors import RefusedUpdate
from valuation.integrity.checks import check
from valuation.mechanism import METHODS, Mechanism
from valuation.models.dataset import Dataset
from valuation.models.protocol import Model
from valuation.models.serial import model_bytes, model_from_bytes
from valuation.problem import Problem, problem_of
from valuation.scoring import RoundData, measure
from valuation.seeds import order

MAX_MECHANISM_BYTES = 2**20
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
    """

    project: str
    round: int
    policy: bytes
    problem: Problem
    base: npt.NDArray[np.float32]
    base_digest: bytes
    assignment_seed: bytes

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


@dataclass(frozen=True)
class Gathered:
    """A round's submissions.

    Attributes:
        ground: What the round started from.
        seed: The round's seed.
        submitters: Everyone who submitted, in the order of the chain.
        updates: The update of each submission that can be decoded and passes the checks of the mechanism,
        float32 (d,).
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


def ground_of(project: Project, store: Store, round: int) -> Ground:
    """What a round that is open, or was, starts from.

    Raises:
        StoreError: Mechanism or base model are missing or corrupt.
        VerificationError: They are not what the chain names.
    """
    policy = project.round(round).policy_hash
    problem = _problem(mechanism_of(store, policy))
    base, base_digest = _base(project, store, round, problem.model, policy)
    return Ground(
        project.identity, round, policy, problem, base, base_digest, _assignment_seed(project, round, policy)
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


def gather(project: Project, store: Store, round: int) -> Gathered:
    """Fetches and checks every submission of a sealed round. A bad one costs its sender the round and nobody
    else anything.

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
    rejections |= _check(ground, decoded)
    rejections |= _overflow(ground, seed, [address for address in decoded if address not in rejections])
    return Gathered(
        ground,
        seed,
        tuple(submission.trainer for submission in submissions),
        {address: update for address, update in decoded.items() if address not in rejections},
        tuple(rejections[address] for address in sorted(rejections, key=address_bytes)),
    )


def measure_round(gathered: Gathered, evaluator: str) -> Measurement:
    """Measures a gathered round as its mechanism says."""
    ground, players = gathered.ground, gathered.players
    data = RoundData(
        players=players,
        updates=gathered.matrix(players),
        base=ground.base,
        model=ground.model,
        evaluation=ground.problem.evaluation(gathered.seed),
        assigned=tuple(ground.assigned(player) for player in players),
        seed=gathered.seed,
    )
    utilities = measure(ground.mechanism, data)
    return Measurement(ground.project, ground.round, evaluator, players, gathered.rejections, utilities)


def _base(
    project: Project, store: Store, round: int, model: Model, policy: bytes
) -> tuple[npt.NDArray[np.float32], bytes]:
    earlier = [header for header in project.headers() if header.round < round]
    if not earlier:
        base = model.initial(policy)
        return base, sha256(model_bytes(base, model.layout))
    name = earlier[-1].model_digest
    limit = 4 * model.layout.size + _MODEL_OVERHEAD
    return model_from_bytes(store.get(name, limit), model.layout, limit), name


def _assignment_seed(project: Project, round: int, policy: bytes) -> bytes:
    """The seed of the last round that had one: nobody knows a round's data before that is drawn."""
    earlier = (project.round(number).seed for number in range(round - 1, 0, -1))
    last = next((seed for seed in earlier if any(seed)), policy)
    return sha256(last + round.to_bytes(8, "big"))


def _decode(ground: Ground, store: Store, submission: Submission) -> npt.NDArray[np.float32] | Rejection:
    address, rules = submission.trainer, ground.mechanism
    try:
        blob = store.get(submission.digest, rules.checks.max_bytes)
        return decode(
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


def _check(ground: Ground, decoded: Mapping[str, npt.NDArray[np.float32]]) -> dict[str, Rejection]:
    if not decoded:
        return {}
    rules = ground.mechanism.checks
    verdicts = check(
        np.stack(list(decoded.values())),
        range(len(decoded)),  # decoded in the order of the chain: the earliest commitment is the original
        max_norm=rules.max_norm,
        duplicate_cosine=rules.duplicate_cosine,
        names=list(decoded),
    )
    return {
        address: Rejection(address, verdict.reason, verdict.detail)
        for address, verdict in zip(decoded, verdicts, strict=True)
        if verdict is not None
    }


def _overflow(ground: Ground, seed: bytes, accepted: list[str]) -> dict[str, Rejection]:
    """More peers than the method can value: the seed draws who is."""
    most = METHODS[ground.mechanism.method.name].max_peers
    ranked = sorted(accepted, key=address_bytes)
    drawn = order(seed, "selection", len(ranked)).tolist()
    return {
        ranked[i]: Rejection(
            ranked[i], "not-drawn", f"the seed drew {most} of {len(ranked)} peers to be valued"
        )
        for i in drawn[most:]
    }


# Loading and hashing the data takes longer than a small round does; mechanisms are few.
_problem = lru_cache(maxsize=4)(problem_of)

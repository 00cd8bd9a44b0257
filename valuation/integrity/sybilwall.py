"""SybilWall: FoolsGold without a server, among neighbours who pass on what they have seen.

T. Werthenbach, J. Pouwelse, "Towards Sybil resilience in decentralized learning", 2023. A Sybil group that
attaches one identity to each honest peer looks harmless to every one of them. So each peer passes on, every
round, one of the histories that it holds, and compares its neighbours with histories from farther away too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from valuation.errors import InputError
from valuation.integrity.foolsgold import foolsgold_weights
from valuation.integrity.geometry import Floats, Updates, weighted_mean

RATE = 1 / 1.25
"""How fast the chance of being passed on falls with distance (lambda)."""


@dataclass(frozen=True)
class Record:
    """What a peer knows of another peer's past.

    Args:
        round: The round in which the history was taken.
        distance: How many hops away its owner is; 1 is a neighbour.
        received_from: Who told.
        history: The sum of the owner's updates until that round, float64 (d,).

    Raises:
        InputError: the round is negative or the distance below 1.

    >>> Record(round=3, distance=1, received_from="ada", history=np.zeros(2)).distance
    1
    """

    round: int
    distance: int
    received_from: str
    history: Floats

    def __post_init__(self) -> None:
        if self.round < 0 or self.distance < 1:
            raise InputError(f"a record of round {self.round} at distance {self.distance} cannot be")


def choose(
    records: Mapping[str, Record], recipient: str, rng: np.random.Generator, rate: float = RATE
) -> str | None:
    """Return whose record to pass on to a neighbour, or None if there is none to pass on.

    The chance falls with the distance as exp(-rate (distance - 1)). The recipient's own history, and what
    came from the recipient, are left out.

    Args:
        records: What the sender holds, by owner; its own history is not among them.
        recipient: The neighbour.
        rng: The source of randomness.
        rate: How fast the chance falls (lambda).

    Raises:
        InputError: the rate is not positive.

    >>> near = Record(round=0, distance=1, received_from="ada", history=np.zeros(2))
    >>> choose({"ada": near}, recipient="bob", rng=np.random.default_rng(0))
    'ada'
    >>> choose({"ada": near}, recipient="ada", rng=np.random.default_rng(0)) is None
    True
    """
    if not rate > 0:
        raise InputError(f"the rate must be positive, not {rate}")
    owners = sorted(
        owner for owner, record in records.items() if owner != recipient and record.received_from != recipient
    )
    if not owners:
        return None
    chances = np.exp(-rate * np.array([records[owner].distance - 1 for owner in owners]))
    return owners[int(rng.choice(len(owners), p=chances / chances.sum()))]


def receive(
    records: Mapping[str, Record], own: str, owner: str, passed: Record, sender: str
) -> dict[str, Record]:
    """Return the records after a neighbour passed one on: one hop farther, and only if it is news.

    What was seen directly is never overwritten by hearsay, nor a newer record by an older one, and nobody is
    told about itself.

    Args:
        records: What the receiver holds, by owner.
        own: The receiver.
        owner: Whose history it is.
        passed: The record as the sender holds it.
        sender: The neighbour who passed it on.

    >>> told = receive({}, "bob", "ada", Record(4, 1, "ada", np.zeros(2)), sender="eve")
    >>> told["ada"].distance, told["ada"].received_from
    (2, 'eve')
    """
    known = records.get(owner)
    stale = known is not None and (known.distance == 1 or known.round >= passed.round)
    if owner == own or stale:
        return dict(records)
    return {**records, owner: replace(passed, distance=passed.distance + 1, received_from=sender)}


def sybilwall_weights(neighbours: Updates, gossiped: Updates) -> Floats:
    """Return the weights of the own model and of each neighbour's, which sum to 1.

    FoolsGold compares the histories of neighbours and the gossiped ones; only neighbours have models to
    average, and one's own counts 1 before normalising.

    Args:
        neighbours: Summed updates of the n neighbours, (n, d).
        gossiped: Summed updates of others, (m, d); m may be 0.

    Returns:
        float64 (n + 1,); the own weight comes first.

    Raises:
        InputError: a matrix is not finite, or they differ in d.

    >>> sybilwall_weights(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[0.0, 2.0]])).tolist()
    [0.5, 0.5, 0.0]
    """
    if neighbours.ndim != 2 or gossiped.ndim != 2 or neighbours.shape[1] != gossiped.shape[1]:
        raise InputError(f"neighbours {neighbours.shape} and gossip {gossiped.shape} need rows of one length")
    heard = np.concatenate([neighbours.astype(np.float64), gossiped.astype(np.float64)])
    weights = np.concatenate(([1.0], foolsgold_weights(heard)[: len(neighbours)]))
    return np.asarray(weights / weights.sum())


def sybilwall(own: Floats, models: Updates, neighbours: Updates, gossiped: Updates) -> Floats:
    """Return the mean of the own model (d,) and the neighbours' (n, d) by `sybilwall_weights`, float64 (d,).

    Raises:
        InputError: the shapes do not fit.

    >>> models = np.array([[4.0, 0.0], [0.0, 9.0]])
    >>> sybilwall(np.zeros(2), models, models, gossiped=np.array([[0.0, 2.0]])).tolist()
    [2.0, 0.0]
    """
    if models.shape != neighbours.shape or own.shape != models.shape[1:]:
        raise InputError(f"own {own.shape}, models {models.shape}, histories {neighbours.shape} do not fit")
    weights = sybilwall_weights(neighbours, gossiped)
    return weighted_mean(weights, np.concatenate([own[None, :], models.astype(np.float64)]))

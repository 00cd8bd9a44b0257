"""What a Gauntlet remembers of each peer between rounds.

A peer is an address, never a slot: whoever registers anew starts anew. The state is a small document that is
saved after every round and recomputed by every audit, so it is the same to the last bit everywhere. It grows
with the number of addresses that ever submitted: O(peers).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from valuation import document
from valuation.document import require
from valuation.gauntlet.rating import START_DEVIATION, START_SKILL

SCHEMA = "weighhouse/gauntlet-state/1"
NEVER = -1


@dataclass(frozen=True)
class PeerState:
    """One peer's record.

    Args:
        skill: The rating's skill (mu).
        deviation: Its standard deviation (sigma).
        computation: The moving average of +1 and -1 that proves computation.
        gain: The moving average of loss scores.
        score: What the peer scored when it was last evaluated, before penalties.
        evaluated: The round in which that was; -1 is never.
        missing: For how many rounds in a row nothing of the peer's was there.
        banned_until: The first round in which the peer may score again.

    Raises:
        MechanismError: a number is out of range.

    >>> PeerState().skill
    25.0
    """

    skill: float = START_SKILL
    deviation: float = START_DEVIATION
    computation: float = 0.0
    gain: float = 0.0
    score: float = 0.0
    evaluated: int = NEVER
    missing: int = 0
    banned_until: int = 0

    def __post_init__(self) -> None:
        require(self.deviation > 0, "deviation", "must be positive")
        require(-1 <= self.computation <= 1, "computation", "must be from -1 to 1")
        require(self.score >= 0, "score", "must not be negative")
        require(self.evaluated >= NEVER, "evaluated", "must be a round, or -1")
        require(self.missing >= 0, "missing", "must not be negative")
        require(self.banned_until >= 0, "banned_until", "must not be negative")


@dataclass(frozen=True)
class State:
    """All peers' records after a round.

    Args:
        round: The round; -1 before the first.
        peers: Each known address's record.

    >>> from_json(to_json(State(4, {"0xa0": PeerState(skill=30.5)}))).peers["0xa0"].skill
    30.5
    """

    round: int = -1
    peers: Mapping[str, PeerState] = field(default_factory=dict, hash=False)
    schema: str = SCHEMA

    def __post_init__(self) -> None:
        require(self.schema == SCHEMA, "schema", f"must be {SCHEMA!r}, not {self.schema!r}")
        require(self.round >= -1, "round", "must be a round, or -1")
        # The state must not change with a dictionary that somebody else still holds.
        object.__setattr__(self, "peers", MappingProxyType(dict(self.peers)))

    def of(self, players: Sequence[str]) -> "Columns":
        """Return the records of some players as columns; those of unknown ones are fresh.

        >>> State().of(["0xa0"]).skill.tolist()
        [25.0]
        """
        fresh = PeerState()
        records = [self.peers.get(player, fresh) for player in players]
        columns: dict[str, npt.NDArray[Any]] = {}
        for part in fields(PeerState):
            kind = np.int64 if part.type is int else np.float64
            columns[part.name] = np.array([getattr(record, part.name) for record in records], dtype=kind)
        return Columns(**columns)


@dataclass(frozen=True)
class Columns:
    """The records of n peers, one array (n,) a field; see `PeerState`."""

    skill: npt.NDArray[np.float64]
    deviation: npt.NDArray[np.float64]
    computation: npt.NDArray[np.float64]
    gain: npt.NDArray[np.float64]
    score: npt.NDArray[np.float64]
    evaluated: npt.NDArray[np.int64]
    missing: npt.NDArray[np.int64]
    banned_until: npt.NDArray[np.int64]

    def records(self) -> list[PeerState]:
        """Return the records one by one.

        >>> State().of(["0xa0"]).records() == [PeerState()]
        True
        """
        columns = (getattr(self, part.name).tolist() for part in fields(self))
        return [PeerState(*values) for values in zip(*columns, strict=True)]

    def reset(self, which: npt.NDArray[np.bool_]) -> "Columns":
        """Return the records with those of `which`, bool (n,), as fresh as a newcomer's, but for bans.

        >>> State(0, {"0xa0": PeerState(skill=9.0)}).of(["0xa0"]).reset(np.array([True])).skill.tolist()
        [25.0]
        """
        fresh = PeerState()
        kept = ("missing", "banned_until")
        columns = {
            part.name: np.where(which, getattr(fresh, part.name), getattr(self, part.name))
            for part in fields(self)
            if part.name not in kept
        }
        return replace(self, **columns)


def to_json(state: State) -> bytes:
    """Return the canonical JSON of a state; it reads back to the last bit.

    >>> to_json(State())
    b'{"peers":{},"round":-1,"schema":"weighhouse/gauntlet-state/1"}'
    """
    return document.write(state)


def from_json(text: bytes | str) -> State:
    """Return the state that a JSON document describes.

    Raises:
        MechanismError: it is no JSON, or no state.

    >>> from_json('{"round": 3}')
    Traceback (most recent call last):
    valuation.errors.MechanismError: peers: is missing
    """
    return document.read(State, text)

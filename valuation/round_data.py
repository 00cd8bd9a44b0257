"""All that is needed to measure one round, in the one order that everybody uses: ascending addresses."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from valuation.designs import IntegerDesign
from valuation.errors import InputError
from valuation.models.protocol import Model
from valuation.parallel import Workers

Samples: TypeAlias = tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]
"""Inputs float32 (s, features) and labels int64 (s,); a `Dataset` is one."""


@dataclass(frozen=True)
class RoundData:
    """All that is needed to measure a round.

    Args:
        players: The addresses of the accepted updates, (n,), ascending (`canonical_order`).
        updates: Their pseudo-gradients, float32 (n, d).
        base: The model that they started from, float32 (d,).
        model: What the parameters belong to.
        evaluation: Data that nobody trained on.
        assigned: The data that each player was assigned, (n,), all of one length; may be left empty where the
            method does not ask for it.
        seed: The round's randomness, for methods that draw; zeros where nothing is drawn.
        joined: The round in which each player first took part, (n,), counted from 0; may be left empty where
            the method does not ask for it.
        history: Earlier rounds, the earliest first, as far as the method looks at them.
        design: The design that the mechanism names; None where it names none.
        workers: Who measures its coalitions.

    Raises:
        InputError: the players are not in ascending order or one is named twice, or a shape does not fit.

    >>> from valuation.models.softmax import Softmax
    >>> samples = np.ones((1, 1), dtype=np.float32), np.array([0])
    >>> updates, base = np.ones((1, 4), dtype=np.float32), np.zeros(4, dtype=np.float32)
    >>> RoundData(("0xa0",), updates, base, Softmax(1, 2), evaluation=samples).players
    ('0xa0',)
    """

    players: tuple[str, ...]
    updates: npt.NDArray[np.float32]
    base: npt.NDArray[np.float32]
    model: Model
    evaluation: Samples
    assigned: Sequence[Samples] = ()
    seed: bytes = bytes(32)
    joined: tuple[int, ...] = ()
    history: "tuple[RoundData, ...]" = ()
    design: IntegerDesign | None = None
    workers: Workers = field(default_factory=Workers)

    def __post_init__(self) -> None:
        if list(self.players) != canonical_order(self.players):
            raise InputError("the players are not in ascending order of address")
        d = self.model.layout.size
        if self.base.shape != (d,) or self.updates.shape != (len(self.players), d):
            raise InputError(
                f"{len(self.players)} players, updates {self.updates.shape}, base {self.base.shape}; d is {d}"
            )
        if self.assigned and len(self.assigned) != len(self.players):
            raise InputError(f"{len(self.assigned)} assignments for {len(self.players)} players")
        if self.joined and len(self.joined) != len(self.players):
            raise InputError(f"{len(self.joined)} times of joining for {len(self.players)} players")
        if len({len(y) for _, y in self.assigned}) > 1:
            raise InputError("the players' assigned data differ in length")


def canonical_order(players: Sequence[str]) -> list[str]:
    """Return addresses in ascending order of their numbers, whatever the case of their letters.

    Raises:
        InputError: an address is there twice.

    >>> canonical_order(["0xB0", "0xa0"])
    ['0xa0', '0xB0']
    """
    ordered = sorted(players, key=str.lower)
    for first, second in pairwise(ordered):
        if first.lower() == second.lower():
            raise InputError(f"player {second} is named twice")
    return ordered

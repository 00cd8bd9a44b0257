"""What a run measured: the coalitions, packed to bits, and their utilities, in the order of asking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from valuation.coalitions import Coalitions, keys_of, name_coalition
from valuation.errors import GameError, InputError
from valuation.game import Utilities

_TOLERANCE = 1e-9
_MIXERS = 0x9E3779B97F4A7C15


@dataclass(frozen=True)
class Record:
    """The observations of one run; m / 8 (n + 64) bytes.

    Attributes:
        packed: uint8 (m, ceil(n / 8)): player i is bit i % 8 of byte i // 8.
        utilities: float64 (m,).
        n: the number of players.

    >>> record = Record(np.array([[1], [3], [1]], dtype=np.uint8), np.array([0.5, 2.0, 0.5]), 2)
    >>> record.unique(), record.noise()
    (2, 0.0)
    """

    packed: npt.NDArray[np.uint8]
    utilities: Utilities
    n: int

    @property
    def coalitions(self) -> Coalitions:
        """The coalitions, bool (m, n)."""
        return np.unpackbits(self.packed, axis=1, count=self.n, bitorder="little").view(np.bool_)

    def unique(self) -> int:
        """Return how many of the coalitions are different."""
        return len(self.utilities) - len(self._repeats[0])

    def noise(self) -> float:
        """Return the standard deviation of one measurement, pooled over coalitions measured repeatedly.

        Each repeat is compared with the measurement of the same coalition before it, so that half the mean
        squared difference estimates the variance. Zero if no coalition was measured twice.
        """
        again, before = self._repeats
        if not len(again):
            return 0.0
        differences = self.utilities[again] - self.utilities[before]
        return float(np.sqrt(np.mean(differences**2) / 2))

    def require_deterministic(self) -> None:
        """Raise if a coalition that was measured twice had two utilities, rounding aside.

        Raises:
            GameError: the message names the coalition and both utilities.
        """
        again, before = self._repeats
        allowed = _TOLERANCE * float(np.abs(self.utilities).max(initial=0.0))
        changed = np.abs(self.utilities[again] - self.utilities[before]) > allowed
        if changed.any():
            row = int(np.argmax(changed))
            name = name_coalition(self.coalitions[again[row]])
            raise GameError(
                f"the game is not deterministic: the utility of coalition {name} was "
                f"{self.utilities[before[row]]} and is now {self.utilities[again[row]]}; "
                "if it is a noisy measurement, say so with noisy=True"
            )

    def answers(self) -> dict[bytes, list[float]]:
        """Return the utilities by coalition key, in the order of asking."""
        by_key: dict[bytes, list[float]] = {}
        for key, utility in zip(keys_of(self.coalitions), self.utilities.tolist(), strict=True):
            by_key.setdefault(key, []).append(utility)
        return by_key

    @cached_property
    def _repeats(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Return the rows whose coalition was asked before, and for each the last row that asked it."""
        words = np.zeros((len(self.packed), -(-self.packed.shape[1] // 8) * 8), dtype=np.uint8)
        words[:, : self.packed.shape[1]] = self.packed
        columns = words.view("<u8").T
        mixed = columns[0].copy()
        for column in columns[1:]:
            mixed = (mixed ^ (mixed >> np.uint64(32))) * np.uint64(_MIXERS) + column
        order = np.argsort(mixed)
        twins = mixed[order[1:]] == mixed[order[:-1]]
        # Few have a twin: only these need the slower sort that keeps the order of asking.
        rows = np.sort(order[np.append(twins, False) | np.append(False, twins)])
        order = rows[np.argsort(mixed[rows], kind="stable")]
        again, before = order[1:], order[:-1]
        equal = mixed[again] == mixed[before]
        again, before = again[equal], before[equal]
        if len(columns) > 1 and (columns[:, again] != columns[:, before]).any():
            # Two coalitions share a fingerprint: sort by all the words instead.
            order = np.lexsort(columns)
            again, before = order[1:], order[:-1]
            equal = (columns[:, again] == columns[:, before]).all(axis=0)
            again, before = again[equal], before[equal]
        return again, before


def record_of(state: Mapping[str, npt.NDArray[Any]], n: int) -> Record:
    """Return the record that a valuation's state holds: coalitions, uint8 (m, bytes), and utilities (m,).

    Raises:
        InputError: the state holds none of n players.
    """
    try:
        packed, utilities = state["coalitions"], state["utilities"]
    except KeyError:
        raise InputError("this valuation holds no run that could be continued") from None
    if packed.dtype != np.uint8 or packed.shape != (len(utilities), (n + 7) // 8):
        raise InputError(f"the saved coalitions are not those of {n} players")
    return Record(packed, utilities, n)

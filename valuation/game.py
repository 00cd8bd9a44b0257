"""What a game is, and how one is asked for utilities.

A game is a batch function over coalitions, so that a round can measure thousands of coalitions in a few
matrix products. Everything that values something takes a `Game`; this module holds the protocol, the three
adapters that most games need, and the one place where a game's answers are checked.

Utilities are float64 throughout; a coalition is a row of booleans (see `valuation.coalitions`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
import numpy.typing as npt

from valuation.coalitions import (
    Coalitions,
    check_coalitions,
    coalitions_of,
    keys_of,
    masks_of,
    name_coalition,
)
from valuation.errors import GameError, InputError

Utilities: TypeAlias = npt.NDArray[np.float64]
"""Float64 array (m,): one utility a coalition."""


@runtime_checkable
class Game(Protocol):
    """Anything with `n` players that answers a batch of coalitions with their utilities.

    The batch may be read-only and its memory reused after the call: a game must not change or keep it. A
    batch holds up to 8192 coalitions; a game that needs much memory for each takes it in smaller steps.
    The utility of the empty coalition need not be zero; values are of the gain over it.
    """

    @property
    def n(self) -> int:
        """The number of players."""
        ...

    def __call__(self, coalitions: Coalitions, /) -> Utilities:
        """Return the utilities, float64 (m,), of the coalitions, bool (m, n)."""
        ...


def player_count(game: Game) -> int:
    """Return the number of players of a game, checked.

    Raises:
        GameError: the game has no players, or `n` is not an integer.

    >>> player_count(TableGame([0.0, 1.0, 2.0, 4.0]))
    2
    """
    n = game.n
    if isinstance(n, bool) or not isinstance(n, int | np.integer):
        raise GameError(f"a game's n must be an integer, not {n!r}")
    if n < 1:
        raise GameError(f"a game needs at least one player, this one has n = {n}")
    return int(n)


def evaluate(game: Game, coalitions: Coalitions, *, batch_size: int = 8192) -> Utilities:
    """Return the checked utilities, float64 (m,), of the coalitions, bool (m, n).

    The game is called with at most `batch_size` coalitions at a time. What the game itself raises passes
    through unchanged.

    Raises:
        InputError: the coalitions are not a boolean (m, n) array, or the batch size is not positive.
        GameError: the game answered with the wrong number of utilities, or one that is not a finite number;
            the message names the coalition.

    >>> evaluate(TableGame([0.0, 1.0, 2.0, 4.0]), np.array([[True, True], [False, True]]))
    array([4., 2.])
    """
    if batch_size < 1:
        raise InputError(f"batch_size must be at least 1, not {batch_size}")
    checked = check_coalitions(coalitions, player_count(game))
    utilities = np.empty(len(checked))
    for start in range(0, len(checked), batch_size):
        block = checked[start : start + batch_size]
        utilities[start : start + batch_size] = check_utilities(game(block), block)
    return utilities


def check_utilities(answer: npt.ArrayLike, coalitions: Coalitions) -> Utilities:
    """Return what a game answered for the coalitions, bool (m, n), as finite float64 (m,).

    Raises:
        GameError: the answer has the wrong shape, is not real, or holds a NaN or an infinity.

    >>> check_utilities([1, 2], np.array([[True], [False]]))
    array([1., 2.])
    """
    raw = np.asarray(answer)
    m = len(coalitions)
    if raw.shape != (m,):
        raise GameError(f"{m} coalitions need utilities of shape ({m},), not {raw.shape}")
    if raw.dtype.kind not in "biuf":
        raise GameError(f"utilities must be real numbers, not {raw.dtype}")
    utilities = raw.astype(np.float64, copy=False)
    if not np.isfinite(utilities).all():
        first = int(np.argmin(np.isfinite(utilities)))
        raise GameError(f"the utility of coalition {name_coalition(coalitions[first])} is {utilities[first]}")
    return utilities


class TableGame:
    """A game given by its 2^n utilities: bit i of the index is player i.

    A float64 array is used as it is, not copied, so that a table of gigabytes is held once.

    Raises:
        InputError: the length is not a power of two, or it has another dimension than one.
        GameError: a utility is NaN or infinite, or the table is that of a game without players.

    >>> game = TableGame([0.0, 1.0, 2.0, 4.0])
    >>> game.n, float(game(np.array([[True, True]]))[0])
    (2, 4.0)
    """

    def __init__(self, values: npt.ArrayLike) -> None:
        table = np.asarray(values, dtype=np.float64)
        if table.ndim != 1 or table.size == 0 or table.size & (table.size - 1):
            raise InputError(f"a table needs 2**n utilities in one dimension, not shape {table.shape}")
        if table.size == 1:
            raise GameError("a game needs at least one player, this table has n = 0")
        # A finite sum has finite terms; this spares a boolean array of the table's length.
        with np.errstate(invalid="ignore", over="ignore"):
            total = table.sum()
        if not np.isfinite(total) and not np.isfinite(table).all():
            mask = int(np.argmin(np.isfinite(table)))
            name = name_coalition(coalitions_of([mask], table.size.bit_length() - 1)[0])
            raise GameError(f"the utility of coalition {name} is {table[mask]}")
        self._values = table.view()
        self._values.flags.writeable = False

    @property
    def n(self) -> int:
        """The number of players."""
        return self._values.size.bit_length() - 1

    @property
    def values(self) -> Utilities:
        """The utilities, float64 (2**n,), read-only."""
        return self._values

    def __call__(self, coalitions: Coalitions, /) -> Utilities:
        """Return the utilities, float64 (m,), of the coalitions, bool (m, n)."""
        return self._values[masks_of(check_coalitions(coalitions, self.n))]


class FunctionGame:
    """A game from a function of one coalition, for utilities that cannot be computed in batches.

    The function gets the members as an ascending tuple of player numbers and returns the utility.

    >>> FunctionGame(3, lambda members: float(len(members)) ** 2)(np.array([[True, False, True]]))
    array([4.])
    """

    def __init__(self, n: int, utility: Callable[[tuple[int, ...]], float]) -> None:
        self._n = n
        self._utility = utility

    @property
    def n(self) -> int:
        """The number of players."""
        return self._n

    def __call__(self, coalitions: Coalitions, /) -> Utilities:
        """Return the utilities, float64 (m,), of the coalitions, bool (m, n), one call each."""
        rows = check_coalitions(coalitions, self._n)
        answers = [self._utility(tuple(np.flatnonzero(row).tolist())) for row in rows]
        return np.array(answers, dtype=np.float64)


class CachedGame:
    """A game that remembers every utility it was told, and counts.

    `evaluations` is how many coalitions were asked for, `unique` how many the game behind it had to measure.
    Memory grows by about 150 bytes + n/8 a distinct coalition. Not for several threads at once.

    >>> game = CachedGame(TableGame([0.0, 1.0, 2.0, 4.0]))
    >>> game(np.array([[True, True], [True, True], [False, True]]))
    array([4., 4., 2.])
    >>> game.evaluations, game.unique
    (3, 2)
    """

    def __init__(self, game: Game) -> None:
        self._game = game
        self._n = player_count(game)
        self._memory: dict[bytes, float] = {}
        self._evaluations = 0

    @property
    def n(self) -> int:
        """The number of players."""
        return self._n

    @property
    def evaluations(self) -> int:
        """How many coalitions were asked for."""
        return self._evaluations

    @property
    def unique(self) -> int:
        """How many different coalitions were measured."""
        return len(self._memory)

    def __call__(self, coalitions: Coalitions, /) -> Utilities:
        """Return the utilities, float64 (m,), of the coalitions, bool (m, n); new ones are measured once.

        Raises:
            InputError: the coalitions are not a boolean (m, n) array.
            GameError: the game behind answered badly.
        """
        rows = check_coalitions(coalitions, self._n)
        keys = keys_of(rows)
        first_row = dict(zip(reversed(keys), range(len(keys) - 1, -1, -1), strict=True))
        new = sorted(row for key, row in first_row.items() if key not in self._memory)
        if new:
            measured = evaluate(self._game, rows[new])
            self._memory.update(zip([keys[row] for row in new], measured.tolist(), strict=True))
        self._evaluations += len(keys)
        return np.fromiter(map(self._memory.__getitem__, keys), dtype=np.float64, count=len(keys))

    def verify(self, rng: np.random.Generator, sample: int = 32) -> None:
        """Measure up to `sample` remembered coalitions again, counted as asked; raise if one has changed.

        A valuation of a game that answers differently each time is meaningless unless the estimator was told
        about the noise, and nothing else would show it. Differences that a matrix product makes when it is
        given other rows beside, up to 1e-9 of the largest utility, are none.

        Raises:
            GameError: the game gave another utility than before; the message names the coalition.
        """
        known = list(self._memory)
        chosen = [known[index] for index in rng.permutation(len(known))[:sample].tolist()]
        packed = np.frombuffer(b"".join(chosen), dtype=np.uint8).reshape(len(chosen), (self._n + 7) // 8)
        rows = np.unpackbits(packed, axis=1, count=self._n, bitorder="little").view(np.bool_)
        self._evaluations += len(rows)
        before = np.array([self._memory[key] for key in chosen])
        again = evaluate(self._game, rows)
        changed = np.abs(again - before) > 1e-9 * np.abs(before).max(initial=0.0)
        if changed.any():
            row = int(np.argmax(changed))
            raise GameError(
                f"the game is not deterministic: the utility of coalition {name_coalition(rows[row])} "
                f"was {before[row]} and is now {again[row]}"
            )

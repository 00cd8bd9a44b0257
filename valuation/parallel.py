"""Games measured by many workers: any executor of `concurrent.futures`, and the same bytes from each.

Coalitions go to workers in chunks whose size does not depend on the workers. A chunk is therefore measured by
the same call wherever it is measured, and the order in which chunks come back means nothing.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from valuation.coalitions import Coalitions, check_coalitions
from valuation.errors import InputError
from valuation.game import Game, Utilities, evaluate, player_count

CHUNK = 256


class Memory(Protocol):
    """Remembers what was measured, by name."""

    def get(self, name: str, count: int) -> Utilities | None:
        """The `count` utilities under a name; None when they are not known, or not whole."""

    def put(self, name: str, utilities: Utilities) -> None:
        """Keeps utilities under a name."""


class ParallelGame:
    """A game whose coalitions are measured in chunks, by an executor and never twice.

    With threads or processes, with Dask's `client.get_executor()`, or with no executor at all, it answers
    with the same bytes. What a worker that died did not deliver is measured in this process. To processes,
    the game must be one that can be sent.

    Args:
        game: The game.
        executor: Who measures; this process, when not given.
        memory: Where finished chunks are kept; with one, a run that was killed goes on where it was.
        key: What distinguishes the game from all others in that memory: a digest of everything that its
            utilities depend on.
        chunk: Coalitions in one call of the game. Part of what is asked: another size may change last bits.

    Raises:
        InputError: The chunk is not positive, or a memory comes without a key.

    >>> from concurrent.futures import ThreadPoolExecutor
    >>> from valuation.game import TableGame
    >>> game, coalitions = TableGame([0.0, 1.0, 2.0, 4.0]), np.array([[True, True], [False, True]])
    >>> with ThreadPoolExecutor(2) as pool:
    ...     ParallelGame(game, pool, chunk=1)(coalitions)
    array([4., 2.])
    """

    def __init__(
        self,
        game: Game,
        executor: Executor | None = None,
        *,
        memory: Memory | None = None,
        key: bytes = b"",
        chunk: int = CHUNK,
    ) -> None:
        if chunk < 1:
            raise InputError(f"a chunk has at least one coalition, not {chunk}")
        if memory is not None and not key:
            raise InputError("a memory needs a key, or it would mix up games")
        self._game = game
        self._n = player_count(game)
        self._executor = executor
        self._memory = memory
        self._key = key
        self._chunk = chunk

    @property
    def n(self) -> int:
        """The number of players."""
        return self._n

    def __call__(self, coalitions: Coalitions, /) -> Utilities:
        """Return the utilities, float64 (m,), of the coalitions, bool (m, n).

        Raises:
            InputError: The coalitions are not a boolean (m, n) array.
            GameError: The game answered badly.
        """
        rows = check_coalitions(coalitions, self._n)
        chunks = [rows[start : start + self._chunk] for start in range(0, len(rows), self._chunk)]
        names = [self._name(chunk) if self._memory is not None else "" for chunk in chunks]
        known = [
            self._memory.get(name, len(chunk)) if self._memory else None
            for name, chunk in zip(names, chunks, strict=True)
        ]
        missing = [place for place, utilities in enumerate(known) if utilities is None]
        futures = {place: self._submit(chunks[place]) for place in missing}
        for place in missing:
            known[place] = self._measured(futures[place], chunks[place])
            if self._memory is not None:
                self._memory.put(names[place], np.asarray(known[place]))
        found = [utilities for utilities in known if utilities is not None]
        return np.concatenate(found) if found else np.empty(0)

    def _submit(self, chunk: Coalitions) -> Future[Utilities] | None:
        if self._executor is None:
            return None
        try:
            return self._executor.submit(_measure, self._game, chunk)
        except BrokenExecutor:
            return None

    def _measured(self, future: Future[Utilities] | None, chunk: Coalitions) -> Utilities:
        if future is not None:
            try:
                return future.result()
            except (BrokenExecutor, CancelledError):
                pass  # the worker, or its cluster, is gone; nothing that it might have said is needed
        return _measure(self._game, chunk)

    def _name(self, chunk: Coalitions) -> str:
        size = np.array([self._n, self._chunk, len(chunk)], dtype="<i8").tobytes()
        packed: npt.NDArray[np.uint8] = np.packbits(chunk)
        key = len(self._key).to_bytes(8, "big") + self._key
        return hashlib.sha256(key + size + packed.tobytes()).hexdigest()


def _measure(game: Game, chunk: Coalitions) -> Utilities:
    return evaluate(game, chunk, batch_size=max(1, len(chunk)))


@dataclass(frozen=True)
class Workers:
    """Who measures coalitions, and where what is measured is kept. Neither changes a byte of the result.

    Attributes:
        executor: Any of `concurrent.futures`; this process, when not given.
        memory: Where finished chunks are kept; nowhere, when not given.

    >>> from valuation.game import TableGame
    >>> Workers().game(TableGame([0.0, 1.0, 2.0, 4.0]), b"a table")(np.array([[True, True]]))
    array([4.])
    """

    executor: Executor | None = None
    memory: Memory | None = None

    def game(self, game: Game, key: bytes) -> ParallelGame:
        """Return the game as they measure it; `key` tells it from all others, as in `ParallelGame`.

        What has no key is not remembered.
        """
        return ParallelGame(game, self.executor, memory=self.memory if key else None, key=key)

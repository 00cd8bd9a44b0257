"""All 2^n utilities of a game, in order of their masks: block after block, or as one table."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from valuation.coalitions import coalitions_of
from valuation.errors import InputError
from valuation.game import Game, TableGame, Utilities, check_utilities, player_count

BLOCK_BITS = 13
"""A block of 2^13 utilities is 64 KiB: it stays in a core's cache, and dwarfs the cost of a call."""

MOST_TABULATED = 30
"""The most players whose table (8 GiB) is built."""


def block_bits(game: Game) -> int:
    """Return how many players the position inside a block stands for; the block's number is the rest.

    Blocks of a small table are smaller, for what is kept for each size of the rest is as large as a block.

    >>> block_bits(TableGame([0.0, 1.0])), block_bits(TableGame(np.zeros(2**20)))
    (1, 11)
    """
    n = player_count(game)
    return min(n, BLOCK_BITS, n // 2 + 1 if isinstance(game, TableGame) else n)


def blocks(game: Game, bits: int, start: int = 0, stop: int | None = None) -> Iterator[Utilities]:
    """Yield blocks `start` to `stop` of the utilities, float64 (2**bits,) each, in order of the masks.

    A table is yielded in views. Another game is asked for a block at a time, so that the memory is one block
    of coalitions, n 2^bits bytes, however many players there are.

    Raises:
        GameError: the game answered badly.

    >>> [block.tolist() for block in blocks(TableGame([0.0, 1.0, 2.0, 4.0]), 1)]
    [[0.0, 1.0], [2.0, 4.0]]
    """
    n = player_count(game)
    end = 1 << (n - bits) if stop is None else stop
    if isinstance(game, TableGame):
        yield from game.values.reshape(-1, 1 << bits)[start:end]
        return
    coalitions = coalitions_of((start << bits) + np.arange(1 << bits), n)
    shown = coalitions.view()
    shown.flags.writeable = False
    for number in range(start, end):
        # Only the columns of the players that joined or left since the last block change.
        changed = number ^ (number - 1) if number > start else 0
        for player in range(changed.bit_length()):
            coalitions[:, bits + player] = number >> player & 1
        yield check_utilities(game(shown), shown)


def tabulate(game: Game) -> Utilities:
    """Return all utilities of a game, float64 (2**n,), bit i of the index being player i.

    The table of a `TableGame` is returned as it is, read-only. Memory is O(2^n): 8 MiB at n = 20, 2 GiB at
    n = 28.

    Raises:
        GameError: the game answered badly.
        InputError: there are more than 30 players.

    >>> from valuation.game import FunctionGame
    >>> tabulate(FunctionGame(2, lambda members: float(sum(members) + len(members)))).tolist()
    [0.0, 1.0, 2.0, 3.0]
    """
    n = player_count(game)
    if isinstance(game, TableGame):
        return game.values
    if n > MOST_TABULATED:
        raise InputError(f"a table of 2**{n} utilities is too large; the most players are {MOST_TABULATED}")
    bits = block_bits(game)
    table = np.empty(1 << n)
    for row, block in zip(table.reshape(-1, 1 << bits), blocks(game, bits), strict=True):
        row[:] = block
    return table

"""Exact semivalues in one pass over the 2^n utilities, at the speed of the memory that holds them.

The marginal contributions of all players are n 2^(n-1) differences, but regrouped by coalition every utility
is needed only once. With w(-1) = w(n) = 0,

    phi_i = sum over S with i of (w(|S|-1) + w(|S|)) v(S)  -  sum over all S of w(|S|) v(S).

The second sum is the same for everybody. For the first, a mask is split into a high part (the block) and a
low part (the position in it). A block is read once and used twice while it is in the cache: its product with
the weights is what the players of the high part need, and its sum, kept by the size of the high part, is what
the players of the low part need. Both end in vectors of 2^bits numbers, which are folded in halves.
Semivalues are those of Dubey, Neyman and Weber (1981).
O(2^n) time; beside the table, O(n 2^13) numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise, starmap

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.game import Game, TableGame, player_count
from valuation.result import Label, Valuation
from valuation.shapley.semivalues import SizeWeights, resolve_weights
from valuation.shapley.table import block_bits, blocks

MOST_PLAYERS = 34
"""The most players that are valued exactly: 2^34 utilities take minutes even if they are free."""

_PARTS = 8
"""Parts that a game without a table is divided into. Fixed, so that threads do not change the rounding."""

_Vector = npt.NDArray[np.float64]


def exact(
    game: Game,
    *,
    weights: str | npt.ArrayLike = "shapley",
    players: Sequence[Label] | None = None,
    threads: int = 1,
) -> Valuation:
    """Return the exact semivalue of every player, from all 2^n utilities.

    A `TableGame` is read in place. Any other game is asked for blocks of up to 2^13 coalitions and needs no
    table: 26 players take tens of megabytes.

    Args:
        game: the game.
        weights: "shapley", "banzhaf", or size weights, float64 (n,) (see `valuation.shapley.semivalues`).
        players: the players' labels; 0 to n - 1 by default.
        threads: how many threads call a game without a table, which must then be safe to call from several
            at once. They change no bit of the result. A table is read by one thread, at the memory's speed.

    Raises:
        GameError: the game answered badly.
        InputError: there are more than 34 players, the weights are no semivalue, or threads is not positive.

    >>> from valuation.game import TableGame
    >>> exact(TableGame([0.0, 1.0, 2.0, 4.0])).values.tolist()
    [1.5, 2.5]
    >>> exact(TableGame([0.0, 0.0, 0.0, 1.0]), weights=[1.0, 0.0]).values.tolist()
    [0.0, 0.0]
    """
    n = player_count(game)
    if n > MOST_PLAYERS:
        raise InputError(f"{n} players are too many for 2**{n} utilities; the most are {MOST_PLAYERS}")
    if threads < 1:
        raise InputError(f"threads must be at least 1, not {threads}")
    size_weights, name = resolve_weights(weights, n)
    values, total = semivalue(game, size_weights, threads=threads)
    return Valuation(
        players=tuple(range(n)) if players is None else tuple(players),
        values=values,
        standard_errors=np.zeros(n),
        total=total,
        evaluations=1 << n,
        unique_evaluations=1 << n,
        method=f"exact {name}",
        exact=True,
        efficiency_gap=total - float(values.sum()),
        assumptions=(f"all 2**{n} utilities were measured, and are finite",),
    )


def semivalue(game: Game, weights: SizeWeights, *, threads: int = 1) -> tuple[_Vector, float]:
    """Return the weighted sums of marginal contributions, float64 (n,), and v(everyone) - v(nobody).

    The sums are as in `exact`, but the weights, float64 (n,), may be any.

    >>> from valuation.game import TableGame
    >>> semivalue(TableGame([0.0, 1.0, 2.0, 4.0]), np.array([-1.0, 1.0]))
    (array([1., 1.]), 4.0)
    """
    n = player_count(game)
    bits = block_bits(game)
    absent = np.append(weights, 0.0)
    present = absent + np.insert(weights, 0, 0.0)
    present_by_size = _by_size(present, bits)
    sizes = _sizes(n - bits)
    count = len(sizes)

    def part(start: int, stop: int) -> tuple[_Vector, _Vector]:
        by_size = np.zeros_like(present_by_size)
        by_block = np.empty(stop - start)
        # Lists of rows, because indexing an array costs as much as adding a short row.
        sums, lookup = list(by_size), list(present_by_size)
        for position, block in enumerate(blocks(game, bits, start, stop)):
            size = sizes[start + position]
            by_block[position] = np.dot(block, lookup[size])
            np.add(sums[size], block, out=sums[size])
        return by_size, by_block

    parts = 1 if isinstance(game, TableGame) else min(_PARTS, count)
    edges = [count * number // parts for number in range(parts + 1)]
    spans = list(pairwise(edges))
    if threads > 1 and parts > 1:
        with ThreadPoolExecutor(threads) as pool:
            done = list(pool.map(part, *zip(*spans, strict=True)))
    else:
        done = list(starmap(part, spans))

    by_size = np.add.reduce([sums for sums, _ in done]) if parts > 1 else done[0][0]
    low = _sums_with_each(np.einsum("kl,kl->l", present_by_size, by_size), bits)
    high = _sums_with_each(np.concatenate([products for _, products in done]), n - bits)
    common = np.einsum("kl,kl->", _by_size(absent, bits), by_size)
    # Nobody is alone in the first entry, everyone alone in the last: only one block has either size.
    return np.concatenate([low, high]) - common, float(by_size[-1, -1] - by_size[0, 0])


def _by_size(numbers: _Vector, bits: int) -> _Vector:
    """Spread numbers by size, (m,), to (m - bits, 2**bits): row k, column l is numbers[k + popcount(l)]."""
    table = numbers[:, None]
    for _ in range(bits):
        table = np.concatenate([table[:-1], table[1:]], axis=1)
    return table


def _sizes(bits: int) -> list[int]:
    """Return the popcounts of 0 to 2**bits - 1."""
    return [number.bit_count() for number in range(1 << bits)]


def _sums_with_each(numbers: _Vector, bits: int) -> _Vector:
    """Sum numbers by mask, (2**bits,), over the masks with bit i, for every i: (bits,). O(2**bits)."""
    sums = np.empty(bits)
    for bit in reversed(range(bits)):
        lower, upper = numbers[: 1 << bit], numbers[1 << bit :]
        sums[bit] = upper.sum()
        numbers = lower + upper
    return sums

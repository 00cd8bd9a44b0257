"""Completing a table of which few entries were seen, by factors of low rank.

minimise over W (T, r) and H (C, r):
    sum over seen (t, c) of (U[t, c] - W[t] . H[c])^2 + lambda (|W|^2 + |H|^2)

by alternating least squares. A small lambda from a bad start diverges where rows have few seen entries, so
lambda is lowered step by step from a large one, each step starting where the last ended; the start itself is
the singular vectors of the table with zeros for what was not seen. Nothing is drawn at random.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError

Table = npt.NDArray[np.float64]
Seen = npt.NDArray[np.bool_]

SWEEPS = 100
"""Most alternations for one lambda."""

SETTLED = 1e-7
"""Alternations stop when no entry of the completed table moves by more than this, seen ones being up to 1."""


@dataclass(frozen=True)
class Factors:
    """A table of low rank, rows @ columns.T * scale.

    Attributes:
        rows: W, float64 (T, r).
        columns: H, float64 (C, r).
        scale: the unit in which the factors are, the largest seen magnitude.
        penalty: lambda, of the table in that unit.
    """

    rows: Table
    columns: Table
    scale: float
    penalty: float

    def table(self) -> Table:
        """Return the completed table, float64 (T, C)."""
        return self.rows @ self.columns.T * self.scale


def complete(table: Table, seen: Seen, *, rank: int, penalty: float) -> Factors:
    """Return the factors for one rank and penalty.

    Args:
        table: U, float64 (T, C); entries that were not seen are ignored.
        seen: bool (T, C).
        rank: r, at least 1.
        penalty: lambda, positive, of the table divided by its largest seen magnitude.

    Raises:
        InputError: a shape does not fit, a seen entry is not finite, or rank or penalty is not positive.

    >>> table = np.outer([1.0, 0.5], [2.0, 4.0, 6.0])
    >>> seen = np.array([[True, True, True], [True, False, False]])
    >>> complete(table, seen, rank=1, penalty=1e-9).table().round(3)
    array([[2., 4., 6.],
           [1., 2., 3.]])
    """
    path = _path_to(penalty) if penalty > 0 else [penalty]
    *_, last = completions(table, seen, rank=rank, penalties=path)
    return last


def completions(table: Table, seen: Seen, *, rank: int, penalties: list[float]) -> Iterator[Factors]:
    """Yield the factors for each of the penalties, in turn, each starting from the one before.

    O(sweeps (T C r^2 + C r^3)) time a penalty, no loop over rows or columns.

    Raises:
        InputError: as for `complete`.

    >>> table, seen = np.ones((2, 3)), np.ones((2, 3), dtype=bool)
    >>> path = completions(table, seen, rank=1, penalties=[1.0, 0.1])
    >>> [round(float(each.table()[0, 0]), 3) for each in path]
    [0.592, 0.959]
    """
    if table.ndim != 2 or table.shape != seen.shape or seen.dtype != np.bool_:
        raise InputError(f"a table of shape {table.shape} with seen entries of shape {seen.shape}")
    if rank < 1 or any(not penalty > 0 for penalty in penalties):
        raise InputError(f"rank and penalty must be positive, not {rank} and {penalties}")
    if not np.isfinite(table[seen]).all():
        raise InputError("an entry that was seen is not finite")
    scale = float(np.abs(table[seen]).max(initial=0.0)) or 1.0
    known = np.where(seen, table, 0.0) / scale
    by_row, by_column = _patterns(seen), _patterns(seen.T)
    rows, columns = _start(known, rank)
    for penalty in penalties:
        before = rows @ columns.T
        for _ in range(SWEEPS):
            columns = _solve(known.T, by_column, rows, penalty)
            rows = _solve(known, by_row, columns, penalty)
            after = rows @ columns.T
            moved = np.abs(after - before).max()
            before = after
            if moved <= SETTLED:
                break
        yield Factors(rows, columns, scale, penalty)


def _path_to(penalty: float) -> list[float]:
    """Return penalties from 1 down to the last, about three a decade."""
    steps = int(np.ceil(3 * np.log10(1 / penalty)))
    return np.geomspace(1.0, penalty, steps + 1).tolist() if steps > 0 else [penalty]


def _start(known: Table, rank: int) -> tuple[Table, Table]:
    """Return the leading singular vectors, (T, r) and (C, r), as factors; zeros where the rank is higher."""
    left, strength, right = np.linalg.svd(known, full_matrices=False)
    kept = min(rank, len(strength))
    root = np.sqrt(strength[:kept])
    rows, columns = np.zeros((known.shape[0], rank)), np.zeros((known.shape[1], rank))
    rows[:, :kept], columns[:, :kept] = left[:, :kept] * root, right[:kept].T * root
    return rows, columns


def _patterns(seen: Seen) -> tuple[Table, npt.NDArray[np.intp]]:
    """Return the distinct rows of `seen`, (p, b), and which of them each row has, (a,)."""
    packed = np.ascontiguousarray(np.packbits(seen, axis=1))
    _, first, which = np.unique(
        packed.view(f"V{packed.shape[1]}").ravel(), return_index=True, return_inverse=True
    )
    return seen[first].astype(np.float64), which


def _solve(known: Table, patterns: tuple[Table, npt.NDArray[np.intp]], other: Table, penalty: float) -> Table:
    """Return the ridge regressions, (a, r), of every row of `known`, (a, b), on the factors (b, r).

    Rows of which the same entries were seen share one normal matrix, which is inverted once.
    """
    rank = other.shape[1]
    distinct, which = patterns
    squares = (other[:, :, None] * other[:, None, :]).reshape(len(other), rank * rank)
    inverse = np.linalg.inv((distinct @ squares).reshape(-1, rank, rank) + penalty * np.eye(rank))
    return np.asarray(np.einsum("ars,as->ar", inverse[which], known @ other))

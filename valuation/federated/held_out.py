"""Choosing the rank and the penalty of a completion by how well it predicts entries that were hidden from it.

What is missing from a round's row is every coalition with a member who was not there. So that is what is
hidden: in each partial row, all seen coalitions with one of the members, drawn at random. Hiding single
entries instead would reward factors that interpolate within a row but say nothing of absent peers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from valuation.coalitions import Coalitions
from valuation.federated.completion import Seen, Table, completions

PENALTIES = (1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001)
FOLDS = 4
MOST_RANK = 5


@dataclass(frozen=True)
class Choice:
    """What was chosen, and how well it predicts.

    Attributes:
        rank: r.
        penalty: lambda.
        error: the squared error of what was hidden, relative to its squared size; NaN if nothing could be.
    """

    rank: int
    penalty: float
    error: float


def choose_completion(
    table: Table,
    seen: Seen,
    members: Coalitions,
    rng: np.random.Generator,
    *,
    ranks: tuple[int, ...] = tuple(range(1, MOST_RANK + 1)),
    penalties: tuple[float, ...] = PENALTIES,
) -> Choice:
    """Return the rank and penalty that predict hidden coalitions best; the lower rank where they tie.

    Ranks are tried from the lowest, until one more does not predict better.

    Args:
        table: utilities, float64 (T, C).
        seen: which of them were observed, bool (T, C).
        members: the coalition of each column, bool (C, n).
        rng: draws the members whose coalitions are hidden.
        ranks: the ranks to choose from, ascending.
        penalties: the penalties to choose from, descending.

    >>> from valuation.coalitions import coalitions_of
    >>> members = coalitions_of(np.arange(1, 8), 3)
    >>> table = np.outer([1.0, 0.5, 0.8], members.sum(axis=1))
    >>> seen = np.array([[1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0, 0], [1, 0, 0, 1, 1, 0, 0]], dtype=bool)
    >>> choose_completion(table, seen, members, np.random.default_rng(0)).rank
    1
    """
    folds = list(_folds(seen, members, rng))
    if not folds:
        return Choice(ranks[0], penalties[-1], float("nan"))
    size = sum(float((table[hidden] ** 2).sum()) for hidden in folds) or 1.0
    best = Choice(ranks[0], penalties[-1], float("inf"))
    for rank in ranks:
        errors = np.zeros(len(penalties))
        for hidden in folds:
            path = completions(table, seen & ~hidden, rank=rank, penalties=list(penalties))
            errors += [float(((factors.table() - table)[hidden] ** 2).sum()) for factors in path]
        lowest = int(np.argmin(errors))
        if errors[lowest] / size >= best.error:
            break
        best = Choice(rank, penalties[lowest], float(errors[lowest] / size))
    return best


def _folds(seen: Seen, members: Coalitions, rng: np.random.Generator) -> Iterator[Seen]:
    """Yield what to hide, bool (T, C): of every partial row, the coalitions with one of its members."""
    present = np.stack([members[row].any(axis=0) for row in seen])
    partial = np.flatnonzero(~present.all(axis=1) & (present.sum(axis=1) > 1))
    for _ in range(FOLDS if len(partial) else 0):
        hidden = np.zeros_like(seen)
        draws = np.where(present[partial], rng.random((len(partial), members.shape[1])), np.inf)
        hidden[partial] = seen[partial] & members[:, np.argmin(draws, axis=1)].T
        yield hidden

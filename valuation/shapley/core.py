"""Stable divisions: payoffs to which no coalition objects, or all object as little as possible.

The Shapley value is fair, but a coalition may still earn more alone than it is paid. Its excess, v(S) - x(S),
is how much more. The least core makes the largest excess as small as possible; the nucleolus then the second
largest, and so on, until one payoff is left. Both are linear programmes over all coalitions, for small games.
All utilities are taken as gains over the utility of nobody.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog

from valuation.coalitions import coalitions_of
from valuation.errors import AssumptionError, InputError, WeighhouseError
from valuation.game import Game, TableGame, player_count
from valuation.result import Label, Valuation
from valuation.shapley.table import tabulate

MOST_PLAYERS = 16
"""The most players of a linear programme with a row for each of 2^n coalitions."""

_DUAL_TOLERANCE = 1e-7
_SPAN_TOLERANCE = 1e-9
_UNIT_TOLERANCE = 1e-9

_Array = npt.NDArray[np.float64]


class SolverError(WeighhouseError):
    """A linear programme that has a solution was not solved, for numerical reasons."""


def largest_excess(game: Game, values: npt.ArrayLike) -> float:
    """Return the largest v(S) - x(S) over coalitions S of some but not all players, for payoffs x, (n,).

    If it is zero or less and the payoffs add up to the total, they lie in the core: no coalition does better
    alone. A single player has no such coalition: minus infinity.

    Raises:
        GameError: the game answered badly.
        InputError: the payoffs are not finite numbers of shape (n,), or there are more players than a table
            holds.

    >>> from valuation.game import TableGame
    >>> largest_excess(TableGame([0.0, 1.0, 2.0, 4.0]), [1.5, 2.5])
    -0.5
    """
    n = player_count(game)
    payoffs = np.asarray(values, dtype=np.float64)
    if payoffs.shape != (n,) or not np.isfinite(payoffs).all():
        raise InputError(f"{n} players need finite payoffs of shape ({n},), not {payoffs!r}")
    table = tabulate(game)
    paid = np.zeros(1)
    for payoff in payoffs.tolist():
        paid = np.concatenate([paid, paid + payoff])
    excesses = table - table[0] - paid
    return float(excesses[1:-1].max(initial=-np.inf))


def least_core(game: Game, *, players: Sequence[Label] | None = None) -> Valuation:
    """Return payoffs that add up to the total and make the largest excess as small as possible.

    From Maschler, Peleg and Shapley (1979); proposed for data by Yan and Procaccia (2021). There may be many
    such payoffs, of which the solver finds one; `prenucleolus` is the one among them that treats equals
    equally. The excess reached is in the result's `reason`, and is what `largest_excess` returns.

    Raises:
        GameError: the game answered badly.
        InputError: there are more than 16 players.
        SolverError: a linear programme was not solved.

    >>> from valuation.game import TableGame
    >>> result = least_core(TableGame([0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0]))
    >>> result.values.round(6).tolist(), result.reason
    ([0.333333, 0.333333, 0.333333], 'largest excess 0.333333: the core is empty')
    """
    measured, gains, unit = _measure(game)
    everyone = np.ones((1, measured.n))
    payoffs, _, _ = _minimise_excess(gains, _proper(gains), everyone, gains[-1:], None)
    return _valuation(measured, payoffs * unit, "least core", players)


def nucleolus(game: Game, *, players: Sequence[Label] | None = None) -> Valuation:
    """Return the nucleolus: of the payoffs that give nobody less than alone, the excesses least in order.

    The largest excess is as small as possible, then the second largest, and so on (Schmeidler 1969). There is
    exactly one, it lies in the least core, and in the core if there is one. Computed by at most n - 1 linear
    programmes, each fixing the coalitions whose excess cannot fall any more.

    Raises:
        GameError: the game answered badly.
        InputError: there are more than 16 players.
        SolverError: a linear programme was not solved.
        AssumptionError: the players alone gain more than all together, so nobody can be given as much as
            alone. `prenucleolus` always exists.

    >>> from valuation.game import TableGame
    >>> nucleolus(TableGame([0.0, 1.0, 2.0, 4.0])).values.tolist()
    [1.5, 2.5]
    """
    measured, gains, unit = _measure(game)
    alone = gains[1 << np.arange(measured.n)]
    if alone.sum() > gains[-1] + _UNIT_TOLERANCE:
        raise AssumptionError(
            f"there is no nucleolus: alone the players gain {alone.sum() * unit:.6g}, "
            f"together {gains[-1] * unit:.6g}"
        )
    return _valuation(measured, _lexicographic(gains, alone) * unit, "nucleolus", players)


def prenucleolus(game: Game, *, players: Sequence[Label] | None = None) -> Valuation:
    """Return the nucleolus without the condition that nobody gets less than alone; it always exists.

    The two agree where no player makes a coalition gain less by joining it than the two gain apart. Trainers,
    who repeat each other, often gain more alone than together; then this is the one that exists.

    Raises:
        GameError: the game answered badly.
        InputError: there are more than 16 players.
        SolverError: a linear programme was not solved.

    >>> from valuation.game import TableGame
    >>> prenucleolus(TableGame([0.0, 3.0, 3.0, 4.0])).values.tolist()
    [2.0, 2.0]
    """
    measured, gains, unit = _measure(game)
    return _valuation(measured, _lexicographic(gains, None) * unit, "prenucleolus", players)


def _lexicographic(gains: _Array, least: _Array | None) -> _Array:
    """Return the payoffs, (n,), whose excesses, sorted from the largest, are lexicographically least."""
    n = gains.size.bit_length() - 1
    free = _proper(gains)
    rows, sums = np.ones((1, n)), gains[-1:]
    while len(rows) < n:
        _, excess, duals = _minimise_excess(gains, free, rows, sums, least)
        # A coalition with a dual is tight in every optimal solution: its excess can fall no further.
        for mask in free[duals > _DUAL_TOLERANCE]:
            row = _rows(np.array([mask]), n)
            if len(_independent(row, rows)):
                rows = np.concatenate([rows, row])
                sums = np.append(sums, gains[mask] - excess)
        # The excess of a coalition in the span of the fixed ones is fixed with them.
        free = free[_independent(_rows(free, n), rows)]
    return _solve(rows, sums)


def _minimise_excess(
    gains: _Array, masks: npt.NDArray[np.int64], rows: _Array, sums: _Array, least: _Array | None
) -> tuple[_Array, float, _Array]:
    """Minimise the largest excess of some coalitions, given rows @ payoffs = sums.

    Returns the payoffs (n,), that excess, and the coalitions' duals (m,), which are not negative.
    """
    n = rows.shape[1]
    if len(masks) == 0:
        return _solve(rows, sums), -np.inf, np.zeros(0)
    lowest = [None] * n if least is None else least.tolist()
    solution = linprog(
        np.append(np.zeros(n), 1.0),
        A_ub=-np.column_stack([_rows(masks, n), np.ones(len(masks))]),
        b_ub=-gains[masks],
        A_eq=np.column_stack([rows, np.zeros(len(rows))]),
        b_eq=sums,
        bounds=[*((low, None) for low in lowest), (None, None)],
        method="highs",
    )
    if solution.status != 0 or solution.x is None:
        raise SolverError(f"the linear programme for the excesses was not solved: {solution.message}")
    return solution.x[:-1], float(solution.x[-1]), -solution.ineqlin.marginals


def _solve(rows: _Array, sums: _Array) -> _Array:
    return np.asarray(np.linalg.solve(rows, sums), dtype=np.float64)


def _independent(candidates: _Array, rows: _Array) -> npt.NDArray[np.int64]:
    """Return which candidates, (m, n), are not in the span of the rows, (k, n), as indices."""
    basis = np.linalg.qr(rows.T)[0]
    outside = candidates - candidates @ basis @ basis.T
    return np.flatnonzero(np.abs(outside).max(axis=1) > _SPAN_TOLERANCE)


def _proper(gains: _Array) -> npt.NDArray[np.int64]:
    """Return the masks of the coalitions of some but not all players."""
    return np.arange(1, gains.size - 1)


def _rows(masks: npt.NDArray[np.int64], n: int) -> _Array:
    return coalitions_of(masks, n).astype(np.float64)


def _measure(game: Game) -> tuple[TableGame, _Array, float]:
    """Return the game as a table, its gains over nobody, (2**n,), in units of the largest, and that unit."""
    n = player_count(game)
    if n > MOST_PLAYERS:
        raise InputError(f"{n} players are too many for linear programmes; the most are {MOST_PLAYERS}")
    measured = TableGame(tabulate(game))
    gains = measured.values - measured.values[0]
    # The solver's tolerances are absolute, so that the unit must not be left to the game.
    unit = float(np.abs(gains).max()) or 1.0
    return measured, gains / unit, unit


def _valuation(
    measured: TableGame, payoffs: _Array, method: str, players: Sequence[Label] | None
) -> Valuation:
    n, table = measured.n, measured.values
    excess = largest_excess(measured, payoffs)
    total = float(table[-1] - table[0])
    core = "empty" if excess > _UNIT_TOLERANCE * np.abs(table - table[0]).max() else "not empty"
    return Valuation(
        players=tuple(range(n)) if players is None else tuple(players),
        values=payoffs,
        standard_errors=np.zeros(n),
        total=total,
        evaluations=1 << n,
        unique_evaluations=1 << n,
        method=method,
        reason=f"largest excess {excess:.6g}: the core is {core}",
        exact=True,
        efficiency_gap=total - float(payoffs.sum()),
        assumptions=(f"all 2**{n} utilities were measured, and are finite",),
    )

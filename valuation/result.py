"""What a valuation says: a value for each player, how sure it is, and what it cost to find out."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from statistics import NormalDist
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from valuation.apportionment import proportional_shares
from valuation.archive import read_archive, write_archive
from valuation.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

Label: TypeAlias = int | str
"""What a player is called: a number or a name (an address, say)."""

_FORMAT = "weighhouse-valuation-1"
_TOTAL_TOLERANCE = 1e-9
_ARRAYS = ("values", "standard_errors")
_KINDS: Mapping[str, Callable[[Any], Any]] = {
    "players": tuple,
    "total": float,
    "evaluations": int,
    "unique_evaluations": int,
    "exact": bool,
    "efficiency_gap": float,
    "noise": float,
    "seed": lambda seed: None if seed is None else int(seed),
    "assumptions": tuple,
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Valuation:
    """The values of the players of a game, with error bars and the cost.

    Attributes:
        players: the players' labels, n of them, all different.
        values: float64 (n,), in the units of the utility. Kept as a read-only copy.
        standard_errors: float64 (n,): zeros when exact, NaN where the method gives none. Read-only copy.
        total: the utility of everyone less the utility of nobody, what an efficient method divides.
        evaluations: how many utilities were asked for; unique_evaluations: of how many different coalitions.
        method: the method's name, with the index that it estimates ("exact shapley", "odd_gp shapley").
        reason: why this method was chosen or why it stopped, in words.
        exact: no sampling took place: the values are right up to floating point.
        efficiency_gap: the total less the sum of the values, before any projection closed it.
        noise: the standard deviation of one utility measurement, zero for a deterministic game.
        seed: the seed of the generator that made the random choices, None without one or after a merge.
        assumptions: what the method assumes and how it was checked, one sentence each.
        state: arrays by name from which the method can continue the run; empty if it cannot.

    Raises:
        InputError: the shapes, labels or counts do not fit together, or a value is not finite.

    >>> result = Valuation(players=("ada", "bob"), values=[3.0, 1.0], standard_errors=[0.0, 0.0], total=4.0,
    ...                    evaluations=4, unique_evaluations=4, method="exact shapley", exact=True)
    >>> result.shares(10)
    (8, 2)
    >>> print(result)
    exact shapley, 4 evaluations (4 unique), total 4, gap 0
    player  value  +- (95 %)  of positive
    ada         3          0       75.0 %
    bob         1          0       25.0 %
    """

    players: tuple[Label, ...]
    values: npt.NDArray[np.float64]
    standard_errors: npt.NDArray[np.float64]
    total: float
    evaluations: int
    unique_evaluations: int
    method: str
    reason: str = ""
    exact: bool = False
    efficiency_gap: float = 0.0
    noise: float = 0.0
    seed: int | None = None
    assumptions: tuple[str, ...] = ()
    state: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for name, kind in _KINDS.items():
            object.__setattr__(self, name, kind(getattr(self, name)))
        object.__setattr__(self, "state", MappingProxyType(dict(self.state)))
        for name in _ARRAYS:
            array = np.array(getattr(self, name), dtype=np.float64)
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        self._check()

    def _check(self) -> None:
        n = len(self.players)
        for label in self.players:
            if isinstance(label, bool) or not isinstance(label, int | str):
                raise InputError(f"a player's label must be an integer or a string, not {label!r}")
        if len(set(self.players)) != n:
            raise InputError("two players have the same label")
        if self.values.shape != (n,) or self.standard_errors.shape != (n,):
            raise InputError(
                f"{n} players need values and standard errors of shape ({n},), "
                f"not {self.values.shape} and {self.standard_errors.shape}"
            )
        if not np.isfinite(self.values).all():
            worst = int(np.argmin(np.isfinite(self.values)))
            raise InputError(f"the value of player {self.players[worst]!r} is {self.values[worst]}")
        if not np.isfinite([self.total, self.efficiency_gap, self.noise]).all() or self.noise < 0:
            raise InputError("total, efficiency gap and noise must be finite, and the noise not negative")
        if (self.standard_errors < 0).any() or np.isinf(self.standard_errors).any():
            raise InputError("standard errors must be finite and not negative, or NaN where there is none")
        if self.exact and self.standard_errors.any():
            raise InputError("an exact valuation has standard errors of zero")
        if not 0 <= self.unique_evaluations <= self.evaluations:
            raise InputError(
                f"of {self.evaluations} evaluations, {self.unique_evaluations} cannot have been unique"
            )

    @property
    def equal_split(self) -> npt.NDArray[np.float64]:
        """The total divided equally, float64 (n,): the baseline that an estimate has to beat."""
        return np.full(len(self.players), self.total / max(len(self.players), 1))

    def interval(self, confidence: float = 0.95) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return the lower and upper ends, float64 (n,) each, of the normal confidence intervals.

        Raises:
            InputError: the confidence is not strictly between 0 and 1.
        """
        if not 0 < confidence < 1:
            raise InputError(f"the confidence must lie strictly between 0 and 1, not {confidence}")
        reach = NormalDist().inv_cdf(0.5 + confidence / 2) * self.standard_errors
        return self.values - reach, self.values + reach

    def shares(self, total: int) -> tuple[int, ...]:
        """Divide `total` whole units in proportion to the positive values, exactly (largest remainder).

        A value of zero or less earns nothing. The shares add up to the total, unless no value is positive:
        then all are zero.

        Raises:
            InputError: the total is negative or not an integer.
        """
        return tuple(proportional_shares(self.values, total))

    def __add__(self, other: Valuation) -> Valuation:
        """Merge two independent runs of one method on one game, weighted by their evaluations.

        One weight for all players keeps the sum of the values, and being fixed by the budgets, not by the
        data, it keeps unbiased estimates unbiased. Weights from the estimated variances would do neither:
        these are correlated with the values, and a short run that saw no variation claims a variance of zero.
        For methods with a variance in 1/evaluations this is also the weight of least variance. Where it falls
        faster (regression, Gaussian processes), one run continued is better than two merged.

        Standard errors combine as those of independent runs; unique evaluations are an upper bound; the state
        is dropped, for a merged run cannot be continued.

        Raises:
            InputError: the players, the method or the total differ, or it is the same run twice.
        """
        if not isinstance(other, Valuation):
            return NotImplemented
        _check_mergeable(self, other)
        evaluations = self.evaluations + other.evaluations
        mine = self.evaluations / evaluations if evaluations else 0.5
        theirs = 1.0 - mine
        return Valuation(
            players=self.players,
            values=mine * self.values + theirs * other.values,
            standard_errors=np.hypot(mine * self.standard_errors, theirs * other.standard_errors),
            total=mine * self.total + theirs * other.total,
            evaluations=evaluations,
            unique_evaluations=min(
                self.unique_evaluations + other.unique_evaluations, 2 ** len(self.players)
            ),
            method=self.method,
            reason="merged by evaluations",
            exact=self.exact and other.exact,
            efficiency_gap=mine * self.efficiency_gap + theirs * other.efficiency_gap,
            noise=max(self.noise, other.noise),
            assumptions=tuple(dict.fromkeys(self.assumptions + other.assumptions)),
        )

    def to_dataframe(self) -> pd.DataFrame:
        """Return a pandas table indexed by player: value, standard_error, and the 95 % interval low and high.

        Raises:
            ImportError: pandas is not installed.
        """
        import pandas as pd

        low, high = self.interval()
        columns = {"value": self.values, "standard_error": self.standard_errors, "low": low, "high": high}
        return pd.DataFrame(columns, index=pd.Index(self.players, name="player"))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write everything, the state included, to an npz file with a JSON header; no pickle."""
        names = [each.name for each in fields(self) if each.name not in (*_ARRAYS, "state")]
        header = {"format": _FORMAT} | {name: getattr(self, name) for name in names}
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        write_archive(path, header, arrays | {f"state.{name}": array for name, array in self.state.items()})

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Valuation:
        """Read what `save` wrote.

        Raises:
            InputError: the file holds no valuation.
        """
        header, arrays = read_archive(path)
        if header.pop("format", None) != _FORMAT:
            raise InputError(f"{os.fspath(path)} is not a valuation of the format {_FORMAT}")
        state = {name[6:]: array for name, array in arrays.items() if name.startswith("state.")}
        try:
            values, standard_errors = (arrays[name] for name in _ARRAYS)
            return cls(values=values, standard_errors=standard_errors, state=state, **header)
        except (KeyError, TypeError) as error:
            raise InputError(f"{os.fspath(path)} lacks a part of a valuation: {error}") from error

    def __str__(self) -> str:
        reach = (self.interval()[1] - self.values).tolist()
        positive = np.clip(self.values, 0.0, None)
        portion = (positive / (positive.sum() or 1.0) * 100).tolist()
        rows = [("player", "value", "+- (95 %)", "of positive")]
        rows += [
            (str(label), f"{value:.6g}", f"{half:.3g}", f"{part:.1f} %")
            for label, value, half, part in zip(self.players, self.values, reach, portion, strict=True)
        ]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip()
            for row in rows
        ]
        counts = f"{self.evaluations} evaluations ({self.unique_evaluations} unique)"
        title = f"{self.method}, {counts}, total {self.total:.6g}, gap {self.efficiency_gap:.3g}"
        return "\n".join([title, *([self.reason] if self.reason else []), *lines])


def _check_mergeable(one: Valuation, other: Valuation) -> None:
    if one.players != other.players:
        raise InputError("runs over different players cannot be merged")
    if one.method != other.method:
        raise InputError(f"runs of different methods cannot be merged: {one.method!r}, {other.method!r}")
    allowed = _TOTAL_TOLERANCE * max(abs(one.total), abs(other.total)) + 8 * (one.noise + other.noise)
    if abs(one.total - other.total) > allowed:
        raise InputError(f"runs of different games cannot be merged: totals {one.total} and {other.total}")
    same_seed = one.seed is not None and one.seed == other.seed
    if same_seed and np.array_equal(one.values, other.values):
        raise InputError(f"this is one run, of seed {one.seed}, twice: merging it would count it double")

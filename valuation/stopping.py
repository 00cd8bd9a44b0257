"""When an estimate is good enough: rules that look at the progress of a run and say stop or go on.

A rule is a pure function of a `Progress`. Rules compose: `a & b` stops when both would, `a | b` when either
would, `~a` when `a` would not. A rule has a description, so that a result can say why its run stopped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError


@dataclass(frozen=True)
class Progress:
    """Where a run stands.

    Attributes:
        evaluations: utilities asked for so far.
        elapsed: seconds since the run began.
        history: float64 (steps, n): the values after each step so far, the last row being the current ones.
        standard_errors: float64 (n,), of the current values; NaN where there is none yet.
    """

    evaluations: int
    elapsed: float
    history: npt.NDArray[np.float64]
    standard_errors: npt.NDArray[np.float64]


@dataclass(frozen=True)
class StoppingRule:
    """A condition on the progress of a run, with a description; compose with `&`, `|` and `~`.

    >>> rule = after_evaluations(100) | after_seconds(60.0)
    >>> rule(Progress(100, 0.5, np.zeros((1, 2)), np.full(2, np.nan)))
    True
    >>> print(rule)
    (evaluations >= 100 or seconds >= 60)
    """

    holds: Callable[[Progress], bool]
    description: str

    def __call__(self, progress: Progress) -> bool:
        """Say whether the run should stop now."""
        return self.holds(progress)

    def __and__(self, other: StoppingRule) -> StoppingRule:
        return StoppingRule(lambda p: self(p) and other(p), f"({self} and {other})")

    def __or__(self, other: StoppingRule) -> StoppingRule:
        return StoppingRule(lambda p: self(p) or other(p), f"({self} or {other})")

    def __invert__(self) -> StoppingRule:
        return StoppingRule(lambda p: not self(p), f"not {self}")

    def __str__(self) -> str:
        return self.description


def after_evaluations(count: int) -> StoppingRule:
    """Stop at the first step after which at least `count` utilities were asked for.

    Raises:
        InputError: the count is not positive.
    """
    _require(count >= 1, f"the number of evaluations must be at least 1, not {count}")
    return StoppingRule(lambda p: p.evaluations >= count, f"evaluations >= {count}")


def after_seconds(seconds: float) -> StoppingRule:
    """Stop once this many seconds have passed. What is measured by then depends on the machine.

    Raises:
        InputError: the time is negative or NaN.
    """
    _require(seconds >= 0, f"the seconds must not be negative, not {seconds}")
    return StoppingRule(lambda p: p.elapsed >= seconds, f"seconds >= {seconds:g}")


def standard_error_below(threshold: float, *, relative: bool = False) -> StoppingRule:
    """Stop once every standard error is at most the threshold; an unknown (NaN) one never is.

    With `relative`, the threshold is in units of the largest absolute value, so that a player worth exactly
    nothing does not keep the run going for ever.

    Raises:
        InputError: the threshold is negative or NaN.

    >>> standard_error_below(0.1)(Progress(10, 0.0, np.array([[1.0, 2.0]]), np.array([0.05, 0.1])))
    True
    """
    _require(threshold >= 0, f"the threshold must not be negative, not {threshold}")

    def holds(progress: Progress) -> bool:
        scale = float(np.abs(progress.history[-1]).max()) if relative else 1.0
        return bool((progress.standard_errors <= threshold * scale).all())

    unit = " of the largest value" if relative else ""
    return StoppingRule(holds, f"standard errors <= {threshold:g}{unit}")


def values_stable(steps: int, tolerance: float) -> StoppingRule:
    """Stop once the values have moved little over the last `steps` steps.

    The movement is |v_t - v_{t-k}| / |v_t|, Euclidean norms, for every k up to `steps`. Norms, unlike the
    mean of the players' relative changes (Ghorbani and Zou 2019, 1904.02868), do not divide by a value of
    zero.

    Raises:
        InputError: the steps are not positive, or the tolerance is negative or NaN.

    >>> values_stable(1, 0.01)(Progress(10, 0.0, np.array([[1.0, 2.0], [1.0, 2.001]]), np.zeros(2)))
    True
    """
    _require(steps >= 1, f"the steps must be at least 1, not {steps}")
    _require(tolerance >= 0, f"the tolerance must not be negative, not {tolerance}")

    def holds(progress: Progress) -> bool:
        if len(progress.history) <= steps:
            return False
        now, before = progress.history[-1], progress.history[-1 - steps : -1]
        movement = np.linalg.norm(before - now, axis=1)
        return bool((movement <= tolerance * np.linalg.norm(now)).all())

    return StoppingRule(holds, f"values moved <= {tolerance:g} over {steps} steps")


def ranks_stable(steps: int, correlation: float = 1.0) -> StoppingRule:
    """Stop once the order of the players has hardly changed over the last `steps` steps.

    The measure is Spearman's rank correlation, ties sharing their mean rank, between the current values and
    those of each of the last `steps` steps; all must reach `correlation`. At 1 the order has not changed.
    When all players tie, both now and before, the order has not changed either.

    Raises:
        InputError: the steps are not positive, or the correlation is not in [-1, 1].

    >>> ranks_stable(1)(Progress(10, 0.0, np.array([[1.0, 2.0], [1.5, 1.6]]), np.zeros(2)))
    True
    """
    _require(steps >= 1, f"the steps must be at least 1, not {steps}")
    _require(-1 <= correlation <= 1, f"the correlation must lie in [-1, 1], not {correlation}")

    def holds(progress: Progress) -> bool:
        if len(progress.history) <= steps:
            return False
        ranks = np.array([_centred_ranks(values) for values in progress.history[-1 - steps :]])
        now, before = ranks[-1], ranks[:-1]
        # Half ranks and their products are exact in floating point, so that equal orders compare as equal.
        same = (before == now).all(axis=1)
        spread = np.linalg.norm(before, axis=1) * np.linalg.norm(now)
        return bool((same | ((spread > 0) & (before @ now >= correlation * spread))).all())

    return StoppingRule(holds, f"rank correlation >= {correlation:g} over {steps} steps")


def _centred_ranks(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return ranks, (n,), less their mean; equal values share the mean of their ranks."""
    ordered = np.sort(values)
    below, upto = (
        np.searchsorted(ordered, values, side="left"),
        np.searchsorted(ordered, values, side="right"),
    )
    return (below + upto - len(values)) / 2


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise InputError(message)

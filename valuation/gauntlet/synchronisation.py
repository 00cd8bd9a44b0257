"""How many steps a peer's model is behind, from a few coordinates that nobody could know before.

A peer that trains on a stale model sends stale gradients. It has to show its model's values at coordinates
which the round's seed draws after the deadline; the published system asks for the same two of every tensor,
which are two numbers a tensor to fake.
"""

import numpy as np
import numpy.typing as npt

from valuation import seeds
from valuation.errors import InputError
from valuation.gauntlet.exponential import power
from valuation.gauntlet.rules import Synchronisation

Floats = npt.NDArray[np.float64]

_SMALLEST_STEP = 1e-9


def coordinates(seed: bytes, size: int, rule: Synchronisation) -> npt.NDArray[np.int64]:
    """Return the coordinates that a round asks for, int64 (c,) below `size`; one may be asked for twice.

    Raises:
        InputError: the seed is empty or the model has no parameters.

    >>> coordinates(bytes(32), size=650, rule=Synchronisation(coordinates=3)).tolist()
    [46, 75, 638]
    """
    if size < 1:
        raise InputError(f"a model of {size} parameters")
    drawn = seeds.uint64s(seed, "gauntlet/synchronisation", rule.coordinates)
    return np.asarray(drawn % np.uint64(size), dtype=np.int64)


def steps_behind(own: Floats, reported: Floats, step: Floats, rule: Synchronisation) -> Floats:
    """Return how many steps each peer is behind, float64 (n,); infinitely many if it did not report.

    Args:
        own: The evaluator's model at the coordinates, float64 (c,).
        reported: What each peer says its model has there, float64 (n, c); NaN for nothing.
        step: How far a usual step moves each of the coordinates, float64 (c,), not negative.
        rule: The statistic.

    Raises:
        InputError: the shapes do not fit, or the own numbers are not finite.

    >>> own, step = np.zeros(3), np.full(3, 0.1)
    >>> reported = np.array([[0.0, 0.0, 0.0], [0.2, 0.3, 9.0], [np.nan, 0.0, 0.0]])
    >>> steps_behind(own, reported, step, Synchronisation(statistic="median")).round(6).tolist()
    [0.0, 3.0, inf]
    """
    if own.ndim != 1 or step.shape != own.shape or reported.shape[1:] != own.shape or own.size == 0:
        raise InputError(f"models {own.shape}, steps {step.shape} and reports {reported.shape} do not fit")
    if not (np.isfinite(own).all() and np.isfinite(step).all() and step.min() >= 0):
        raise InputError("the evaluator's own model and steps are not finite numbers")
    told: npt.NDArray[np.bool_] = np.asarray(np.isfinite(reported).all(axis=1))
    # What was not told is replaced only to keep the arithmetic quiet.
    distance = np.abs(np.where(told[:, None], reported, 0.0) - own) / np.maximum(step, _SMALLEST_STEP)
    if rule.statistic == "median":
        behind = np.median(distance, axis=1)
    else:
        behind = np.cumsum(distance, axis=1)[:, -1] / own.size
    return np.where(told, behind, np.inf)


def synchronisation_factor(behind: Floats, rule: Synchronisation) -> Floats:
    """Return what the score is multiplied with, float64 (n,): (1 - steps / most)^power.

    >>> behind = np.array([0.0, 1.0, 2.0, 3.0, 5.0, np.inf])
    >>> synchronisation_factor(behind, Synchronisation()).round(4).tolist()
    [1.0, 0.5724, 0.2789, 0.1012, 0.0, 0.0]
    """
    return power(1.0 - np.minimum(behind, rule.most) / rule.most, rule.power)

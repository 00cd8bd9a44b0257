"""How evaluators' measurements become one: the stake-weighted median, and who was close enough to it."""

from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.fixed_point import checked
from valuation.round_data import canonical_order


def agree(utilities: npt.NDArray[np.int64], weights: Sequence[int]) -> npt.NDArray[np.int64]:
    """Return the agreed value of each entry, int64 (k,), from the measurements of e evaluators, int64 (e, k).

    It is the stake-weighted lower median: the smallest measured value v such that the evaluators who
    measured v or less hold at least half of the total weight. Less than half of the weight can therefore not
    move it beyond what the others measured.

    Args:
        utilities: One row an evaluator.
        weights: Their stakes, (e,), integers of any size.

    Raises:
        InputError: a shape does not fit, a weight is negative, or there is no weight at all.
        FixedPointError: an entry is no fixed-point number.

    >>> agree(np.array([[10, 7], [20, 7], [90, 8]]), weights=[1, 1, 1]).tolist()
    [20, 7]
    >>> agree(np.array([[10, 7], [20, 7], [90, 8]]), weights=[2, 1, 1]).tolist()
    [10, 7]
    """
    values = checked(utilities)
    if values.ndim != 2 or len(weights) != len(values):
        raise InputError(f"measurements of shape {values.shape} with {len(weights)} weights")
    total = sum(weights)
    if total <= 0 or min(weights) < 0:
        raise InputError(f"weights are not negative, and some are positive: {list(weights)}")
    # Stakes in wei do not fit an int64; Python's integers do not care.
    stakes = np.array([int(weight) for weight in weights], dtype=object)
    order = np.argsort(values, axis=0, kind="stable")
    at_most = np.cumsum(stakes[order], axis=0)
    median = np.asarray(at_most >= (total + 1) // 2, dtype=np.bool_).argmax(axis=0)
    chosen = order[median, np.arange(values.shape[1])]
    return np.asarray(values[chosen, np.arange(values.shape[1])])


def agreed_players(accepted: Sequence[Collection[str]], weights: Sequence[int]) -> list[str]:
    """Return who more than half of the weight accepted, in ascending order of address.

    Args:
        accepted: The players that each of e evaluators accepted.
        weights: Their stakes, (e,).

    >>> agreed_players([{"0xa0", "0xb0"}, {"0xb0"}], weights=[1, 1])
    ['0xb0']
    """
    total, votes = sum(weights), dict[str, int]()
    for players, weight in zip(accepted, weights, strict=True):
        for player in players:
            votes[player] = votes.get(player, 0) + weight
    return canonical_order([player for player, weight in votes.items() if 2 * weight > total])


def within_tolerance(
    utilities: npt.NDArray[np.int64], agreed: npt.NDArray[np.int64], tolerance: int
) -> npt.NDArray[np.bool_]:
    """Return which evaluators, bool (e,), are within `tolerance` nano-nats of every agreed value.

    Raises:
        InputError: the shapes, (e, k) and (k,), do not fit.
        FixedPointError: an entry is no fixed-point number.

    >>> within_tolerance(np.array([[10, 7], [20, 7]]), np.array([11, 7]), tolerance=1).tolist()
    [True, False]
    """
    values, centre = checked(utilities), checked(agreed)
    if values.ndim != 2 or values.shape[1:] != centre.shape:
        raise InputError(f"measurements of shape {values.shape}, agreed ones of shape {centre.shape}")
    return np.asarray((np.abs(values - centre) <= tolerance).all(axis=1))

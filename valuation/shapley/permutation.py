"""Marginal contributions in random orders, each order followed by its reverse: unbiased, with exact errors.

The baseline of every audit: the value is the mean of independent samples, so that its standard error is that
of a mean and rests on no model. An order and its reverse (Mitchell et al. 2022, 2104.12199, section 4.1)
share no coalition, but together they hold each measured coalition and its complement, which cancels what the
value does not depend on. O(1) work a coalition and player.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from valuation.coalitions import Coalitions
from valuation.draws import random_orders
from valuation.game import Utilities
from valuation.shapley.run import Estimate, Run

_ROWS = 8192
"""Coalitions measured in one step, roughly; fixed, so that it never changes a result."""

_Orders = npt.NDArray[np.intp]
_Matrix = npt.NDArray[np.float64]


def minimum(n: int) -> int:
    """Return the least budget: nobody, everybody, one order and its reverse."""
    return 2 * n


def estimate_by_permutations(run: Run) -> Estimate:
    """Estimate Shapley values by antithetic permutations, as many as the budget pays for."""
    generator = run.generator("permutation")
    samples: list[_Matrix] = []
    while True:
        orders = random_orders(generator, max(1, _ROWS // (2 * run.n - 2)), run.n)
        orders = orders[: run.remaining // (2 * run.n - 2)]
        if not len(orders):
            break
        utilities = run.measure(prefixes(orders))
        samples.append(marginals(orders, utilities, run.nobody, run.everybody))
        if run.enough(lambda: conclude(np.concatenate(samples), run.total)):
            break
    return conclude(np.concatenate(samples), run.total)


def prefixes(orders: _Orders) -> Coalitions:
    """Return the coalitions, bool (2 (n - 1) count, n), of all orders, each followed by its reverse.

    Prefixes of 1 to n - 1 players, in order.

    >>> prefixes(np.array([[1, 0, 2]])).astype(int)
    array([[0, 1, 0],
           [1, 1, 0],
           [0, 0, 1],
           [1, 0, 1]])
    """
    count, n = orders.shape
    positions = np.empty((count, n), dtype=np.int32)
    np.put_along_axis(positions, orders, np.arange(n, dtype=np.int32)[None, :], axis=1)
    coalitions = np.empty((count, 2, n - 1, n), dtype=np.bool_)
    sizes = np.arange(1, n, dtype=np.int32)
    np.less(positions[:, None, :], sizes[None, :, None], out=coalitions[:, 0])
    np.logical_not(coalitions[:, 0, ::-1], out=coalitions[:, 1])
    return coalitions.reshape(-1, n)


def marginals(orders: _Orders, utilities: Utilities, nobody: float, everybody: float) -> _Matrix:
    """Return each player's mean marginal contribution in each order and its reverse, float64 (count, n)."""
    count, n = orders.shape
    steps = np.empty((count, 2, n + 1))
    steps[:, :, 0], steps[:, :, n] = nobody, everybody
    steps[:, :, 1:n] = utilities.reshape(count, 2, n - 1)
    gains = np.diff(steps, axis=2)
    by_player = np.empty((count, n))
    np.put_along_axis(by_player, orders, (gains[:, 0] + gains[:, 1, ::-1]) / 2, axis=1)
    return by_player


def conclude(samples: _Matrix, total: float) -> Estimate:
    """Return the means and their standard errors of independent samples of all values, float64 (count, n).

    Each sample is first made to add up to the total, by the same amount for every player, so that the errors
    are those of values that do.
    """
    count, n = samples.shape
    gaps = total - samples.sum(axis=1)
    samples = samples + gaps[:, None] / n
    errors = samples.std(axis=0, ddof=1) / np.sqrt(count) if count > 1 else np.full(n, np.nan)
    return Estimate(samples.mean(axis=0), errors, float(gaps.mean()))


def permutation_weights(orders: _Orders) -> _Matrix:
    """Return the weights, float64 (n, 2 + m), by which the estimate sums utilities.

    The columns are nobody, everybody, and the rows of `prefixes(orders)`.
    """
    count, n = orders.shape
    share = 1 / (2 * count)
    weights = np.zeros((n, 2 + 2 * count * (n - 1)))
    for number, order in enumerate(np.stack([orders, orders[:, ::-1]], axis=1).reshape(-1, n)):
        columns = np.concatenate([[0], 2 + number * (n - 1) + np.arange(n - 1), [1]])
        weights[order, columns[1:]] += share
        weights[order, columns[:-1]] -= share
    return weights


def efficient(weights: _Matrix) -> _Matrix:
    """Shift weights, float64 (n, m), equally for all players, so that the values add up to the total.

    The first two columns are nobody and everybody.
    """
    n, m = weights.shape
    wanted = np.zeros(m)
    wanted[:2] = -1.0, 1.0
    shifted: _Matrix = weights + (wanted - weights.sum(axis=0)) / n
    return shifted

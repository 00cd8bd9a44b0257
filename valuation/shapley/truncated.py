"""Truncated permutations: stop walking an order once the rest can add next to nothing.

"TMC Shapley" of Ghorbani and Zou (2019, 1904.02868, algorithm 1). Once the utility of a prefix is within a
tolerance of everybody's, the players who have not arrived yet are credited with nothing. That saves
evaluations where utilities saturate, and biases the values by at most the tolerance. The standard errors
include that.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from valuation.draws import random_orders
from valuation.shapley.permutation import conclude
from valuation.shapley.run import Estimate, Run

_WAVE = 16
"""Orders, each with its reverse, that are walked side by side so that the game is asked in batches."""

_Matrix = npt.NDArray[np.float64]


def estimate_by_truncated_permutations(run: Run) -> Estimate:
    """Estimate Shapley values by antithetic permutations that end early."""
    generator = run.generator("truncated")
    tolerance = run.options.truncation * abs(run.total)
    most = 2 * (run.n - 1)
    waiting = random_orders(generator, _WAVE, run.n)
    samples: list[_Matrix] = []
    while run.remaining >= most:
        if not len(waiting):
            waiting = random_orders(generator, _WAVE, run.n)
        count = min(len(waiting), run.remaining // most)
        samples.append(_walk(run, waiting[:count], tolerance))
        waiting = waiting[count:]
        # Where nobody is as good as everybody no order is begun, and there is nothing to wait for.
        if run.total == 0 or run.enough(lambda: conclude(np.concatenate(samples), run.total)):
            break
    estimate = conclude(np.concatenate(samples), run.total)
    bias = f"players after the utility came within {tolerance:.3g} of everybody's share what was left equally"
    # Its direction is not known, so that it is stated as if it were one more error of its full size.
    errors = np.hypot(estimate.standard_errors, tolerance)
    return replace(estimate, standard_errors=errors, assumptions=(bias,))


def _walk(run: Run, orders: npt.NDArray[np.intp], tolerance: float) -> _Matrix:
    """Return each player's mean marginal contribution in each order and its reverse, float64 (count, n)."""
    count, n = orders.shape
    walks = np.stack([orders, orders[:, ::-1]], axis=1).reshape(2 * count, n)
    coalitions = np.zeros((2 * count, n), dtype=np.bool_)
    reached = np.full(2 * count, run.nobody)
    gains = np.zeros((2 * count, n))
    going = np.arange(2 * count)
    for position in range(n):
        going = going[np.abs(run.everybody - reached[going]) > tolerance]
        if not len(going):
            break
        players = walks[going, position]
        coalitions[going, players] = True
        last = position == n - 1
        utilities = np.full(len(going), run.everybody) if last else run.measure(coalitions[going])
        gains[going, players] = utilities - reached[going]
        reached[going] = utilities
    means: _Matrix = gains.reshape(count, 2, n).mean(axis=1)
    return means

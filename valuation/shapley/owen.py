"""Owen sampling: the value as an integral over the probability with which the others are present.

The Shapley value is the integral over q in [0, 1] of the expected marginal contribution to a coalition that
every other player joins with probability q (Owen 1972; Okhrati and Lipani 2021, 2010.12082). One coalition
and its n neighbours, each with one player toggled, give a marginal contribution of every player for n + 1
utilities. Each is taken with its complement (q becomes 1 - q, the halved integral), and the q of successive
samples are a golden-ratio sequence from a random start, which fills [0, 1] evenly at every length.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from valuation.coalitions import Coalitions
from valuation.game import Utilities
from valuation.shapley.permutation import conclude, efficient
from valuation.shapley.run import Estimate, Run

_ROWS = 8192
_GOLDEN = (math.sqrt(5) - 1) / 2
_Matrix = npt.NDArray[np.float64]


def minimum(n: int) -> int:
    """Return the least budget: nobody, everybody, and one coalition with its neighbours and complements."""
    return 2 * (n + 1) + 2


def estimate_by_owen_sampling(run: Run) -> Estimate:
    """Estimate Shapley values by halved Owen sampling."""
    generator = run.generator("owen")
    start, drawn = generator.random(), 0
    cost = 2 * (run.n + 1)
    samples: list[_Matrix] = []
    while True:
        centres = draw_centres(generator, run.n, start, drawn, max(1, _ROWS // cost))
        drawn += len(centres)
        centres = centres[: run.remaining // cost]
        if not len(centres):
            break
        utilities = run.measure(neighbourhoods(centres))
        samples.append(marginals(centres, utilities))
        if run.enough(lambda: conclude(np.concatenate(samples), run.total)):
            break
    return conclude(np.concatenate(samples), run.total)


def draw_centres(generator: np.random.Generator, n: int, start: float, first: int, count: int) -> Coalitions:
    """Return the coalitions, bool (count, n), of samples first to first + count - 1 of a sequence."""
    chances = (start + _GOLDEN * np.arange(first, first + count)) % 1.0
    return generator.random((count, n)) < chances[:, None]


def neighbourhoods(centres: Coalitions) -> Coalitions:
    """Return each coalition, those with one player toggled, and the complements: bool (2 (n + 1) count, n).

    >>> neighbourhoods(np.array([[True, False]])).astype(int)
    array([[1, 0],
           [0, 0],
           [1, 1],
           [0, 1],
           [1, 1],
           [0, 0]])
    """
    n = centres.shape[1]
    toggles = np.concatenate([np.zeros((1, n), dtype=np.bool_), np.eye(n, dtype=np.bool_)])
    around = centres[:, None, :] ^ toggles
    return np.stack([around, ~around], axis=1).reshape(-1, n)


def marginals(centres: Coalitions, utilities: Utilities) -> _Matrix:
    """Return each player's mean marginal contribution to each coalition and its complement, (count, n)."""
    count, n = centres.shape
    around = utilities.reshape(count, 2, n + 1)
    change = around[:, :, 1:] - around[:, :, :1]
    leaves = np.where(centres, -1.0, 1.0)
    return (leaves * (change[:, 0] - change[:, 1])) / 2


def owen_weights(centres: Coalitions) -> _Matrix:
    """Return the weights, float64 (n, 2 + m), by which the estimate sums utilities.

    The columns are nobody, everybody, and the rows of `neighbourhoods(centres)`.
    """
    count, n = centres.shape
    signs = np.where(centres, -1.0, 1.0) / (2 * count)
    weights = np.zeros((n, count, 2, n + 1))
    weights[:, :, 0, 0], weights[:, :, 1, 0] = -signs.T, signs.T
    players = np.arange(n)
    weights[players, :, 0, players + 1] = signs.T
    weights[players, :, 1, players + 1] = -signs.T
    return efficient(np.concatenate([np.zeros((n, 2)), weights.reshape(n, -1)], axis=1))

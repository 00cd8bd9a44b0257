"""Owen sampling: the value as an integral over the probability with which the others are present.

The Shapley value is the integral over q in [0, 1] of the expected marginal contribution to a coalition that
every other player joins with probability q (Owen 1972; Okhrati and Lipani 2021, 2010.12082). One coalition
and its n neighbours, each with one player toggled, give a marginal contribution of every player for n + 1
utilities. Each is taken with its complement (q becomes 1 - q, the halved integral), and the q of successive
samples are a golden-ratio sequence from a random start, which fills [0, 1] evenly at every length.

What a player adds to nobody, and what everybody loses without it, are measured once for all: with 2 n
utilities, as many as one sample takes, they stand exact instead of being hit by one sample in n / 2. Where
the first to come brings most, as in a round of updates, that halves the errors, and the standard errors, no
longer made by a few samples, can be trusted.
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
    """Return the least budget: nobody, everybody, each alone, all others, and one sample."""
    return 2 + 2 * n + 2 * (n + 1)


def sample_count(n: int, budget: int) -> int:
    """Return how many samples a budget pays for.

    >>> sample_count(4, 40)
    3
    """
    return (budget - 2 - 2 * n) // (2 * (n + 1))


def estimate_by_owen_sampling(run: Run) -> Estimate:
    """Estimate Shapley values by halved Owen sampling."""
    generator = run.generator("owen")
    start, drawn = generator.random(), 0
    cost = 2 * (run.n + 1)
    alone, others = run.measure(alone_and_others(run.n)).reshape(2, run.n)
    ends = (alone - run.nobody + run.everybody - others) / 2
    drawn_centres: list[Coalitions] = []
    added: list[_Matrix] = []

    def result() -> Estimate:
        return conclude(samples(np.concatenate(drawn_centres), np.concatenate(added), ends), run.total)

    while True:
        centres = draw_centres(generator, run.n, start, drawn, max(1, _ROWS // cost))
        drawn += len(centres)
        centres = centres[: run.remaining // cost]
        if not len(centres):
            break
        drawn_centres.append(centres)
        added.append(marginals(centres, run.measure(neighbourhoods(centres))))
        if run.enough(result):
            break
    return result()


def samples(centres: Coalitions, added: _Matrix, ends: _Matrix) -> _Matrix:
    """Return samples, float64 (count, n), whose means are the values, from marginal contributions (count, n).

    The mean over the samples between the ends has the weight 1 - 2 / n of the sizes there, the known ends,
    float64 (n,), the rest.
    """
    inner, share = _between(centres)
    means = (added * inner).sum(axis=0) / np.maximum(inner.sum(axis=0), 1)
    values = share * means + (1 - share) * ends
    spread = share / np.maximum(inner.mean(axis=0), 1 / len(inner))
    return np.asarray(values + spread * np.where(inner, added - means, 0.0))


def _between(centres: Coalitions) -> tuple[Coalitions, npt.NDArray[np.float64]]:
    """Return which samples are between the ends, bool (count, n), and their share of the value, (n,)."""
    n = centres.shape[1]
    rest = centres.sum(axis=1)[:, None] - centres
    inner = np.asarray((rest > 0) & (rest < n - 1))
    return inner, np.where(inner.any(axis=0), 1 - 2 / n, 0.0)


def draw_centres(generator: np.random.Generator, n: int, start: float, first: int, count: int) -> Coalitions:
    """Return the coalitions, bool (count, n), of samples first to first + count - 1 of a sequence."""
    chances = (start + _GOLDEN * np.arange(first, first + count)) % 1.0
    return generator.random((count, n)) < chances[:, None]


def alone_and_others(n: int) -> Coalitions:
    """Return each player alone, then everybody without each player, bool (2 n, n).

    >>> alone_and_others(2).astype(int).tolist()
    [[1, 0], [0, 1], [0, 1], [1, 0]]
    """
    alone = np.eye(n, dtype=np.bool_)
    return np.concatenate([alone, ~alone])


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

    The columns are nobody, everybody, the rows of `alone_and_others(n)` and of `neighbourhoods(centres)`.
    """
    count, n = centres.shape
    inner, share = _between(centres)
    signs = np.where(centres, -share, share) / 2 * inner / np.maximum(inner.sum(axis=0), 1)
    weights = np.zeros((n, count, 2, n + 1))
    weights[:, :, 0, 0], weights[:, :, 1, 0] = -signs.T, signs.T
    players = np.arange(n)
    weights[players, :, 0, players + 1] = signs.T
    weights[players, :, 1, players + 1] = -signs.T
    half = (1 - share[:, None]) / 2
    ends = half * np.concatenate([[[-1.0, 1.0]] * n, np.eye(n), -np.eye(n)], axis=1)
    return efficient(np.concatenate([ends, weights.reshape(n, -1)], axis=1))

"""The Shapley value as a weighted least-squares fit, on pairs of coalitions drawn without replacement.

The additive game closest to a game, coalitions of size s weighing 1 / (s (n - s) C(n, s)) each and
everybody's utility matched exactly, has the Shapley values as its coefficients (Charnes et al. 1988;
KernelSHAP, Lundberg and Lee 2017, 1705.07874). A sample of pairs, each weighed by its inverse chance of being
drawn, estimates them. With complements in the sample the even part of the game drops out of the fit, so that
only the odd part g is fitted (Covert and Lee 2021, 2012.01536, section 4.2), and what is drawn without
replacement is exact once all pairs are.

Two laws say which sizes are drawn how often: "kernel" as they weigh, "leverage" all equally (LeverageSHAP,
Musco and Witter 2024, 2410.01917). O(n^2) work a pair.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import LinAlgError, cho_solve, cholesky

from valuation.coalitions import Coalitions
from valuation.shapley.pairs import PairStream, SizeLaw, kernel_law, leverage_law, pair_counts
from valuation.shapley.run import Estimate, Run

_STEP = 4096
_SINGULAR = 1e-10
_Vector = npt.NDArray[np.float64]
_Matrix = npt.NDArray[np.float64]


def minimum(n: int) -> int:
    """Return the least budget: nobody, everybody, and a pair for each player but one."""
    return 2 + 2 * (n - 1)


def estimate_by_kernel_regression(run: Run) -> Estimate:
    """Estimate Shapley values by the regression, sizes drawn as they weigh in it."""
    return _estimate(run, kernel_law)


def estimate_by_leverage_regression(run: Run) -> Estimate:
    """Estimate Shapley values by the regression, all sizes drawn equally often."""
    return _estimate(run, leverage_law)


def _estimate(run: Run, law: SizeLaw) -> Estimate:
    stream = PairStream(run.n, law, lambda number: run.generator("pairs", number))
    drawn: list[Coalitions] = []
    differences: list[_Vector] = []

    def conclude() -> Estimate:
        pairs = np.concatenate(drawn)
        odd = np.concatenate(differences)
        fit = fit_pairs(pairs)
        additive = run.total * everybody_share(pairs)
        values, errors = fit.solve(odd - additive)
        return Estimate(run.total / run.n + values, errors)

    while run.remaining >= 2:
        pairs = stream.take(min(_STEP, run.remaining // 2))
        if not len(pairs):
            break
        drawn.append(pairs)
        differences.append(measure_pairs(run, pairs))
        if run.enough(conclude):
            break
    return conclude()


def measure_pairs(run: Run, pairs: Coalitions) -> _Vector:
    """Return half the difference of the utilities of pairs, bool (p, n), and their complements: (p,)."""
    utilities = run.measure(np.stack([pairs, ~pairs], axis=1).reshape(-1, run.n))
    return (utilities[0::2] - utilities[1::2]) / 2


def everybody_share(pairs: Coalitions) -> _Vector:
    """Return g, float64 (p,), at pairs, bool (p, n), of the additive game of 1 / n for every player.

    >>> everybody_share(np.array([[True, False, False, False]])).tolist()
    [-0.25]
    """
    n = pairs.shape[1]
    share: _Vector = pairs.sum(axis=1) / n - 0.5
    return share


@dataclass(frozen=True)
class PairFit:
    """The weighted regression of a sample of pairs on the players, for values that add up to zero.

    Attributes:
        players: float64 (p, n): in each pair, half a unit for and against each player, less their mean.
        weights: float64 (p,): each pair's weight in the regression.
        sizes: int (p,): the sizes of the pairs.
        available: float64 (n // 2,): how many pairs of the sizes 1 to n // 2 these were drawn from.
        inverse: float64 (n, n): the pseudo-inverse of the weighted moments of all pairs.
    """

    players: _Matrix
    weights: _Vector
    sizes: npt.NDArray[np.intp]
    available: _Vector
    inverse: _Matrix

    def operator(self) -> _Matrix:
        """Return the matrix, float64 (n, p), that maps g at the pairs to the values."""
        operator: _Matrix = self.inverse @ (self.players * self.weights[:, None]).T
        return operator

    def solve(self, odd: _Vector) -> tuple[_Vector, _Vector]:
        """Return the values, which add up to zero, and standard errors, (n,) each, of g at the pairs, (p,).

        The errors are those of a sample drawn without replacement, size by size, of the values' linear
        approximation, with the degrees of freedom of the regression; NaN when it has none left.
        """
        p, n = self.players.shape
        values = self.inverse @ (self.players.T @ (self.weights * odd))
        if p < n:
            return values, np.full(n, np.nan)
        residuals = odd - self.players @ values
        order = np.argsort(self.sizes, kind="stable")
        sizes, first, counts = np.unique(self.sizes[order], return_index=True, return_counts=True)
        missing = 1 - counts / np.maximum(self.available[sizes - 1], 1.0)
        # A size's part of the variance is its count times the sample's, of which one pair has none.
        spread = np.repeat(np.sqrt(np.maximum(missing, 0.0) * counts / np.maximum(counts - 1, 1)), counts)
        scores = self.players[order] * ((self.weights * residuals)[order] * spread)[:, None]
        means = np.add.reduceat(scores, first)[counts > 1] / np.sqrt(counts[counts > 1])[:, None]
        moments = scores.T @ scores - means.T @ means
        variance = np.maximum((self.inverse @ moments * self.inverse).sum(axis=1), 0.0)
        return values, np.sqrt(variance * p / (p - n + 1))


def fit_pairs(pairs: Coalitions, known: Coalitions | None = None) -> PairFit:
    """Prepare the regression on pairs, bool (p, n), drawn uniformly within each size.

    They stand for all pairs but the known, bool (k, n), which are different, and at which g is zero.
    """
    n = pairs.shape[1]
    known = np.empty((0, n), dtype=np.bool_) if known is None else known
    each = kernel_law(n) / np.array([float(count) for count in pair_counts(n)])
    sizes, known_sizes = pairs.sum(axis=1), known.sum(axis=1)
    drawn, excluded = (np.bincount(of, minlength=n // 2 + 1)[1:] for of in (sizes, known_sizes))
    available: _Vector = np.array([float(count) for count in pair_counts(n)]) - excluded
    weights = (each * available / np.maximum(drawn, 1))[sizes - 1]
    players, known_players = _players(pairs, sizes), _players(known, known_sizes)
    moments = _moments(players, weights) + _moments(known_players, each[known_sizes - 1])
    return PairFit(players, weights, sizes, available, _inverse(moments))


def _players(pairs: Coalitions, sizes: npt.NDArray[np.intp]) -> _Matrix:
    players: _Matrix = pairs - (sizes / pairs.shape[1])[:, None]
    return players


def _moments(players: _Matrix, weights: _Vector) -> _Matrix:
    # A product of a matrix with itself costs half of one of two.
    scaled = players * np.sqrt(weights)[:, None]
    moments: _Matrix = scaled.T @ scaled
    return moments


def _inverse(moments: _Matrix) -> _Matrix:
    """Return the pseudo-inverse of moments, float64 (n, n), in which every row adds up to zero."""
    n = len(moments)
    # Values that add up to zero have one dimension less than players; filled up, there is an inverse.
    filling = float(np.trace(moments)) / n
    try:
        factor = cholesky(moments + filling / n, lower=True)
        pivots = np.diag(factor)
        if pivots.min() ** 2 > _SINGULAR * pivots.max() ** 2:
            whole: _Matrix = cho_solve((factor, True), np.eye(n)) - 1 / (filling * n)
            return whole
    except LinAlgError:
        pass
    return np.asarray(np.linalg.pinv(moments, rcond=_SINGULAR, hermitian=True), dtype=np.float64)

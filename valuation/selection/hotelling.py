"""When contributions have settled: Hotelling's test of the latest rounds against those before.

"Fair yet asymptotically equal collaborative learning" (Lin et al., ICML 2023) explores, with everybody taking
part, until the contributions of the last rounds no longer differ from the mean of the earlier ones, and then
selects by them.

    T^2 = m (mean - mu)' S^-1 (mean - mu),    F = (m - p) T^2 / (p (m - 1)) ~ F(p, m - p)

for m samples of p numbers each (Hotelling, Annals of Mathematical Statistics 2, 1931).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import fdtrc

from valuation.errors import InputError


class Hotelling(NamedTuple):
    """A one-sample test: the statistic T^2, its F value, and the probability of as large a one by chance."""

    statistic: float
    f_value: float
    p_value: float


def hotelling_test(samples: npt.NDArray[np.float64], mean: npt.NDArray[np.float64]) -> Hotelling:
    """Test whether samples, float64 (m, p), have a given mean, float64 (p,).

    Raises:
        InputError: the shapes do not fit, a number is not finite, there are not more samples than numbers in
            each, or the samples lie in a plane, such as shares that always add up to one.

    >>> hotelling_test(np.random.default_rng(0).normal(size=(20, 3)), np.zeros(3)).p_value.__round__(6)
    0.741337
    """
    if samples.ndim != 2 or mean.shape != samples.shape[1:]:
        raise InputError(f"samples of shape {samples.shape} with a mean of shape {mean.shape}")
    m, p = samples.shape
    if p < 1 or m <= p:
        raise InputError(f"{m} samples of {p} numbers are too few; there must be more samples than numbers")
    if not (np.isfinite(samples).all() and np.isfinite(mean).all()):
        raise InputError("samples and mean must be finite")
    centre = samples.mean(axis=0)
    covariance = (samples - centre).T @ (samples - centre) / (m - 1)
    if np.linalg.matrix_rank(covariance, hermitian=True) < p:
        raise InputError("the samples lie in a plane, where their spread has no inverse; leave a number out")
    off = centre - mean
    statistic = float(m * off @ np.linalg.solve(covariance, off))
    f_value = (m - p) * statistic / (p * (m - 1))
    return Hotelling(statistic, f_value, float(fdtrc(p, m - p, f_value)))


def has_settled(
    history: npt.NDArray[np.float64], *, window: int, level: float, rng: np.random.Generator
) -> bool:
    """Say whether the contributions of the last rounds look like a draw from around the mean of those before.

    The test sees at most window - 1 of the players, and never all of them, because contributions that add up
    to a constant have no spread in one direction. Those that it sees are drawn.

    Args:
        history: the rounds' contributions, float64 (T, n).
        window: tau, the number of last rounds that are tested, at least 3.
        level: alpha: they have settled if the probability is above it. The paper uses 0.7 to 0.95.
        rng: draws the players.

    Raises:
        InputError: the window is below 3, the level not in (0, 1), there is only one player, or the tested
            contributions lie in a plane.

    >>> history = np.random.default_rng(0).normal(size=(40, 3))
    >>> has_settled(history, window=15, level=0.05, rng=np.random.default_rng(1))
    True
    """
    if window < 3 or not 0 < level < 1 or history.ndim != 2 or history.shape[1] < 2:
        raise InputError(f"a history of shape {history.shape}, a window of {window} and a level of {level}")
    earlier = len(history) - window
    if earlier < 1:
        return False
    n = history.shape[1]
    seen = np.argsort(rng.random(n))[: min(n - 1, window - 2)]
    return hotelling_test(history[earlier:, seen], history[:earlier, seen].mean(axis=0)).p_value > level

"""Bristle: whom to learn from, and how much, class by class, when data are not alike.

J. Verbraeken, M. de Vos, J. Pouwelse, "Bristle: decentralized federated learning in Byzantine, non-i.i.d.
environments", 2021. Only the output layer is exchanged. A prioritiser picks near, middling and far models, so
that new classes can come in; an integrator believes a peer class by class, as far as it proves itself on
one's own data.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from valuation.errors import InputError
from valuation.integrity.geometry import Floats

FEWEST_TO_CHOOSE_FROM = 10
_LOWEST_SCORE = -100.0


def band_counts(n: int, alpha: float) -> tuple[int, int, int]:
    """Return how many near, middling and far models to take out of n: binomial shares, rounded.

    Raises:
        InputError: alpha is not in [0, 1] or n negative.

    >>> band_counts(10, alpha=0.4)
    (4, 5, 2)
    """
    if n < 0 or not 0 <= alpha <= 1:
        raise InputError(f"n >= 0 and alpha in [0, 1] are needed, not {n} and {alpha}")
    return round((1 - alpha) ** 2 * n), round(2 * alpha * (1 - alpha) * n), round(alpha**2 * n)


def prioritise(
    distances: Floats, chosen: int, rng: np.random.Generator, alpha: float = 0.4
) -> npt.NDArray[np.int64]:
    """Return which models to integrate: random ones out of the nearest, the middle and the farthest third.

    Args:
        distances: Distance of each received model from one's own, float64 (n,).
        chosen: About how many to choose; the three roundings may add one.
        rng: The source of randomness.
        alpha: How much to explore: 0 takes near models only, 1 far ones only.

    Returns:
        int64, ascending; all models when fewer than ten were received.

    Raises:
        InputError: a distance is negative or not finite, or an argument is out of range.

    >>> prioritise(np.array([3.0, 1.0, 2.0]), chosen=2, rng=np.random.default_rng(0)).tolist()
    [0, 1, 2]
    """
    if distances.ndim != 1 or not (np.isfinite(distances).all() and (distances >= 0).all()):
        raise InputError("distances are a vector of finite numbers, none of them negative")
    counts = band_counts(chosen, alpha)
    if distances.size < FEWEST_TO_CHOOSE_FROM:
        return np.arange(distances.size)
    bands = np.array_split(np.argsort(distances, kind="stable"), 3)
    taken = [rng.permutation(band)[:count] for band, count in zip(bands, counts, strict=True)]
    return np.sort(np.concatenate(taken)).astype(np.int64)


@dataclass(frozen=True)
class Trust:
    """How much each of p peers counts against one's own 1, for each familiar class and for all others.

    Args:
        familiar: float64 (p, familiar classes).
        foreign: float64 (p,).
    """

    familiar: Floats
    foreign: Floats


def trust(own: Floats, peers: Floats) -> Trust:
    """Return how much to believe peers whose models were tried on one's own test data.

    A peer that is better in a class counts for more the better it is, one that is worse soon for nothing.
    All is multiplied by the peer's certainty, the mean less the standard deviation of its F1 scores.

    Args:
        own: One's own F1 score in each familiar class, float64 (c,) in [0, 1].
        peers: Each peer's F1 score in each of them, float64 (p, c) in [0, 1].

    Raises:
        InputError: the shapes do not fit or a score is not in [0, 1].

    >>> trust(np.array([0.5, 0.5]), np.array([[0.9, 0.9], [0.1, 0.1]])).familiar.round(3).tolist()
    [[3.442, 3.442], [0.0, 0.0]]
    """
    if own.ndim != 1 or own.size == 0 or peers.ndim != 2 or peers.shape[1] != own.size:
        raise InputError(f"own scores {own.shape} and peers' {peers.shape} need one column a familiar class")
    if not all(((scores >= 0) & (scores <= 1)).all() for scores in (own, peers)):
        raise InputError("F1 scores are between 0 and 1")
    certainty = np.maximum(peers.mean(axis=1) - peers.std(axis=1), 0.0)
    scores = _scores(own, peers)
    familiar = _weights(np.maximum(scores, _LOWEST_SCORE)) * certainty[:, None]
    return Trust(familiar, _weights(scores.sum(axis=1)) * certainty)


def integrate(own: Floats, peers: Floats, familiar: npt.NDArray[np.int64], believed: Trust) -> Floats:
    """Return the output layer after the peers' were mixed in, float64 (features, classes).

    Args:
        own: One's own output layer, float64 (features, classes).
        peers: The peers' output layers, float64 (p, features, classes).
        familiar: The classes that one has data of, int64, in the order of `believed.familiar`.
        believed: What `trust` returned.

    Raises:
        InputError: the shapes do not fit, or a familiar class does not exist.

    >>> believed = Trust(familiar=np.array([[1.0]]), foreign=np.array([3.0]))
    >>> integrate(np.array([[0.0, 0.0]]), np.array([[[2.0, 4.0]]]), np.array([0]), believed).tolist()
    [[1.0, 3.0]]
    """
    p, c = believed.familiar.shape
    if peers.shape != (p, *own.shape) or own.ndim != 2 or familiar.shape != (c,):
        raise InputError(f"own layer {own.shape}, peers' {peers.shape} and trust {(p, c)} do not fit")
    if c and not 0 <= familiar.min() <= familiar.max() < own.shape[1]:
        raise InputError(f"a familiar class is not among the {own.shape[1]} classes")
    weights = np.repeat(believed.foreign[:, None], own.shape[1], axis=1)
    weights[:, familiar] = believed.familiar
    return np.asarray((own + np.einsum("pc,pfc->fc", weights, peers)) / (1.0 + weights.sum(axis=0)))


def _scores(own: Floats, peers: Floats) -> Floats:
    gap = 10.0 * np.abs(peers - own)
    return np.where(peers >= own, gap ** (3.0 + own), -(gap ** (4.0 + own)))


def _weights(scores: Floats) -> Floats:
    return np.maximum(10.0 * expit(scores / 100.0) - 4.0, 0.0)

"""Ratings of peers from the order in which rounds rank them: Plackett-Luce, after Weng and Lin.

Loss scores of different rounds are measured on different data and do not compare; orders do. A rating turns
many rounds' orders into one skill with its uncertainty. A round costs one sort and three cumulative sums,
where the usual implementations compare every pair of peers.

R. C. Weng and C.-J. Lin, "A Bayesian approximation method for online ranking", JMLR 12 (2011), algorithm 4,
with one player in a team. Every machine computes the same bits: each step is a single rounded operation, and
sums run from first to last.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.gauntlet.exponential import exp

Floats: TypeAlias = npt.NDArray[np.float64]
Places: TypeAlias = npt.NDArray[np.intp]

TIES = ("average", "textbook")

START_SKILL = 25.0
START_DEVIATION = 25.0 / 3.0

MAX_SPREAD = 300.0
"""How far ratings may lie apart, in units of c, so that no exponential or its square overflows."""


@dataclass(frozen=True)
class RatingRule:
    """The constants of the rating.

    Args:
        beta: Standard deviation of one round's performance around the skill (beta).
        drift: Standard deviation by which a skill may have moved since the last round (tau).
        floor: Smallest factor by which one round may shrink a variance (kappa).
        ties: What equal scores mean. "textbook" is Weng and Lin's rule, in which the tied share one place but
            may gain less than a peer behind them. "average" is the mean over the orders in which the tie
            could be broken, exact for equal ratings (B. Efron, "The efficiency of Cox's likelihood function
            for censored data", JASA 72, 1977), under which nobody gains by being placed lower.

    Raises:
        InputError: a constant is out of range, or the rule for ties unknown.

    >>> RatingRule().beta
    7.0
    """

    beta: float = 7.0
    drift: float = 0.1
    floor: float = 1e-4
    ties: str = "average"

    def __post_init__(self) -> None:
        if not (0 < self.beta < np.inf and 0 <= self.drift < np.inf and 0 < self.floor <= 1):
            raise InputError(f"beta > 0, drift >= 0 and floor in (0, 1] are needed, not {self}")
        if self.ties not in TIES:
            raise InputError(f"ties are {' or '.join(TIES)}, not {self.ties!r}")


def rate(skill: Floats, deviation: Floats, scores: Floats, rule: RatingRule) -> tuple[Floats, Floats]:
    """Return the ratings after one round in which `n` peers got scores, higher being better.

    Skill is neither made nor lost: the changes, each divided by its peer's variance, sum to zero. O(n log n).

    Args:
        skill: The peers' skills, float64 (n,) (mu).
        deviation: Their standard deviations, float64 (n,) (sigma).
        scores: This round's scores, float64 (n,); equal scores are ties.
        rule: The constants.

    Returns:
        The new skills and standard deviations, each float64 (n,).

    Raises:
        InputError: the shapes differ, a number is not finite, a deviation is not positive, or two skills are
            more than `MAX_SPREAD` apart.

    >>> skill, deviation = rate(np.full(2, 25.0), np.full(2, 25 / 3), np.array([1.0, 0.0]), RatingRule())
    >>> skill.round(4).tolist(), deviation.round(4).tolist()
    ([27.2562, 22.7438], [8.1669, 8.1669])
    """
    _check(skill, deviation, scores)
    variance = np.square(deviation) + rule.drift**2
    if scores.size < 2:
        return skill.copy(), np.sqrt(variance)
    scale = np.sqrt(np.cumsum(variance)[-1] + scores.size * rule.beta**2)
    order = np.argsort(-scores, kind="stable")
    distance = (skill[order] - skill.max()) / scale
    if distance.min() < -MAX_SPREAD:
        raise InputError(f"ratings from {skill.min()} to {skill.max()} are too far apart to be compared")
    won, first, second = _places(exp(distance), -scores[order], rule.ties)
    gain, shrinkage = np.empty_like(variance), np.empty_like(variance)
    gain[order] = won - first
    shrinkage[order] = first - second
    spread = np.sqrt(variance)
    part = spread / scale
    kept = np.maximum(1.0 - part * part * part * shrinkage, rule.floor)
    return skill + variance / scale * gain, spread * np.sqrt(kept)


def ordinal(skill: Floats, deviation: Floats, caution: float = 3.0) -> Floats:
    """Return the skill that a peer has at least, almost surely: `skill - caution * deviation`, float64 (n,).

    With caution 3 a newcomer stands at 0 and rises by being measured, however well it does: the tenure bias.
    With caution 0 the expected skill is paid, and tenure earns nothing.

    >>> ordinal(np.array([25.0]), np.array([25 / 3])).tolist()
    [0.0]
    """
    return skill - caution * deviation


def _check(skill: Floats, deviation: Floats, scores: Floats) -> None:
    if not (skill.shape == deviation.shape == scores.shape and skill.ndim == 1):
        raise InputError(
            f"skill {skill.shape}, deviation {deviation.shape} and scores {scores.shape} need one shape (n,)"
        )
    for name, values in (("skill", skill), ("deviation", deviation), ("score", scores)):
        if not np.isfinite(values).all():
            peer = int(np.argmin(np.isfinite(values)))
            raise InputError(f"the {name} of peer {peer} is {values[peer]}")
    if scores.size and deviation.min() <= 0:
        raise InputError(
            f"the deviation of peer {int(np.argmin(deviation))} is {deviation.min()}, not positive"
        )


def _places(strength: Floats, rank: Floats, ties: str) -> tuple[Floats, Floats, Floats]:
    """Return, for peers from best to worst, the places won and the sums over places of p and of p^2.

    A place is taken by one of the peers that are left, each with probability p, its strength over the sum of
    what is left. Nobody contends for places behind its own.
    """
    left = np.cumsum(strength[::-1])[::-1]
    if (rank[1:] > rank[:-1]).all():
        first, second = (np.cumsum(odds) for odds in _powers(1 / left))
        return np.ones_like(strength), strength * first, np.square(strength) * second
    starts = np.flatnonzero(np.concatenate(([True], rank[1:] > rank[:-1])))
    sizes = np.diff(np.append(starts, rank.size))
    group = np.repeat(np.arange(starts.size), sizes)
    if ties == "textbook":
        first, second = (np.cumsum(odds)[group] for odds in _powers(1 / left[starts]))
        return 1.0 / sizes[group], strength * first, np.square(strength) * second
    # When a tied group takes its l-th place, the share l / size of its strength has gone already, on average.
    gone = (np.arange(rank.size) - starts[group]) / sizes[group]
    inverse = 1 / (left[starts[group]] - gone * np.bincount(group, weights=strength)[group])
    first, second = (_contended(odds, 1 - gone, group) for odds in _powers(inverse))
    return np.ones_like(strength), strength * first, np.square(strength) * second


def _powers(inverse: Floats) -> tuple[Floats, Floats]:
    return inverse, np.square(inverse)


def _contended(odds: Floats, there: Floats, group: Places) -> Floats:
    """Return the sum of `odds` over earlier groups' places and, as often as still there, over one's own."""
    whole = np.bincount(group, weights=odds)
    own = np.bincount(group, weights=odds * there)
    return np.asarray((np.cumsum(whole) - whole + own)[group])

"""PeerScore: what a peer's record is worth, before penalties.

Three factors: the rating, the proof of computation, and the absolute floor that the published system lacks.
None of them is ever negative, so that no product of two bad signs is a good one.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.fixed_point import NANO
from valuation.gauntlet.exponential import power
from valuation.gauntlet.rating import ordinal, rate
from valuation.gauntlet.settings import Settings
from valuation.gauntlet.state import Columns

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LossScores:
    """Loss scores of k peers, each float64 (k,).

    Args:
        assigned: On each peer's own data.
        unseen: On data that nobody trained on.
    """

    assigned: Floats
    unseen: Floats


@dataclass(frozen=True)
class Factors:
    """What a peer score is the product of, each float64 (k,).

    Args:
        rating: The skill less caution times the deviation, and not below 0.
        computation: The moving average to its power, 0 below the floor.
        gain: 1 above the absolute floor, else 0.
    """

    rating: Floats
    computation: Floats
    gain: Floats

    @property
    def product(self) -> Floats:
        """The peer score, float64 (k,)."""
        return self.rating * self.computation * self.gain


def loss_scores(losses: npt.NDArray[np.int64], difference: str) -> LossScores:
    """Return the loss scores of k peers from their four losses each, in nano-nats, int64 (4 k,).

    Args:
        losses: Of each peer in turn: of the base model on the peer's data, after the peer's step on the
            same, of the base model on unseen data, after the step on the same.
        difference: "absolute", in nats, or "relative", as a share of the loss before.

    Raises:
        InputError: there are not four losses a peer.

    >>> loss_scores(np.array([4, 1, 2, 1]) * 10**9, "absolute").assigned.tolist()
    [3.0]
    >>> loss_scores(np.array([4, 1, 2, 1]) * 10**9, "relative").unseen.tolist()
    [0.5]
    """
    if losses.ndim != 1 or losses.size % 4:
        raise InputError(f"four losses a peer are needed, not {losses.shape}")
    own_before, own_after, before, after = losses.reshape(-1, 4).T
    return LossScores(_gain(own_before, own_after, difference), _gain(before, after, difference))


def update_records(
    columns: Columns, scores: LossScores, round: int, settings: Settings
) -> tuple[Columns, Factors]:
    """Return the records of k peers after they were evaluated together, and what their scores are made of.

    Args:
        columns: Their records before.
        scores: Their loss scores; those on unseen data rank them.
        round: The round.
        settings: The rules.

    >>> from valuation.gauntlet.state import State
    >>> scores = LossScores(assigned=np.array([0.3, 0.1]), unseen=np.array([0.2, 0.1]))
    >>> after, _ = update_records(State().of(["0xa0", "0xb0"]), scores, 0, Settings())
    >>> after.skill.round(3).tolist(), after.computation.tolist()
    ([27.256, 22.744], [0.05, -0.05])
    """
    skill, deviation = rate(columns.skill, columns.deviation, scores.unseen, settings.rating)
    # A tie is no proof: a copied or empty update helps as little here as there.
    proof = np.where(scores.assigned > scores.unseen, 1.0, -1.0)
    computation = _average(columns.computation, proof, settings.computation.rate)
    gain = _average(columns.gain, scores.unseen, settings.gain.rate)
    factors = factors_of(skill, deviation, computation, gain, scores.unseen, settings)
    evaluated, missing = np.full(skill.size, round), np.zeros(skill.size, dtype=np.int64)
    records = Columns(
        skill, deviation, computation, gain, factors.product, evaluated, missing, columns.banned_until
    )
    return records, factors


def factors_of(
    skill: Floats, deviation: Floats, computation: Floats, gain: Floats, unseen: Floats, settings: Settings
) -> Factors:
    """Return the factors of the scores of peers who were evaluated, each (k,).

    Args:
        skill, deviation, computation, gain: Their records after the evaluation, float64 (k,).
        unseen: Their loss scores in this round, float64 (k,).
        settings: The rules.

    >>> one = np.ones(1)
    >>> factors_of(30 * one, 2 * one, 0.5 * one, 0.1 * one, -0.1 * one, Settings(caution=3.0))
    Factors(rating=array([24.]), computation=array([0.5]), gain=array([0.]))
    """
    proven = np.where(computation >= settings.computation.floor, np.maximum(computation, 0.0), 0.0)
    kept = np.ones(skill.size, dtype=np.bool_)
    if settings.gain.floor in ("average", "both"):
        kept &= gain > settings.gain.least
    if settings.gain.floor in ("round", "both"):
        kept &= unseen > settings.gain.least
    rating = np.maximum(ordinal(skill, deviation, settings.caution), 0.0)
    raised = power(proven, settings.computation.power)
    # Whoever has no proof has none, also where the average does not count otherwise.
    return Factors(rating, np.where(proven > 0, raised, 0.0), kept.astype(np.float64))


def _gain(before: npt.NDArray[np.int64], after: npt.NDArray[np.int64], difference: str) -> Floats:
    change = (before - after).astype(np.float64)
    if difference == "absolute":
        return np.asarray(change / NANO)
    return np.divide(change, before.astype(np.float64), out=np.zeros(change.shape), where=before > 0)


def _average(old: Floats, new: Floats, rate: float) -> Floats:
    return np.asarray((1.0 - rate) * old + rate * new)

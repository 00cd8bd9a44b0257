"""What the updates of the best are made into, and what a single update is measured as.

The published rules, besides the mean: the sign of the sum, so that nobody's size matters, and the mean of
each entry over those who sent it, after clipping to the median norm. In the latter an entry that one peer
alone sends is applied in full; it is here to be compared with.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.gauntlet.rules import Aggregation
from valuation.integrity.clipping import clip_to_median_norm
from valuation.integrity.geometry import Floats, Updates, check_updates, norms, weighted_mean, weighted_sum


def gathered(scores: Sequence[int], count: int) -> list[int]:
    """Return the positions of the best `count` peers with a positive score, ascending; ties go to the first.

    >>> gathered([5, 0, 9, 7], count=2)
    [2, 3]
    """
    ranked = sorted(
        (place for place, score in enumerate(scores) if score > 0), key=lambda place: -scores[place]
    )
    return sorted(ranked[:count])


def combine(updates: Updates, rule: str) -> Floats:
    """Return what the gathered updates (n, d) are made into, float64 (d,).

    Raises:
        InputError: the updates are not a finite matrix, or the rule is unknown.

    >>> updates = np.array([[3.0, 0.0], [-1.0, 2.0]])
    >>> [combine(updates, rule).tolist() for rule in ("mean", "sign", "normalised-sign")]
    [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]
    >>> combine(updates, "clipped-mean-of-senders").round(3).tolist()
    [0.809, 2.0]
    """
    ones = np.ones(len(check_updates(updates)))
    match rule:
        case "mean":
            return weighted_mean(ones, updates)
        case "sign":
            return np.sign(weighted_sum(ones, updates))
        case "normalised-sign":
            lengths = norms(updates)
            return np.sign(weighted_sum(1.0 / np.where(lengths > 0, lengths, 1.0), updates))
        case "clipped-mean-of-senders":
            clipped = clip_to_median_norm(updates)
            senders = np.count_nonzero(updates, axis=0)
            return np.asarray(weighted_sum(ones, clipped) / np.maximum(senders, 1))
        case _:
            raise InputError(f"aggregation rule {rule!a} is unknown")


def stepped_along(updates: Updates, rule: str) -> Floats:
    """Return what is stepped along when each update is measured, float64 (n, d).

    Args:
        updates: The round's accepted updates, (n, d).
        rule: "plain", "sign", or "clipped" to the median norm of the round.

    Raises:
        InputError: the updates are not a finite matrix, or the rule is unknown.

    >>> stepped_along(np.array([[3.0, -2.0]]), "sign").tolist()
    [[1.0, -1.0]]
    """
    check_updates(updates)
    match rule:
        case "plain":
            return updates.astype(np.float64)
        case "sign":
            return np.sign(updates).astype(np.float64)
        case "clipped":
            return clip_to_median_norm(updates)
        case _:
            raise InputError(f"step {rule!a} is unknown")


def next_model(
    base: npt.NDArray[np.float32],
    updates: Updates,
    scores: Sequence[int],
    learning_rate: float,
    rule: Aggregation,
) -> npt.NDArray[np.float32]:
    """Return the next model, float32 (d,): a step along the combined updates of the best.

    It is unchanged when nobody has a positive score.

    Raises:
        InputError: the shapes do not fit, or the step leaves the range of float32.

    >>> updates = np.array([[1, 0], [3, 0], [0, 9]], dtype=np.float32)
    >>> next_model(np.zeros(2, np.float32), updates, [5, 1, 0], 1.0, Aggregation()).tolist()
    [-2.0, 0.0]
    """
    if updates.shape != (len(scores), base.size):
        raise InputError(f"{len(scores)} scores, updates {updates.shape}, a base {base.shape}")
    chosen = gathered(scores, rule.count)
    if not chosen:
        return base.astype(np.float32)
    with np.errstate(over="ignore"):
        model = (base.astype(np.float64) - learning_rate * combine(updates[chosen], rule.rule)).astype(
            np.float32
        )
    if not np.isfinite(model).all():
        raise InputError("the step leaves the range of float32")
    return model

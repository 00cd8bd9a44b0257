"""How the next base model follows from a round: to the last bit, since the header names its digest."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError, WeighhouseError
from valuation.gauntlet.aggregation import next_model as gauntlet_model
from valuation.integrity.aggregation import aggregate
from valuation.integrity.robust import coordinate_median
from valuation.mechanism import Mechanism


def next_model(
    mechanism: Mechanism,
    base: npt.NDArray[np.float32],
    updates: npt.NDArray[np.float32],
    scores: Sequence[int],
) -> npt.NDArray[np.float32]:
    """Return the next base model, float32 (d,): a step along the aggregate of those who scored above zero.

    It is unchanged when nobody did. The bytes are the same on any machine: the updates, float32 (n, d) in
    ascending order of address, are added one after the other in float64, and every operation is a single
    rounded IEEE one. A matrix product would add in an order that the machine chooses. Where the rule promises
    nothing for so few updates, the median of every coordinate stands in for it.

    Raises:
        InputError: the shapes do not fit, or the step leaves the range of float32.

    >>> from valuation.mechanism import default_mechanism
    >>> base, updates = np.zeros(2, np.float32), np.array([[1, 0], [3, 0], [0, 9]], np.float32)
    >>> next_model(default_mechanism(), base, updates, scores=[5, 1, -1]).tolist()
    [-2.0, 0.0]
    """
    if base.ndim != 1 or updates.shape != (len(scores), base.size):
        raise InputError(
            f"{len(scores)} scores, updates of shape {updates.shape}, a base of shape {base.shape}"
        )
    rule = mechanism.aggregation
    if mechanism.gauntlet is not None:
        return gauntlet_model(base, updates, scores, rule.learning_rate, mechanism.gauntlet.aggregation)
    chosen = updates[np.array([score > 0 for score in scores], dtype=np.bool_)]
    if not len(chosen):
        return base.astype(np.float32)
    try:
        step = aggregate(rule.name, chosen, rule.parameters) * rule.learning_rate
    except WeighhouseError:
        step = coordinate_median(chosen) * rule.learning_rate
    with np.errstate(over="ignore"):
        model = (base.astype(np.float64) - step).astype(np.float32)
    if not np.isfinite(model).all():
        raise InputError("the step leaves the range of float32")
    return model

"""How the next base model follows from a round: to the last bit, since the header names its digest."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.mechanism import Mechanism


def next_model(
    mechanism: Mechanism,
    base: npt.NDArray[np.float32],
    updates: npt.NDArray[np.float32],
    scores: Sequence[int],
) -> npt.NDArray[np.float32]:
    """Return the next base model, float32 (d,): a step along the mean update of those who scored above zero.

    It is unchanged when nobody did. The bytes are the same on any machine: the updates, float32 (n, d) in
    ascending order of address, are added one after the other in float64, and every operation is a single
    rounded IEEE one. A matrix product would add in an order that the machine chooses.

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
    chosen = [update for update, score in zip(updates, scores, strict=True) if score > 0]
    if not chosen:
        return base.astype(np.float32)
    total = np.zeros(base.size, dtype=np.float64)
    for update in chosen:
        total += update
    step = total / len(chosen) * mechanism.aggregation.learning_rate
    with np.errstate(over="ignore"):
        model = (base.astype(np.float64) - step).astype(np.float32)
    if not np.isfinite(model).all():
        raise InputError("the step leaves the range of float32")
    return model

"""LossScore: how much a small step along one peer's pseudo-gradient lowers the loss (arXiv 2505.21684).

LossScore(D) = L(theta; D) - L(theta - beta * Delta; D) with beta = c * alpha, 0 < c < 1: the paper reports
that a step of full size ranks peers inconsistently.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.models.protocol import Model


@dataclass(frozen=True)
class Losses:
    """Four losses a peer in nats, each float64 (n,).

    Args:
        assigned_before: Of the base model on the peer's assigned data.
        assigned_after: After a step along the peer's update, on its assigned data.
        unseen_before: Of the base model on data that nobody trained on; the same number for all.
        unseen_after: After the step, on that data.

    >>> one = np.ones(1)
    >>> Losses(2 * one, one, 3 * one, one).unseen.tolist()
    [2.0]
    """

    assigned_before: npt.NDArray[np.float64]
    assigned_after: npt.NDArray[np.float64]
    unseen_before: npt.NDArray[np.float64]
    unseen_after: npt.NDArray[np.float64]

    @property
    def assigned(self) -> npt.NDArray[np.float64]:
        """LossScore on the assigned data, float64 (n,)."""
        return self.assigned_before - self.assigned_after

    @property
    def unseen(self) -> npt.NDArray[np.float64]:
        """LossScore on unseen data, float64 (n,)."""
        return self.unseen_before - self.unseen_after


def measure_losses(
    model: Model,
    base: npt.NDArray[np.float32],
    updates: npt.NDArray[np.float32],
    assigned: tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]],
    unseen: tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]],
    step: float,
) -> Losses:
    """Measure the losses of all peers of a round at once; the base model's loss on unseen data only once.

    Args:
        model: The model.
        base: The model that the peers started from, float32 (d,).
        updates: One pseudo-gradient a peer, float32 (n, d).
        assigned: Each peer's data: inputs (n, s, features) and labels (n, s).
        unseen: Data for all: inputs (u, features) and labels (u,).
        step: beta, the size of the step along an update.

    Raises:
        InputError: a shape does not fit, a label is no class, or the step is not positive.

    >>> from valuation.models.softmax import Softmax
    >>> data = np.ones((1, 1), dtype=np.float32), np.array([0])
    >>> own = np.ones((2, 1, 1), dtype=np.float32), np.array([[0], [0]])
    >>> updates = np.array([[-1, 1, 0, 0], [1, -1, 0, 0]], dtype=np.float32)
    >>> found = measure_losses(Softmax(1, 2), np.zeros(4, dtype=np.float32), updates, own, data, step=1.0)
    >>> found.unseen.round(3).tolist()
    [0.566, -1.434]
    """
    if base.ndim != 1 or updates.ndim != 2 or updates.shape[1] != base.size:
        raise InputError(f"updates of shape {updates.shape} to a base of shape {base.shape}")
    if not 0 < step < np.inf:
        raise InputError(f"a step of {step}")
    before = base.astype(np.float64)[None]
    after = before - step * updates.astype(np.float64)
    n = len(updates)
    own_x, own_y = assigned
    return Losses(
        assigned_before=model.losses(np.repeat(before, n, axis=0), own_x, own_y),
        assigned_after=model.losses(after, own_x, own_y),
        unseen_before=np.repeat(model.losses(before, *unseen), n),
        unseen_after=model.losses(after, *unseen),
    )

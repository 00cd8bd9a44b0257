"""The method `loss-delta`: four losses a peer, and a score that follows from them in integers.

The score is Gauntlet's LossScore on unseen data, if the peer passes its sign test: a peer that trained on
what it was assigned helps there more than on unseen data. In Gauntlet a moving average smooths the test over
many rounds; this method judges a round by itself.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.fixed_point import checked, saturate, to_fixed
from valuation.gauntlet.loss_score import measure_losses
from valuation.mechanism import Mechanism
from valuation.round_data import RoundData

PER_PEER = 4


def length(n: int) -> int:
    """Return the number of losses of `n` players.

    >>> length(3)
    12
    """
    return PER_PEER * n


def measure(mechanism: Mechanism, data: RoundData) -> npt.NDArray[np.int64]:
    """Return four losses a player in nano-nats, int64 (4 n,).

    Player i has the entries 4i (base model on its assigned data), 4i + 1 (after its update, on the same),
    4i + 2 (base model on unseen data) and 4i + 3 (after its update, on the same). Losses beyond the limits of
    fixed point are cut off there (`fixed_point.saturate`).

    Raises:
        InputError: the assigned data are missing.
        FixedPointError: a loss is NaN.

    >>> from valuation.mechanism import default_mechanism
    >>> from valuation.models.softmax import Softmax
    >>> samples = np.ones((1, 1), dtype=np.float32), np.array([0])
    >>> updates, base = np.array([[-1, 1, 0, 0]], dtype=np.float32), np.zeros(4, dtype=np.float32)
    >>> data = RoundData(("0xa0",), updates, base, Softmax(1, 2), samples, assigned=[samples])
    >>> measure(default_mechanism(method="loss-delta"), data).tolist()
    [693147181, 313261688, 693147181, 313261688]
    """
    if not data.assigned:
        raise InputError("loss-delta needs the data that each player was assigned")
    own = np.stack([x for x, _ in data.assigned]), np.stack([y for _, y in data.assigned])
    step = float(mechanism.method.parameters["step"]) * mechanism.aggregation.learning_rate
    losses = measure_losses(data.model, data.base, data.updates, own, data.evaluation, step)
    columns = (losses.assigned_before, losses.assigned_after, losses.unseen_before, losses.unseen_after)
    return to_fixed(saturate(np.stack(columns, axis=1).ravel()))


def scores(utilities: npt.NDArray[np.int64], n: int) -> list[int]:
    """Return each player's score in nano-nats: its gain on unseen data, if that on assigned data is larger.

    `utilities` are the losses that `measure` returned, int64 (4 n,).

    A player that fails the sign test scores zero; a tie fails. One that passes it but harms the model scores
    below zero.

    Raises:
        FixedPointError: a loss is above 2^46 nano-nats.

    >>> scores(np.array([30, 10, 20, 15, 30, 28, 20, 15]), n=2)
    [5, 0]
    """
    before_own, after_own, before, after = checked(utilities).reshape(n, PER_PEER).T
    unseen = before - after
    found: list[int] = np.where(before_own - after_own > unseen, unseen, 0).tolist()
    return found


def restrict(utilities: npt.NDArray[np.int64], kept: Sequence[int]) -> npt.NDArray[np.int64]:
    """Return the losses of the players at the positions `kept`, int64 (4 len(kept),).

    >>> restrict(np.arange(8), kept=[1]).tolist()
    [4, 5, 6, 7]
    """
    return utilities.reshape(-1, PER_PEER)[np.array(kept, dtype=np.int64)].ravel()

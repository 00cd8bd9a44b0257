"""The method `loss-delta`: four losses a peer, and a score that follows from them in integers.

The score is Gauntlet's LossScore on unseen data, if the peer passes its sign test: a peer that trained on
what it was assigned helps there more than on unseen data. In Gauntlet a moving average smooths the test over
many rounds; this method judges a round by itself.
"""

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.fixed_point import checked, to_fixed
from valuation.gauntlet.loss_score import Losses

PER_PEER = 4


def utilities(losses: Losses) -> npt.NDArray[np.int64]:
    """Return the losses in nano-nats, int64 (4 n,).

    Peer i has the entries 4i (base model on its assigned data), 4i + 1 (after its update, on the same), 4i +
    2 (base model on unseen data) and 4i + 3 (after its update, on the same).

    Raises:
        FixedPointError: a loss is not finite, or above 70,368 nats.

    >>> one = np.ones(1)
    >>> utilities(Losses(3 * one, one, 2 * one, one)).tolist()
    [3000000000, 1000000000, 2000000000, 1000000000]
    """
    columns = (losses.assigned_before, losses.assigned_after, losses.unseen_before, losses.unseen_after)
    return to_fixed(np.stack(columns, axis=1).ravel())


def scores(utilities: npt.NDArray[np.int64], n: int) -> list[int]:
    """Return each peer's score in nano-nats: its gain on unseen data, if that on assigned data is larger.

    A peer that fails the sign test scores zero; a tie fails. A peer that passes it but harms the model scores
    below zero.

    Raises:
        InputError: the length is not 4 n.
        FixedPointError: a loss is above 2^46 nano-nats.

    >>> scores(np.array([30, 10, 20, 15, 30, 28, 20, 15]), n=2)
    [5, 0]
    """
    if n < 0 or len(utilities) != PER_PEER * n:
        raise InputError(f"{len(utilities)} losses are not four for each of {n} peers")
    before_own, after_own, before, after = checked(utilities).reshape(n, PER_PEER).T
    unseen = before - after
    found: list[int] = np.where(before_own - after_own > unseen, unseen, 0).tolist()
    return found

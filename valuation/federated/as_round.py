"""A project's round, with its model and data, as the round of a game."""

from __future__ import annotations

from valuation.federated.round import Round
from valuation.models.losses import Losses
from valuation.round_data import RoundData


def as_round(data: RoundData, learning_rate: float) -> Round:
    """Return a round's data as the round of a game, measured on the evaluation data by the data's workers.

    Raises:
        InputError: there is no player, or an update is not finite.

    >>> import numpy as np
    >>> from valuation.models.softmax import Softmax
    >>> samples = np.ones((1, 1), dtype=np.float32), np.array([0])
    >>> updates, base = np.array([[-1, 1, 0, 0]], dtype=np.float32), np.zeros(4, dtype=np.float32)
    >>> as_round(RoundData(("0xa0",), updates, base, Softmax(1, 2), samples), 1.0).players
    ('0xa0',)
    """
    return Round(
        players=data.players,
        updates=data.updates,
        base=data.base,
        loss=Losses(data.model, *data.evaluation),
        learning_rate=learning_rate,
        through=data.workers.game,
    )

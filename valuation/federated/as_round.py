"""A project's round, with its model and data, as the round of a game."""

from __future__ import annotations

import hashlib

import numpy as np

from valuation.federated.round import Round
from valuation.models.losses import Losses
from valuation.round_data import RoundData


def as_round(data: RoundData, learning_rate: float) -> Round:
    """Return a round's data as the round of a game, measured on the evaluation data by the data's workers.

    Raises:
        InputError: there is no player, or an update is not finite.

    >>> from valuation.models.softmax import Softmax
    >>> samples = np.ones((1, 1), dtype=np.float32), np.array([0])
    >>> updates, base = np.array([[-1, 1, 0, 0]], dtype=np.float32), np.zeros(4, dtype=np.float32)
    >>> as_round(RoundData(("0xa0",), updates, base, Softmax(1, 2), samples), 1.0).players
    ('0xa0',)
    """
    losses = Losses(data.model, *data.evaluation)
    return Round(
        players=data.players,
        updates=data.updates,
        base=data.base,
        loss=losses,
        learning_rate=learning_rate,
        through=lambda game: data.workers.game(game, _content(losses, data, learning_rate)),
    )


def _content(losses: Losses, data: RoundData, learning_rate: float) -> bytes:
    """A digest of all that a coalition's utility depends on, whoever the players are."""
    found = hashlib.sha256(b"weighhouse/round-game/1" + losses.content + learning_rate.hex().encode())
    for array in (data.updates, data.base):
        found.update(f"{array.dtype.str}{array.shape}".encode())
        found.update(np.ascontiguousarray(array).tobytes())
    return found.digest()

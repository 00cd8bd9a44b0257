"""A vertical split: every party trains the weights of its own features, and the parties' logits add up.

A linear classifier is the sum of what each feature brings, so that a party that holds some features of every
sample can train their weights alone: its embedding of a sample is its weights times its features (Fan et al.,
"Fair and efficient contribution valuation for vertical federated learning", ICLR 2024). The bias belongs to
no party and stays as it is.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from valuation import seeds
from valuation.errors import InputError
from valuation.models.protocol import Model
from valuation.models.softmax import Softmax


def party_blocks(model: Model, seed: bytes, parties: int) -> npt.NDArray[np.bool_]:
    """Return which parameters each party may change, bool (parties, d): those of the features dealt to it.

    Features are dealt out one by one, in an order that the seed decides.

    Raises:
        InputError: the model is not a linear classifier, or a party would get no feature.

    >>> from valuation.models.softmax import Softmax
    >>> party_blocks(Softmax(3, 2), bytes(32), 2).astype(int).tolist()
    [[1, 0, 1, 1, 0, 1, 0, 0], [0, 1, 0, 0, 1, 0, 0, 0]]
    """
    if not isinstance(model, Softmax):
        raise InputError(f"the features of a model {model.name!r} cannot be split between parties")
    if not 1 <= parties <= model.features:
        raise InputError(f"{parties} parties cannot share {model.features} features")
    party = np.empty(model.features, dtype=np.int64)
    party[seeds.order(seed, "vertical/features", model.features)] = np.arange(model.features) % parties
    own = party == np.arange(parties)[:, None]
    return np.concatenate(
        [np.tile(own, (1, model.classes)), np.zeros((parties, model.classes), dtype=np.bool_)], axis=1
    )

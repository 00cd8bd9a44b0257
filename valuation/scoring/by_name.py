"""Every other method: what evaluators measure are the scores themselves.

They are compared and agreed upon like utilities, entry by entry. What a peer scores may depend on who else is
in the round, so that a measurement of more players than were agreed says nothing about fewer of them.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.federated.as_scores import method_scores
from valuation.fixed_point import checked
from valuation.mechanism import Mechanism
from valuation.round_data import RoundData


def length(n: int) -> int:
    """Return the number of scores of `n` players.

    >>> length(3)
    3
    """
    return n


def measure(mechanism: Mechanism, data: RoundData) -> npt.NDArray[np.int64]:
    """Return each player's score by the mechanism's method, in nano-nats, int64 (n,).

    Earlier rounds count as far as the data hold them.

    Raises:
        InputError: an update is not finite.
        GameError: the loss answered badly.
        FixedPointError: a score is NaN.

    >>> from valuation.mechanism import default_mechanism
    >>> from valuation.models.softmax import Softmax
    >>> samples = np.ones((1, 1), dtype=np.float32), np.array([0])
    >>> updates = np.array([[-1, 1, 0, 0], [1, -1, 0, 0]], dtype=np.float32)
    >>> data = RoundData(("0xa0", "0xb0"), updates, np.zeros(4, dtype=np.float32), Softmax(1, 2), samples)
    >>> measure(default_mechanism(method="leave-one-out"), data).tolist()
    [1433780830, -566219170]
    """
    return method_scores(
        mechanism.method.name,
        mechanism.method.parameters,
        [*data.history, data],
        learning_rate=mechanism.aggregation.learning_rate,
        seed=data.seed,
    )


def scores(utilities: npt.NDArray[np.int64], n: int) -> list[int]:
    """Return the scores as they were agreed: `utilities` are they, int64 (n,), in nano-nats.

    Raises:
        InputError: the length is not n.
        FixedPointError: a score is above 2^46 nano-nats.

    >>> scores(np.array([5, -1]), n=2)
    [5, -1]
    """
    if len(utilities) != n:
        raise InputError(f"{len(utilities)} scores for {n} players")
    found: list[int] = checked(utilities).tolist()
    return found


def restrict(utilities: npt.NDArray[np.int64], kept: Sequence[int]) -> npt.NDArray[np.int64]:
    """Return the scores unchanged when everybody is kept.

    Raises:
        InputError: somebody is not: the scores of fewer players would be others.

    >>> restrict(np.array([5, -1]), kept=[0, 1]).tolist()
    [5, -1]
    """
    if len(kept) != len(utilities):
        raise InputError(f"scores of {len(utilities)} players say nothing about {len(kept)} of them alone")
    return utilities

"""The front door: what each peer of a federated run contributed, by any method."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from valuation.federated.inputs import Loss, Parameters, Updates, rounds_from
from valuation.federated.registry import value_rounds
from valuation.gradients.layout import Layout
from valuation.result import Valuation


def contributions(
    updates: Updates | Sequence[Updates],
    base: Parameters | Sequence[Parameters],
    loss: Loss | Sequence[Loss],
    method: str = "fedsv",
    *,
    learning_rate: float = 1.0,
    players: Sequence[str] | Sequence[Sequence[str]] | None = None,
    layout: Layout | None = None,
    rng: np.random.Generator | None = None,
    **parameters: Any,
) -> Valuation:
    """Return what each peer contributed to one round, or to a list of rounds.

    A round is worth the drop in loss that it brought: v(S) = loss(base) - loss(base - learning_rate * mean of
    the updates of S). `valuation.methods()` lists the methods; some have parameters, and some need what peers
    measure on their own data (`peer_losses`, `metrics`).

    Args:
        updates: `{peer: {name: array}}`, `{peer: vector}` or the matrix (n, d); a list or tuple of these for
            many rounds, in which not everybody need take part.
        base: the model that the updates started from, as named tensors or a vector (d,); one a round.
        loss: from models, float64 (k, d), to their losses in nats, float64 (k,); one for all, or one a round.
        method: the method's name.
        learning_rate: the size of the step along the mean update.
        players: the names of a matrix's rows, one list a round; "0" to "n-1" if not given.
        layout: how named tensors lie in a vector; in the base's order if not given.
        rng: the generator of the methods that draw at random.
        parameters: the method's own.

    Raises:
        InputError: the updates, the base, the method's name or a parameter make no sense; the message says
            which round, peer or parameter.
        UpdateError: a peer's tensors are not those of the layout, or not finite.
        AssumptionError: an assumption of the method does not hold.
        GameError: the loss answered badly.

    >>> def loss(params):
    ...     return ((params - np.array([3.0, 1.0])) ** 2).mean(axis=1)
    >>> updates = {"ada": np.array([-2.0, 0.0]), "bob": np.array([-2.0, -2.0]), "eve": np.array([3.0, 3.0])}
    >>> result = contributions(updates, np.zeros(2), loss, method="fedsv")
    >>> dict(zip(result.players, result.values.round(3).tolist()))
    {'ada': 5.144, 'bob': 6.144, 'eve': -10.731}
    >>> result.shares(1000)
    (456, 544, 0)
    """
    rounds = rounds_from(updates, base, loss, learning_rate=learning_rate, players=players, layout=layout)
    return value_rounds(rounds, method, rng=rng, **parameters)

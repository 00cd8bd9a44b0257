"""FedCE, fair contribution estimation: how unlike the others a client is, and how much they need it.

Gradient space: gamma_i = max(0, 1 - mean over rounds of cos(Delta_i, c - a_i Delta_i)), with the consensus c
= sum of a_j Delta_j; a client is worth more the less its update repeats the others'. Data space: delta_i = 1
- mean over rounds of the metric, on the client's own data, of the model made without it; a client is worth
more the worse the others do on its data. Both are normalised to add up to one and are combined by sum
("plus") or product ("times"); the result is the aggregation weight a of the next round, and the reward
share. Jiang et al., "Fair federated medical image segmentation via client contribution estimation" (CVPR
2023), as seen in NVFlare, none of whose code is used. NVFlare's clients evaluate the model without them one
round late, with a metric of 0 in the first; here each round's is evaluated with that round.

It rewards being different, for whatever reason: noise is different too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.federated.assumptions import Assumptions, everyone_in
from valuation.federated.history import in_round, places_of
from valuation.federated.method import MethodSpec
from valuation.federated.peer_data import PeerMeasures, metrics_checked
from valuation.federated.round import Round
from valuation.result import Valuation

ASSUMPTIONS = Assumptions(
    method="fedce", minimum_peers=2, full_participation=True, per_peer="metrics", may_be_negative=False
)

FLOOR = 1e-6
"""The least that a client's part of either space is taken to be, before they are made to add up to one."""

Mode = Literal["plus", "times"]
Vector = npt.NDArray[np.float64]


def fedce(rounds: Sequence[Round], *, metrics: PeerMeasures, mode: Mode = "plus") -> Valuation:
    """Return the weights after the last round, which add up to one; n evaluations a round.

    Args:
        rounds: the rounds; their own loss is not used.
        metrics: each client's metric on its own data, between 0 and 1, higher being better.
        mode: "plus" or "times".

    Raises:
        InputError: there is no round, or no such mode.
        AssumptionError: a peer misses a round or has no metric, or there is only one.
        GameError: a metric answered badly.

    >>> round = Round(("a", "b"), np.eye(2, dtype=np.float32), np.zeros(2, dtype=np.float32),
    ...               lambda params: params.sum(axis=1), learning_rate=1.0)
    >>> metrics = {"a": lambda models: 0.1 + 0 * models[:, 0], "b": lambda models: 0.9 + 0 * models[:, 0]}
    >>> fedce([round], metrics=metrics).values.round(6).tolist()
    [0.7, 0.3]
    """
    checked = ASSUMPTIONS.check(rounds, metrics)
    everyone = everyone_in(rounds)
    n = len(everyone)
    weights = np.full(n, 1 / n)
    cosines, scores = np.zeros(n), np.zeros(n)
    for number, round in enumerate(rounds):
        updates = round.updates[places_of(everyone, round.players)].astype(np.float64)
        cosines += cosines_with_others(updates, weights)
        without = (weights @ updates - weights[:, None] * updates) / (1 - weights)[:, None]
        models = round.base - round.learning_rate * without
        # Client i's own metric of the model without client i.
        with in_round(number):
            own = [metrics_checked(metrics, [peer], models[[i]])[0, 0] for i, peer in enumerate(everyone)]
        scores += np.array(own)
        unlike = np.maximum(0.0, 1 - cosines / (number + 1))
        weights = combine(unlike, 1 - scores / (number + 1), mode)
    return Valuation(
        players=everyone,
        values=weights,
        standard_errors=np.zeros(n),
        total=1.0,
        evaluations=n * len(rounds),
        unique_evaluations=n * len(rounds),
        method=ASSUMPTIONS.method,
        reason=f"mode {mode}",
        exact=True,
        efficiency_gap=1.0 - float(weights.sum()),
        assumptions=checked,
    )


def cosines_with_others(updates: Vector, weights: Vector) -> Vector:
    """Return cos(Delta_i, c - a_i Delta_i), float64 (n,), for updates (n, d); 0 where one of them is zero.

    >>> cosines_with_others(np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([0.5, 0.5])).tolist()
    [1.0, 1.0]
    """
    others = weights @ updates - weights[:, None] * updates
    norms = np.linalg.norm(updates, axis=1) * np.linalg.norm(others, axis=1)
    products = np.einsum("nd,nd->n", updates, others)
    return np.asarray(np.divide(products, norms, out=np.zeros(len(updates)), where=norms > 0))


def combine(unlike: Vector, needed: Vector, mode: Mode) -> Vector:
    """Return the weights, float64 (n,), from the two spaces' parts, float64 (n,) each.

    Raises:
        InputError: there is no such mode.

    >>> combine(np.array([1.0, 1.0]), np.array([0.9, 0.1]), "times").round(6).tolist()
    [0.9, 0.1]
    """
    if mode not in ("plus", "times"):
        raise InputError(f"fedce combines by 'plus' or 'times', not {mode!r}")
    one, other = (np.maximum(part, FLOOR) / np.maximum(part, FLOOR).sum() for part in (unlike, needed))
    both = one + other if mode == "plus" else one * other
    return np.asarray(both / both.sum())


METHOD = MethodSpec(
    function=fedce,
    assumptions=ASSUMPTIONS,
    paper="Jiang et al., CVPR 2023",
    accumulates=False,
    ranges={"mode": frozenset(get_args(Mode))},
    remembers=True,
)

"""Where methods disagree about the same rounds, what that does to the payout, and what each costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from valuation.errors import AssumptionError, InputError
from valuation.federated.inputs import Loss, Parameters, Updates, rounds_from
from valuation.federated.registry import accepts, check_generator, method_named, value_rounds
from valuation.federated.registry import methods as all_methods
from valuation.gradients.layout import Layout
from valuation.models.digits import MissingExtraError
from valuation.result import Valuation

Matrix = npt.NDArray[np.float64]


def mean_ranks(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the ranks of values (m,) from 1 up, those of ties averaged; O(m log m).

    `scipy.stats` has this, and costs every command half a second to import.

    >>> mean_ranks(np.array([5.0, 1.0, 5.0])).tolist()
    [2.5, 1.0, 2.5]
    """
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: npt.NDArray[np.float64] = (np.cumsum(counts) - (counts - 1) / 2)[places]
    return ranks


@dataclass(frozen=True)
class Comparison:
    """What several methods made of the same rounds.

    Attributes:
        valuations: one a method, over the same players in the same order.
        refused: why methods did not value these rounds, by name.
    """

    valuations: tuple[Valuation, ...]
    refused: Mapping[str, str] = field(hash=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The methods that valued the rounds."""
        return tuple(each.method for each in self.valuations)

    @property
    def shares(self) -> Matrix:
        """The part of the payout that each method gives each player, float64 (k, n): positive values only."""
        positive = np.clip(np.stack([each.values for each in self.valuations]), 0.0, None)
        sums = positive.sum(axis=1, keepdims=True)
        return np.asarray(np.divide(positive, sums, out=np.zeros_like(positive), where=sums > 0))

    @property
    def rank_correlation(self) -> Matrix:
        """Spearman's rank correlation of methods, float64 (k, k); NaN where all of a method's values tie."""
        ranks = np.array([mean_ranks(each.values) for each in self.valuations])
        ranks -= ranks.mean(axis=1, keepdims=True)
        norms = np.linalg.norm(ranks, axis=1)
        products = np.outer(norms, norms)
        found: Matrix = np.full_like(products, np.nan)
        np.divide(ranks @ ranks.T, products, out=found, where=products > 0)
        return found

    @property
    def payout_difference(self) -> Matrix:
        """The largest difference of two methods in any player's part of the payout, float64 (k, k)."""
        return np.asarray(np.abs(self.shares[:, None] - self.shares[None, :]).max(axis=2))

    def __str__(self) -> str:
        first = self.names[0]
        rows = [("method", "evaluations", f"rank correlation with {first}", "largest payout difference")]
        for place, each in enumerate(self.valuations):
            correlation = self.rank_correlation[0, place]
            shown = "-" if np.isnan(correlation) else f"{correlation:.3f}"
            difference = f"{100 * self.payout_difference[0, place]:.1f} points"
            rows.append((each.method, str(each.evaluations), shown, difference))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows]
        return "\n".join([*lines, *(f"{name} refused: {why}" for name, why in self.refused.items())])


def compare(
    updates: Updates | Sequence[Updates],
    base: Parameters | Sequence[Parameters],
    loss: Loss | Sequence[Loss],
    methods: Sequence[str] | None = None,
    *,
    learning_rate: float = 1.0,
    players: Sequence[str] | Sequence[Sequence[str]] | None = None,
    layout: Layout | None = None,
    rng: np.random.Generator | None = None,
    parameters: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    **shared: Any,
) -> Comparison:
    """Return what several methods make of the same rounds; the first is what the others are compared with.

    A method whose assumptions do not hold, or which lacks what it needs, is listed as refused.

    Args:
        updates: as in `contributions`; so are base, loss, learning_rate, players and layout.
        base: the models that the updates started from.
        loss: the loss.
        methods: the methods' names; all of them if not given.
        learning_rate: the size of the step along the mean update.
        players: the names of a matrix's rows.
        layout: how named tensors lie in a vector.
        rng: seeds a generator for each method; needed if one draws at random.
        parameters: a method's own parameters, by the method's name.
        shared: parameters for every method that has them, such as `metrics` or `gradient`.

    Raises:
        InputError: the rounds, a method's name or a parameter make no sense, or no method is named.
        AssumptionError: every method refused.
        GameError: the loss answered badly.

    >>> def loss(params):
    ...     return ((params - np.array([3.0, 1.0])) ** 2).mean(axis=1)
    >>> updates = {"ada": np.array([-2.0, 0.0]), "bob": np.array([-2.0, -2.0]), "eve": np.array([3.0, 3.0])}
    >>> print(compare(updates, np.zeros(2), loss, methods=["fedsv", "leave-one-out", "consortium"]))
    method         evaluations  rank correlation with fedsv  largest payout difference
    fedsv                    8                        1.000                 0.0 points
    leave-one-out            5                        1.000                 8.7 points
    consortium refused: consortium needs peer_losses=
    """
    check_generator(rng)
    if isinstance(methods, str):
        raise InputError(f"methods are a list of names, not {methods!r}")
    names = list(all_methods()) if methods is None else list(methods)
    specs = [method_named(name) for name in names]
    if not specs:
        raise InputError("there is no method to compare")
    for name in parameters:
        method_named(name)
    for name in shared:
        if not any(accepts(spec.name, name) for spec in specs):
            raise InputError(f"none of the methods has a parameter {name!r}")
    rounds = rounds_from(updates, base, loss, learning_rate=learning_rate, players=players, layout=layout)
    generators = rng.spawn(len(names)) if rng is not None else [None] * len(names)
    valuations, refused = [], {}
    for name, generator in zip(names, generators, strict=True):
        common = {key: value for key, value in shared.items() if accepts(name, key)}
        try:
            valuations.append(
                value_rounds(rounds, name, rng=generator, **common | dict(parameters.get(name, {})))
            )
        except (AssumptionError, MissingExtraError) as error:
            refused[name] = str(error)
    if not valuations:
        raise AssumptionError("every method refused: " + "; ".join(refused.values()))
    return Comparison(tuple(valuations), MappingProxyType(refused))

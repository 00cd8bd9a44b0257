"""The estimators of the Shapley engine as federated methods, for rounds with too many peers to measure all.

Each round's Shapley values are estimated from a budget of utilities (`valuation.shapley.estimate`), and the
rounds add up as in `fedsv`. `odd-gp` is the most accurate at every budget that was measured; `permutation` is
unbiased, and its standard errors rest on nothing; the others are there to be compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from valuation.errors import InputError
from valuation.federated.assumptions import Assumptions
from valuation.federated.history import value_each_round
from valuation.federated.method import MethodSpec
from valuation.federated.round import Round, round_game
from valuation.parameters import Value
from valuation.result import Valuation
from valuation.shapley import estimate
from valuation.shapley.methods import METHODS

MOST_PEERS = 256
"""The most peers that a budget is compared with."""

PER_PEER = 20
"""The budget of a round if none is given, in utilities a peer."""


def estimated(
    rounds: Sequence[Round], *, estimator: str, rng: np.random.Generator, budget: int | None = None
) -> Valuation:
    """Return the values that an estimator finds, in nats, with standard errors; at most `budget` a round.

    Args:
        rounds: the rounds.
        estimator: its name in `valuation.shapley.methods`.
        rng: each round draws a seed from it.
        budget: utilities that may be measured in a round, everyone's and nobody's included; 20 a peer, or
            what the estimator needs at the least, if not given.

    Raises:
        InputError: there is no round or no such estimator, or the budget is too small for it.
        GameError: the loss answered badly.

    >>> round = Round(("a", "b", "c"), np.eye(3, dtype=np.float32), np.zeros(3, dtype=np.float32),
    ...               lambda params: params @ np.array([1.0, 2.0, 3.0]), learning_rate=1.0)
    >>> result = estimated([round], estimator="permutation", rng=np.random.default_rng(0), budget=30)
    >>> result.evaluations, float(result.values.sum().round(6))
    (30, 2.0)
    """
    if estimator not in METHODS:
        raise InputError(f"no estimator is called {estimator!r}; the names are {', '.join(METHODS)}")

    def value(round: Round) -> Valuation:
        n = len(round.players)
        least = max(METHODS[estimator].minimum(n), PER_PEER * n)
        spend = least if budget is None else budget
        return estimate(round_game(round), budget=spend, rng=rng, method=estimator, players=round.players)

    return value_each_round(rounds, value, Assumptions(method=estimator.replace("_", "-")))


PAPERS: Mapping[str, str] = MappingProxyType(
    {
        "odd_gp": "this project's, after Fumagalli et al., 2602.01399",
        "kernel_regression": "Lundberg and Lee, 1705.07874",
        "leverage_regression": "Musco and Witter, 2410.01917",
        "stratified": "Kolpaczki et al., 2302.00736",
        "owen": "Owen 1972; Okhrati and Lipani, 2010.12082",
        "permutation": "Mitchell et al., 2104.12199",
        "truncated_permutation": "Ghorbani and Zou, 1904.02868",
        "banzhaf": "Wang and Jia, 2205.15466",
    }
)
"""Where each estimator comes from."""


def _spec(estimator: str) -> MethodSpec:
    def function(
        rounds: Sequence[Round], *, rng: np.random.Generator, budget: int | None = None
    ) -> Valuation:
        return estimated(rounds, estimator=estimator, rng=rng, budget=budget)

    def limit(parameters: Mapping[str, Value]) -> int | None:
        """Return the most peers whom the budget is enough for."""
        budget = parameters.get("budget")
        if budget is None:
            return None
        least = METHODS[estimator].minimum
        return max((n for n in range(1, MOST_PEERS + 1) if least(n) <= float(budget)), default=0)

    function.__doc__ = f"Return what `estimated` finds by the estimator {estimator!r}."
    return MethodSpec(
        function=function,
        assumptions=Assumptions(method=estimator.replace("_", "-")),
        paper=PAPERS[estimator],
        ranges={"budget": range(2, 1_000_001)},
        limit=limit,
    )


SPECS = tuple(map(_spec, METHODS))
"""One method for each of the estimators."""

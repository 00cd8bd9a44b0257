"""GTG-Shapley: guided, truncated orders of arrival.

A round that hardly changed the utility is skipped (between-round truncation). Otherwise each peer in turn
comes first in an order whose rest is random; along an order, once the utility is within epsilon of
everyone's, the rest is taken to add nothing (within-round truncation). It stops when the running means of
the values have settled. Liu, Chen, Yu, Liu and Cui, 2109.02053; constants as in the library of the
Proof-of-Contribution authors. Truncation costs exactness: values are off by up to epsilon an order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.federated.assumptions import Assumptions
from valuation.federated.history import measured, value_each_round
from valuation.federated.marginals import Orders
from valuation.federated.method import MethodSpec
from valuation.federated.round import Round, round_game
from valuation.game import CachedGame, evaluate
from valuation.result import Valuation
from valuation.stopping import Progress, values_stable

ASSUMPTIONS = Assumptions(method="gtg-shapley")


@dataclass(frozen=True, kw_only=True)
class _Limits:
    between: float
    within: float
    fewest: int
    most: int
    window: int
    tolerance: float


def gtg_shapley(
    rounds: Sequence[Round],
    *,
    rng: np.random.Generator,
    between: float = 0.01,
    within: float = 0.001,
    fewest: int = 30,
    most: int = 500,
    window: int = 10,
    tolerance: float = 0.05,
) -> Valuation:
    """Return truncated Shapley values in nats, with the standard errors of their sampling.

    Orders come in cycles in which each peer is first once; the cycles are independent, and the standard
    errors are those of their means. They do not include what truncation leaves out.

    Args:
        rounds: the rounds.
        rng: draws the orders.
        between: a round with |v(N)| up to this, in nats, is worth nothing to anybody.
        within: an order ends once |v(N) - v(arrived)| is below this, in nats (epsilon).
        fewest: orders drawn before stopping is considered.
        most: orders after which a round is done at the latest.
        window: how many running means must have settled.
        tolerance: by how much they may differ from the present one, relative to its norm.

    Raises:
        InputError: there is no round, a limit is not positive, or a truncation is NaN.
        GameError: the loss answered badly.

    >>> round = Round(("a", "b"), np.eye(2, dtype=np.float32), np.zeros(2, dtype=np.float32),
    ...               lambda params: params @ np.array([1.0, 3.0]), learning_rate=1.0)
    >>> gtg_shapley([round], rng=np.random.default_rng(0)).values.tolist()
    [0.0, 2.0]
    """
    limits = _Limits(
        between=between, within=within, fewest=fewest, most=most, window=window, tolerance=tolerance
    )
    if limits.fewest < 1 or limits.most < limits.fewest or limits.window < 1:
        raise InputError(f"no orders can be drawn: fewest={fewest}, most={most}, window={window}")
    if np.isnan([between, within]).any():
        raise InputError(f"rounds and orders cannot be truncated at {between} and {within}")
    return value_each_round(rounds, lambda round: _round(round, limits, rng), ASSUMPTIONS)


def guided_orders(n: int, rng: np.random.Generator) -> Orders:
    """Return n orders, (n, n): player k is first in the k-th, the others follow at random.

    >>> guided_orders(3, np.random.default_rng(0))[:, 0].tolist()
    [0, 1, 2]
    """
    keys = rng.random((n, n))
    np.fill_diagonal(keys, -1.0)
    return np.argsort(keys, axis=1)


def _round(round: Round, limits: _Limits, rng: np.random.Generator) -> Valuation:
    n = len(round.players)
    game = CachedGame(round_game(round))
    whole, nothing = evaluate(game, np.stack([np.ones(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)]))
    total = float(whole - nothing)
    if abs(total) <= limits.between:
        return measured(round.players, np.zeros(n), game=game, total=total)
    cycles: list[npt.NDArray[np.float64]] = []
    while True:
        cycles.append(_cycle(game, float(nothing), float(whole), limits.within, rng))
        drawn = n * len(cycles)
        if drawn + n > limits.most or (drawn >= limits.fewest and _has_settled(cycles, limits)):
            break
    means = np.stack([cycle.mean(axis=0) for cycle in cycles])
    errors = means.std(axis=0, ddof=1) / np.sqrt(len(means)) if len(means) > 1 else np.full(n, np.nan)
    return measured(round.players, means.mean(axis=0), game=game, total=total, standard_errors=errors)


def _has_settled(cycles: Sequence[npt.NDArray[np.float64]], limits: _Limits) -> bool:
    """Say whether the running means of the values, order by order, have stopped moving."""
    added = np.concatenate(cycles)
    running = added.cumsum(axis=0) / np.arange(1, len(added) + 1)[:, None]
    progress = Progress(len(added), 0.0, running, np.full(added.shape[1], np.nan))
    return values_stable(limits.window, limits.tolerance)(progress)


def _cycle(
    game: CachedGame, nothing: float, whole: float, within: float, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Return what each player adds, float64 (n, n), along one cycle of guided orders."""
    n = game.n
    orders = guided_orders(n, rng)
    arrived = np.zeros((n, n), dtype=np.bool_)
    utilities = np.full(n, nothing)
    added = np.zeros((n, n))
    for step in range(n):
        open_orders = np.flatnonzero(np.abs(whole - utilities) >= within)
        if not len(open_orders):
            break
        newcomers = orders[open_orders, step]
        arrived[open_orders, newcomers] = True
        after = evaluate(game, arrived[open_orders])
        added[open_orders, newcomers] = after - utilities[open_orders]
        utilities[open_orders] = after
    return added


METHOD = MethodSpec(
    function=gtg_shapley,
    assumptions=ASSUMPTIONS,
    paper="Liu et al., 2109.02053; Buyukates et al., 2302.14031",
    ranges={
        "between": (0.0, 1.0),
        "within": (0.0, 1.0),
        "fewest": range(1, 501),
        "most": range(500, 100_001),
        "window": range(1, 101),
        "tolerance": (0.0, 1.0),
    },
)

"""Marginal contributions along orders of arrival, many orders at a time.

Orders are drawn by `valuation.draws`, so that a seed gives the same ones on every version of NumPy.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from valuation.coalitions import Coalitions
from valuation.draws import random_orders
from valuation.errors import InputError
from valuation.federated.history import measured
from valuation.game import CachedGame, Game, evaluate
from valuation.result import Valuation

Orders = npt.NDArray[np.intp]
"""Integers (m, n): row j lists the players in their j-th order of arrival."""


def draw_orders(count: int, n: int, rng: np.random.Generator) -> Orders:
    """Return random orders, (count, n), in pairs of an order and its reverse; a last odd one stands alone.

    Raises:
        InputError: the count is below 1.

    >>> orders = draw_orders(4, 3, np.random.default_rng(0))
    >>> bool((orders[0::2] == orders[1::2, ::-1]).all())
    True
    """
    if count < 1:
        raise InputError(f"cannot draw {count} orders")
    forward = random_orders(rng, (count + 1) // 2, n)
    return np.stack([forward, forward[:, ::-1]], axis=1).reshape(-1, n)[:count]


def prefixes(orders: Orders) -> Coalitions:
    """Return who has arrived after each step, bool (m, n + 1, n), for orders (m, n).

    >>> prefixes(np.array([[1, 0]])).astype(int).tolist()
    [[[0, 0], [0, 1], [1, 1]]]
    """
    arrival = np.argsort(orders, axis=1)
    return arrival[:, None, :] < np.arange(orders.shape[1] + 1)[None, :, None]


def marginal_contributions(game: Game, orders: Orders) -> npt.NDArray[np.float64]:
    """Return what each player adds on arrival, float64 (m, n), in the order of the players, not of arrival.

    >>> from valuation.game import TableGame
    >>> marginal_contributions(TableGame([0.0, 1.0, 2.0, 4.0]), np.array([[0, 1], [1, 0]]))
    array([[1., 3.],
           [2., 2.]])
    """
    m, n = orders.shape
    utilities = evaluate(game, prefixes(orders).reshape(-1, n)).reshape(m, n + 1)
    added = np.empty((m, n))
    np.put_along_axis(added, orders, np.diff(utilities, axis=1), axis=1)
    return added


def shapley_by_orders(
    game: Game, players: tuple[str, ...], count: int, rng: np.random.Generator
) -> Valuation:
    """Return Shapley values of a game estimated from random orders, with their standard errors.

    Orders come in pairs with their reverses, which is unbiased and cancels most of what a position in the
    order does (Mitchell, Cooper, Frank and Holmes, 2104.12199); the standard errors are those of the pairs'
    means.

    Raises:
        InputError: there are fewer than two pairs of orders, or an odd number of orders.

    >>> from valuation.game import TableGame
    >>> game = TableGame([0.0, 1.0, 2.0, 4.0])
    >>> shapley_by_orders(game, ("a", "b"), count=4, rng=np.random.default_rng(0)).values.tolist()
    [1.5, 2.5]
    """
    if count < 4 or count % 2:
        raise InputError(f"standard errors need an even number of orders from 4, not {count}")
    cached = CachedGame(game)
    added = marginal_contributions(cached, draw_orders(count, len(players), rng))
    pairs = (added[0::2] + added[1::2]) / 2
    return measured(
        players,
        pairs.mean(axis=0),
        game=cached,
        total=float(added[0].sum()),
        standard_errors=pairs.std(axis=0, ddof=1) / np.sqrt(len(pairs)),
    )

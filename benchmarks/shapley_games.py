"""The games that estimators are measured on, with exact values. Their seeds were used for nothing else."""

from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt
import shapley_federated

from valuation.game import Game, TableGame
from valuation.games import (
    AirportGame,
    BankruptcyGame,
    CoverageGame,
    GloveGame,
    SpanningTreeGame,
    UnanimityGame,
    WeightedVotingGame,
)
from valuation.shapley.exact import exact

Known = tuple[Game, npt.NDArray[np.float64]]

# Castro, Gomez and Tejada (2009), section 5.
CASTRO_COSTS = np.repeat(np.arange(1.0, 11.0), [8, 12, 6, 14, 8, 9, 13, 10, 10, 10])
STATES = [45, 41, 27, 26, 26, 25, 21, 17, 17, 14, 13, 13, 12, 12, 12, 11, *[10] * 4, *[9] * 4, *[8] * 2]
STATES += [*[7] * 4, *[6] * 4, 5, *[4] * 9, *[3] * 7]


def known(game: Game) -> Known:
    return game, game.shapley()  # type: ignore[attr-defined]


def from_table(utilities: npt.NDArray[np.float64]) -> Known:
    game = TableGame(utilities)
    return game, exact(game).values


def airport(n: int, seed: int) -> Known:
    return known(AirportGame(np.random.default_rng(seed).integers(1, 11, n)))


def unanimity(n: int, carriers: int, largest: int, seed: int) -> Known:
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, largest + 1, carriers)
    ranks = rng.permuted(np.tile(np.arange(n), (carriers, 1)), axis=1)
    return known(UnanimityGame(ranks < sizes[:, None], rng.random(carriers)))


def coverage(n: int, items: int, seed: int) -> Known:
    rng = np.random.default_rng(seed)
    return known(CoverageGame(rng.random((n, items)) < rng.random(n)[:, None] * 0.25, rng.random(items)))


def bankruptcy(n: int, seed: int) -> Known:
    claims = np.random.default_rng(seed).integers(1, 100, n)
    return known(BankruptcyGame(claims, estate=int(0.6 * claims.sum())))


def spanning_tree(n: int, seed: int) -> Known:
    places = np.random.default_rng(seed).random((n + 1, 2))
    distances = np.linalg.norm(places[:, None] - places, axis=2)
    return known(SpanningTreeGame(distances))


def log_determinant(n: int, seed: int) -> Known:
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, 6)) * rng.random((n, 1))
    members = shapley_federated.coalitions(n).astype(np.float64)
    gram = np.einsum("mi,ij,ik->mjk", members, features, features, optimize=True)
    return from_table(np.linalg.slogdet(np.eye(6) + gram)[1])


def random_table(n: int, seed: int) -> Known:
    return from_table(np.random.default_rng(seed).random(2**n))


def federated(name: str) -> Known:
    return from_table(shapley_federated.table(name))


GAMES: dict[str, Callable[[], Known]] = {
    **{name: partial(federated, name) for name in shapley_federated.GAMES},
    "airport16": partial(airport, 16, 21),
    "airport30": partial(airport, 30, 22),
    "airport100": lambda: known(AirportGame(CASTRO_COSTS)),
    "voting16": lambda: known(
        WeightedVotingGame([10, 9, 9, 8, 7, 6, 6, 5, 4, 4, 3, 2, 2, 1, 1, 1], quota=40)
    ),
    "voting51": lambda: known(WeightedVotingGame(STATES, quota=270)),
    "glove16": lambda: known(GloveGame(5, 11)),
    "glove100": lambda: known(GloveGame(30, 70)),
    "unanimity16": partial(unanimity, 16, 60, 16, 23),
    "unanimity30": partial(unanimity, 30, 100, 30, 24),
    "unanimity30_small": partial(unanimity, 30, 100, 5, 25),
    "unanimity100": partial(unanimity, 100, 200, 100, 26),
    "coverage40": partial(coverage, 40, 200, 27),
    "logdet14": partial(log_determinant, 14, 28),
    "bankruptcy16": partial(bankruptcy, 16, 29),
    "tree14": partial(spanning_tree, 14, 30),
    "random12": partial(random_table, 12, 31),
}

QUICK = {"airport9": partial(airport, 9, 21), "unanimity10": partial(unanimity, 10, 30, 10, 23)}
"""Small games for a run of a few seconds."""

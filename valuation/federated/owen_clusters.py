"""Owen values over clusters of look-alikes: a cluster arrives as one, and divides what it brings.

G. Owen, "Values of games with a priori unions", 1977. Orders of arrival are those in which the members of a
cluster come one after the other: the Shapley value of the game among clusters, shared within each cluster by
the Shapley value of what its parts could bring in its place. A trainer under several names is one cluster,
and brings as much as one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from valuation.coalitions import coalitions_of
from valuation.federated.assumptions import Assumptions
from valuation.federated.clusters import SIMILAR, clusters
from valuation.federated.history import measured, value_each_round
from valuation.federated.method import MethodSpec
from valuation.federated.round import Round, round_game
from valuation.game import CachedGame, Game, evaluate
from valuation.result import Valuation
from valuation.shapley.semivalues import shapley_weights

ASSUMPTIONS = Assumptions(method="owen-clusters", maximum_peers=16)


def owen_clusters(rounds: Sequence[Round], *, similarity: float = SIMILAR) -> Valuation:
    """Return the Owen values in nats; up to 2^n evaluations a round.

    Args:
        rounds: the rounds.
        similarity: the cosine from which two updates count as look-alikes; every round has its clusters.

    Raises:
        InputError: there is no round, or the similarity is not above 0 and up to 1.
        AssumptionError: there are more than 16 peers.
        GameError: the loss answered badly.

    >>> updates = np.array([[1, 0], [1, 0], [0, 1]], dtype=np.float32)
    >>> round = Round(("a", "a again", "b"), updates, np.zeros(2, dtype=np.float32),
    ...               lambda params: np.maximum(params, -0.5).sum(axis=1), learning_rate=1.0)
    >>> owen_clusters([round]).values.round(3).tolist()
    [0.208, 0.208, 0.417]
    """

    def value(round: Round) -> Valuation:
        game = CachedGame(round_game(round))
        values = owen_values(game, clusters(round, similarity))
        return measured(round.players, values, game=game)

    return value_each_round(rounds, value, ASSUMPTIONS)


def owen_values(game: Game, unions: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return the Owen values of a game, float64 (n,), for a partition of its players.

    phi_i = sum over sets H of other unions and T within i's own without i of
            w(|H|; m) w(|T|; b) (v(H + T + i) - v(H + T)),

    with Shapley's size weights w among m unions, and among the b members of i's.

    Args:
        game: the game.
        unions: the number of each player's union, int64 (n,), from 0 without gaps.

    >>> from valuation.game import TableGame
    >>> owen_values(TableGame([0.0, 1.0, 2.0, 4.0]), np.array([0, 1])).tolist()
    [1.5, 2.5]
    """
    count = int(unions.max()) + 1
    values = np.zeros(unions.size)
    for union in range(count):
        members, others = np.flatnonzero(unions == union), np.delete(np.arange(count), union)
        outside = coalitions_of(np.arange(1 << others.size), others.size)
        inside = coalitions_of(np.arange(1 << members.size), members.size)
        rows = np.zeros((len(outside), len(inside), unions.size), dtype=np.bool_)
        present = np.zeros((len(outside), count), dtype=np.bool_)
        present[:, others] = outside
        rows |= present[:, unions][:, None, :]
        rows[:, :, members] = inside
        utilities = evaluate(game, rows.reshape(-1, unions.size)).reshape(len(outside), len(inside))
        expected = shapley_weights(count)[outside.sum(axis=1)] @ utilities
        weights, sizes = shapley_weights(members.size), inside.sum(axis=1)
        for place, member in enumerate(members.tolist()):
            without = np.flatnonzero(~inside[:, place])
            terms = weights[sizes[without]] * (expected[without | (1 << place)] - expected[without])
            values[member] = math.fsum(terms.tolist())
    return values


METHOD = MethodSpec(
    function=owen_clusters,
    assumptions=ASSUMPTIONS,
    paper="Owen 1977",
    ranges={"similarity": (0.01, 1.0)},
)
"""What the registry knows of the method."""

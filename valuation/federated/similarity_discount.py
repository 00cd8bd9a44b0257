"""Shapley values with a similarity discount: look-alikes share what one of them would get.

The Shapley value pays a trainer more who appears several times. Here each value is divided by the number of
updates in the peer's cluster, itself included (after "replication robust" values: Han, Wooldridge, Rogers,
Ohrimenko and Tschiatschek, 2006.14583, who discount by similarity). The values no longer add up to the gain.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from valuation.federated.assumptions import Assumptions
from valuation.federated.clusters import SIMILAR, clusters
from valuation.federated.history import measured, value_each_round
from valuation.federated.method import MethodSpec
from valuation.federated.round import Round, round_game
from valuation.game import CachedGame
from valuation.result import Valuation
from valuation.shapley import exact

ASSUMPTIONS = Assumptions(method="similarity-discount", maximum_peers=16)


def similarity_discount(rounds: Sequence[Round], *, similarity: float = SIMILAR) -> Valuation:
    """Return the discounted Shapley values in nats; 2^n evaluations a round.

    Args:
        rounds: the rounds.
        similarity: the cosine from which two updates count as look-alikes.

    Raises:
        InputError: there is no round, or the similarity is not above 0 and up to 1.
        AssumptionError: there are more than 16 peers.
        GameError: the loss answered badly.

    >>> round = Round(("a", "b"), np.ones((2, 1), dtype=np.float32), np.zeros(1, dtype=np.float32),
    ...               lambda params: params[:, 0], learning_rate=1.0)
    >>> similarity_discount([round]).values.tolist()
    [0.25, 0.25]
    """

    def value(round: Round) -> Valuation:
        of_cluster = clusters(round, similarity)
        game = CachedGame(round_game(round))
        result = exact(game, players=round.players)
        values = result.values / np.bincount(of_cluster)[of_cluster]
        return measured(round.players, values, game=game, total=result.total)

    return value_each_round(rounds, value, ASSUMPTIONS)


METHOD = MethodSpec(
    function=similarity_discount,
    assumptions=ASSUMPTIONS,
    paper="after Han et al., 2006.14583",
    ranges={"similarity": (0.01, 1.0)},
)
"""What the registry knows of the method."""

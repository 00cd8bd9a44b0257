"""Loss delta: what each update would have brought alone, v({i}).

One evaluation a peer, and no peer's value depends on another's update. It rewards a duplicate in full, and
the values do not add up to what was gained together. Gauntlet's scores start from it
(`valuation.gauntlet`); a single round's deltas are also the "step" score of 2CP (2011.07516).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from valuation.federated.assumptions import Assumptions
from valuation.federated.history import measured, value_each_round
from valuation.federated.method import MethodSpec
from valuation.federated.round import Round, round_game
from valuation.game import CachedGame, evaluate
from valuation.result import Valuation

ASSUMPTIONS = Assumptions(method="loss-delta")


def loss_delta(rounds: Sequence[Round]) -> Valuation:
    """Return the drop in loss that each update brings alone, in nats; n + 2 evaluations a round.

    Raises:
        InputError: there is no round.
        GameError: the loss answered badly.

    >>> round = Round(("a", "b"), np.eye(2, dtype=np.float32), np.zeros(2, dtype=np.float32),
    ...               lambda params: params @ np.array([1.0, 3.0]), learning_rate=1.0)
    >>> loss_delta([round]).values.tolist()
    [1.0, 3.0]
    """
    return value_each_round(rounds, value_alone, ASSUMPTIONS)


def value_alone(round: Round) -> Valuation:
    """Return what each update of one round brings alone.

    >>> round = Round(("a", "b"), np.eye(2, dtype=np.float32), np.zeros(2, dtype=np.float32),
    ...               lambda params: params @ np.array([1.0, 3.0]), learning_rate=1.0)
    >>> value_alone(round).values.tolist()
    [1.0, 3.0]
    """
    n = len(round.players)
    game = CachedGame(round_game(round))
    everyone_and_nobody = np.stack([np.ones(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)])
    utilities = evaluate(game, np.concatenate([everyone_and_nobody, np.eye(n, dtype=np.bool_)]))
    return measured(
        round.players, utilities[2:] - utilities[1], game=game, total=float(utilities[0] - utilities[1])
    )


METHOD = MethodSpec(
    function=loss_delta, assumptions=ASSUMPTIONS, paper="Gauntlet, 2505.21684; 2CP, 2011.07516"
)

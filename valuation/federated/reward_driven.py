"""The reward-driven federated contribution: a rise in loss without a trainer is credited to that trainer.

FC_i = sum over rounds of max(0, v(N) - v(N without i)). "Federated learning using smart contracts on
blockchains, based on reward driven approach" (Behera, Upadhyay and Shetty, 2107.10243) defines a scalar
"federated contribution" that pays an agent, but only its abstract was available: this formula is this
project's own reading, not the paper's.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from valuation.federated.assumptions import Assumptions
from valuation.federated.history import measured, value_each_round
from valuation.federated.leave_one_out import losses_without_each
from valuation.federated.method import MethodSpec
from valuation.federated.round import Round, round_game
from valuation.game import CachedGame
from valuation.result import Valuation

ASSUMPTIONS = Assumptions(method="reward-driven", may_be_negative=False)


def reward_driven(rounds: Sequence[Round]) -> Valuation:
    """Return the rises in loss, in nats, that each trainer prevented; n + 2 evaluations a round.

    Raises:
        InputError: there is no round.
        GameError: the loss answered badly.

    >>> round = Round(("a", "b"), np.eye(2, dtype=np.float32), np.zeros(2, dtype=np.float32),
    ...               lambda params: params @ np.array([1.0, 3.0]), learning_rate=1.0)
    >>> reward_driven([round]).values.tolist()
    [0.0, 1.0]
    """
    return value_each_round(rounds, _round, ASSUMPTIONS)


def _round(round: Round) -> Valuation:
    game = CachedGame(round_game(round))
    values, total = losses_without_each(game)
    return measured(round.players, np.maximum(values, 0.0), game=game, total=total)


METHOD = MethodSpec(
    function=reward_driven, assumptions=ASSUMPTIONS, paper="after Behera et al., 2107.10243 (abstract only)"
)

"""Leave-one-out: what the round would have lost without a peer.

phi_i = v(N) - v(N without i), summed over rounds. One evaluation a peer. Of two peers with the same update
neither is missed, so both may get nothing; and the values need not add up to what was gained.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from valuation.federated.assumptions import Assumptions
from valuation.federated.history import measured, value_each_round
from valuation.federated.method import MethodSpec
from valuation.federated.round import Round, round_game
from valuation.game import CachedGame, evaluate
from valuation.result import Valuation

ASSUMPTIONS = Assumptions(method="leave-one-out")


def leave_one_out(rounds: Sequence[Round]) -> Valuation:
    """Return what each peer's absence would have cost, in nats; n + 2 evaluations a round.

    Raises:
        InputError: there is no round.
        GameError: the loss answered badly.

    >>> round = Round(("a", "b"), np.eye(2, dtype=np.float32), np.zeros(2, dtype=np.float32),
    ...               lambda params: params @ np.array([1.0, 3.0]), learning_rate=1.0)
    >>> leave_one_out([round]).values.tolist()
    [-1.0, 1.0]
    """
    return value_each_round(rounds, _round, ASSUMPTIONS)


def losses_without_each(game: CachedGame) -> tuple[npt.NDArray[np.float64], float]:
    """Return v(N) - v(N without i), float64 (n,), and v(N) - v(nobody).

    >>> round = Round(("a", "b"), np.eye(2, dtype=np.float32), np.zeros(2, dtype=np.float32),
    ...               lambda params: params @ np.array([1.0, 3.0]), learning_rate=1.0)
    >>> values, total = losses_without_each(CachedGame(round_game(round)))
    >>> values.tolist(), total
    ([-1.0, 1.0], 2.0)
    """
    everyone_and_nobody = np.stack([np.ones(game.n, dtype=np.bool_), np.zeros(game.n, dtype=np.bool_)])
    utilities = evaluate(game, np.concatenate([everyone_and_nobody, ~np.eye(game.n, dtype=np.bool_)]))
    return utilities[0] - utilities[2:], float(utilities[0] - utilities[1])


def _round(round: Round) -> Valuation:
    game = CachedGame(round_game(round))
    values, total = losses_without_each(game)
    return measured(round.players, values, game=game, total=total)


METHOD = MethodSpec(
    function=leave_one_out, assumptions=ASSUMPTIONS, paper="Cook, Technometrics 19 (1977); folklore"
)

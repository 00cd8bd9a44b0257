"""The method `shapley-exact`: every coalition of every round is measured, and a semivalue follows exactly.

All rounds together are one game, v(S) = sum over rounds t of v_t(S within I_t), in which a peer is a null
player of the rounds that it missed. The semivalues offered here do not change when null players join, so the
value of the whole game is the sum of the rounds'. With Shapley's weights that is what `fedsv` computes
exactly; Banzhaf's and Beta's are offered because they are less disturbed by noise in the utilities (Wang and
Jia, 2205.15466; Kwon and Zou, 2110.14049). The integer form that contracts recompute is
`valuation.scoring.shapley_exact`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from valuation.errors import AssumptionError
from valuation.federated.assumptions import Assumptions
from valuation.federated.history import value_each_round
from valuation.federated.method import MethodSpec
from valuation.federated.round import Round, round_game
from valuation.result import Valuation
from valuation.shapley import exact
from valuation.shapley.semivalues import SizeWeights, shapley_weights

ASSUMPTIONS = Assumptions(method="shapley-exact")

MOST_PEERS = 20
"""2^20 coalitions of a small model take minutes; above, estimate."""


def shapley_exact(
    rounds: Sequence[Round], *, weights: Callable[[int], SizeWeights] = shapley_weights
) -> Valuation:
    """Return the exact semivalues of all rounds together, in nats; 2^k evaluations for a round of k peers.

    Args:
        rounds: the rounds.
        weights: from a number of players to their size weights: `shapley_weights`, `banzhaf_weights`, or
            `lambda n: beta_weights(n, alpha, beta)`, of `valuation.shapley.semivalues`.

    Raises:
        InputError: there is no round, or the weights are those of no semivalue.
        AssumptionError: a round has more than 20 peers.
        GameError: the loss answered badly.

    >>> import numpy as np
    >>> round = Round(("a", "b"), np.eye(2, dtype=np.float32), np.zeros(2, dtype=np.float32),
    ...               lambda params: params @ np.array([1.0, 3.0]), learning_rate=1.0)
    >>> shapley_exact([round]).values.tolist()
    [0.0, 2.0]
    """

    def value(round: Round) -> Valuation:
        n = len(round.players)
        if n > MOST_PEERS:
            raise AssumptionError(f"shapley-exact values up to {MOST_PEERS} peers a round, not {n}")
        return exact(round_game(round), weights=weights(n), players=round.players)

    return value_each_round(rounds, value, ASSUMPTIONS)


METHOD = MethodSpec(
    function=shapley_exact, assumptions=ASSUMPTIONS, paper="Shapley 1953; Dubey, Neyman and Weber 1981"
)

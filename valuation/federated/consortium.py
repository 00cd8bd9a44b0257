"""The consortium of 2CP: every trainer in turn evaluates all the others on its own data.

For each evaluator e, the others play the game v_e(S) = e's loss of the base less e's loss of the mean update
of S; each is credited max(0, score) a round, as tokens are; and a trainer's value is the sum over the
evaluators. No evaluator has to be trusted alone, and nobody evaluates itself. Cai, Rueckert and
Passerat-Palmbach, "2CP: decentralized protocols to transparently evaluate contributivity in blockchain
federated learning environments" (2011.07516), as seen in the authors' contracts, none of whose code is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from valuation.federated.assumptions import Assumptions
from valuation.federated.fedsv import MOST_EXACT, exact_round
from valuation.federated.history import add_up, value_each_round
from valuation.federated.loss_delta import value_alone
from valuation.federated.method import MethodSpec
from valuation.federated.peer_data import CheckedMeasure, Measure, PeerMeasures
from valuation.federated.round import Round
from valuation.result import Valuation

ASSUMPTIONS = Assumptions(
    method="consortium",
    minimum_peers=2,
    maximum_peers=MOST_EXACT + 1,
    per_peer="peer_losses",
    may_be_negative=False,
)


def consortium(rounds: Sequence[Round], *, peer_losses: PeerMeasures, step: bool = False) -> Valuation:
    """Return the sums of what the other trainers' evaluations credit to each, in nats, never negative.

    n 2^(n-1) evaluations a round, or n (n + 1) with `step`.

    Args:
        rounds: the rounds; their own loss is not used.
        peer_losses: each trainer's loss on its own data, in nats.
        step: credit each update's loss delta alone instead of its Shapley value.

    Raises:
        InputError: there is no round.
        AssumptionError: a round has one peer, there are more than 17, or a peer has no loss.
        GameError: a loss answered badly; the message says whose.

    >>> round = Round(("a", "b"), np.eye(2, dtype=np.float32), np.zeros(2, dtype=np.float32),
    ...               lambda params: params.sum(axis=1), learning_rate=1.0)
    >>> losses = {"a": lambda params: 5 * params[:, 1], "b": lambda params: -params[:, 0]}
    >>> consortium([round], peer_losses=losses).values.tolist()
    [0.0, 5.0]
    """
    checked = ASSUMPTIONS.check(rounds, peer_losses)

    def value(round: Round) -> Valuation:
        credits = [_credits(_without(round, peer, peer_losses[peer]), step) for peer in round.players]
        return add_up(credits, round.players, ASSUMPTIONS.method, checked)

    return value_each_round(rounds, value, ASSUMPTIONS, checked=checked)


def _without(round: Round, evaluator: str, measure: Measure) -> Round:
    """Return the game of all others on the evaluator's data, with its name in every refusal."""
    place = round.players.index(evaluator)
    return replace(
        round,
        players=round.players[:place] + round.players[place + 1 :],
        updates=np.delete(round.updates, place, axis=0),
        weights=None if round.weights is None else np.delete(round.weights, place),
        loss=CheckedMeasure(measure, f"the loss of peer {evaluator!r}"),
    )


def _credits(game: Round, step: bool) -> Valuation:
    result = value_alone(game) if step else exact_round(game)
    values = np.maximum(result.values, 0.0)
    return replace(result, values=values, efficiency_gap=result.total - float(values.sum()))


METHOD = MethodSpec(
    function=consortium,
    assumptions=ASSUMPTIONS,
    paper="2CP: Cai et al., 2011.07516",
    ranges={"step": range(2)},
)

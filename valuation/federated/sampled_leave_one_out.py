"""Sampled leave-one-out of the Proof-of-Contribution design: what a peer adds to a few random others.

c_j = v(C + j) - v(C) for a random set C of q = max(1, round(log10 n)) others; a round whose model hardly
changed the utility is worth nothing to anybody (round truncation). Buyukates et al., 2302.14031; the body of
the paper was not available, the formula is that of its authors' library (FedML), none of whose code is used.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import numpy as np

from valuation.errors import InputError
from valuation.federated.assumptions import Assumptions
from valuation.federated.history import measured, value_each_round
from valuation.federated.method import MethodSpec
from valuation.federated.round import Round, round_game
from valuation.game import CachedGame, evaluate
from valuation.result import Valuation

ASSUMPTIONS = Assumptions(method="sampled-leave-one-out")


def sampled_leave_one_out(
    rounds: Sequence[Round], *, rng: np.random.Generator, samples: int = 1, truncation: float = 0.01
) -> Valuation:
    """Return what each peer added to random sets of q others, in nats, on average over `samples` sets.

    The expectation is the mean marginal contribution to coalitions of size q, not the leave-one-out value.
    At most 2 n samples + 2 evaluations a round.

    Args:
        rounds: the rounds.
        rng: draws the sets.
        samples: sets a peer and round; the paper's 1 gives no standard errors, two or more do.
        truncation: a round with |v(N)| up to this is worth nothing; the library's 0.01 is of accuracy, here
            it is in nats.

    Raises:
        InputError: there is no round, no sample is to be drawn, or the truncation is NaN.
        GameError: the loss answered badly.

    >>> round = Round(("a", "b"), np.eye(2, dtype=np.float32), np.zeros(2, dtype=np.float32),
    ...               lambda params: params @ np.array([1.0, 3.0]), learning_rate=1.0)
    >>> sampled_leave_one_out([round], rng=np.random.default_rng(0)).values.tolist()
    [-1.0, 1.0]
    """
    if samples < 1:
        raise InputError(f"{samples} samples a peer are no sample")
    if math.isnan(truncation):
        raise InputError(f"rounds cannot be truncated at {truncation}")
    value = partial(_round, rng=rng, samples=samples, truncation=truncation)
    return value_each_round(rounds, value, ASSUMPTIONS)


def companions(n: int) -> int:
    """Return q, how many others a peer is added to: max(1, round(log10 n)), but no more than there are.

    >>> [companions(n) for n in (1, 2, 31, 32, 1000)]
    [0, 1, 1, 2, 3]
    """
    return min(max(1, round(math.log10(n))), n - 1)


def _round(round: Round, rng: np.random.Generator, samples: int, truncation: float) -> Valuation:
    n = len(round.players)
    game = CachedGame(round_game(round))
    whole, nothing = evaluate(game, np.stack([np.ones(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)]))
    total = float(whole - nothing)
    if abs(total) <= truncation:
        return measured(round.players, np.zeros(n), game=game, total=total)
    keys = rng.random((samples, n, n))
    keys[:, np.arange(n), np.arange(n)] = np.inf
    others = np.zeros((samples, n, n), dtype=np.bool_)
    np.put_along_axis(others, np.argsort(keys, axis=2)[:, :, : companions(n)], True, axis=2)
    with_peer = others | np.eye(n, dtype=np.bool_)
    before, after = (
        evaluate(game, coalitions.reshape(-1, n)).reshape(samples, n) for coalitions in (others, with_peer)
    )
    added = after - before
    errors = added.std(axis=0, ddof=1) / np.sqrt(samples) if samples > 1 else np.full(n, np.nan)
    return measured(round.players, added.mean(axis=0), game=game, total=total, standard_errors=errors)


METHOD = MethodSpec(
    function=sampled_leave_one_out,
    assumptions=ASSUMPTIONS,
    paper="Buyukates et al., 2302.14031 (abstract; FedML's library)",
    ranges={"samples": range(1, 1001), "truncation": (0.0, 1.0)},
)

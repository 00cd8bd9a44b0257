"""Time-aware reward cumulation: the Shapley values of each interval, of those who had joined by then.

r_i = sum over intervals tau of w_tau phi_i(tau), w_tau = beta^tau / sum of beta^tau, tau = 0 ... latest join.
In the interval tau those not yet joined stand alone: v_tau(S) = v(S within J_tau) + sum of v({i}) over i in S
outside of J_tau. Large beta lets only the last interval count, which is the ordinary Shapley value. Rewards
add up to less than v(N) when somebody joins late. "Incentivizing time-aware fairness in data sharing"
(2510.09240), seen second-hand; that late joiners stand alone is inferred from individual rationality.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from valuation.coalitions import coalitions_of
from valuation.errors import InputError
from valuation.federated.assumptions import Assumptions
from valuation.federated.joining import MOST_PEERS, Times, check_times, value_with_times
from valuation.federated.method import MethodSpec
from valuation.federated.round import Round
from valuation.federated.superadditive import TRANSFORMS
from valuation.game import TableGame, Utilities
from valuation.result import Valuation
from valuation.shapley import exact

ASSUMPTIONS = Assumptions(method="time-aware-cumulation", maximum_peers=MOST_PEERS, may_be_negative=False)


def cumulated_rewards(table: Utilities, times: Times, beta: float = 1.0) -> npt.NDArray[np.float64]:
    """Return the rewards, float64 (n,), for a game, float64 (2^n,), and the intervals of joining, int64 (n,).

    O(number of distinct times * 2^n).

    Raises:
        InputError: a time is negative or the lengths do not fit, or beta is not positive and finite.

    >>> table = np.array([0.0, 2.0, 2.0, 6.0, 1.0, 4.0, 4.0, 10.0])
    >>> cumulated_rewards(table, np.array([0, 0, 2]), beta=2.0).round(6).tolist()
    [3.47619, 3.47619, 1.761905]
    """
    n = check_times(table, times)
    if not 0 < beta < np.inf:
        raise InputError(f"beta must be positive and finite, not {beta}")
    alone = table[1 << np.arange(n)]
    intervals = np.arange(times.max() + 1)
    # Divided by the largest power, so that none overflows.
    weights = beta ** (intervals - (intervals[-1] if beta > 1 else 0)).astype(np.float64)
    weights /= weights.sum()
    rewards = np.zeros(n)
    for start in np.unique(np.append(times, 0)):
        # Between two arrivals nothing changes, so that intervals are valued together.
        later = np.unique(times[times > start])
        until = later[0] if len(later) else len(intervals)
        joined = np.flatnonzero(times <= start)
        values = alone.copy()
        if len(joined):
            values[joined] = exact(TableGame(restricted(table, joined))).values
        rewards += weights[start:until].sum() * values
    return rewards


def time_aware_cumulation(
    rounds: Sequence[Round],
    *,
    beta: float = 1.0,
    times: Mapping[str, int] | None = None,
    transform: str = "none",
) -> Valuation:
    """Return time-aware rewards by cumulation, in nats; 2^k evaluations for a round of k peers.

    Args:
        rounds: the rounds, added up to one game.
        beta: how much more a later interval counts than the one before.
        times: when each peer joined; the round in which it first took part if not given.
        transform: "none", "dual", "cover" or "dual-cover" (`valuation.federated.superadditive`).

    Raises:
        InputError: there is no round, a peer's time is missing or negative, or beta is not positive.
        AssumptionError: there are more than 13 peers, or the game is not monotone and superadditive.
        GameError: the loss answered badly.

    >>> round = Round(("a", "b"), np.eye(2, dtype=np.float32), np.zeros(2, dtype=np.float32),
    ...               lambda params: params @ np.array([1.0, 3.0]), learning_rate=1.0)
    >>> time_aware_cumulation([round], transform="cover").values.tolist()
    [1.0, 3.0]
    """
    return value_with_times(
        rounds, ASSUMPTIONS, times, transform, lambda table, joined: cumulated_rewards(table, joined, beta)
    )


def restricted(table: Utilities, players: npt.NDArray[np.intp]) -> Utilities:
    """Return the game among some players alone, float64 (2^k,), from the table of all, float64 (2^n,).

    >>> restricted(np.arange(8.0), np.array([0, 2])).tolist()
    [0.0, 1.0, 4.0, 5.0]
    """
    k = len(players)
    return table[coalitions_of(np.arange(2**k), k) @ (1 << players)]


METHOD = MethodSpec(
    function=time_aware_cumulation,
    assumptions=ASSUMPTIONS,
    paper="2510.09240 (NeurIPS 2025), second-hand",
    ranges={"beta": (1e-6, 1e6), "transform": frozenset(TRANSFORMS)},
    remembers=True,
)

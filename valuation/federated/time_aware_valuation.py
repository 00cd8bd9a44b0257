"""Time-aware valuation: what a group achieves together counts less, the later its last member joined.

With the Harsanyi dividends d and lambda_i = exp(-gamma t_i), a coalition's time-aware utility is

    v_t(S) = sum over i in S of d({i}) + sum over T within S, |T| >= 2, of d(T) min over i in T of lambda_i,

and the reward is its Shapley value, in closed form d({i}) + sum over T with i of d(T) min lambda / |T|.
gamma = 0 is the ordinary Shapley value. Rewards add up to less than v(N) when somebody joins late.
"Incentivizing time-aware fairness in data sharing" (2510.09240), seen second-hand; the closed form is this
project's.
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
from valuation.shapley.moebius import harsanyi_dividends

ASSUMPTIONS = Assumptions(method="time-aware-valuation", maximum_peers=MOST_PEERS, may_be_negative=False)


def time_aware_rewards(table: Utilities, times: Times, gamma: float = 0.5) -> npt.NDArray[np.float64]:
    """Return the rewards, float64 (n,), for a game, float64 (2^n,), and the intervals of joining, int64 (n,).

    O(n 2^n), by the fast Moebius transform.

    Raises:
        InputError: a time is negative or the lengths do not fit, or gamma is negative or not finite.

    >>> table = np.array([0.0, 2.0, 2.0, 6.0, 1.0, 4.0, 4.0, 10.0])
    >>> time_aware_rewards(table, np.array([0, 0, 2]), gamma=0.5).round(6).tolist()
    [3.306566, 3.306566, 1.490506]
    """
    n = check_times(table, times)
    if not 0 <= gamma < np.inf:
        raise InputError(f"gamma must be finite and not negative, not {gamma}")
    smallest = np.ones(1)
    for decay in np.exp(-gamma * times):
        smallest = np.concatenate([smallest, np.minimum(smallest, decay)])
    members = coalitions_of(np.arange(2**n), n)
    sizes = members.sum(axis=1)
    # What somebody is worth alone does not depend on when.
    parts = harsanyi_dividends(TableGame(table)) * np.where(sizes == 1, 1.0, smallest) / np.maximum(sizes, 1)
    return np.asarray(parts @ members)


def time_aware_valuation(
    rounds: Sequence[Round],
    *,
    gamma: float = 0.5,
    times: Mapping[str, int] | None = None,
    transform: str = "none",
) -> Valuation:
    """Return time-aware rewards by valuation, in nats; 2^k evaluations for a round of k peers.

    Args:
        rounds: the rounds, added up to one game.
        gamma: how fast the worth of working together decays with the time of joining.
        times: when each peer joined; the round in which it first took part if not given.
        transform: "none", "dual", "cover" or "dual-cover" (`valuation.federated.superadditive`).

    Raises:
        InputError: there is no round, a peer's time is missing or negative, or gamma is negative.
        AssumptionError: there are more than 13 peers, or the game is not monotone and superadditive.
        GameError: the loss answered badly.

    >>> round = Round(("a", "b"), np.eye(2, dtype=np.float32), np.zeros(2, dtype=np.float32),
    ...               lambda params: params @ np.array([1.0, 3.0]), learning_rate=1.0)
    >>> time_aware_valuation([round], transform="cover").values.tolist()
    [1.0, 3.0]
    """
    return value_with_times(
        rounds, ASSUMPTIONS, times, transform, lambda table, joined: time_aware_rewards(table, joined, gamma)
    )


METHOD = MethodSpec(
    function=time_aware_valuation,
    assumptions=ASSUMPTIONS,
    paper="2510.09240 (NeurIPS 2025), second-hand",
    ranges={"gamma": (0.0, 10.0), "transform": frozenset(TRANSFORMS)},
    remembers=True,
)

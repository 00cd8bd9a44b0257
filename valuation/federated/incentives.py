"""The conditions that time-aware rewards should meet, as checks of any rewards and any rule.

"Incentivizing time-aware fairness in data sharing" (2510.09240), seen second-hand; F1, F2, F4 and F5 are
recalled. Rewards divided by the time of joining, the obvious rule, fail F2 and F6.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.federated.joining import Times, check_times
from valuation.federated.superadditive import TOLERANCE
from valuation.game import Utilities

Rewards = npt.NDArray[np.float64]
Rule = Callable[[Utilities, Times], Rewards]
"""From a game, float64 (2^n,), and times of joining, int64 (n,), to rewards, float64 (n,)."""


@dataclass(frozen=True)
class Condition:
    """One condition: its name, whether it holds, and where it does not."""

    name: str
    holds: bool
    detail: str = ""


def incentive_conditions(table: Utilities, times: Times, rewards: Rewards) -> tuple[Condition, ...]:
    """Return the conditions on given rewards: F1 feasibility, F2 individual rationality, F3 to F6.

    F3: equal players who joined together are paid alike. F4: a player who adds at least as much to every
    coalition, and joined no later, is paid no less. F6: a player without whom nothing has any value is paid
    no less than anybody. O(n^2 2^n).

    Raises:
        InputError: the lengths do not fit.

    >>> [each.name for each in incentive_conditions(np.array([0.0, 1.0, 1.0, 4.0]), np.array([0, 1]),
    ...                                             np.array([2.0, 0.5])) if not each.holds]
    ['F2 individual rationality']
    """
    n = check_times(table, times)
    slack = TOLERANCE * float(np.abs(table).max(initial=0.0))
    alone = table[1 << np.arange(n)]
    least = _least_advantage(table, n)
    earlier = times[:, None] <= times[None, :]
    together = times[:, None] == times[None, :]
    better = least >= -slack
    equal = better & better.T & together
    needed = np.array([_needed(table, player, slack) for player in range(n)])
    lead = rewards[:, None] - rewards[None, :]
    return (
        _all("F1 feasibility", (rewards >= -slack) & (rewards.sum() <= table[-1] + n * slack)),
        _all("F2 individual rationality", rewards >= alone - slack),
        _all("F3 symmetry at equal times", ~equal | (np.abs(lead) <= n * slack)),
        _all("F4 desirability", ~(better & earlier) | (lead >= -n * slack)),
        _all("F6 necessity", ~needed[:, None] | (lead >= -n * slack)),
    )


def time_monotonicity(rule: Rule, table: Utilities, times: Times) -> tuple[Condition, Condition]:
    """Return F7, joining earlier never lowers one's reward, and F8, it raises it where it should.

    It should where the player adds more to some coalition of those who joined before than it is worth alone.
    Every player is moved to every earlier interval, the others staying.

    Raises:
        InputError: the lengths do not fit.

    >>> late_is_better = lambda table, times: table[[1, 2]] + times
    >>> found = time_monotonicity(late_is_better, np.array([0.0, 1.0, 1.0, 4.0]), np.array([0, 1]))
    >>> [each.holds for each in found]
    [False, False]
    """
    n = check_times(table, times)
    slack = n * TOLERANCE * float(np.abs(table).max(initial=0.0))
    rewards = rule(table, times)
    lower, flat = [], []
    for player in range(n):
        useful = _adds_to_predecessors(table, times, player, slack)
        for earlier in range(int(times[player])):
            moved = times.copy()
            moved[player] = earlier
            gain = rule(table, moved)[player] - rewards[player]
            where = f"player {player} joining at {earlier} instead of {times[player]}: {gain:+g}"
            if gain < -slack:
                lower.append(where)
            if useful and gain <= slack:
                flat.append(where)
    return (
        Condition("F7 time monotonicity", not lower, "; ".join(lower)),
        Condition("F8 strict time monotonicity", not flat, "; ".join(flat)),
    )


def monotonicity(rule: Rule, table: Utilities, times: Times, better: Utilities, player: int) -> Condition:
    """Return F5: a game in which only the player's coalitions are worth more pays the player no less.

    Args:
        rule: the rule that is asked.
        table: the game, float64 (2^n,).
        times: when each player joined, int64 (n,).
        better: the other game, float64 (2^n,).
        player: the one whose coalitions are worth more in it.

    Raises:
        InputError: the lengths do not fit, or other coalitions changed, or one of the player's lost.

    >>> game, better = np.array([0.0, 1.0, 1.0, 4.0]), np.array([0.0, 1.0, 1.0, 6.0])
    >>> monotonicity(lambda table, times: 9 - table[[3, 3]], game, np.array([0, 1]), better, player=0).detail
    'player 0 gets -2'
    """
    n = check_times(table, times)
    slack = TOLERANCE * float(max(np.abs(table).max(initial=0.0), np.abs(better).max(initial=0.0)))
    if better.shape != table.shape or not 0 <= player < n:
        raise InputError(f"player {player} of games of shapes {table.shape} and {better.shape}")
    gains = (better - table).reshape(-1, 2, 1 << player)
    if gains[:, 0].any() or (gains[:, 1] < 0).any():
        raise InputError(f"the better game is to raise coalitions with player {player}, and change no others")
    gain = rule(better, times)[player] - rule(table, times)[player]
    holds = bool(gain >= -n * slack)
    return Condition("F5 monotonicity", holds, "" if holds else f"player {player} gets {gain:+g}")


def _least_advantage(table: Utilities, n: int) -> npt.NDArray[np.float64]:
    """Return the least of v(S + i) - v(S + j) over S without i and j, float64 (n, n); zero for i = j."""
    masks = np.arange(table.size)
    least = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            if i != j:
                rest = masks[(masks >> i & 1 == 0) & (masks >> j & 1 == 0)]
                least[i, j] = (table[rest | 1 << i] - table[rest | 1 << j]).min()
    return least


def _needed(table: Utilities, player: int, slack: float) -> bool:
    """Say whether every coalition without the player is worth nothing."""
    without = table.reshape(-1, 2, 1 << player)[:, 0]
    return bool((np.abs(without) <= slack).all())


def _adds_to_predecessors(table: Utilities, times: Times, player: int, slack: float) -> bool:
    """Say whether a player adds more to some coalition of earlier ones than it is worth alone."""
    before = int(sum(1 << other for other in np.flatnonzero(times < times[player]).tolist()))
    masks = np.arange(table.size)
    among = masks[masks & ~before == 0]
    added = table[among | 1 << player] - table[among] - table[1 << player]
    # Averaged over the orders of arrival, the advantage must still stand out from rounding.
    return bool(added.max() > slack * table.size)


def _all(name: str, holds: npt.NDArray[np.bool_]) -> Condition:
    broken = np.argwhere(~holds)
    players = ", ".join(map(str, broken[0].tolist())) if len(broken) else ""
    return Condition(name, not len(broken), f"players {players}" if players else "")

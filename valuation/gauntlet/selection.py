"""Who is evaluated in a round: drawn from the seed, so that nobody can choose and everybody can check.

Peers of like rating are evaluated together, which tells a rating most, and whoever has waited longest is
likeliest to be next. A peer holds one ticket for every round since its last evaluation, and the highest
ticket counts: that is sampling without replacement in proportion to the waiting time (P. S. Efraimidis, P.
G. Spirakis, "Weighted random sampling with a reservoir", 2006), in whole numbers.
"""

import numpy as np
import numpy.typing as npt

from valuation import seeds
from valuation.errors import InputError
from valuation.gauntlet.rules import Selection

Positions = npt.NDArray[np.int64]

MOST_TICKETS = 64
"""Waiting longer makes no difference; it bounds the work."""


def select(
    seed: bytes, round: int, ordinals: npt.NDArray[np.float64], waiting: Positions, rule: Selection
) -> Positions:
    """Return who is evaluated, int64 ascending, of n candidates. O(n log n).

    Args:
        seed: The round's seed, which is drawn after all commitments.
        round: Its number.
        ordinals: The candidates' ratings, float64 (n,).
        waiting: Rounds since each was last evaluated, int64 (n,), at least 1.
        rule: How many, and from which of the bins of like rating. With fewer candidates than bins times the
            count there is one bin.

    Raises:
        InputError: the seed is empty, or the shapes do not fit.

    >>> ordinals, waiting = np.arange(6.0), np.ones(6, dtype=np.int64)
    >>> select(bytes(32), 0, ordinals, waiting, Selection(count=2, bins=3, bin="rotation")).tolist()
    [0, 1]
    """
    if ordinals.ndim != 1 or ordinals.shape != waiting.shape:
        raise InputError(f"ratings {ordinals.shape} and waiting times {waiting.shape} need one shape (n,)")
    n = ordinals.size
    bins = rule.bins if n >= rule.bins * rule.count else 1
    number = round if rule.bin == "rotation" else int(seeds.uint64s(seed, "gauntlet/bin", 1)[0])
    members = np.array_split(np.argsort(ordinals, kind="stable"), bins)[number % bins]
    tickets = np.clip(waiting, 1, MOST_TICKETS) if rule.weighting == "waiting" else np.ones_like(waiting)
    # Everybody's tickets are drawn, in the order of the candidates, whoever is in the bin.
    drawn = seeds.uint64s(seed, "gauntlet/tickets", int(tickets.sum()))
    best = np.maximum.reduceat(drawn, np.cumsum(tickets) - tickets) if n else drawn
    # Ties, which have a chance of 2^-64, go to the first.
    members = np.sort(members)
    highest = np.argsort(~best[members], kind="stable")[: rule.count]
    return np.sort(members[highest]).astype(np.int64)

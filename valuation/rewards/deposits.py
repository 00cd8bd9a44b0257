"""Deposits that dishonest work costs: BlockFlow's penalty, in whole units.

Jaberzadeh et al., 2307.10492, after BlockFlow (Mugunthan, Rahman and Kagal, 2007.03856): a worker whose
overall score falls below 0.7 loses 70 % of the deposit. What is taken never exceeds the deposit, and is
returned as a number to be moved or burnt, so that no unit is stuck.
"""

from __future__ import annotations

from collections.abc import Sequence

from valuation.errors import InputError
from valuation.rewards.payouts import BASIS_POINTS


def penalties(
    scores: Sequence[float], deposits: Sequence[int], *, threshold: float = 0.7, fraction: int = 7000
) -> list[int]:
    """Return what each worker loses of the deposit, in whole units, rounded down.

    Args:
        scores: overall scores, (n,), such as those of `valuation.federated.blockflow`.
        deposits: what each worker has deposited, (n,).
        threshold: scores below it are penalised.
        fraction: the part of the deposit that is lost, in basis points.

    Raises:
        InputError: the lengths differ, a deposit is negative, a score is NaN, or the fraction is not between
            0 and 10,000 basis points.

    >>> penalties([0.967, 0.961, 0.0, 0.945], [5, 5, 5, 5])
    [0, 0, 3, 0]
    """
    if len(scores) != len(deposits):
        raise InputError(f"{len(scores)} scores, but {len(deposits)} deposits")
    if not 0 <= fraction <= BASIS_POINTS:
        raise InputError(f"a fraction of {fraction} basis points")
    for position, (score, deposit) in enumerate(zip(scores, deposits, strict=True)):
        if deposit < 0 or score != score:
            raise InputError(f"worker {position} has the score {score} and the deposit {deposit}")
    return [
        deposit * fraction // BASIS_POINTS if score < threshold else 0
        for score, deposit in zip(scores, deposits, strict=True)
    ]

"""A round's pool in halves, by rank: the split of a contract that exists, and the same mended.

Jaberzadeh et al., "Blockchain-based federated learning: incentivizing data sharing and penalizing dishonest
behavior", 2307.10492: a round's pool goes to the ranked workers in halves, 1/2, 1/4 and so on. Of the
last three, two divide what remains, at a = R/2 plus and minus f = a/K, and the third gets nothing. The
published split fails below three workers, pays the last nothing for the same work, and depends on how ties
are listed. `ranked_split` mends these; `published_split` is kept to compare with. Seen in the authors'
contract; none of its code is used.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from valuation.errors import InputError
from valuation.rewards.schedules import rank_weights
from valuation.rewards.shares import largest_remainder


def published_split(pool: int, workers: int) -> list[int]:
    """Return what the ranked workers of a round get, best first, as published.

    Raises:
        InputError: there are fewer than three workers, for whom the published split does not work, or the
            pool is negative.

    >>> published_split(960_000, workers=5)
    [480000, 240000, 144000, 96000, 0]
    """
    if workers < 3:
        raise InputError(f"the published split needs at least three workers, not {workers}")
    parts = [*_halves(workers, workers - 3), Fraction(0)]
    return largest_remainder(_whole(parts), pool)


def ranked_split(pool: int, scores: Sequence[int]) -> list[int]:
    """Divide a pool by rank, with the defects of the published split mended.

    The halves go on until two workers are left, who divide the rest R at R/2 plus and minus R/2K, so that the
    last is paid too; equal scores get equal parts; one or two workers are paid; a score of zero or less gets
    nothing. The parts add up to the pool unless nobody has a positive score.

    Raises:
        InputError: the pool is negative.

    >>> ranked_split(960_000, [50, 40, 30, 20, -1])
    [480000, 240000, 150000, 90000, 0]
    >>> ranked_split(960_000, [7])
    [960000]
    """
    paid = sum(score > 0 for score in scores)
    parts = _halves(paid, max(paid - 2, 0)) if paid > 1 else [Fraction(1)] * paid
    return largest_remainder(rank_weights(scores, _whole(parts)), pool)


def _halves(workers: int, halved: int) -> list[Fraction]:
    """Return `halved` halves, and the two parts that divide the rest."""
    rest = Fraction(1, 2**halved)
    tilt = rest / 2 / workers
    return [Fraction(1, 2 ** (place + 1)) for place in range(halved)] + [rest / 2 + tilt, rest / 2 - tilt]


def _whole(parts: Sequence[Fraction]) -> list[int]:
    """Return parts of a whole as whole numbers in the same proportions."""
    common = math.lcm(*(part.denominator for part in parts))
    return [int(part * common) for part in parts]

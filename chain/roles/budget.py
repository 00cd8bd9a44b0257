"""What a round may pay: the emission schedule and the escrow, as everybody can recompute them later."""

from __future__ import annotations

from chain.contracts.types import Emission, EmissionKind
from chain.project import Project


def emitted(emission: Emission, rounds: int) -> int:
    """What the schedule allows to have been paid by the end of a round, in token units:
    `Emissions.cumulative`.

    Example:
        >>> [emitted(Emission(EmissionKind.HALVING, 100, 2), rounds) for rounds in (1, 2, 3, 4, 1000)]
        [100, 200, 250, 300, 399]
    """
    first, period = emission.first, emission.period
    if emission.kind is EmissionKind.FIXED:
        return first * rounds
    if emission.kind is EmissionKind.LINEAR:
        paying = min(rounds, period)
        return first * paying * (2 * period + 1 - paying) // (2 * period)
    era, into = divmod(rounds, period)
    ahead = first * (2 * period - into)
    # Solidity cannot shift by more than 255 bits and rounds what is ahead up to 1; so does this.
    return 2 * first * period - (-(-ahead >> era) if era < 256 else 1)


def round_budget(project: Project, round: int, owed: int) -> int:
    """What a round may pay in total, in token units.

    The escrow counts as it stood when the round's seed was drawn: a payment that arrives while a header is
    being posted must not
    change what the header should say.

    Args:
        project: The project.
        round: A round whose seed is drawn.
        owed: Sum of all payouts before the round.
    """
    drawn = project.drawn(round)
    paid_in = sum(p.amount for p in project.funding() if (p.block, p.log_index) <= drawn)
    return max(0, min(paid_in, emitted(project.distributor.emission(), round)) - owed)

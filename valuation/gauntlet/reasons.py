"""Why a peer has the score that it has: the factors of which the score is the product.

A receipt shows them. Anybody can multiply them by hand; none is ever negative, and none but the rating
above 1.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from valuation.fixed_point import NANO
from valuation.gauntlet.observations import Observations
from valuation.gauntlet.peer_score import Factors
from valuation.gauntlet.settings import Settings
from valuation.gauntlet.state import Columns
from valuation.gauntlet.synchronisation import synchronisation_factor
from valuation.integrity.checks import Rejection


@dataclass(frozen=True)
class Reason:
    """One factor of a score.

    Args:
        code: "rating", "computation" and "gain" of a peer that was evaluated in the round, "standing" for
            the score that another one has from the last time, "synchronisation", or the name of a penalty
            or rejection.
        factor: What it multiplies the score with.
        detail: The figures, for people.

    >>> Reason("missing", 0.75, "for 1 round").code
    'missing'
    """

    code: str
    factor: float
    detail: str


Reasons = tuple[Reason, ...]


def score_of(reasons: Sequence[Reason]) -> int:
    """Return the score in billionths, rounded half to even: the product of the factors, from first to last.

    >>> score_of([Reason("standing", 2.0, ""), Reason("missing", 0.75, "")])
    1500000000
    """
    return round(NANO * math.prod((reason.factor for reason in reasons), start=1.0))


def reasons_of(
    seen: Observations, records: Columns, factors: Factors, settings: Settings
) -> tuple[Reasons, ...]:
    """Return the reasons for each peer's score, (n,).

    Args:
        seen: What was observed.
        records: The peers' records after the round.
        factors: The peer scores' factors of those who were evaluated, (k,) each.
        settings: The rules.
    """
    synchronised = synchronisation_factor(seen.behind, settings.synchronisation)
    missing, absent = seen.missing(settings.penalties.quorum), seen.absent
    row_of = {place: row for row, place in enumerate(seen.evaluated.tolist())}
    return tuple(
        (
            *_peer_score(records, factors, place, row_of.get(place)),
            *_presence(
                seen, records, settings, place, absent=bool(absent[place]), missing=bool(missing[place])
            ),
            *(() if absent[place] else _alignment(seen, settings, place, float(synchronised[place]))),
            *_copying(seen, records, settings, place),
        )
        for place in range(len(seen.players))
    )


def _peer_score(records: Columns, factors: Factors, place: int, row: int | None) -> Reasons:
    if row is None:
        evaluated = int(records.evaluated[place])
        when = f"evaluated in round {evaluated}" if evaluated >= 0 else "not evaluated yet"
        return (Reason("standing", float(records.score[place]), when),)
    skill, deviation = records.skill[place], records.deviation[place]
    return (
        Reason("rating", float(factors.rating[row]), f"skill {skill:.6f} +- {deviation:.6f}"),
        Reason("computation", float(factors.computation[row]), f"average {records.computation[place]:.6f}"),
        Reason("gain", float(factors.gain[row]), f"average {records.gain[place]:.6g}"),
    )


def _presence(
    seen: Observations, records: Columns, settings: Settings, place: int, *, absent: bool, missing: bool
) -> Reasons:
    rejection = seen.rejections[place]
    if missing:
        rounds = int(records.missing[place])
        # A product, not a power, which machines round differently.
        factor = math.prod([settings.penalties.missing] * rounds, start=1.0)
        return (Reason("missing", factor, f"{rounds} in a row"),)
    if absent:
        return (Reason("unreachable", 1.0, "too few were reached for anybody to be missing"),)
    return () if rejection is None else (_refusal(rejection, settings),)


def _refusal(rejection: Rejection, settings: Settings) -> Reason:
    penalties = settings.penalties
    factor = penalties.duplicate if rejection.reason == "duplicate" else penalties.malformed
    return Reason(rejection.reason, factor, rejection.detail)


def _alignment(seen: Observations, settings: Settings, place: int, factor: float) -> Reasons:
    behind = float(seen.behind[place])
    synchronisation = Reason("synchronisation", factor, f"{behind:.4g} steps behind")
    limit = settings.synchronisation.limit
    if behind <= limit:
        return (synchronisation,)
    penalty = settings.penalties.desynchronised
    return synchronisation, Reason("desynchronised", penalty, f"more than {limit:g} steps")


def _copying(seen: Observations, records: Columns, settings: Settings, place: int) -> Reasons:
    found = []
    overlap, rule = float(seen.overlap[place]), settings.duplicates
    if overlap >= rule.suspicion:
        found.append(
            Reason("suspicion", rule.suspicion_factor, f"overlap {overlap:.4f} with an earlier update")
        )
    banned_until = int(records.banned_until[place])
    if overlap >= rule.ban or seen.round < banned_until:
        found.append(Reason("banned", 0.0, f"until round {banned_until}"))
    return tuple(found)

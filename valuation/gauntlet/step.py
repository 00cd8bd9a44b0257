"""One round of a Gauntlet: from what was observed to new records, scores, and the reasons for each.

Source: Gauntlet (2505.21684), with what its attackers found mended.

Everything here is a function of the state, of integers that evaluators agree on, and of the settings. An
audit recomputes it to the last bit, and a trainer by hand: the score is the product of the reasons' factors.
"""

from dataclasses import fields, replace

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.gauntlet.observations import Observations
from valuation.gauntlet.peer_score import loss_scores, update_records
from valuation.gauntlet.reasons import Reasons, reasons_of, score_of
from valuation.gauntlet.settings import Settings
from valuation.gauntlet.state import Columns, State


def step(
    state: State, observations: Observations, settings: Settings
) -> tuple[State, tuple[int, ...], tuple[Reasons, ...]]:
    """Return the state after a round, each peer's score in billionths, and the reasons for it.

    A score is the product of its reasons' factors, rounded. It is never negative; every penalty is a factor
    from 0 to 1 and applied once; what a peer did in this round lowers this round's score and not the record
    that the next one starts from, apart from bans, resets and `Penalties.on_computation`.

    Args:
        state: The state after the round before.
        observations: What was seen in the round.
        settings: The rules.

    Returns:
        The new state, which holds all peers that the old one held; the scores, (n,); the reasons, (n,).

    Raises:
        InputError: the round is not after that of the state.

    >>> observations = Observations(0, ("0xa0", "0xb0"), (None, None), np.zeros(2), np.zeros(2),
    ...                             np.array([0, 1]), np.array([9, 4, 9, 5, 9, 6, 9, 7]) * 10**9)
    >>> loose = replace(Settings(), computation=replace(Settings().computation, floor=0.0))
    >>> state, scores, reasons = step(State(), observations, loose)
    >>> scores
    (1362810461, 1137189539)
    >>> [(reason.code, round(reason.factor, 4)) for reason in reasons[1]]
    [('rating', 22.7438), ('computation', 0.05), ('gain', 1.0), ('synchronisation', 1.0)]
    """
    if observations.round <= state.round:
        raise InputError(f"round {observations.round} does not follow round {state.round}")
    records = _note_presence(state.of(observations.players), observations, settings)
    who = observations.evaluated
    measured = loss_scores(observations.losses, settings.measurement.difference)
    updated, factors = update_records(_take(records, who), measured, observations.round, settings)
    records = _put(records, who, updated)
    reasons = reasons_of(observations, records, factors, settings)
    peers = dict(zip(observations.players, records.records(), strict=True))
    scores = tuple(score_of(factors) for factors in reasons)
    return State(observations.round, {**state.peers, **peers}), scores, reasons


def _note_presence(columns: Columns, seen: Observations, settings: Settings) -> Columns:
    """Return the records after who was there, who is out of step, and who copied has been noted."""
    penalties, duplicates = settings.penalties, settings.duplicates
    missing = seen.missing(penalties.quorum)
    rounds_missing = np.where(seen.absent, columns.missing + missing, 0)
    gone = missing & (rounds_missing == penalties.reset_after) & (penalties.reset_after > 0)
    banned = seen.overlap >= duplicates.ban
    columns = columns.reset(gone | banned | (seen.overlap >= duplicates.reset))
    lowered = (missing | (seen.behind > settings.synchronisation.limit)) & (columns.computation > 0)
    return replace(
        columns,
        missing=rounds_missing,
        banned_until=np.where(banned, seen.round + duplicates.ban_rounds, columns.banned_until),
        computation=np.where(lowered, columns.computation * penalties.on_computation, columns.computation),
    )


def _take(columns: Columns, who: npt.NDArray[np.int64]) -> Columns:
    return Columns(**{part.name: getattr(columns, part.name)[who] for part in fields(columns)})


def _put(columns: Columns, who: npt.NDArray[np.int64], part: Columns) -> Columns:
    changed = {}
    for column in fields(columns):
        changed[column.name] = getattr(columns, column.name).copy()
        changed[column.name][who] = getattr(part, column.name)
    return Columns(**changed)

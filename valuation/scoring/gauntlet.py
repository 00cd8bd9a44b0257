"""The method `gauntlet`: four losses a peer, and scores that follow from them and from what is remembered.

Every accepted update is measured, so that evaluators who accepted different updates can still be compared;
who of them is rated in a round is drawn by the Gauntlet's own rule. The record of each address is a document
that goes from round to round (`valuation.gauntlet.state`). Whoever has no accepted update in a round scores
nothing in it, whatever the published versions pay for absence, but its record remembers.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.fixed_point import checked, saturate, to_fixed
from valuation.gauntlet.aggregation import stepped_along
from valuation.gauntlet.loss_score import measure_losses
from valuation.gauntlet.observations import Observations
from valuation.gauntlet.rating import ordinal
from valuation.gauntlet.selection import select
from valuation.gauntlet.settings import Settings
from valuation.gauntlet.similarity import closest_earlier, overlaps
from valuation.gauntlet.state import State, from_json, to_json
from valuation.gauntlet.step import step
from valuation.integrity.checks import Rejection
from valuation.mechanism import Mechanism
from valuation.round_data import RoundData
from valuation.scoring.loss_delta import PER_PEER, length, restrict
from valuation.scoring.seen import Seen

__all__ = ["length", "measure", "restrict", "score_round"]


def measure(mechanism: Mechanism, data: RoundData) -> npt.NDArray[np.int64]:
    """Return four losses a player in nano-nats, int64 (4 n,), laid out as those of `loss_delta.measure`.

    What is stepped along, and how far, is the Gauntlet's `Measurement`.

    Raises:
        InputError: the assigned data are missing.
        FixedPointError: a loss is NaN.
    """
    if not data.assigned:
        raise InputError("gauntlet needs the data that each player was assigned")
    rule = _settings(mechanism).measurement
    own = np.stack([x for x, _ in data.assigned]), np.stack([y for _, y in data.assigned])
    along = stepped_along(data.updates, rule.step).astype(np.float32)
    share = rule.share * mechanism.aggregation.learning_rate
    losses = measure_losses(data.model, data.base, along, own, data.evaluation, share)
    columns = (losses.assigned_before, losses.assigned_after, losses.unseen_before, losses.unseen_after)
    return to_fixed(saturate(np.stack(columns, axis=1).ravel()))


def score_round(
    mechanism: Mechanism, utilities: npt.NDArray[np.int64], seen: Seen
) -> tuple[list[int], bytes]:
    """Return the players' scores in billionths, and the records after the round as JSON.

    `utilities` are the losses that `measure` returned, int64 (4 n,).

    Raises:
        MechanismError: the records before are no records.
        InputError: the round does not follow theirs, or the utilities do not fit the players.
    """
    settings = _settings(mechanism)
    state = from_json(seen.state) if seen.state else State()
    n = len(seen.players)
    losses = checked(utilities).reshape(n, PER_PEER)
    others = _others(state, seen)
    players = (*seen.players, *others)
    overlap = _overlaps(seen, settings, len(players))
    rejections = [
        Rejection("duplicate", f"overlap {share:.4f} with an earlier update")
        if share >= settings.duplicates.overlap
        else None
        for share in overlap[:n].tolist()
    ]
    evaluated = _draw(state, seen, rejections, overlap, settings)
    behind = np.concatenate([np.zeros(n), np.full(len(others), np.inf)])
    observed = Observations(
        seen.round,
        players,
        (*rejections, *others.values()),
        behind,
        overlap,
        evaluated,
        losses[evaluated].ravel(),
    )
    after, scores, _ = step(state, observed, settings)
    return list(scores[:n]), to_json(after)


def _settings(mechanism: Mechanism) -> Settings:
    if mechanism.gauntlet is None:
        raise InputError(f"the method {mechanism.method.name} has no Gauntlet")
    return mechanism.gauntlet


def _others(state: State, seen: Seen) -> dict[str, Rejection]:
    """Return who is not a player of this round but known, or was refused in it, and why."""
    refused = {who: Rejection(reason, "not accepted") for who, reason in seen.rejections.items()}
    known = {who: Rejection("missing", "nothing was submitted") for who in state.peers}
    everyone = {**known, **refused}
    return {who: everyone[who] for who in sorted(everyone, key=str.lower) if who not in seen.players}


def _overlaps(seen: Seen, settings: Settings, count: int) -> npt.NDArray[np.float64]:
    overlap = np.zeros(count)
    if seen.players:
        rule = settings.duplicates
        alike = overlaps(seen.updates, rule.densest, rule.fewest)
        _, overlap[: len(seen.players)] = closest_earlier(alike, np.array(seen.committed))
    return overlap


def _draw(
    state: State,
    seen: Seen,
    rejections: Sequence[Rejection | None],
    overlap: npt.NDArray[np.float64],
    settings: Settings,
) -> npt.NDArray[np.int64]:
    """Return the positions of the players who are rated in this round, ascending."""
    records, n = state.of(seen.players), len(seen.players)
    own = np.array([rejection is None for rejection in rejections], dtype=np.bool_)
    banned = (records.banned_until > seen.round) | (overlap[:n] >= settings.duplicates.ban)
    candidates = np.flatnonzero(own & ~banned)
    ordinals = ordinal(records.skill, records.deviation, settings.caution)[candidates]
    waiting = seen.round - records.evaluated[candidates]
    return candidates[select(seen.seed, seen.round, ordinals, waiting, settings.selection)]

"""Fast evaluation: what can be seen of every submission without measuring a single loss.

Was it there in time, can it be read, is it somebody's own, and does its sender train on the current model?
All of it comes before any rating: a copy that was rated would lift its original's rivals and itself.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.gauntlet.settings import Settings
from valuation.gauntlet.similarity import closest_earlier, overlaps
from valuation.gauntlet.synchronisation import Floats, steps_behind
from valuation.integrity.checks import Rejection, check

Whole = npt.NDArray[np.int64]

NOTHING = -1
ABSENCES = ("missing", "too-early", "too-late")
"""The reasons for which a submission counts as not there."""


@dataclass(frozen=True)
class Submissions:
    """What n registered peers have submitted in a round.

    Args:
        players: Their addresses, (n,), all different.
        updates: The decoded updates, float32 (n, d); zeros where there is none.
        digests: The hash of each submission's bytes, (n,); empty where there is none.
        committed: The place of its commitment in the order of the chain, int64 (n,), all different; -1 if
            there is none. A submission that was not committed to is not there.
        published: When its bytes were published, in seconds, int64 (n,); -1 if they were not.
        reported: The peers' parameters at the round's coordinates, float64 (n, c); NaN where not told.
        refused: Why bytes could not be decoded, a reason code by address.

    Raises:
        InputError: a shape does not fit, or a player or a place is there twice.

    >>> submissions = Submissions(("0xa0",), np.ones((1, 2), dtype=np.float32), ("ab",), np.array([0]),
    ...                           np.array([30]), np.zeros((1, 4)), {})
    >>> submissions.committed.tolist()
    [0]
    """

    players: tuple[str, ...]
    updates: npt.NDArray[np.float32]
    digests: tuple[str, ...]
    committed: Whole
    published: Whole
    reported: Floats
    refused: Mapping[str, str]

    def __post_init__(self) -> None:
        n = len(self.players)
        if (
            len(set(self.players)) != n
            or len(self.digests) != n
            or not set(self.refused) <= set(self.players)
        ):
            raise InputError(f"{n} different players need as many digests, and refusals of theirs only")
        if self.updates.ndim != 2 or self.reported.ndim != 2 or self.updates.shape[0] != n:
            raise InputError(f"updates {self.updates.shape} and reports {self.reported.shape} of {n} players")
        if not self.committed.shape == self.published.shape == self.reported.shape[:1] == (n,):
            raise InputError(f"commitments, publications and reports are needed of each of the {n} players")
        places = self.committed[self.committed != NOTHING]
        if np.unique(places).size != places.size:
            raise InputError("two commitments have the same place on the chain")


@dataclass(frozen=True)
class FastEvaluation:
    """What the checks found, a peer each.

    Args:
        rejections: Why a submission is not measured, or None, (n,).
        behind: How many steps each peer is behind, float64 (n,); infinite if it did not report.
        overlap: The largest overlap of its positions with those of an earlier commitment, float64 (n,).
    """

    rejections: tuple[Rejection | None, ...]
    behind: Floats
    overlap: Floats


def evaluate_fast(
    submissions: Submissions, opens: int, own: Floats, usual_step: Floats, settings: Settings
) -> FastEvaluation:
    """Check all submissions of a round at once. O(n^2 d).

    Args:
        submissions: What was submitted.
        opens: When submissions may be published from, in seconds.
        own: The current model at the round's coordinates (`synchronisation.coordinates`), float64 (c,).
        usual_step: How far a usual step moves each of these, float64 (c,).
        settings: The window, and when updates are too alike.

    Raises:
        InputError: the own model or steps are not finite, or do not fit the reports.

    >>> updates = np.array([[1, 2], [1, 2], [2, -1]], dtype=np.float32)
    >>> submissions = Submissions(("0xa0", "0xb0", "0xc0"), updates, ("a", "b", "c"), np.array([5, 3, 4]),
    ...                           np.array([30, 40, 99]), np.zeros((3, 4)), {})
    >>> found = evaluate_fast(submissions, 0, np.zeros(4), np.ones(4), Settings(window=70))
    >>> for rejection in found.rejections:
    ...     print(rejection.reason if rejection else "accepted")
    duplicate
    accepted
    too-late
    """
    rejections = [
        _presence(submissions, position, opens, settings.window)
        for position in range(len(submissions.players))
    ]
    there = np.array([position for position, found in enumerate(rejections) if found is None], dtype=np.int64)
    overlap = np.zeros(len(rejections))
    if there.size:
        found, overlap[there] = _compare(submissions, there, settings)
        for position, rejection in zip(there.tolist(), found, strict=True):
            rejections[position] = rejection
    behind = steps_behind(own, submissions.reported, usual_step, settings.synchronisation)
    return FastEvaluation(tuple(rejections), behind, overlap)


def _presence(submissions: Submissions, position: int, opens: int, window: int) -> Rejection | None:
    published = int(submissions.published[position])
    if submissions.committed[position] == NOTHING or published == NOTHING:
        return Rejection("missing", "nothing was committed to, or nothing was published")
    if published < opens:
        return Rejection("too-early", f"published {opens - published} s before the window opened")
    if published > opens + window:
        return Rejection("too-late", f"published {published - opens - window} s after the window had closed")
    if reason := submissions.refused.get(submissions.players[position]):
        return Rejection(reason, "the bytes are no update")
    return None


def _compare(
    submissions: Submissions, there: Whole, settings: Settings
) -> tuple[list[Rejection | None], Floats]:
    """Return what comparing the submissions that are there finds, and their overlaps with earlier ones."""
    updates, committed = submissions.updates[there], submissions.committed[there]
    rule, finite = settings.duplicates, np.where(np.isfinite(updates), updates, 0)
    original, overlap = closest_earlier(overlaps(finite, rule.densest, rule.fewest), committed)
    limit = rule.cosine
    found = list(
        check(
            updates, committed.tolist(), max_norm=math.inf, duplicate_cosine=limit if limit <= 1 else math.inf
        )
    )
    first = _first_of_equals([submissions.digests[position] for position in there], committed)
    for row, rejection in enumerate(found):
        if rejection is None and committed[row] != first[row]:
            found[row] = Rejection("duplicate", "the same bytes were committed to earlier")
        elif rejection is None and overlap[row] >= rule.overlap:
            other = submissions.players[there[original[row]]]
            found[row] = Rejection(
                "duplicate", f"overlap {overlap[row]:.4f} with the earlier update of {other}"
            )
    return found, overlap


def _first_of_equals(digests: list[str], committed: Whole) -> Whole:
    """Return the earliest place of a commitment to the same bytes, int64 (n,)."""
    _, group = np.unique(np.array(digests), return_inverse=True)
    earliest = np.full(group.max() + 1, np.iinfo(np.int64).max)
    np.minimum.at(earliest, group, committed)
    return np.asarray(earliest[group])

"""What evaluators agree that they saw in a round of a Gauntlet: all that scores depend on."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.gauntlet.fast_evaluation import ABSENCES
from valuation.integrity.checks import Rejection

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Observations:
    """What evaluators agree that they saw in a round, of n registered peers of which k were evaluated.

    Args:
        round: The round, after that of the state.
        players: The peers' addresses, (n,), all different.
        rejections: Why a submission was not taken, or None, (n,).
        behind: How many steps each peer is behind, float64 (n,); infinite if it did not report.
        overlap: Each update's largest overlap with an earlier one, float64 (n,).
        evaluated: The positions of those evaluated, int64 (k,), ascending; none of them was rejected.
        losses: Four losses of each of these in turn, in nano-nats, int64 (4 k,); see
            `peer_score.loss_scores`.

    Raises:
        InputError: a shape does not fit, a player is there twice, or a rejected one was evaluated.
    """

    round: int
    players: tuple[str, ...]
    rejections: tuple[Rejection | None, ...]
    behind: Floats
    overlap: Floats
    evaluated: npt.NDArray[np.int64]
    losses: npt.NDArray[np.int64]

    def __post_init__(self) -> None:
        n, k = len(self.players), self.evaluated.size
        if len(set(self.players)) != n or len(self.rejections) != n:
            raise InputError(f"{n} different players and {len(self.rejections)} rejections do not fit")
        if self.behind.shape != (n,) or self.overlap.shape != (n,) or self.losses.shape != (4 * k,):
            raise InputError(
                f"steps {self.behind.shape}, overlaps {self.overlap.shape} of {n}, losses of {k}"
            )
        if k and not (
            self.evaluated[0] >= 0 and self.evaluated[-1] < n and (np.diff(self.evaluated) > 0).all()
        ):
            raise InputError(f"the positions of the evaluated do not ascend from 0 to below {n}")
        if any(self.rejections[position] is not None for position in self.evaluated.tolist()):
            raise InputError("a submission that was rejected was evaluated")

    @property
    def absent(self) -> Mask:
        """Whose submission was not there, bool (n,)."""
        reasons = [found.reason if found else "" for found in self.rejections]
        return np.array([reason in ABSENCES for reason in reasons], dtype=np.bool_)

    def missing(self, quorum: float) -> Mask:
        """Return who is to be taken as missing, bool (n,).

        Nobody is, if less than the share `quorum` of the peers was reached: then it is the evaluators that
            were
        cut off.

        >>> gone = Rejection("missing", "nothing was published")
        >>> seen = Observations(0, ("0xa0", "0xb0"), (None, gone), np.zeros(2), np.zeros(2),
        ...                     np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
        >>> seen.missing(quorum=0.5).tolist(), seen.missing(quorum=0.6).tolist()
        ([False, True], [False, False])
        """
        absent = self.absent
        reached = absent.size - np.count_nonzero(absent)
        return absent if reached >= quorum * absent.size else np.zeros_like(absent)

"""An evaluator's round: check every submission, draw whom to measure, measure them, and score.

Source: Gauntlet (2505.21684), with what its attackers found mended.

`observe` is the part that needs the model and the data. What it returns is small, evaluators can agree on
it, and `step` makes the scores of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.fixed_point import saturate, to_fixed
from valuation.gauntlet.aggregation import stepped_along
from valuation.gauntlet.fast_evaluation import FastEvaluation, Submissions, evaluate_fast
from valuation.gauntlet.loss_score import measure_losses
from valuation.gauntlet.observations import Observations
from valuation.gauntlet.rating import ordinal
from valuation.gauntlet.reasons import Reasons
from valuation.gauntlet.selection import select
from valuation.gauntlet.settings import Settings
from valuation.gauntlet.state import State
from valuation.gauntlet.step import step
from valuation.gauntlet.synchronisation import coordinates
from valuation.models.protocol import Model
from valuation.round_data import Samples


@dataclass(frozen=True)
class Exam:
    """What the peers of a round are measured with.

    Args:
        round: Its number.
        seed: Its randomness, drawn after all commitments.
        opens: When submissions may be published from, in seconds.
        model: What the parameters belong to.
        base: The model that the round started from, float32 (d,).
        usual_step: How far a usual step moves each parameter, float64 (d,).
        learning_rate: The size of a full step along an update.
        assigned: The data that each of the n peers was assigned, (n,), all of one length.
        unseen: Data that nobody trained on.

    Raises:
        InputError: the base or the usual step does not fit the model.
    """

    round: int
    seed: bytes
    opens: int
    model: Model
    base: npt.NDArray[np.float32]
    usual_step: npt.NDArray[np.float64]
    learning_rate: float
    assigned: Sequence[Samples]
    unseen: Samples

    def __post_init__(self) -> None:
        d = self.model.layout.size
        if self.base.shape != (d,) or self.usual_step.shape != (d,):
            raise InputError(f"a base {self.base.shape} and a usual step {self.usual_step.shape}; d is {d}")


def evaluate_round(
    state: State, submissions: Submissions, exam: Exam, settings: Settings
) -> tuple[State, tuple[int, ...], tuple[Reasons, ...]]:
    """Return the state after a round, each peer's score in billionths, and the reasons; see `step`.

    Raises:
        InputError: submissions, exam and state do not fit each other.
        FixedPointError: a loss is NaN.

    >>> from valuation.models.softmax import Softmax
    >>> base, own = np.zeros(4, dtype=np.float32), (np.ones((1, 1), dtype=np.float32), np.array([0]))
    >>> exam = Exam(0, bytes(32), 0, Softmax(1, 2), base, np.ones(4), 1.0, [own, own], own)
    >>> updates = np.array([[-1, 1, 0, 0], [0, 0, 1, -1]], dtype=np.float32)
    >>> submissions = Submissions(("0xa0", "0xb0"), updates, ("a", "b"), np.array([0, 1]), np.array([5, 5]),
    ...                           np.zeros((2, 64)), {})
    >>> state, scores, reasons = evaluate_round(State(), submissions, exam, Settings())
    >>> [(reason.code, reason.factor) for reason in reasons[1]][1:]
    [('computation', 0.0), ('gain', 0.0), ('synchronisation', 1.0)]
    """
    return step(state, observe(state, submissions, exam, settings), settings)


def observe(state: State, submissions: Submissions, exam: Exam, settings: Settings) -> Observations:
    """Return what an evaluator sees of a round. The base model's loss on unseen data is measured once.

    Raises:
        InputError: submissions, exam and state do not fit each other.
        FixedPointError: a loss is NaN.

    >>> from valuation.models.softmax import Softmax
    >>> base, own = np.zeros(4, dtype=np.float32), (np.ones((1, 1), dtype=np.float32), np.array([0]))
    >>> exam = Exam(0, bytes(32), 0, Softmax(1, 2), base, np.ones(4), 1.0, [own], own)
    >>> update = np.array([[-1, 1, 0, 0]], dtype=np.float32)
    >>> submissions = Submissions(("0xa0",), update, ("a",), np.array([0]), np.array([5]),
    ...                           np.zeros((1, 64)), {})
    >>> observe(State(), submissions, exam, Settings()).players
    ('0xa0',)
    """
    d, n = exam.base.size, len(submissions.players)
    if submissions.updates.shape[1] != d or len(exam.assigned) != n:
        raise InputError(f"updates {submissions.updates.shape}, {len(exam.assigned)} assignments; d is {d}")
    asked = coordinates(exam.seed, d, settings.synchronisation)
    own = exam.base.astype(np.float64)[asked]
    fast = evaluate_fast(submissions, exam.opens, own, exam.usual_step[asked], settings)
    evaluated = _draw(state, submissions.players, fast, exam, settings)
    losses = _measure(submissions, fast, evaluated, exam, settings)
    return Observations(
        exam.round, submissions.players, fast.rejections, fast.behind, fast.overlap, evaluated, losses
    )


def _draw(
    state: State, players: Sequence[str], fast: FastEvaluation, exam: Exam, settings: Settings
) -> npt.NDArray[np.int64]:
    """Return the positions of those who are measured: drawn among the accepted who are not banned."""
    records = state.of(players)
    accepted = np.array([rejection is None for rejection in fast.rejections], dtype=np.bool_)
    banned = (records.banned_until > exam.round) | (fast.overlap >= settings.duplicates.ban)
    candidates = np.flatnonzero(accepted & ~banned)
    ordinals = ordinal(records.skill, records.deviation, settings.caution)[candidates]
    waiting = exam.round - records.evaluated[candidates]
    return candidates[select(exam.seed, exam.round, ordinals, waiting, settings.selection)]


def _measure(
    submissions: Submissions,
    fast: FastEvaluation,
    evaluated: npt.NDArray[np.int64],
    exam: Exam,
    settings: Settings,
) -> npt.NDArray[np.int64]:
    """Return four losses of each of those who are measured, in nano-nats, int64 (4 k,)."""
    if not evaluated.size:
        return np.zeros(0, dtype=np.int64)
    accepted = np.flatnonzero([rejection is None for rejection in fast.rejections])
    along = stepped_along(submissions.updates[accepted], settings.measurement.step)
    chosen = along[np.searchsorted(accepted, evaluated)]
    own = [exam.assigned[place] for place in evaluated.tolist()]
    assigned = np.stack([x for x, _ in own]), np.stack([y for _, y in own])
    share = settings.measurement.share * exam.learning_rate
    losses = measure_losses(exam.model, exam.base, chosen.astype(np.float32), assigned, exam.unseen, share)
    columns = (losses.assigned_before, losses.assigned_after, losses.unseen_before, losses.unseen_after)
    return to_fixed(saturate(np.stack(columns, axis=1).ravel()))

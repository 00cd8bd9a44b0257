"""BlockFlow: everyone measures everyone's model, and is scored for the model and for honest measuring.

With s_ij what i measures of j's model,

    m_j = median of s_ij over i != j,              m'_j = m_j / max m       the model's worth,
    t_ij = |s_ij - m_j|,  t'_ij = max(0, (1/2 - t_ij) / (1/2 + t_ij)),
    d_i = min of t'_ij over j != i,                d'_i = d_i / max d       the measuring's honesty,

and a worker's score is min(m'_i, d'_i). Mugunthan, Rahman and Kagal, "BlockFlow" (2007.03856), as used by
Jaberzadeh et al. (2307.10492), whose contract splits by rank and penalises
(`valuation.rewards.ranked_split`, `valuation.rewards.deposits`). Seen in their code, none of which is used.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.federated.assumptions import Assumptions
from valuation.federated.history import measured, value_each_round
from valuation.federated.method import MethodSpec
from valuation.federated.peer_data import PeerMeasures, metrics_checked
from valuation.federated.round import Round
from valuation.result import Valuation

ASSUMPTIONS = Assumptions(method="blockflow", minimum_peers=3, per_peer="metrics", may_be_negative=False)


def blockflow(rounds: Sequence[Round], *, metrics: PeerMeasures) -> Valuation:
    """Return the sums over rounds of the overall scores, each between 0 and 1; n^2 evaluations a round.

    Args:
        rounds: the rounds; their own loss is not used.
        metrics: each worker's metric on its own data, between 0 and 1, higher being better. What a worker
            reports may be dishonest; the scores are made for that.

    Raises:
        InputError: there is no round.
        AssumptionError: a round has fewer than three peers, or one has no metric.
        GameError: a metric answered badly.

    >>> updates = -np.array([[0.9], [0.9], [0.45]], dtype=np.float32)
    >>> round = Round(("a", "b", "c"), updates, np.zeros(1, dtype=np.float32),
    ...               lambda params: params[:, 0], learning_rate=1.0)
    >>> honest = {name: lambda models: models[:, 0] for name in round.players}
    >>> blockflow([round], metrics=honest).values.round(3).tolist()
    [1.0, 1.0, 0.5]
    """
    checked = ASSUMPTIONS.check(rounds, metrics)

    def value(round: Round) -> Valuation:
        models = round.base - round.learning_rate * round.updates.astype(np.float64)
        scores = overall_scores(metrics_checked(metrics, round.players, models))
        return measured(round.players, scores, evaluations=len(models) ** 2)

    return value_each_round(rounds, value, ASSUMPTIONS, checked=checked)


def overall_scores(measurements: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the overall score of each worker, float64 (n,), from s, (n, n): row i measures column j.

    What workers measure of their own models, the diagonal, is not used.

    Raises:
        InputError: the table is not square, has fewer than three workers, or a number outside [0, 1].

    >>> overall_scores([[0, .9, .5, .85], [.88, 0, .52, .86], [.2, .95, 0, .9], [.9, .91, .48, 0]]).round(6)
    array([0.967033, 0.960754, 0.      , 0.945055])
    """
    s = np.asarray(measurements, dtype=np.float64)
    n = len(s)
    others = ~np.eye(n, dtype=np.bool_)
    if s.shape != (n, n) or n < 3 or not ((s >= 0) & (s <= 1))[others].all():
        raise InputError(
            f"measurements of at least three workers by each other lie in [0, 1]; shape {s.shape}"
        )
    medians = np.nanmedian(np.where(others, s, np.nan), axis=0)
    models = medians / (medians.max() or 1.0)
    off = np.abs(s - medians)
    closeness = np.where(others, np.maximum(0.0, (0.5 - off) / (0.5 + off)), np.inf)
    honesty = closeness.min(axis=1)
    return np.asarray(np.minimum(models, honesty / (honesty.max() or 1.0)))


METHOD = MethodSpec(function=blockflow, assumptions=ASSUMPTIONS, paper="BlockFlow, 2007.03856; 2307.10492")

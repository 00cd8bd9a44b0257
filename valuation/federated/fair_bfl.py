"""FAIR-BFL: those whose updates cluster with the mean are paid by their cosine with it.

DBSCAN groups the updates and their mean u_g by cosine distance; the clients in the mean's group contribute,
theta_i = cos(u_i, u_g), and a round's reward is shared as theta_i / sum of theta. The others get nothing, and
may be left out of the next round ("discard"). The fair aggregate is sum of (theta_i / sum of theta) u_i. Xu
et al., "FAIR-BFL: flexible and incentive redesign for blockchain-based federated learning" (ICPP 2022); the
algorithm is recalled, its code was not available. The paper's cosines are of models, which all resemble each
other; updates are used here.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.federated.assumptions import Assumptions, everyone_in
from valuation.federated.history import add_up, measured
from valuation.federated.method import MethodSpec
from valuation.federated.round import Round
from valuation.models.digits import MissingExtraError
from valuation.result import Valuation

ASSUMPTIONS = Assumptions(method="fair-bfl", minimum_peers=2, may_be_negative=False)

Vector = npt.NDArray[np.float64]


def fair_bfl(
    rounds: Sequence[Round], *, radius: float = 0.5, neighbours: int = 2, discard: bool = False
) -> Valuation:
    """Return the sums of the rounds' reward shares; a round's add up to one, or zero if nobody contributed.

    Args:
        rounds: the rounds; only their updates are used.
        radius: DBSCAN's epsilon, a cosine distance between 0 and 2.
        neighbours: DBSCAN's least number of points, itself included, around the core of a group.
        discard: who did not contribute in a round has no part in the next, neither in its mean nor in its
        pay.

    Raises:
        InputError: there is no round, or radius or neighbours are out of range.
        AssumptionError: a round has only one peer.
        MissingExtraError: scikit-learn is not installed.

    >>> updates = np.array([[1.0, 0.0], [0.8, 0.6], [0.0, -1.0]], dtype=np.float32)
    >>> round = Round(("a", "b", "c"), updates, updates[0], lambda params: params[:, 0], learning_rate=1.0)
    >>> fair_bfl([round]).values.round(6).tolist()
    [0.6, 0.4, 0.0]
    """
    if not 0 < radius <= 2 or neighbours < 1:
        raise InputError(f"DBSCAN cannot work with a radius of {radius} and {neighbours} neighbours")
    checked = ASSUMPTIONS.check(rounds)
    results = []
    left_out: set[str] = set()
    for round in rounds:
        taking_part = np.array([player not in left_out for player in round.players])
        shares = np.zeros(len(round.players))
        if taking_part.any():
            shares[taking_part] = round_shares(round.updates[taking_part], radius, neighbours)
        results.append(measured(round.players, shares))
        poor = {player for player, share in zip(round.players, shares, strict=True) if share == 0}
        left_out = poor - left_out if discard else set()
    return add_up(results, everyone_in(rounds), ASSUMPTIONS.method, checked)


def round_shares(updates: npt.NDArray[np.floating], radius: float, neighbours: int) -> Vector:
    """Return theta_i / sum of theta of one round, float64 (n,); zero outside of the mean's group.

    Raises:
        MissingExtraError: scikit-learn, which finds the groups, is not installed.

    >>> updates = np.array([[1.0, 0.0], [0.8, 0.6], [0.0, -1.0]])
    >>> round_shares(updates, radius=0.5, neighbours=2).round(6).tolist()
    [0.6, 0.4, 0.0]
    """
    vectors = updates.astype(np.float64)
    theta = np.where(_with_the_mean(vectors, radius, neighbours), cosines_with_mean(vectors), 0.0)
    theta = np.maximum(theta, 0.0)
    return np.asarray(theta / (theta.sum() or 1.0))


def cosines_with_mean(updates: Vector) -> Vector:
    """Return cos(u_i, u_g), float64 (n,), with u_g the mean of the updates (n, d); 0 where one is zero.

    >>> cosines_with_mean(np.array([[1.0, 0.0], [0.8, 0.6], [0.0, -1.0]])).round(6).tolist()
    [0.976187, 0.650791, 0.21693]
    """
    mean = updates.mean(axis=0)
    norms = np.linalg.norm(updates, axis=1) * np.linalg.norm(mean)
    return np.asarray(np.divide(updates @ mean, norms, out=np.zeros(len(updates)), where=norms > 0))


def fair_aggregate(updates: npt.NDArray[np.floating], shares: Vector) -> Vector:
    """Return the sum of the updates (n, d) weighted by their shares, float64 (d,).

    >>> fair_aggregate(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0.75, 0.25])).tolist()
    [0.75, 0.25]
    """
    return np.asarray(shares @ updates.astype(np.float64))


def _with_the_mean(updates: Vector, radius: float, neighbours: int) -> npt.NDArray[np.bool_]:
    """Return who is in one group with the mean, bool (n,); nobody if the mean is noise to DBSCAN."""
    try:
        from sklearn.cluster import DBSCAN
    except ImportError as error:
        raise MissingExtraError("fair-bfl needs scikit-learn: pip install 'weighhouse[demo]'") from error
    points = np.vstack([updates, updates.mean(axis=0)])
    norms = np.linalg.norm(points, axis=1, keepdims=True)
    directions = points / np.where(norms > 0, norms, 1.0)
    # A zero update has no direction: distance 1 from everything, as its cosine is 0.
    distances = np.clip(1 - directions @ directions.T, 0.0, 2.0)
    np.fill_diagonal(distances, 0.0)
    groups = DBSCAN(eps=radius, min_samples=neighbours, metric="precomputed").fit_predict(distances)
    return np.asarray((groups[:-1] == groups[-1]) & (groups[-1] >= 0))


METHOD = MethodSpec(
    function=fair_bfl,
    assumptions=ASSUMPTIONS,
    paper="Xu et al., ICPP 2022, recalled",
    ranges={"radius": (1e-6, 2.0), "neighbours": range(1, 257), "discard": range(2)},
    remembers=True,
)

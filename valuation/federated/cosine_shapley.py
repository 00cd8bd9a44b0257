"""Cosine Shapley: how much an update turns the sum towards the direction of everyone's.

v(S) = cos(g_N, g_S) with g_S the sum of the updates of S and cos(., 0) = 0. A peer's value is the mean of
its Shapley values over the rounds. Lin, Xu, Ng, Foo and Low, "Fair yet asymptotically equal collaborative
learning" (ICML 2023); their code weights an update twice by its peer's share of the data, here updates are
taken as they are. No loss is evaluated, and evaluations are counted as zero. It measures agreement with the
sum, not worth: many who push in a wrong direction define it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from valuation.coalitions import Coalitions, check_coalitions
from valuation.errors import AssumptionError, InputError
from valuation.federated.assumptions import Assumptions, everyone_in
from valuation.federated.history import measured, places_of
from valuation.federated.method import MethodSpec
from valuation.federated.round import Round
from valuation.game import CachedGame, evaluate
from valuation.parameters import Value
from valuation.result import Valuation
from valuation.shapley import exact

ASSUMPTIONS = Assumptions(method="cosine-shapley", full_participation=True)
MOST_EXACT = 16


class CosineGame:
    """Updates as a game; a `valuation.game.Game`. O(n^2 d) once, then O(n^2) a coalition.

    >>> CosineGame(np.array([[2.0, 0.0], [0.0, 1.0]]))(np.array([[True, False]])).round(6).tolist()
    [0.894427]
    """

    def __init__(self, updates: npt.NDArray[np.floating]) -> None:
        vectors = updates.astype(np.float64)
        # Every round's directions are compared, not its sizes: scaling avoids under- and overflow.
        largest = float(np.abs(vectors).max(initial=0.0)) or 1.0
        self._gram = (vectors / largest) @ (vectors / largest).T
        self._with_all = self._gram.sum(axis=1)
        self._norm = float(self._norms(np.ones((1, len(vectors))))[0])

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self._gram)

    def __call__(self, coalitions: Coalitions, /) -> npt.NDArray[np.float64]:
        """Return cos(g_N, g_S), float64 (m,), of the coalitions, bool (m, n)."""
        rows = check_coalitions(coalitions, self.n).astype(np.float64)
        norms = self._norms(rows) * self._norm
        cosines = np.divide(rows @ self._with_all, norms, out=np.zeros(len(rows)), where=norms > 0)
        return np.asarray(np.clip(cosines, -1.0, 1.0))

    def _norms(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the lengths of the sums of coalitions, float64 (m,), from ones and zeros, float64 (m, n)."""
        squares = np.einsum("mi,mi->m", rows @ self._gram, rows)
        # What cancels leaves rounding of this size behind, which has no direction.
        rounding = 1e-15 * self.n * (rows @ np.diag(self._gram))
        return np.sqrt(np.where(squares > rounding, squares, 0.0))


def cosine_shapley(
    rounds: Sequence[Round], *, samples: int | None = None, rng: np.random.Generator | None = None
) -> Valuation:
    """Return the means over rounds of the cosine Shapley values, exact or from random coalitions.

    Sampled, each player is added to `samples` random coalitions of each size: 2 n^2 samples cosines a round.

    Args:
        rounds: the rounds; only their updates are used.
        samples: coalitions a player and size; the paper draws 1, which gives no standard errors. None for
            exact values.
        rng: draws the coalitions; only needed with `samples`.

    Raises:
        InputError: there is no round, no generator where one is needed, or no sample.
        AssumptionError: a peer misses a round, or exact values are asked for more than 16 peers.

    >>> round = Round(("a", "b"), np.array([[2, 0], [0, 1]], dtype=np.float32),
    ...               np.zeros(2, dtype=np.float32), lambda params: params[:, 0], learning_rate=1.0)
    >>> cosine_shapley([round]).values.round(6).tolist()
    [0.723607, 0.276393]
    """
    checked = ASSUMPTIONS.check(rounds)
    everyone = everyone_in(rounds)
    results = [_round(round, samples, rng) for round in rounds]
    values = np.stack([result.values[places_of(everyone, result.players)] for result in results])
    errors = np.stack([result.standard_errors[places_of(everyone, result.players)] for result in results])
    total = float(np.mean([result.total for result in results]))
    mean = values.mean(axis=0)
    return Valuation(
        players=everyone,
        values=mean,
        standard_errors=np.sqrt((errors**2).sum(axis=0)) / len(rounds),
        total=total,
        evaluations=0,
        unique_evaluations=0,
        method=ASSUMPTIONS.method,
        exact=samples is None,
        efficiency_gap=total - float(mean.sum()),
        assumptions=checked,
    )


def _round(round: Round, samples: int | None, rng: np.random.Generator | None) -> Valuation:
    game = CosineGame(round.updates)
    if samples is None:
        if game.n > MOST_EXACT:
            raise AssumptionError(
                f"exact values are for up to {MOST_EXACT} peers, not {game.n}; pass samples="
            )
        return exact(game, players=round.players)
    if samples < 1 or rng is None:
        raise InputError(f"{samples} samples and the generator {rng} cannot draw a coalition")
    return _sampled(round.players, game, samples, rng)


def _sampled(players: tuple[str, ...], game: CosineGame, samples: int, rng: np.random.Generator) -> Valuation:
    """Return the stratified estimate: for each player and size, `samples` random coalitions of the others."""
    n = game.n
    keys = rng.random((samples, n, n, n))
    keys[:, np.arange(n), :, np.arange(n)] = np.inf
    rank = np.argsort(np.argsort(keys, axis=3), axis=3)
    # Axes: sample, player, size of the coalition, member.
    others = rank < np.arange(n)[None, None, :, None]
    joined = others | np.eye(n, dtype=np.bool_)[None, :, None, :]
    cached = CachedGame(game)
    before, after = (
        evaluate(cached, coalitions.reshape(-1, n)).reshape(samples, n, n) for coalitions in (others, joined)
    )
    added = after - before
    # The mean over sizes of independent means, each with the variance of its own stratum.
    spread = added.var(axis=0, ddof=1).sum(axis=1) if samples > 1 else np.full(n, np.nan)
    return measured(
        players,
        added.mean(axis=(0, 2)),
        game=cached,
        total=float(game(np.ones((1, n), dtype=np.bool_))[0]),
        standard_errors=np.sqrt(spread / samples) / n,
    )


def _limit(parameters: Mapping[str, Value]) -> int:
    """Return the most peers: exact, or of whom the random keys of all samples still fit a gibibyte."""
    samples = parameters.get("samples")
    return MOST_EXACT if samples is None else int((2**27 / float(samples)) ** (1 / 3))


METHOD = MethodSpec(
    function=cosine_shapley,
    assumptions=ASSUMPTIONS,
    paper="Lin et al., ICML 2023",
    accumulates=False,
    ranges={"samples": range(1, 1001)},
    limit=_limit,
    remembers=True,
)

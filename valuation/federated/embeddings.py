"""VerFedSV from embeddings, as the paper states it: what a server of a vertical split sees.

Peer m sends the embedding h_i^m of each sample i, and the sum over peers is the sample's logits. In step t,

    v_t(S) = 1/n sum over i of l(sum over m of h_i^m(t-1); y_i)
           - 1/n sum over i of l(sum over m in S of h_i^m(t) + sum over m not in S of h_i^m(t-1); y_i),

with l the cross-entropy. Asynchronous training leaves the server a full table of the latest embeddings, and
values are exact. Synchronous training shows it a mini-batch a step; each peer's embeddings over the steps are
then completed, being of low rank. Fan et al., "Fair and efficient contribution valuation for vertical
federated learning" (ICLR 2024). Two defects of the authors' code are avoided: the empty coalition and the
factor 1/M are part of exact and sampled values alike, and an embedding of zero counts as seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from valuation.coalitions import Coalitions, check_coalitions
from valuation.errors import AssumptionError, InputError
from valuation.federated.completion import complete
from valuation.federated.history import add_up
from valuation.federated.marginals import shapley_by_orders
from valuation.federated.round import BLOCK
from valuation.result import Valuation
from valuation.shapley import exact

Embeddings = npt.NDArray[np.float64]
"""Float64 (T + 1, M, n, K): steps, peers, samples, classes."""

Labels = npt.NDArray[np.int64]
"""Int64 (n,): the true class of each sample."""

PENALTY = 0.1
"""The authors' penalty on both factors of a completion."""


class EmbeddingGame:
    """One step as a game; a `valuation.game.Game` whose utilities are drops in cross-entropy, in nats.

    >>> before, after = np.zeros((2, 1, 2)), np.array([[[1.0, 0.0]], [[0.0, 0.5]]])
    >>> EmbeddingGame(before, after, np.array([0]))(np.array([[True, True]])).round(6).tolist()
    [0.21907]
    """

    def __init__(self, before: Embeddings, after: Embeddings, labels: Labels) -> None:
        self._start = before.sum(axis=0)
        self._steps = (after - before).reshape(len(before), -1)
        self._labels = labels
        self._block = max(1, BLOCK // self._start.size)
        self._base_loss = self._losses(self._start[None])[0]

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self._steps)

    def __call__(self, coalitions: Coalitions, /) -> npt.NDArray[np.float64]:
        """Return the drop in loss in nats, float64 (m,), of the coalitions, bool (m, M)."""
        rows = check_coalitions(coalitions, self.n)
        utilities = np.empty(len(rows))
        for start in range(0, len(rows), self._block):
            block = rows[start : start + self._block]
            moved = (block @ self._steps).reshape(-1, *self._start.shape)
            drop = self._base_loss - self._losses(self._start + moved)
            # Exactly zero for nobody, whatever the rounding.
            utilities[start : start + self._block] = np.where(block.any(axis=1), drop, 0.0)
        return utilities

    def _losses(self, logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        true = logits[:, np.arange(len(self._labels)), self._labels]
        return np.asarray((logsumexp(logits, axis=2) - true).mean(axis=1))


def asynchronous_values(
    embeddings: Embeddings,
    labels: Labels,
    *,
    players: Sequence[str] | None = None,
    permutations: int | None = None,
    rng: np.random.Generator | None = None,
) -> Valuation:
    """Return each peer's value over all steps, in nats, exact or from random orders.

    2^M evaluations a step, or up to permutations * (M - 1) + 2.

    Args:
        embeddings: the server's table at T + 1 times, float64 (T + 1, M, n, K).
        labels: int64 (n,).
        players: the peers' names; "0" to "M-1" if not given.
        permutations: how many orders to draw a step, even and at least 4; None for exact values.
        rng: draws the orders; only needed with `permutations`.

    Raises:
        InputError: a shape does not fit, an embedding is not finite, or a generator is missing.
        AssumptionError: exact values are asked for more than 16 peers.

    >>> steps = np.array([[[[0.0, 0.0]], [[0.0, 0.0]]], [[[1.0, 0.0]], [[0.0, 0.5]]]])
    >>> asynchronous_values(steps, np.array([0])).values.round(6).tolist()
    [0.439943, -0.220873]
    """
    table = np.asarray(embeddings, dtype=np.float64)
    if table.ndim != 4 or len(table) < 2 or 0 in table.shape or labels.shape != table.shape[2:3]:
        raise InputError(f"embeddings of shape {table.shape} with labels of shape {labels.shape}")
    if not np.isfinite(table).all():
        step, peer, sample, _ = map(int, np.argwhere(~np.isfinite(table))[0])
        raise InputError(f"the embedding of sample {sample} by peer {peer} in step {step} is not finite")
    if labels.min() < 0 or labels.max() >= table.shape[3]:
        raise InputError(f"labels from {labels.min()} to {labels.max()} of {table.shape[3]} classes")
    names = tuple(players) if players is not None else tuple(map(str, range(table.shape[1])))
    if len(names) != table.shape[1]:
        raise InputError(f"{len(names)} names for {table.shape[1]} peers")
    if permutations is None and len(names) > 16:
        raise AssumptionError(f"exact values are for up to 16 peers, not {len(names)}; pass permutations=")
    results = []
    for before, after in pairwise(table):
        game = EmbeddingGame(before, after, labels)
        if permutations is None:
            results.append(exact(game, players=names))
        elif rng is None:
            raise InputError("random orders need a generator: pass rng=numpy.random.default_rng(seed)")
        else:
            results.append(shapley_by_orders(game, names, permutations, rng))
    return add_up(results, names, "verfedsv", ("every embedding is finite",))


def synchronous_values(
    embeddings: Embeddings,
    seen: npt.NDArray[np.bool_],
    labels: Labels,
    *,
    rank: int,
    penalty: float = PENALTY,
    players: Sequence[str] | None = None,
    permutations: int | None = None,
    rng: np.random.Generator | None = None,
) -> Valuation:
    """Return each peer's value over all steps, when a step showed the server only a mini-batch.

    Each peer's embeddings, a ((T + 1) K, n) matrix, are completed at the given rank, and valued as in
    `asynchronous_values`.

    Args:
        embeddings: float64 (T + 1, M, n, K); what was not seen is ignored.
        seen: the samples of each step's mini-batch, bool (T + 1, n).
        labels: int64 (n,).
        rank: the rank of the completion.
        penalty: its penalty; embeddings are divided by the peer's largest first.
        players: as in `asynchronous_values`.
        permutations: as in `asynchronous_values`.
        rng: as in `asynchronous_values`.

    Raises:
        InputError: as in `asynchronous_values`; or the rank or the penalty is not positive.
        AssumptionError: a sample was never in a mini-batch, or as in `asynchronous_values`.

    >>> embeddings = np.zeros((3, 2, 4, 2))
    >>> embeddings[2, 0, :, 0] = 1.0
    >>> seen = np.array([[True, True, True, True], [True, True, False, False], [True, True, True, True]])
    >>> result = synchronous_values(embeddings, seen, np.zeros(4, dtype=np.int64), rank=1, penalty=1e-9)
    >>> result.values.round(3).tolist()
    [0.38, 0.0]
    """
    if embeddings.ndim != 4 or seen.shape != (len(embeddings), embeddings.shape[2]):
        raise InputError(f"embeddings of shape {embeddings.shape} with mini-batches of shape {seen.shape}")
    never = np.flatnonzero(~seen.any(axis=0))
    if len(never):
        raise AssumptionError(f"sample {never[0]} was in no mini-batch: its embeddings cannot be completed")
    steps, _, n, classes = embeddings.shape
    rows_seen = np.repeat(seen, classes, axis=0)
    completed = np.empty(embeddings.shape)
    for peer in range(embeddings.shape[1]):
        matrix = embeddings[:, peer].transpose(0, 2, 1).reshape(steps * classes, n)
        table = complete(matrix, rows_seen, rank=rank, penalty=penalty).table()
        completed[:, peer] = table.reshape(steps, classes, n).transpose(0, 2, 1)
    return asynchronous_values(completed, labels, players=players, permutations=permutations, rng=rng)

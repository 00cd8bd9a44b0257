"""MeritRank by random walks: for graphs too large to solve, and kept up to date as feedback comes in.

Ten thousand walks are enough for a ranking, whatever the size of the graph. When somebody's feedback changes,
only walks that passed that somebody are walked again, from there on: what a walk did before does not depend
on it, so the walks are then distributed as if all had been walked on the new graph.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.reputation.graph import Floats, Graph, Nodes, check_graph, transitions
from valuation.reputation.meritrank import check_decays, cut_bridges

Steps: TypeAlias = npt.NDArray[np.int32]

_ENDED = -1


@dataclass(frozen=True)
class Walks:
    """Random walks from one seed.

    Args:
        steps: The nodes that each walk visited, int32 (w, length), the seed first; -1 after its end.
        lengths: At which step each walk ends at the latest, drawn once, int64 (w,). A walk is shorter only
            if it came to somebody who vouches for nobody.
        transitivity_decay: The chance that a walk ends at each step (alpha).

    >>> from valuation.reputation.graph import feedback_graph
    >>> walks = walk(feedback_graph(2, [0], [1], [1.0]), 0, count=1000, rng=np.random.default_rng(0))
    >>> walks.steps.shape[0]
    1000
    """

    steps: Steps
    lengths: Nodes
    transitivity_decay: float


def walk(
    graph: Graph, seed: int, *, count: int, rng: np.random.Generator, transitivity_decay: float = 0.15
) -> Walks:
    """Walk `count` times from the seed. O(edges + count / decay) time, O(count / decay) memory.

    Raises:
        InputError: the graph is malformed, there are no walks, or the decay is out of range.

    >>> from valuation.reputation.graph import feedback_graph
    >>> graph = feedback_graph(3, [0, 0, 1], [1, 2, 2], [1.0, 1.0, 1.0])
    >>> walks = walk(graph, 0, count=50_000, rng=np.random.default_rng(0))
    >>> reputation(walks, n=3).round(1).tolist()
    [1.0, 0.4, 0.8]
    """
    check_graph(graph, seed)
    check_decays(transitivity_decay, 0.0, 1.0)
    if count < 1:
        raise InputError(f"{count} walks give no reputation")
    lengths = rng.geometric(transitivity_decay, size=count).astype(np.int64)
    steps = np.full((count, int(lengths.max())), _ENDED, dtype=np.int32)
    steps[:, 0] = seed
    _go_on(graph, steps, lengths, np.zeros(count, dtype=np.int64), rng)
    return Walks(steps, lengths, transitivity_decay)


def rewalk(walks: Walks, graph: Graph, changed: npt.ArrayLike, rng: np.random.Generator) -> Walks:
    """Return the walks after the feedback of some nodes has changed: edges added, removed or weighed anew.

    Walks that passed none of these nodes stay as they are.

    Args:
        walks: The walks on the graph as it was.
        graph: The graph as it is.
        changed: The nodes whose outgoing edges differ, whole numbers (m,).
        rng: The source of randomness; independent of the one that walked before.

    Raises:
        InputError: the graph is malformed or lacks a node that was visited, or a changed node does not exist.

    >>> from valuation.reputation.graph import feedback_graph
    >>> rng = np.random.default_rng(0)
    >>> walks = walk(feedback_graph(3, [0], [1], [1.0]), 0, count=50_000, rng=rng)
    >>> walks = rewalk(walks, feedback_graph(3, [0, 1], [1, 2], [1.0, 1.0]), [1], rng)
    >>> reputation(walks, n=3).round(1).tolist()
    [1.0, 0.9, 0.7]
    """
    n = check_graph(graph, seed=int(walks.steps[0, 0]))
    nodes = np.asarray(changed, dtype=np.int64)
    if nodes.ndim != 1 or (nodes.size and not 0 <= nodes.min() <= nodes.max() < n):
        raise InputError(f"a changed node is not among the {n} nodes")
    if walks.steps.max() >= n:
        raise InputError(f"the graph of {n} nodes lacks node {walks.steps.max()}, which was visited")
    is_changed = np.zeros(n + 1, dtype=np.bool_)
    is_changed[nodes] = True
    # -1, the mark of an ended walk, reads the last entry, which is never set.
    passed = is_changed[walks.steps]
    rows = np.flatnonzero(passed.any(axis=1))
    steps = walks.steps.copy()
    part, first = steps[rows], passed[rows].argmax(axis=1)
    part[np.arange(part.shape[1]) > first[:, None]] = _ENDED
    _go_on(graph, part, walks.lengths[rows], first, rng)
    steps[rows] = part
    return Walks(steps, walks.lengths, walks.transitivity_decay)


def reputation(walks: Walks, n: int, *, connectivity_decay: float = 0.0, threshold: float = 1.0) -> Floats:
    """Return each of n nodes' reputation: the share of walks that visit it, float64 (n,); the seed's is 1.

    The standard error of a share r over w walks is sqrt(r (1 - r) / w), before the connectivity decay.
    O(w / decay^2) with the connectivity decay. Nodes that few walks reach often seem to lie behind a bridge
    when they do not; it takes more walks to tell.

    Args:
        walks: The walks.
        n: Number of nodes.
        connectivity_decay: The part that those lose who are reached over a bridge (beta), in [0, 1).
        threshold: The share of the walks to somebody that pass one node, from which that node is a bridge.

    Raises:
        InputError: a node that was visited is not among the n, or a decay is out of range.

    >>> walks = Walks(np.array([[0, 1, 2], [0, 1, -1]], dtype=np.int32), np.array([3, 2]), 0.15)
    >>> reputation(walks, n=3).tolist(), reputation(walks, n=3, connectivity_decay=0.5).tolist()
    ([1.0, 1.0, 0.5], [1.0, 1.0, 0.25])
    """
    check_decays(walks.transitivity_decay, connectivity_decay, threshold)
    if walks.steps.max() >= n:
        raise InputError(f"node {walks.steps.max()} was visited, it is not among {n}")
    count = len(walks.steps)
    firsts = _first_visits(walks.steps, n)
    hits = np.bincount(firsts[firsts >= 0], minlength=n)
    if connectivity_decay == 0:
        return np.asarray(hits / count)
    bridges = _most_before(firsts, n)
    return cut_bridges(hits / count, bridges / count, connectivity_decay, threshold)


def _go_on(graph: Graph, steps: Steps, lengths: Nodes, at: Nodes, rng: np.random.Generator) -> None:
    """Write into `steps` how walks that stand at column `at` go on until they end."""
    moves = transitions(graph)
    starts = moves.indptr.astype(np.int64)
    # Ascending keys, node + the chance of its edges up to this one: one search is a step of all walks.
    source = np.repeat(np.arange(starts.size - 1), np.diff(starts))
    summed = np.append(0.0, np.cumsum(moves.data))
    keys = source + np.clip(summed[1:] - summed[starts[source]], 0.0, 1.0)
    column = at.copy()
    alive = np.flatnonzero(column + 1 < lengths)
    while alive.size:
        here = steps[alive, column[alive]].astype(np.int64)
        onward = starts[here + 1] > starts[here]
        alive, here = alive[onward], here[onward]
        edge = np.searchsorted(keys, here + rng.random(alive.size), side="right")
        # Rounding may leave a node's last key just below what was drawn.
        edge = np.minimum(edge, starts[here + 1] - 1)
        column[alive] += 1
        steps[alive, column[alive]] = moves.indices[edge]
        alive = alive[column[alive] + 1 < lengths[alive]]


def _first_visits(steps: Steps, n: int) -> Steps:
    """Return the walks, int32 (w, length), with every repeated visit marked as if it were past the end."""
    walked, column = np.nonzero(steps >= 0)
    _, first = np.unique(walked * n + steps[walked, column], return_index=True)
    kept = np.full_like(steps, _ENDED)
    kept[walked[first], column[first]] = steps[walked[first], column[first]]
    return kept


def _most_before(firsts: Steps, n: int) -> Floats:
    """Return, for each of n nodes, the most walks to it that passed one other node before, the seed aside."""
    pairs = []
    for lag in range(1, firsts.shape[1] - 1):
        before, after = firsts[:, 1:-lag], firsts[:, 1 + lag :]
        both = (before >= 0) & (after >= 0)
        pairs.append(after[both].astype(np.int64) * n + before[both])
    most = np.zeros(n)
    if pairs:
        key, count = np.unique(np.concatenate(pairs), return_counts=True)
        np.maximum.at(most, key // n, count)
    return most

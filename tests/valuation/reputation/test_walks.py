"""Walks agree with the solved reputation, also after the graph has changed under them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from valuation.errors import InputError
from valuation.reputation.graph import feedback_graph
from valuation.reputation.meritrank import meritrank
from valuation.reputation.walks import reputation, rewalk, walk

COUNT = 20_000


def random_graph(n, seed):
    rng = np.random.default_rng(seed)
    edges = 3 * n
    return feedback_graph(n, rng.integers(0, n, edges), rng.integers(0, n, edges), rng.uniform(0.1, 5, edges))


def errors(found, expected):
    """Differences in units of the standard error of a share."""
    spread = np.sqrt(np.maximum(expected * (1 - expected), 0.0) / COUNT)
    return np.abs(found - expected) / np.maximum(spread, 1e-3 / np.sqrt(COUNT))


@settings(deadline=None, max_examples=15)
@given(st.integers(2, 40), st.integers(0, 1000), st.sampled_from([0.1, 0.3, 0.7]))
def test_walks_find_the_solved_reputation(n, seed, decay):
    graph = random_graph(n, seed)
    walks = walk(graph, 0, count=COUNT, rng=np.random.default_rng(seed), transitivity_decay=decay)
    expected = meritrank(graph, 0, transitivity_decay=decay)
    assert errors(reputation(walks, n), expected).max() < 5.5


@settings(deadline=None, max_examples=15)
@given(st.integers(3, 30), st.integers(0, 1000), st.integers(0, 2))
def test_walks_keep_up_with_a_graph_that_changes(n, seed, node):
    rng = np.random.default_rng(seed)
    before = random_graph(n, seed).tolil()
    walks = walk(before.tocsr(), 0, count=COUNT, rng=rng)
    after = before.copy()
    after[node] = 0
    after[node, (node + 1) % n] = 3.0
    after[node, n - 1] = 1.0
    again = rewalk(walks, after.tocsr(), [node], rng)
    assert errors(reputation(again, n), meritrank(after.tocsr(), 0)).max() < 5.5
    untouched = ~(walks.steps == node).any(axis=1)
    np.testing.assert_array_equal(again.steps[untouched], walks.steps[untouched])


def test_a_dead_end_that_opens_is_walked_on():
    rng = np.random.default_rng(0)
    walks = walk(feedback_graph(3, [0], [1], [1.0]), 0, count=COUNT, rng=rng, transitivity_decay=0.2)
    grown = feedback_graph(3, [0, 1], [1, 2], [1.0, 1.0])
    found = reputation(rewalk(walks, grown, [1], rng), 3)
    assert errors(found, np.array([1.0, 0.8, 0.64])).max() < 5


def test_nothing_changed_walks_nothing_again():
    graph = random_graph(10, seed=1)
    walks = walk(graph, 0, count=100, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(rewalk(walks, graph, [], np.random.default_rng(1)).steps, walks.steps)


@settings(deadline=None, max_examples=20)
@given(st.integers(2, 12), st.integers(0, 1000), st.sampled_from([0.5, 1.0]))
def test_bridges_are_counted_in_the_walks_themselves(n, seed, threshold):
    graph = random_graph(n, seed)
    walks = walk(graph, 0, count=300, rng=np.random.default_rng(seed))
    found = reputation(walks, n, connectivity_decay=0.9, threshold=threshold)
    hits = np.zeros(n)
    before = np.zeros((n, n))
    for row in walks.steps:
        seen = list(dict.fromkeys(row[row >= 0].tolist()))
        for place, node in enumerate(seen):
            hits[node] += 1
            before[node, seen[1:place]] += 1
    most = before.max(axis=1)
    cut = most >= threshold * np.maximum(hits, 1) - 1e-9
    np.testing.assert_allclose(found, np.where(cut, 0.1 * most, hits) / 300, atol=1e-12)


def test_the_same_randomness_gives_the_same_walks():
    graph = random_graph(20, seed=2)
    first, second = (walk(graph, 3, count=50, rng=np.random.default_rng(9)) for _ in range(2))
    np.testing.assert_array_equal(first.steps, second.steps)
    assert first.steps[:, 0].tolist() == [3] * 50


def test_a_hundred_thousand_nodes_are_ranked():
    rng = np.random.default_rng(0)
    n, edges = 100_000, 1_000_000
    graph = feedback_graph(n, rng.integers(0, n, edges), rng.integers(0, n, edges), rng.uniform(1, 2, edges))
    walks = walk(graph, 0, count=10_000, rng=rng)
    ranks = reputation(walks, n)
    assert ranks.argmax() == 0
    neighbours = graph.indices[graph.indptr[0] : graph.indptr[1]]
    assert set(np.argsort(-ranks)[1 : 1 + len(neighbours)].tolist()) == set(neighbours.tolist())


@pytest.mark.parametrize(
    "call",
    [
        lambda graph, walks: walk(graph, 0, count=0, rng=np.random.default_rng(0)),
        lambda graph, walks: walk(graph, 9, count=1, rng=np.random.default_rng(0)),
        lambda graph, walks: walk(graph, 0, count=1, rng=np.random.default_rng(0), transitivity_decay=1.0),
        lambda graph, walks: rewalk(walks, graph, [3], np.random.default_rng(0)),
        lambda graph, walks: rewalk(walks, feedback_graph(1, [], [], []), [], np.random.default_rng(0)),
        lambda graph, walks: reputation(walks, 1),
        lambda graph, walks: reputation(walks, 3, connectivity_decay=1.0),
    ],
)
def test_impossible_questions_are_refused(call):
    graph = feedback_graph(3, [0, 1], [1, 2], [1.0, 1.0])
    walks = walk(graph, 0, count=100, rng=np.random.default_rng(0))
    with pytest.raises(InputError):
        call(graph, walks)

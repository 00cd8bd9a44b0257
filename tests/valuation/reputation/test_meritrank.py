"""Reputation by walks of trust: the definition solved, sampled, and bounded against Sybils."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from valuation.errors import InputError
from valuation.reputation.graph import feedback_graph, transitions
from valuation.reputation.meritrank import meritrank, sybil_gain


@st.composite
def graphs(draw, smallest=2, largest=7):
    n = draw(st.integers(smallest, largest))
    node = st.integers(0, n - 1)
    edges = draw(st.lists(st.tuples(node, node, st.floats(0.01, 100)), max_size=4 * n))
    return n, edges


def build(n, edges):
    sources, targets, weights = zip(*edges, strict=True) if edges else ((), (), ())
    return feedback_graph(n, sources, targets, weights)


def chance_of(graph, start, first, before, decay):
    """The chance that a walk from `start` visits `first` before it visits any of `before` or ends."""
    n = graph.shape[0]
    moves = (1 - decay) * transitions(graph).toarray()
    system, right = np.eye(n) - moves, np.zeros(n)
    for absorbing, value in [(first, 1.0), *((node, 0.0) for node in before)]:
        system[absorbing] = np.eye(n)[absorbing]
        right[absorbing] = value
    return np.linalg.solve(system, right)[start]


@settings(deadline=None)
@given(graphs(), st.floats(0.05, 0.95))
def test_reputation_is_the_chance_that_a_walk_ever_comes_by(case, decay):
    n, edges = case
    graph = build(n, edges)
    expected = [chance_of(graph, 0, node, [], decay) for node in range(n)]
    np.testing.assert_allclose(meritrank(graph, 0, transitivity_decay=decay), expected, atol=1e-9)


@settings(deadline=None)
@given(graphs(), st.floats(0.05, 0.95), st.sampled_from([0.5, 0.8, 1.0]))
def test_those_behind_a_bridge_are_cut(case, decay, threshold):
    n, edges = case
    graph = build(n, edges)
    plain = meritrank(graph, 0, transitivity_decay=decay)
    options = {"transitivity_decay": decay, "connectivity_decay": 0.9, "threshold": threshold}
    cut = meritrank(graph, 0, **options)
    for goal in range(1, n):
        through = [
            chance_of(graph, 0, other, [goal], decay) * chance_of(graph, other, goal, [], decay)
            for other in range(1, n)
            if other != goal
        ]
        most = max(through, default=0.0)
        if plain[goal] > 0 and abs(most / plain[goal] - threshold) > 1e-6:
            expected = 0.1 * most if most / plain[goal] > threshold else plain[goal]
            assert cut[goal] == pytest.approx(expected, abs=1e-9)
    assert cut[0] == 1.0


def test_the_published_example_gets_its_scores():
    graph = feedback_graph(3, [0, 0, 1], [1, 2, 2], [1.0, 1.0, 1.0])
    chances = meritrank(graph, 0, transitivity_decay=0.15)
    np.testing.assert_allclose(chances, [1, 0.425, 0.78625], atol=1e-12)
    np.testing.assert_allclose(chances / chances.sum(), [0.452233, 0.192199, 0.355568], atol=1e-6)


def attacked(sybil_edges, sybils):
    """A seed, two honest peers who vouch for an attacker, and Sybils that only the attacker leads to."""
    honest = [(0, 1, 1.0), (0, 2, 1.0), (1, 3, 1.0), (2, 3, 1.0)]
    return build(4 + sybils, honest + sybil_edges)


@pytest.mark.parametrize("connectivity_decay", [0.0, 0.5, 0.99])
@pytest.mark.parametrize(
    ("decay", "sybils", "gain"),
    [(0.2, 1, 0.8), (0.2, 5, 2.689), (0.2, 50, 4.0), (0.6, 1, 0.4), (0.6, 5, 0.660), (0.6, 50, 0.667)],
)
def test_a_path_of_sybils_gains_the_closed_form(decay, sybils, gain, connectivity_decay):
    path = [(3 + step, 4 + step, 20.0) for step in range(sybils)]
    reputation = meritrank(
        attacked(path, sybils), 0, transitivity_decay=decay, connectivity_decay=connectivity_decay
    )
    found = sybil_gain(reputation, attacker=3, sybils=np.arange(4, 4 + sybils))
    assert found == pytest.approx((1 - connectivity_decay) * gain, abs=1e-3)


@settings(deadline=None)
@given(st.integers(1, 6), st.floats(0.05, 0.95), st.data())
def test_no_sybil_region_whatever_its_edges_gains_more_than_the_bound(sybils, decay, data):
    member = st.integers(3, 3 + sybils)
    weight = st.floats(0.1, 100)
    edges = data.draw(st.lists(st.tuples(member, member, weight), min_size=1, max_size=20))
    reputation = meritrank(attacked(edges, sybils), 0, transitivity_decay=decay)
    gain = sybil_gain(reputation, attacker=3, sybils=np.arange(4, 4 + sybils))
    assert gain <= (1 - decay) / decay + 1e-9


@settings(deadline=None)
@given(graphs(), st.floats(0.05, 0.95), st.floats(0.01, 100))
def test_only_the_proportions_of_somebodys_feedback_count(case, decay, factor):
    n, edges = case
    scaled = [(source, target, weight * (factor if source == 1 else 1)) for source, target, weight in edges]
    before = meritrank(build(n, edges), 0, transitivity_decay=decay)
    after = meritrank(build(n, scaled), 0, transitivity_decay=decay)
    np.testing.assert_allclose(after, before, atol=1e-9)


@pytest.mark.parametrize(
    "edges",
    [
        ([0], [1], [0.0]),
        ([0], [1], [-1.0]),
        ([0], [1], [np.inf]),
        ([0], [1], [np.nan]),
        ([0], [3], [1.0]),
        ([-1], [1], [1.0]),
        ([0, 1], [1], [1.0]),
        ([0.5], [1], [1.0]),
    ],
)
def test_impossible_feedback_is_refused(edges):
    with pytest.raises((InputError, ValueError)):
        feedback_graph(3, *edges)


@pytest.mark.parametrize(
    "options",
    [
        {"seed": 3},
        {"seed": 0, "transitivity_decay": 0.0},
        {"seed": 0, "transitivity_decay": 1.0},
        {"seed": 0, "connectivity_decay": 1.0},
        {"seed": 0, "connectivity_decay": -0.1},
        {"seed": 0, "threshold": 0.0},
    ],
)
def test_impossible_questions_are_refused(options):
    with pytest.raises(InputError):
        meritrank(feedback_graph(3, [0], [1], [1.0]), **options)


def test_a_graph_too_large_for_a_solve_points_to_walks(monkeypatch):
    monkeypatch.setattr("valuation.reputation.meritrank.MAX_EXACT", 2)
    with pytest.raises(InputError, match="use walks"):
        meritrank(feedback_graph(3, [0], [1], [1.0]), 0)


def test_an_attacker_without_reputation_has_no_gain():
    with pytest.raises(InputError):
        sybil_gain(np.zeros(3), 1, np.array([2]))

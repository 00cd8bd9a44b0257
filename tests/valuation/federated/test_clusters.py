"""Look-alikes count as one: Owen values by the definition over orders, and discounted Shapley values."""

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.errors import InputError
from valuation.federated.clusters import clusters
from valuation.federated.owen_clusters import owen_clusters, owen_values
from valuation.federated.round import Round
from valuation.federated.shapley_exact import shapley_exact
from valuation.federated.similarity_discount import similarity_discount
from valuation.game import TableGame
from valuation.shapley import exact


def by_orders(utilities, unions):
    """The mean marginal contribution over the orders in which no union is split."""
    n = len(unions)
    totals, count = np.zeros(n), 0
    for order in permutations(range(n)):
        places = [unions[player] for player in order]
        runs = sum(a != b for a, b in pairwise(places)) + 1
        if runs != len(set(unions)):
            continue
        count, mask = count + 1, 0
        for player in order:
            totals[player] += utilities[mask | 1 << player] - utilities[mask]
            mask |= 1 << player
    return totals / count


@given(st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_owen_values_are_means_over_orders_that_keep_unions_together(n, seed):
    rng = np.random.default_rng(seed)
    utilities = np.concatenate([[0.0], rng.normal(size=2**n - 1)])
    unions = np.unique(rng.integers(0, n, n), return_inverse=True)[1]
    game = TableGame(utilities)
    found = owen_values(game, unions)
    np.testing.assert_allclose(found, by_orders(utilities, unions.tolist()), atol=1e-12)
    assert found.sum() == pytest.approx(utilities[-1])
    alone, together = np.arange(n), np.zeros(n, dtype=np.int64)
    for partition in (alone, together):
        np.testing.assert_allclose(owen_values(game, partition), exact(game).values, atol=1e-12)


def a_round(updates):
    updates = np.asarray(updates, dtype=np.float32)
    target = np.linspace(1, 2, updates.shape[1])
    players = tuple(map(str, range(len(updates))))
    return Round(
        players,
        updates,
        np.zeros(updates.shape[1], np.float32),
        lambda m: ((m + target) ** 2).sum(axis=1),
        1.0,
    )


def others(seed, n=3, d=6):
    return np.abs(np.random.default_rng(seed).normal(size=(n, d)))


@given(st.integers(0, 1000), st.integers(2, 4))
def test_appearing_several_times_pays_less_than_under_shapley(seed, k):
    one, rest = np.abs(np.random.default_rng(seed + 5000).normal(size=(1, 6))), others(seed)
    once, often = a_round([*one, *rest]), a_round([*np.repeat(one, k, axis=0), *rest])
    for method in (owen_clusters, similarity_discount):
        together = method([often], similarity=0.9999).values[:k].sum()
        alone = method([once], similarity=0.9999).values[0]
        assert alone == pytest.approx(shapley_exact([once]).values[0])
        plain = shapley_exact([often]).values[:k].sum()
        if method is similarity_discount:
            assert together == pytest.approx(plain / k)


def test_clusters_are_linked_by_chains_and_numbered_by_their_first_members():
    angles = np.radians([0, 90, 20, 40, 95, 200])
    round = a_round(np.stack([np.cos(angles), np.sin(angles)], axis=1))
    assert clusters(round, similarity=np.cos(np.radians(21))).tolist() == [0, 1, 0, 0, 1, 2]
    assert clusters(round, similarity=1.0).tolist() == [0, 1, 2, 3, 4, 5]
    for wrong in (0.0, -1.0, 1.1):
        with pytest.raises(InputError):
            clusters(round, similarity=wrong)

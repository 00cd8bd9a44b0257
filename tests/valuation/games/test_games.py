"""Every game: its utilities by the definition of one coalition, its values by two independent ways."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.coalitions import coalitions_of
from valuation.errors import InputError
from valuation.game import Game, evaluate
from valuation.games import (
    AirportGame,
    BankruptcyGame,
    CoverageGame,
    GloveGame,
    SpanningTreeGame,
    UnanimityGame,
    WeightedVotingGame,
)
from valuation.shapley import exact

seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(1, 7)


def airport(n, rng):
    costs = rng.integers(0, 10, size=n).astype(np.float64)
    return AirportGame(costs), lambda members: max((costs[i] for i in members), default=0.0)


def bankruptcy(n, rng):
    claims = rng.integers(0, 10, size=n)
    estate = int(rng.integers(0, claims.sum() + 1))
    others = {i: int(claims[i]) for i in range(n)}
    return BankruptcyGame(claims, estate), lambda members: max(
        0, estate - sum(claim for i, claim in others.items() if i not in members)
    )


def coverage(n, rng):
    covers = rng.random((n, 5)) < 0.4
    weights = rng.random(5)
    return CoverageGame(covers, weights), lambda members: sum(
        weights[item] for item in range(5) if any(covers[i, item] for i in members)
    )


def glove(n, rng):
    left = int(rng.integers(0, n + 1))
    return GloveGame(left, n - left), lambda members: min(
        sum(i < left for i in members), sum(i >= left for i in members)
    )


def spanning_tree(n, rng):
    costs = rng.integers(0, 10, size=(n + 1, n + 1)).astype(np.float64)
    costs += costs.T

    def kruskal(members):
        nodes = [0, *(i + 1 for i in members)]
        tree = {node: node for node in nodes}
        total = 0.0
        for a, b in sorted(itertools.combinations(nodes, 2), key=lambda edge: costs[edge]):
            if tree[a] != tree[b]:
                total += costs[a, b]
                old, new = tree[a], tree[b]
                tree = {node: new if root == old else root for node, root in tree.items()}
        return total

    return SpanningTreeGame(costs), kruskal


def unanimity(n, rng):
    carriers = rng.random((4, n)) < 0.5
    carriers[np.arange(4), rng.integers(0, n, size=4)] = True
    dividends = rng.normal(size=4)
    return UnanimityGame(carriers, dividends), lambda members: sum(
        dividend
        for carrier, dividend in zip(carriers, dividends, strict=True)
        if set(np.flatnonzero(carrier).tolist()) <= set(members)
    )


def voting(n, rng):
    weights = rng.integers(0, 10, size=n)
    weights[0] += 1
    quota = int(rng.integers(1, weights.sum() + 1))
    return WeightedVotingGame(weights, quota), lambda members: float(
        sum(weights[i] for i in members) >= quota
    )


every_game = pytest.mark.parametrize(
    "build", [airport, bankruptcy, coverage, glove, spanning_tree, unanimity, voting]
)


@every_game
@given(n=sizes, seed=seeds)
def test_every_coalition_has_the_utility_of_the_definition(build, n, seed):
    game, utility = build(n, np.random.default_rng(seed))
    assert isinstance(game, Game)
    assert game.n == n
    coalitions = coalitions_of(np.arange(2**n), n)
    expected = [utility(np.flatnonzero(row).tolist()) for row in coalitions]
    np.testing.assert_allclose(evaluate(game, coalitions), expected, atol=1e-12)


@every_game
@given(n=sizes, seed=seeds)
def test_the_known_values_are_the_average_marginal_contributions(build, n, seed):
    game, utility = build(n, np.random.default_rng(seed))
    values = [
        math.fsum(
            (utility(sorted({*others, player})) - utility(others)) / (n * math.comb(n - 1, size))
            for size in range(n)
            for others in map(list, itertools.combinations([i for i in range(n) if i != player], size))
        )
        for player in range(n)
    ]
    np.testing.assert_allclose(game.shapley(), values, atol=1e-11)


@given(sizes, seeds, st.sampled_from([voting, unanimity]))
def test_the_known_banzhaf_values_are_those_of_the_enumeration(n, seed, build):
    game, _ = build(n, np.random.default_rng(seed))
    np.testing.assert_allclose(game.banzhaf(), exact(game, weights="banzhaf").values, atol=1e-12)


@pytest.mark.parametrize("build", [airport, bankruptcy, coverage, glove, unanimity, voting])
@pytest.mark.parametrize("n", [14, 60, 100])
def test_the_values_of_a_large_game_add_up(build, n):
    game, _ = build(n, np.random.default_rng(n))
    values = game.shapley()
    nobody, everyone = game(np.array([[False] * n, [True] * n]))
    assert values.shape == (n,)
    np.testing.assert_allclose(values.sum(), everyone - nobody, rtol=1e-12)


@pytest.mark.parametrize("build", [airport, bankruptcy, coverage, glove, unanimity, voting])
def test_known_values_agree_with_the_enumeration_of_fourteen_players(build):
    game, _ = build(14, np.random.default_rng(14))
    np.testing.assert_allclose(exact(game).values, game.shapley(), atol=1e-12)


def test_the_security_council_has_the_power_that_the_literature_gives_it():
    # Five permanent members with a veto and ten others; 9 of 15 votes needed: the quota 39 with 7 and 1.
    game = WeightedVotingGame([7] * 5 + [1] * 10, quota=39)
    np.testing.assert_allclose(game.shapley(), [421 / 2145] * 5 + [4 / 2145] * 10, rtol=1e-13)


def test_the_electoral_college_of_fifty_one_is_counted_exactly():
    # Equal votes: by symmetry each has one share, though a count runs to 2^50 coalitions.
    np.testing.assert_allclose(WeightedVotingGame([3] * 51, quota=77).shapley(), 1 / 51, rtol=1e-13)
    swings = math.comb(50, 25) / 2**50
    np.testing.assert_allclose(WeightedVotingGame([3] * 51, quota=77).banzhaf(), swings, rtol=1e-13)


def test_an_only_left_glove_among_many_right_ones_is_worth_nearly_all():
    values = GloveGame(1, 99).shapley()
    np.testing.assert_allclose(values, [99 / 100] + [1 / (100 * 99)] * 99, rtol=1e-12)


def test_connections_through_nested_rings_are_shared_by_those_inside():
    # Costs that are ultrametric: a ring of radius r is crossed once by whoever has members inside it.
    distances = np.array(
        [[0.0, 8.0, 8.0, 8.0], [8.0, 0.0, 2.0, 6.0], [8.0, 2.0, 0.0, 6.0], [8.0, 6.0, 6.0, 0.0]]
    )
    expected = [2 / 1 + 4 / 2 + 2 / 3, 2 / 1 + 4 / 2 + 2 / 3, 6 / 1 + 2 / 3]
    np.testing.assert_allclose(SpanningTreeGame(distances).shapley(), expected, rtol=1e-12)


@pytest.mark.parametrize("n", [2, 5, 10])
def test_players_in_a_ring_far_from_the_source_share_its_cost(n):
    # Castro, Gomez and Tejada (2009): neighbours connect at 1, the source at n + 1, so each is worth 2.
    costs = np.full((n + 1, n + 1), 10.0 * n)
    costs[0, :] = costs[:, 0] = n + 1
    for i in range(n):
        a, b = i + 1, (i + 1) % n + 1
        costs[a, b] = costs[b, a] = 1.0
    np.testing.assert_allclose(SpanningTreeGame(costs).shapley(), 2.0, rtol=1e-12)


def test_a_game_does_not_follow_changes_of_what_it_was_built_from():
    costs = np.array([1.0, 2.0])
    game = AirportGame(costs)
    costs[0] = 9.0
    assert game.shapley().tolist() == [0.5, 1.5]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: AirportGame([]), "one number a player"),
        (lambda: AirportGame([[1.0]]), "one number a player"),
        (lambda: AirportGame([-1.0]), "not negative"),
        (lambda: AirportGame([np.nan]), "finite"),
        (lambda: BankruptcyGame([1, 2], 4), "from 0 to the sum of the claims, 3, not 4"),
        (lambda: BankruptcyGame([1.5], 1), "integers"),
        (lambda: CoverageGame([[1, 0]]), "boolean"),
        (lambda: CoverageGame(np.ones((2, 3), dtype=bool), [1.0]), "3 items need as many weights, not 1"),
        (lambda: CoverageGame(np.ones((2, 0), dtype=bool)), "player and an item"),
        (lambda: GloveGame(0, 0), "gloves"),
        (lambda: GloveGame(-1, 3), "gloves"),
        (lambda: SpanningTreeGame([[0.0, 1.0], [2.0, 0.0]]), "both directions"),
        (lambda: SpanningTreeGame([[0.0]]), r"\(n \+ 1, n \+ 1\)"),
        (lambda: UnanimityGame(np.zeros((1, 2), dtype=bool), [1.0]), "member"),
        (lambda: UnanimityGame(np.ones((1, 2), dtype=bool), [1.0, 2.0]), "1 carriers"),
        (lambda: WeightedVotingGame([1, 2], 0), "quota"),
        (lambda: WeightedVotingGame([1, 2], 4), "quota"),
        (lambda: WeightedVotingGame([-1, 2], 1), "not negative"),
    ],
)
def test_a_game_that_makes_no_sense_is_refused(build, message):
    with pytest.raises(InputError, match=message):
        build()


@every_game
def test_coalitions_of_another_number_of_players_are_refused(build):
    game, _ = build(3, np.random.default_rng(0))
    with pytest.raises(InputError, match=r"\(m, 3\)"):
        game(np.ones((1, 4), dtype=bool))

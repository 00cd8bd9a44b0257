from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from valuation.coalitions import coalitions_of
from valuation.errors import AssumptionError, InputError
from valuation.game import CachedGame, FunctionGame, TableGame
from valuation.shapley import core
from valuation.shapley.core import largest_excess, least_core, nucleolus, prenucleolus

integers = st.integers(-20, 20).map(float)
tables = st.integers(1, 5).flatmap(lambda n: arrays(np.float64, 2**n, elements=integers, fill=st.nothing()))


def members_of(n):
    return coalitions_of(np.arange(2**n), n)


def excesses(table, payoffs):
    """The excesses of all coalitions of some but not all players, the largest first."""
    n = len(payoffs)
    return np.sort((table - table[0] - members_of(n) @ payoffs)[1:-1])[::-1]


def lexicographically_less(one, other, tolerance=1e-7):
    differ = np.flatnonzero(np.abs(one - other) > tolerance)
    return differ.size > 0 and one[differ[0]] < other[differ[0]]


def talmud(estate, claims):
    """Aumann and Maschler (1985): half of each claim is gained equally, the other half lost equally."""
    claims = np.asarray(claims, dtype=np.float64)
    if estate <= claims.sum() / 2:
        return equal_up_to(claims / 2, estate)
    return claims - equal_up_to(claims / 2, claims.sum() - estate)


def equal_up_to(limits, amount):
    """Divide an amount equally, nobody getting more than its limit."""
    shares = np.zeros(len(limits))
    left = amount
    for rank, player in enumerate(np.argsort(limits)):
        shares[player] = min(limits[player], left / (len(limits) - rank))
        left -= shares[player]
    return shares


@given(tables, st.data())
def test_the_largest_excess_is_the_largest_of_all(table, data):
    n = len(table).bit_length() - 1
    payoffs = np.array(data.draw(st.lists(integers, min_size=n, max_size=n)))
    expected = excesses(table, payoffs).max(initial=-np.inf)
    assert largest_excess(TableGame(table), payoffs) == expected


@settings(max_examples=50)
@given(tables, st.integers(0, 2**32 - 1))
def test_no_payoffs_have_a_smaller_largest_excess_than_the_least_core(table, seed):
    game = TableGame(table)
    result = least_core(game)
    assert result.efficiency_gap == pytest.approx(0.0, abs=1e-9)
    best = largest_excess(game, result.values)
    assert f"{best:.6g}" in result.reason
    assert ("not empty" in result.reason) == (best <= 1e-9)
    assert largest_excess(game, prenucleolus(game).values) == pytest.approx(best, abs=1e-8)
    moves = np.random.default_rng(seed).normal(size=(50, game.n)) * 3
    for move in moves - moves.mean(axis=1, keepdims=True):
        assert largest_excess(game, result.values + move) >= best - 1e-8


@settings(max_examples=50)
@given(tables, st.integers(0, 2**32 - 1))
def test_no_payoffs_have_lexicographically_less_excesses_than_the_prenucleolus(table, seed):
    result = prenucleolus(TableGame(table))
    assert result.values.sum() == pytest.approx(table[-1] - table[0], abs=1e-9)
    ours = excesses(table, result.values)
    rng = np.random.default_rng(seed)
    moves = rng.normal(size=(100, len(result.values))) * np.exp(rng.uniform(-6, 2, size=(100, 1)))
    for move in moves - moves.mean(axis=1, keepdims=True):
        assert not lexicographically_less(excesses(table, result.values + move), ours)


@settings(max_examples=50)
@given(tables, st.integers(0, 2**32 - 1))
def test_nobody_gets_less_than_alone_from_the_nucleolus_and_none_such_has_less_excesses(table, seed):
    n = len(table).bit_length() - 1
    alone = table[1 << np.arange(n)] - table[0]
    table[-1] = max(table[-1], table[0] + alone.sum())
    values = nucleolus(TableGame(table)).values
    assert (values >= alone - 1e-9).all()
    ours = excesses(table, values)
    surplus = table[-1] - table[0] - alone.sum()
    for share in np.random.default_rng(seed).dirichlet(np.full(n, 0.5), size=100):
        assert not lexicographically_less(excesses(table, alone + surplus * share), ours)


@settings(max_examples=40)
@given(st.lists(st.integers(1, 300), min_size=2, max_size=6), st.floats(0.05, 0.95))
def test_the_nucleolus_of_a_bankruptcy_is_the_division_of_the_talmud(claims, portion):
    estate = float(round(portion * sum(claims), 2))
    others = sum(claims) - members_of(len(claims)) @ np.array(claims, dtype=np.float64)
    game = TableGame(np.maximum(estate - others, 0.0))
    np.testing.assert_allclose(nucleolus(game).values, talmud(estate, claims), atol=1e-7 * estate)
    np.testing.assert_allclose(prenucleolus(game).values, talmud(estate, claims), atol=1e-7 * estate)


@pytest.mark.parametrize(
    ("estate", "shares"), [(100, [100 / 3] * 3), (200, [50, 75, 75]), (300, [50, 100, 150])]
)
def test_the_mishnah_divides_among_three_wives_as_it_is_written(estate, shares):
    claims = np.array([100.0, 200.0, 300.0])
    game = TableGame(np.maximum(estate - (600 - members_of(3) @ claims), 0.0))
    np.testing.assert_allclose(nucleolus(game).values, shares, rtol=1e-9)


@pytest.mark.parametrize(("left", "right"), [(1, 2), (2, 3), (4, 3)])
def test_the_nucleolus_of_unmatched_gloves_gives_all_to_the_scarce_side(left, right):
    members = members_of(left + right)
    game = TableGame(np.minimum(members[:, :left].sum(axis=1), members[:, left:].sum(axis=1)))
    expected = [float(left < right)] * left + [float(right < left)] * right
    np.testing.assert_allclose(nucleolus(game).values, expected, atol=1e-9)


@pytest.mark.parametrize("n", [3, 4, 7, 10])
def test_a_majority_is_divided_equally_and_its_core_is_empty(n):
    game = TableGame((members_of(n).sum(axis=1) > n / 2).astype(np.float64))
    np.testing.assert_allclose(nucleolus(game).values, np.full(n, 1 / n), atol=1e-9)
    result = least_core(game)
    assert largest_excess(game, result.values) == pytest.approx(1 - (n // 2 + 1) / n)
    assert "empty" in result.reason
    assert "not empty" not in result.reason


@given(st.lists(integers, min_size=1, max_size=7), integers)
def test_what_players_add_independently_is_theirs_by_every_concept(worths, constant):
    game = TableGame(members_of(len(worths)) @ np.array(worths) + constant)
    for concept in (least_core, nucleolus, prenucleolus):
        np.testing.assert_allclose(concept(game).values, worths, atol=1e-7)


@pytest.mark.parametrize("unit", [1e-12, 1e-6, 1e12])
@pytest.mark.parametrize("concept", [least_core, nucleolus, prenucleolus])
def test_the_unit_of_utility_does_not_matter(concept, unit):
    table = np.random.default_rng(5).integers(0, 20, size=32).astype(np.float64)
    table[-1] = 100.0
    again = concept(TableGame((table + 3.0) * unit))
    np.testing.assert_allclose(again.values, concept(TableGame(table)).values * unit, rtol=1e-9)


def test_a_solver_that_gives_up_is_not_believed(monkeypatch):
    monkeypatch.setattr(core, "linprog", partial(core.linprog, options={"maxiter": 0}))
    with pytest.raises(core.SolverError, match="not solved"):
        prenucleolus(TableGame(np.random.default_rng(5).normal(size=2**8)))


def test_players_that_gain_more_alone_than_together_have_no_nucleolus_but_a_prenucleolus():
    game = TableGame([0.0, 3.0, 3.0, 4.0])
    with pytest.raises(AssumptionError, match="alone the players gain 6, together 4"):
        nucleolus(game)
    np.testing.assert_allclose(prenucleolus(game).values, [2.0, 2.0])


def test_twelve_players_are_solved_and_equals_get_equal():
    weights = np.array([5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 1, 1])
    game = TableGame(np.sqrt(members_of(12) @ weights))
    values = prenucleolus(game).values
    for weight in range(1, 6):
        assert np.ptp(values[weights == weight]) < 1e-7
    assert (np.diff(values) < 1e-9).all()


def test_every_coalition_is_measured_once():
    for concept in (least_core, nucleolus, prenucleolus):
        game = CachedGame(FunctionGame(4, lambda members: float(len(members)) ** 2))
        result = concept(game, players=("a", "b", "c", "d"))
        assert game.evaluations == result.evaluations == 16
        assert result.players == ("a", "b", "c", "d")
        assert result.exact


def test_a_game_too_large_for_linear_programmes_is_refused_before_it_is_asked():
    asked = []

    def utility(members):
        asked.append(members)
        return 0.0

    for concept in (least_core, nucleolus, prenucleolus):
        with pytest.raises(InputError, match="17 players"):
            concept(FunctionGame(17, utility))
    assert not asked


@pytest.mark.parametrize("payoffs", [[1.0], [[1.0, 2.0]], [np.nan, 1.0]])
def test_payoffs_that_are_no_payoffs_are_refused(payoffs):
    with pytest.raises(InputError, match="payoffs"):
        largest_excess(TableGame([0.0, 1.0, 2.0, 4.0]), payoffs)

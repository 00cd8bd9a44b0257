import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from valuation.coalitions import coalitions_of
from valuation.errors import InputError
from valuation.federated.completion import complete, completions
from valuation.federated.held_out import choose_completion


@st.composite
def low_rank_tables(draw):
    rank, rows, columns = draw(st.integers(1, 2)), draw(st.integers(4, 9)), draw(st.integers(10, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    table = rng.normal(1.0, 0.5, (rows, rank)) @ rng.normal(1.0, 0.5, (rank, columns))
    seen = rng.random((rows, columns)) < 0.6
    # A full row and enough full columns tie everything together.
    seen[0], seen[:, : 2 * rank] = True, True
    return table, seen, rank


@settings(max_examples=40, deadline=None)
@given(low_rank_tables())
def test_seen_entries_are_fitted_and_the_objective_never_rises(case):
    table, seen, rank = case
    penalties = [1.0, 0.1, 0.01]
    errors = []
    for factors in completions(table, seen, rank=rank, penalties=penalties):
        errors.append(np.linalg.norm((factors.table() - table)[seen]))
        assert factors.rows.shape == (len(table), rank)
    assert errors[0] >= errors[1] - 1e-6
    assert errors[1] >= errors[2] - 1e-6


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32))
def test_a_table_of_rank_one_is_recovered_where_it_was_not_seen(seed):
    rng = np.random.default_rng(seed)
    table = np.outer(rng.uniform(0.2, 2, 8), rng.uniform(0.2, 2, 30) * rng.choice([-1, 1], 30))
    seen = rng.random(table.shape) < 0.3
    seen[0], seen[:, 0] = True, True
    np.testing.assert_allclose(complete(table, seen, rank=1, penalty=1e-10).table(), table, rtol=1e-3)


def test_the_solution_is_a_stationary_point_of_the_penalised_error():
    rng = np.random.default_rng(4)
    table = rng.normal(size=(6, 15))
    seen = rng.random(table.shape) < 0.7
    seen[0] = True
    penalty = 0.3
    f = complete(table, seen, rank=2, penalty=penalty)
    residual = np.where(seen, f.rows @ f.columns.T - table / f.scale, 0.0)
    np.testing.assert_allclose(residual @ f.columns + penalty * f.rows, 0, atol=1e-5)
    np.testing.assert_allclose(residual.T @ f.rows + penalty * f.columns, 0, atol=1e-4)


def test_units_do_not_matter():
    rng = np.random.default_rng(0)
    table, seen = rng.normal(size=(5, 12)), np.ones((5, 12), dtype=bool)
    seen[2:, 6:] = False
    small, large = (complete(table * unit, seen, rank=1, penalty=0.01).table() for unit in (1e-6, 1e6))
    np.testing.assert_allclose(large, small * 1e12, rtol=1e-9)


def test_what_was_not_seen_is_not_looked_at():
    table = np.outer([1.0, 2.0], [1.0, 2.0, 3.0])
    seen = np.array([[True, True, True], [True, False, False]])
    before = complete(table, seen, rank=1, penalty=1e-6).table()
    table[1, 1:] = np.nan
    np.testing.assert_array_equal(complete(table, seen, rank=1, penalty=1e-6).table(), before)


@pytest.mark.parametrize(
    ("table", "seen", "rank", "penalty", "message"),
    [
        (np.zeros((2, 2)), np.ones((2, 3), dtype=bool), 1, 0.1, "seen entries of shape"),
        (np.zeros((2, 2)), np.ones((2, 2)), 1, 0.1, "seen entries of shape"),
        (np.zeros((2, 2)), np.ones((2, 2), dtype=bool), 0, 0.1, "must be positive"),
        (np.zeros((2, 2)), np.ones((2, 2), dtype=bool), 1, 0.0, "must be positive"),
        (np.full((2, 2), np.nan), np.ones((2, 2), dtype=bool), 1, 0.1, "not finite"),
    ],
)
def test_bad_tables_are_refused(table, seen, rank, penalty, message):
    with pytest.raises(InputError, match=message):
        complete(table, seen, rank=rank, penalty=penalty)


def _seen_of(rounds, n):
    members = coalitions_of(np.arange(1, 2**n), n)
    present = np.array([[player in peers for player in range(n)] for peers in rounds])
    return members, ~(members[None] & ~present[:, None]).any(axis=2)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("rank", [1, 2])
def test_the_rank_that_the_table_has_is_chosen_where_enough_was_seen(rank, seed):
    rng = np.random.default_rng(seed)
    rounds = [set(range(5))] * 2 + [set(rng.choice(5, 4, replace=False).tolist()) for _ in range(39)]
    members, seen = _seen_of(rounds, 5)
    table = rng.normal(1, 0.6, (41, rank)) @ (rng.normal(1, 1, (rank, 5)) @ members.T)
    choice = choose_completion(table, seen, members, rng)
    assert choice.rank == rank
    assert choice.error < 0.005


def test_nothing_to_hold_out_is_said():
    members, seen = _seen_of([{0, 1}, {1}], 2)
    choice = choose_completion(np.ones((2, 3)), seen, members, np.random.default_rng(0))
    assert choice.rank == 1
    assert np.isnan(choice.error)

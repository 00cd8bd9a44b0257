import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.errors import InputError
from valuation.integrity import geometry
from valuation.integrity.checks import check


def reasons(updates, committed=None, max_norm=100.0, duplicate_cosine=0.99):
    updates = np.asarray(updates, dtype=np.float32)
    order = range(len(updates)) if committed is None else committed
    found = check(updates, order, max_norm=max_norm, duplicate_cosine=duplicate_cosine)
    return [rejection.reason if rejection else None for rejection in found]


def reasons_one_by_one(updates, committed, max_norm, duplicate_cosine):
    """The definition, pair by pair."""
    found = []
    for i, update in enumerate(updates.astype(np.float64)):
        norm = np.linalg.norm(update)
        earlier = [
            other.astype(np.float64)
            for j, other in enumerate(updates)
            if committed[j] < committed[i] and np.isfinite(other).all() and other.any()
        ]
        if not np.isfinite(update).all():
            found.append("not-finite")
        elif norm == 0:
            found.append("zero-update")
        elif norm > max_norm:
            found.append("norm-too-large")
        elif any(update @ other >= duplicate_cosine * norm * np.linalg.norm(other) for other in earlier):
            found.append("duplicate")
        else:
            found.append(None)
    return found


@given(st.integers(0, 7), st.integers(1, 6), st.integers(0, 2**32))
def test_verdicts_are_those_of_the_definition_in_any_order_of_commitments(n, d, seed):
    rng = np.random.default_rng(seed)
    updates = rng.normal(size=(n, d)).astype(np.float32) * rng.choice([0, 1, 1, 9], size=(n, 1))
    for i in range(1, n):
        if rng.random() < 0.4:
            updates[i] = updates[rng.integers(i)] * rng.choice([-1, 0.5, 3])
    if n and rng.random() < 0.3:
        updates[rng.integers(n), 0] = rng.choice([np.nan, np.inf])
    committed = rng.permutation(n).tolist()
    # Not a multiple of anything above, so that rounding decides nothing.
    expected = reasons_one_by_one(updates, committed, max_norm=7.3, duplicate_cosine=0.97)
    assert reasons(updates, committed, max_norm=7.3, duplicate_cosine=0.97) == expected


def test_the_earliest_commitment_is_the_original():
    updates = np.tile(np.arange(1.0, 5.0), (3, 1))
    assert reasons(updates, committed=[2, 0, 1]) == ["duplicate", None, "duplicate"]


def test_a_copy_scaled_or_with_a_little_noise_is_a_duplicate_and_a_flipped_one_is_not():
    update = np.random.default_rng(0).normal(size=1000)
    noise = np.random.default_rng(1).normal(size=1000)
    found = reasons([update, 0.1 * update, update + 0.05 * noise, -update, noise])
    assert found == [None, "duplicate", "duplicate", None, None]


def test_one_update_that_is_not_finite_costs_nobody_else_anything():
    rng = np.random.default_rng(0)
    updates = rng.normal(size=(4, 50))
    updates[1, 3] = np.inf
    assert reasons(updates) == [None, "not-finite", None, None]


def test_the_largest_floats_are_measured_without_overflow():
    assert reasons([[3e38] * 4, [3e38] * 4], max_norm=1e300) == [None, "duplicate"]
    assert reasons([[1e-44, 0], [0, 1e-44]]) == [None, None]


def test_the_detail_gives_the_figures():
    rows = np.array([[3, 4], [6, 8]], dtype=np.float32)
    first, second = check(rows, [0, 1], max_norm=5.5, duplicate_cosine=0.99)
    assert first is None
    assert second.detail == "norm 10, the limit is 5.5"
    _, second = check(rows, [0, 1], max_norm=50, duplicate_cosine=0.99)
    assert second.detail == "cosine 1.000000 with the earlier update in row 0"
    _, second = check(rows, [0, 1], max_norm=50, duplicate_cosine=0.99, names=["0xa0", "0xb0"])
    assert second.detail == "cosine 1.000000 with the earlier update 0xa0"


def test_blocks_change_nothing(monkeypatch):
    updates = np.random.default_rng(0).normal(size=(5, 101))
    updates[3] = updates[1] * 2
    whole = reasons(updates)
    monkeypatch.setattr(geometry, "BLOCK_ENTRIES", 5 * 7)
    assert reasons(updates) == whole == [None, None, None, "duplicate", None]


def test_impossible_limits_and_orders_are_refused():
    for wrong in (
        {"committed": [0]},
        {"committed": [0, 0]},
        {"max_norm": 0.0},
        {"max_norm": np.nan},
        {"duplicate_cosine": 0.0},
    ):
        with pytest.raises(InputError):
            reasons(np.eye(2), **wrong)
    with pytest.raises(InputError):
        reasons(np.zeros(3))
    with pytest.raises(InputError, match="1 names"):
        check(np.eye(2, dtype=np.float32), [0, 1], max_norm=1.0, duplicate_cosine=0.9, names=["0xa0"])

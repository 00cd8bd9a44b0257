import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.coalitions import check_coalitions, coalitions_of, keys_of, masks_of, name_coalition
from valuation.errors import InputError


@given(st.integers(1, 63).flatmap(lambda n: st.tuples(st.just(n), st.lists(st.integers(0, 2**n - 1)))))
def test_masks_and_coalitions_are_two_forms_of_the_same(case):
    n, masks = case
    coalitions = coalitions_of(np.array(masks, dtype=np.int64), n)
    assert coalitions.shape == (len(masks), n)
    assert masks_of(coalitions).tolist() == masks
    for mask, row in zip(masks, coalitions, strict=True):
        assert [bool(mask >> player & 1) for player in range(n)] == row.tolist()


@given(st.integers(1, 200), st.integers(0, 2**32 - 1))
def test_keys_are_equal_exactly_when_coalitions_are(n, seed):
    rows = np.random.default_rng(seed).random((40, n)) < 0.5
    keys = keys_of(rows)
    assert {len(key) for key in keys} == {(n + 7) // 8}
    assert len(set(keys)) == len({tuple(row) for row in rows.tolist()})


@pytest.mark.parametrize(
    "coalitions",
    [np.ones((2, 3), dtype=np.int64), np.ones((2, 4), dtype=bool), np.ones(3, dtype=bool)],
    ids=["integers", "four players", "one row"],
)
def test_what_is_not_a_boolean_matrix_of_n_columns_is_refused(coalitions):
    with pytest.raises(InputError, match=r"shape \(m, 3\)"):
        check_coalitions(coalitions, 3)


def test_more_players_than_bits_are_refused_and_not_folded_together():
    with pytest.raises(InputError, match="64 players"):
        masks_of(np.ones((1, 64), dtype=bool))
    with pytest.raises(InputError, match="64 players"):
        coalitions_of([1], 64)


@pytest.mark.parametrize("masks", [[4], [-1], [1.5], [[1]]])
def test_a_mask_of_nobody_is_refused(masks):
    with pytest.raises(InputError, match="mask"):
        coalitions_of(masks, 2)


def test_a_long_coalition_is_named_briefly():
    assert name_coalition(np.ones(1000, dtype=bool)).endswith("14, 15, ... 1000 players}")

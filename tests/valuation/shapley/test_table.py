import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.coalitions import coalitions_of, masks_of
from valuation.errors import GameError, InputError
from valuation.game import TableGame
from valuation.shapley.table import BLOCK_BITS, blocks, tabulate


class Masks:
    """The game whose utilities are its masks."""

    def __init__(self, n):
        self.n = n

    def __call__(self, coalitions):
        return masks_of(coalitions).astype(np.float64)


@given(st.integers(1, 10), st.data())
def test_blocks_are_consecutive_masks_wherever_they_start(n, data):
    bits = data.draw(st.integers(0, n))
    stop = data.draw(st.integers(1, 2 ** (n - bits)))
    start = data.draw(st.integers(0, stop - 1))
    expected = np.arange(start << bits, stop << bits).reshape(-1, 1 << bits)
    table = TableGame(np.arange(2.0**n))
    for game in (Masks(n), table):
        np.testing.assert_array_equal(
            np.array(list(blocks(game, bits, start, stop))).reshape(expected.shape), expected
        )


def test_a_game_of_more_players_than_a_block_is_tabulated_whole():
    n = BLOCK_BITS + 2
    np.testing.assert_array_equal(tabulate(Masks(n)), np.arange(2**n))


def test_a_table_is_not_copied():
    table = TableGame(np.zeros(2**10))
    assert np.shares_memory(tabulate(table), table.values)
    assert all(np.shares_memory(block, table.values) for block in blocks(table, 4))


def test_a_game_cannot_spoil_the_coalitions_of_the_next_block():
    class Vandal(Masks):
        def __call__(self, coalitions):
            coalitions[:] = False

    with pytest.raises(ValueError, match="read-only"):
        tabulate(Vandal(3))


def test_a_bad_answer_late_in_the_table_names_its_coalition():
    class Broken(Masks):
        def __call__(self, coalitions):
            masks = super().__call__(coalitions)
            return np.where(masks == 2**BLOCK_BITS + 1, np.nan, masks)

    with pytest.raises(GameError, match=rf"\{{0, {BLOCK_BITS}\}} is nan"):
        tabulate(Broken(BLOCK_BITS + 1))


def test_a_table_that_no_machine_holds_is_refused():
    with pytest.raises(InputError, match=r"2\*\*31"):
        tabulate(Masks(31))


def test_every_coalition_is_asked_for_once():
    asked = []

    class Counting(Masks):
        def __call__(self, coalitions):
            asked.extend(masks_of(coalitions).tolist())
            return super().__call__(coalitions)

    tabulate(Counting(9))
    assert sorted(asked) == masks_of(coalitions_of(np.arange(2**9), 9)).tolist()

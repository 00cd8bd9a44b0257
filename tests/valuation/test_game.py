import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.coalitions import Coalitions, coalitions_of, masks_of
from valuation.errors import GameError, InputError
from valuation.game import CachedGame, FunctionGame, Game, TableGame, evaluate, player_count


class Answering:
    """A game that answers whatever it was told to."""

    def __init__(self, n, answer):
        self.n = n
        self.answer = answer
        self.batches = []

    def __call__(self, coalitions):
        self.batches.append(len(coalitions))
        return self.answer(coalitions)


def sizes(coalitions):
    return coalitions.sum(axis=1, dtype=np.float64)


def test_a_table_answers_with_the_entry_whose_bits_are_the_coalition():
    values = np.arange(16.0) ** 2
    game = TableGame(values)
    assert game.n == 4
    assert isinstance(game, Game)
    np.testing.assert_array_equal(game(coalitions_of(np.arange(16), 4)), values)
    np.testing.assert_array_equal(game(np.array([[True, False, False, True]])), [81.0])


def test_a_table_is_held_once_and_cannot_be_changed_through_the_game():
    values = np.zeros(8)
    game = TableGame(values)
    assert np.shares_memory(game.values, values)
    with pytest.raises(ValueError, match="read-only"):
        game.values[0] = 1.0
    values[0] = 1.0


@pytest.mark.parametrize("length", [0, 3, 12])
def test_a_table_of_another_length_than_a_power_of_two_is_refused(length):
    with pytest.raises(InputError, match=r"2\*\*n"):
        TableGame(np.zeros(length))


def test_a_table_without_players_is_refused():
    with pytest.raises(GameError, match="n = 0"):
        TableGame([1.0])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_table_names_the_coalition_whose_utility_is_not_finite(bad):
    values = np.zeros(8)
    values[5] = bad
    with pytest.raises(GameError, match=r"coalition \{0, 2\} is"):
        TableGame(values)


def test_a_table_whose_sum_overflows_is_still_a_game():
    assert TableGame([1e308, 1e308, 1e308, 1e308]).n == 2


@pytest.mark.parametrize("n", [0, -1, 2.0, True, "3"])
def test_a_game_without_a_positive_integer_number_of_players_is_refused(n):
    with pytest.raises(GameError, match="n"):
        player_count(Answering(n, sizes))


@given(st.integers(1, 50), st.integers(0, 100))
def test_the_batch_size_bounds_every_call_and_changes_no_answer(batch_size, m):
    game = Answering(3, sizes)
    coalitions = coalitions_of(np.arange(m) % 8, 3)
    np.testing.assert_array_equal(evaluate(game, coalitions, batch_size=batch_size), sizes(coalitions))
    assert sum(game.batches) == m
    assert max(game.batches, default=0) <= batch_size


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda rows: np.zeros(len(rows) + 1), r"shape \(8,\), not \(9,\)"),
        (lambda rows: np.zeros((len(rows), 1)), r"not \(8, 1\)"),
        (lambda rows: 1.0, r"not \(\)"),
        (lambda rows: np.full(len(rows), 1j), "real"),
        (lambda rows: ["high"] * len(rows), "real"),
        (lambda rows: [None] * len(rows), "real"),
        (lambda rows: np.where(masks_of(rows) == 6, np.nan, 0.0), r"\{1, 2\} is nan"),
        (lambda rows: np.where(masks_of(rows) == 0, -np.inf, 0.0), r"\{\} is -inf"),
    ],
)
def test_a_bad_answer_is_refused_and_says_where(answer, message):
    with pytest.raises(GameError, match=message):
        evaluate(Answering(3, answer), coalitions_of(np.arange(8), 3))


def test_what_a_game_raises_is_not_swallowed():
    def broken(coalitions):
        raise ZeroDivisionError("the accelerator fell off")

    with pytest.raises(ZeroDivisionError, match="fell off"):
        evaluate(Answering(2, broken), coalitions_of([0], 2))


def test_a_batch_of_nothing_is_refused():
    with pytest.raises(InputError, match="batch_size"):
        evaluate(TableGame([0.0, 1.0]), coalitions_of([0], 1), batch_size=0)


def test_a_function_of_one_coalition_is_a_game():
    seen = []
    game = FunctionGame(3, lambda members: seen.append(members) or len(members))
    np.testing.assert_array_equal(evaluate(game, coalitions_of([0, 5, 7], 3)), [0.0, 2.0, 3.0])
    assert seen == [(), (0, 2), (0, 1, 2)]


@given(st.integers(1, 12), st.lists(st.lists(st.integers(0, 2**12 - 1), max_size=30), max_size=6))
def test_a_cached_game_answers_as_the_game_and_measures_each_coalition_once(n, batches):
    game = Answering(n, lambda rows: masks_of(rows) * 0.5)
    cached = CachedGame(game)
    for batch in batches:
        rows = coalitions_of(np.array(batch, dtype=np.int64) % 2**n, n)
        np.testing.assert_array_equal(cached(rows), masks_of(rows) * 0.5)
    asked = [mask % 2**n for batch in batches for mask in batch]
    assert cached.evaluations == len(asked)
    assert cached.unique == sum(game.batches) == len(set(asked))


def test_a_game_of_a_hundred_players_can_be_cached():
    cached = CachedGame(Answering(100, sizes))
    rows = np.random.default_rng(0).random((50, 100)) < 0.5
    np.testing.assert_array_equal(cached(rows), cached(rows))
    assert (cached.evaluations, cached.unique) == (100, 50)


def test_a_failed_measurement_is_not_remembered():
    answers = iter([np.array([np.nan]), np.array([2.0])])
    cached = CachedGame(Answering(1, lambda rows: next(answers)))
    with pytest.raises(GameError, match="nan"):
        cached(coalitions_of([1], 1))
    assert (cached.evaluations, cached.unique) == (0, 0)
    assert cached(coalitions_of([1], 1)).tolist() == [2.0]


def test_verification_passes_for_a_deterministic_game_and_is_counted():
    cached = CachedGame(Answering(10, sizes))
    cached(coalitions_of(np.arange(100), 10))
    cached.verify(np.random.default_rng(0), sample=7)
    assert (cached.evaluations, cached.unique) == (107, 100)


def test_verification_names_a_coalition_whose_utility_changed():
    rng = np.random.default_rng(0)
    cached = CachedGame(Answering(10, lambda rows: sizes(rows) + rng.normal(size=len(rows))))
    cached(coalitions_of([3], 10))
    with pytest.raises(GameError, match=r"not deterministic: the utility of coalition \{0, 1\}"):
        cached.verify(rng)


def test_an_empty_cache_verifies():
    CachedGame(Answering(10, sizes)).verify(np.random.default_rng(0))


def test_a_game_whose_matrix_products_round_differently_is_still_deterministic() -> None:
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(300, 300))
    game = FunctionGame(5, lambda coalition: float(weights[list(coalition)].sum()))

    class Rounding:
        n = 5

        def __call__(self, coalitions: Coalitions) -> npt.NDArray[np.float64]:
            return game(coalitions) * (1 + 1e-15 * len(coalitions))

    cached = CachedGame(Rounding())
    cached(coalitions_of(np.arange(32), 5))
    cached.verify(rng, sample=7)

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import chisquare

from valuation.errors import InputError
from valuation.rewards.lottery import clipped_linear_lottery, draw_winners, slope_for_smoothness

score_lists = st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=12)
slopes = st.fractions(Fraction(1, 10**9), 10**3)


@st.composite
def candidates(draw):
    scores = draw(score_lists)
    return scores, draw(st.integers(0, len(scores))), draw(slopes)


def test_the_worked_example_of_the_reference():
    lottery = clipped_linear_lottery(
        [Fraction(9, 10), Fraction(7, 10), Fraction(1, 2), Fraction(1, 10)], 2, 1.5
    )
    assert [round(float(chance), 6) for chance in lottery.chances] == [0.966667, 0.666667, 0.366667, 0]
    assert round(float(lottery.offset), 6) == -0.383333


def test_a_steep_slope_takes_the_best_and_a_flat_one_gives_equal_chances():
    scores = [0.9, 0.7, 0.5, 0.1]
    assert clipped_linear_lottery(scores, 2, 10**9).chances == (1, 1, 0, 0)
    flat = clipped_linear_lottery(scores, 2, Fraction(1, 10**9)).chances
    assert max(abs(chance - Fraction(1, 2)) for chance in flat) < 1e-8


@given(candidates())
def test_chances_add_up_to_the_places_exactly_and_follow_the_scores(case):
    scores, places, slope = case
    chances = clipped_linear_lottery(scores, places, slope).chances
    assert sum(chances) == places
    assert all(0 <= chance <= 1 for chance in chances)
    by_score = sorted(zip(scores, chances, strict=True))
    assert [chance for _, chance in by_score] == sorted(chances)


@given(candidates())
def test_the_thresholds_are_where_chances_begin_and_end(case):
    scores, places, slope = case
    lottery = clipped_linear_lottery(scores, places, slope)
    for score, chance in zip(scores, lottery.chances, strict=True):
        assert (chance == 0) == (score <= lottery.lower)
        assert (chance == 1) == (score >= lottery.upper)


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=10), st.floats(0.05, 4), st.data())
def test_the_offset_is_the_root_that_a_numerical_solver_finds(scores, slope, data):
    places = data.draw(st.integers(1, len(scores) - 1))
    heights = slope * np.array(scores)
    root = brentq(lambda b: np.clip(heights + b, 0, 1).sum() - places, -heights.max() - 1, 2 - heights.min())
    chances = np.array(clipped_linear_lottery(scores, places, slope).chances, dtype=float)
    np.testing.assert_allclose(chances, np.clip(heights + root, 0, 1), atol=1e-9)


@given(candidates(), st.data())
def test_a_change_of_the_scores_moves_the_chances_by_at_most_the_stated_smoothness(case, data):
    scores, places, _ = case
    smoothness, spread = Fraction(1, 10**6), Fraction(1, 5)
    slope = slope_for_smoothness(smoothness, spread)
    reviews_moved = data.draw(
        st.lists(st.integers(-(10**7), 10**7), min_size=len(scores), max_size=len(scores))
    )
    moved = [score + spread * change for score, change in zip(scores, reviews_moved, strict=True)]
    before = clipped_linear_lottery(scores, places, slope).chances
    after = clipped_linear_lottery(moved, places, slope).chances
    change = sum(abs(one - other) for one, other in zip(before, after, strict=True))
    assert change <= smoothness * sum(map(abs, reviews_moved))


@given(candidates(), st.binary(min_size=1, max_size=40))
def test_exactly_as_many_win_as_there_are_places_and_certainties_hold(case, seed):
    scores, places, slope = case
    chances = clipped_linear_lottery(scores, places, slope).chances
    winners = draw_winners(chances, seed)
    assert len(winners) == places == len(set(winners))
    assert all(chances[winner] > 0 for winner in winners)
    assert {position for position, chance in enumerate(chances) if chance == 1} <= set(winners)


def test_each_candidate_wins_as_often_as_the_chance_says():
    chances = clipped_linear_lottery([3, 8, 1, 6, 5, 2, 2], 3, Fraction(1, 10)).chances
    draws = 4000
    wins = np.zeros(len(chances))
    for draw in range(draws):
        wins[list(draw_winners(chances, draw.to_bytes(4, "big")))] += 1
    expected = np.array(chances, dtype=float) * draws
    # Three of seven win in each draw: the counts vary less than independent ones would.
    assert chisquare(wins, expected).pvalue > 1e-4
    assert np.abs(wins - expected).max() < 5 * np.sqrt(draws) / 2


def test_the_same_seed_draws_the_same_winners_and_another_seed_others():
    chances = [Fraction(1, 2)] * 20
    assert draw_winners(chances, b"seed") == draw_winners(chances, b"seed")
    assert len({draw_winners(chances, bytes([number])) for number in range(1, 20)}) > 10


@pytest.mark.parametrize(
    ("scores", "places", "slope", "message"),
    [
        ([1, 2], 3, 1, "3 places for 2 candidates"),
        ([], 0, 1, "0 places for 0 candidates"),
        ([1], -1, 1, "-1 places"),
        ([1], 1, 0, "slope must be positive"),
        ([1, float("nan")], 1, 1, "score 1 must be a finite number"),
        ([1], 1, float("inf"), "the slope must be a finite number"),
    ],
)
def test_a_lottery_that_makes_no_sense_is_refused(scores, places, slope, message):
    with pytest.raises(InputError, match=message):
        clipped_linear_lottery(scores, places, slope)


def test_chances_that_are_none_are_refused():
    with pytest.raises(InputError, match="chances lie in"):
        draw_winners([Fraction(1, 2)], b"seed")
    with pytest.raises(InputError, match="chances lie in"):
        draw_winners([Fraction(3, 2), Fraction(1, 2)], b"seed")
    with pytest.raises(InputError, match="smoothness and spread"):
        slope_for_smoothness(0, 1)

"""What a rating does, against the definition summed pair by pair, worked examples and openskill.py."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.errors import InputError
from valuation.gauntlet.rating import RatingRule, ordinal, rate

TEXTBOOK = RatingRule(ties="textbook")
AVERAGE = RatingRule(ties="average")


def fresh(n):
    return np.full(n, 25.0), np.full(n, 25.0 / 3.0)


@st.composite
def matches(draw, largest=7, tied=True):
    n = draw(st.integers(2, largest))
    skills = draw(st.lists(st.floats(-50, 100), min_size=n, max_size=n))
    deviations = draw(st.lists(st.floats(0.5, 20), min_size=n, max_size=n))
    places = draw(st.lists(st.integers(0, 3), min_size=n, max_size=n) if tied else st.permutations(range(n)))
    return np.array(skills), np.array(deviations), np.array(places, dtype=np.float64)


def by_definition(skill, deviation, scores, rule):
    """Algorithm 4 of the paper, one pair at a time, with the textbook rule for ties (q is i)."""
    n = len(skill)
    variance = deviation**2 + rule.drift**2
    c = np.sqrt(np.sum(variance + rule.beta**2))
    strength = np.exp(skill / c)
    new_skill, new_deviation = np.empty(n), np.empty(n)
    for i in range(n):
        omega = delta = 0.0
        for q in range(n):
            if scores[q] < scores[i]:
                continue
            copies = np.sum(scores == scores[q])
            p = strength[i] / strength[scores <= scores[q]].sum()
            omega += ((q == i) - p) / copies
            delta += p * (1 - p) / copies
        sigma = np.sqrt(variance[i])
        shrunk = 1 - sigma / c * variance[i] / c**2 * delta
        new_skill[i] = skill[i] + variance[i] / c * omega
        new_deviation[i] = sigma * np.sqrt(max(shrunk, rule.floor))
    return new_skill, new_deviation


@given(matches())
def test_the_rating_is_the_papers_sum_over_pairs(match):
    expected = by_definition(*match, TEXTBOOK)
    np.testing.assert_allclose(rate(*match, TEXTBOOK), expected, rtol=0, atol=1e-9)


def test_five_newcomers_get_the_published_numbers():
    scores = np.array([0.3, 0.1, 0.5, 0.2, 0.4])
    for rule in (TEXTBOOK, AVERAGE):
        skill, deviation = rate(*fresh(5), scores, rule)
        np.testing.assert_allclose(skill, [25.618346, 21.337490, 27.283123, 24.191394, 26.569647], atol=1e-6)
        np.testing.assert_allclose(deviation, [8.238047, 8.195617, 8.307116, 8.195617, 8.275580], atol=1e-6)
        expected = [0.904205, -3.249361, 2.361774, -0.395457, 1.742907]
        np.testing.assert_allclose(ordinal(skill, deviation), expected, atol=1e-6)


def test_two_newcomers_get_the_published_numbers():
    skill, deviation = rate(*fresh(2), np.array([1.0, 0.0]), TEXTBOOK)
    np.testing.assert_allclose(skill, [27.256209, 22.743791], atol=1e-6)
    np.testing.assert_allclose(deviation, [8.166896, 8.166896], atol=1e-6)


@pytest.mark.parametrize("rule", [TEXTBOOK, AVERAGE])
def test_five_newcomers_who_tie_keep_their_skill(rule):
    skill, _ = rate(*fresh(5), np.zeros(5), rule)
    np.testing.assert_allclose(skill, 25.0, rtol=0, atol=1e-12)
    # openskill.py pays each of them as if it had won.
    assert skill.max() < 27.28


def test_fifty_rounds_of_ties_leave_the_ordinal_of_the_published_table():
    skill, deviation = fresh(5)
    for _ in range(50):
        skill, deviation = rate(skill, deviation, np.zeros(5), TEXTBOOK)
    np.testing.assert_allclose(ordinal(skill, deviation), 3.3, atol=0.05)


@given(matches(), st.sampled_from([TEXTBOOK, AVERAGE]))
def test_skill_is_neither_made_nor_lost(match, rule):
    skill, deviation, _ = match
    changed, _ = rate(*match, rule)
    weighted = (changed - skill) / (deviation**2 + rule.drift**2)
    assert abs(weighted.sum()) < 1e-9


@given(matches(largest=6))
def test_equals_who_tie_get_the_mean_over_the_orders_in_which_the_tie_can_break(match):
    _, _, scores = match
    n = len(scores)
    orders = [p for p in itertools.permutations(range(n)) if (np.diff(scores[list(p)]) <= 0).all()]
    strict = np.empty((len(orders), n))
    for row, order in enumerate(orders):
        broken = np.empty(n)
        broken[list(order)] = np.arange(n, 0, -1)
        strict[row] = rate(*fresh(n), broken, AVERAGE)[0]
    np.testing.assert_allclose(rate(*fresh(n), scores, AVERAGE)[0], strict.mean(axis=0), atol=1e-9)


@given(matches(), st.data())
def test_nobody_gains_by_being_placed_lower(match, data):
    skill, deviation, scores = match
    peer = data.draw(st.integers(0, len(skill) - 1))
    lower = scores.copy()
    lower[peer] -= data.draw(st.sampled_from([0.5, 1.0, 1.5, 4.0]))
    before, _ = rate(skill, deviation, scores, AVERAGE)
    after, _ = rate(skill, deviation, lower, AVERAGE)
    assert after[peer] <= before[peer] + 1e-9


@given(matches(), st.randoms(use_true_random=False))
def test_peers_in_another_order_get_the_same_ratings(match, random):
    order = list(range(len(match[0])))
    random.shuffle(order)
    straight = rate(*match, AVERAGE)
    shuffled = rate(*(values[order] for values in match), AVERAGE)
    for before, after in zip(straight, shuffled, strict=True):
        np.testing.assert_allclose(after, before[order], rtol=0, atol=1e-9)


@given(matches(tied=False), st.floats(0.1, 10), st.floats(-5, 5))
def test_only_the_order_of_the_scores_counts(match, factor, offset):
    skill, deviation, scores = match
    np.testing.assert_array_equal(
        rate(skill, deviation, scores, AVERAGE), rate(skill, deviation, factor * scores + offset, AVERAGE)
    )


def test_a_round_of_one_teaches_nothing_but_time_passes():
    skill, deviation = rate(np.array([30.0]), np.array([2.0]), np.array([1.0]), RatingRule(drift=1.5))
    assert skill.tolist() == [30.0]
    assert deviation.tolist() == [2.5]


def test_without_caution_tenure_earns_nothing():
    rng = np.random.default_rng(7)
    skill, deviation = fresh(20)
    for _ in range(300):
        chosen = rng.permutation(20)[:5]
        skill[chosen], deviation[chosen] = rate(
            skill[chosen], deviation[chosen], rng.normal(size=5), RatingRule()
        )
    newcomer = ordinal(np.array([25.0]), np.array([25 / 3]))[0]
    # Twenty peers of equal skill: their mean ordinal rises by being measured, their mean skill does not.
    assert ordinal(skill, deviation).mean() > newcomer + 5
    assert abs(ordinal(skill, deviation, caution=0.0).mean() - 25.0) < 0.5


@pytest.mark.parametrize(
    ("skill", "deviation", "scores"),
    [
        ([25.0, 25.0], [8.0, 8.0], [1.0]),
        ([[25.0]], [[8.0]], [[1.0]]),
        ([25.0, np.nan], [8.0, 8.0], [1.0, 0.0]),
        ([25.0, 25.0], [8.0, 0.0], [1.0, 0.0]),
        ([25.0, 25.0], [8.0, 8.0], [np.inf, 0.0]),
        ([0.0, 1e6], [8.0, 8.0], [1.0, 0.0]),
    ],
)
def test_ratings_that_make_no_sense_are_refused(skill, deviation, scores):
    with pytest.raises(InputError):
        rate(np.array(skill), np.array(deviation), np.array(scores), RatingRule())


@pytest.mark.parametrize(
    "constants", [{"beta": 0}, {"drift": -1}, {"floor": 0}, {"floor": 2}, {"ties": "openskill"}]
)
def test_a_rule_with_impossible_constants_is_refused(constants):
    with pytest.raises(InputError):
        RatingRule(**constants)


def test_without_ties_the_rating_is_that_of_openskill():
    models = pytest.importorskip("openskill.models")
    model = models.PlackettLuce(beta=7.0, tau=0.1)
    rng = np.random.default_rng(3)
    for n in (2, 3, 10, 64):
        skill, deviation = rng.normal(25, 8, n), rng.uniform(1, 9, n)
        scores = rng.permutation(n).astype(np.float64)
        teams = [[model.rating(mu=mu, sigma=sigma)] for mu, sigma in zip(skill, deviation, strict=True)]
        theirs = model.rate(teams, scores=scores.tolist())
        ours = np.transpose(rate(skill, deviation, scores, AVERAGE))
        np.testing.assert_allclose(ours, [[team[0].mu, team[0].sigma] for team in theirs], rtol=0, atol=1e-9)

"""From scores to shares: what one name earns, and what ten names earn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.errors import InputError
from valuation.gauntlet.normalisation import normalise
from valuation.gauntlet.rules import Normalisation

POWER = Normalisation(rule="power", power="2")
RANKS = Normalisation(rule="ranks")
RULES = [
    POWER,
    Normalisation(rule="power", power="1.2"),
    Normalisation(rule="shifted-power", power="2"),
    RANKS,
]
scores = st.lists(st.integers(0, 10**12), min_size=1, max_size=40)


def test_the_schedule_by_rank_has_the_published_shares():
    shares = normalise(list(range(40, 0, -1)), RANKS).weights
    percent = [100 * weight / sum(shares) for weight in shares]
    assert percent[0] == pytest.approx(6.45, abs=0.005)
    assert percent[19] == pytest.approx(3.23, abs=0.005)
    assert percent[20] == pytest.approx(1.61, abs=0.005)
    assert sum(percent[:20]) == pytest.approx(96.8, abs=0.05)
    assert percent[30:] == [0] * 10


def test_ten_places_at_the_top_are_paid_nearly_nine_times_one():
    shares = normalise(list(range(40, 0, -1)), RANKS).weights
    assert 100 * sum(shares[:10]) / sum(shares) == pytest.approx(56.9, abs=0.05)
    assert sum(shares[:10]) / shares[0] == pytest.approx(8.8, abs=0.05)


def test_splitting_a_score_gains_nothing_under_a_power_above_one():
    whole = normalise([1000, 1000], POWER).weights
    split = normalise([100] * 10 + [1000], POWER).weights
    assert sum(split[:10]) / split[10] == pytest.approx(0.1 * whole[0] / whole[1])


def test_the_papers_shift_pays_by_the_distance_to_the_worst():
    assert normalise([3, 2, 1], Normalisation(rule="shifted-power")).payouts(100) == [80, 20, 0]
    # Where all harm alike, all but the worst are paid; the step never makes such scores.
    assert normalise([-1, -2, -3], Normalisation(rule="shifted-power")).payouts(100) == [80, 20, 0]


@given(scores, st.integers(0, 10**24), st.sampled_from(RULES), st.sampled_from([0, 2500, 5000]))
def test_payouts_and_what_is_burned_add_up(scores, budget, rule, burned):
    shares = normalise(scores, Normalisation(**{**rule.__dict__, "burned": burned}))
    payouts = shares.payouts(budget)
    paid = sum(payouts)
    if any(shares.weights):
        assert abs(budget - paid - budget * burned // 10_000) <= 1
    else:
        assert paid == 0
    assert min(payouts) >= 0


@given(scores, st.sampled_from(RULES))
def test_a_higher_score_never_earns_less(scores, rule):
    weights = normalise(scores, rule).weights
    for first, score in enumerate(scores):
        for second, other in enumerate(scores):
            if score > other:
                assert weights[first] >= weights[second]


@given(scores, st.sampled_from(RULES))
def test_nothing_is_earned_with_a_score_of_zero(scores, rule):
    if rule.rule != "shifted-power":
        weights = normalise([0, *scores], rule).weights
        assert weights[0] == 0
        assert (sum(weights) > 0) == any(scores)


@given(
    st.lists(st.integers(1, 10**9), min_size=1, max_size=12, unique=True), st.randoms(use_true_random=False)
)
def test_the_order_of_the_peers_does_not_matter(scores, random):
    order = list(range(len(scores)))
    random.shuffle(order)
    for rule in RULES:
        straight = normalise(scores, rule).weights
        shuffled = normalise([scores[place] for place in order], rule).weights
        assert shuffled == tuple(straight[place] for place in order)


def test_a_lone_peer_gets_everything_but_what_is_burned():
    assert normalise([5], RANKS).payouts(100) == [100]
    assert normalise([5], Normalisation(rule="ranks", burned=5000)).payouts(100) == [50]


def test_scores_are_whole_numbers():
    with pytest.raises(InputError):
        normalise([0.5], POWER)
    with pytest.raises(InputError):
        normalise([True], RANKS)

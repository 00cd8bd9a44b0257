import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from valuation.errors import InputError
from valuation.stopping import (
    Progress,
    StoppingRule,
    after_evaluations,
    after_seconds,
    ranks_stable,
    standard_error_below,
    values_stable,
)


def progress(history=((1.0, 2.0),), errors=(0.1, 0.1), evaluations=10, elapsed=1.0):
    return Progress(evaluations, elapsed, np.array(history, dtype=np.float64), np.array(errors))


def always(answer):
    return StoppingRule(lambda _: answer, str(answer))


@pytest.mark.parametrize(("a", "b"), list(itertools.product([True, False], repeat=2)))
def test_rules_compose_like_the_propositions_that_they_are(a, b):
    now = progress()
    assert (always(a) & always(b))(now) is (a and b)
    assert (always(a) | always(b))(now) is (a or b)
    assert (~always(a))(now) is (not a)
    assert (~(always(a) & always(b)))(now) is (~always(a) | ~always(b))(now)


def test_a_composed_rule_says_what_it_is():
    rule = (after_evaluations(100) & ~ranks_stable(3)) | standard_error_below(0.01, relative=True)
    assert str(rule) == (
        "((evaluations >= 100 and not rank correlation >= 1 over 3 steps)"
        " or standard errors <= 0.01 of the largest value)"
    )


def test_the_budget_rule_holds_from_its_count_on():
    rule = after_evaluations(10)
    assert [rule(progress(evaluations=count)) for count in (9, 10, 11)] == [False, True, True]


def test_the_time_rule_holds_from_its_moment_on():
    rule = after_seconds(1.0)
    assert [rule(progress(elapsed=elapsed)) for elapsed in (0.9, 1.0, 1.1)] == [False, True, True]


def test_one_large_or_unknown_standard_error_is_enough_to_go_on():
    rule = standard_error_below(0.1)
    assert rule(progress(errors=(0.1, 0.0)))
    assert not rule(progress(errors=(0.11, 0.0)))
    assert not rule(progress(errors=(np.nan, 0.0)))


def test_a_relative_error_is_of_the_largest_value_so_a_worthless_player_does_not_keep_it_going():
    rule = standard_error_below(0.1, relative=True)
    assert rule(progress(history=[[0.0, -2.0]], errors=(0.2, 0.2)))
    assert not rule(progress(history=[[0.0, 1.0]], errors=(0.2, 0.2)))


def test_stability_needs_more_history_than_its_steps():
    history = np.ones((3, 2))
    assert values_stable(2, 0.0)(progress(history))
    assert not values_stable(3, 0.0)(progress(history))
    assert ranks_stable(2)(progress(history))
    assert not ranks_stable(3)(progress(history))


def test_values_that_moved_and_came_back_are_not_stable():
    history = [[1.0, 2.0], [5.0, 2.0], [1.0, 2.0]]
    assert not values_stable(2, 0.1)(progress(history))
    assert values_stable(2, 2.0)(progress(history))


@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.floats(0.001, 1.0))
def test_stability_of_values_does_not_depend_on_their_unit(seed, steps, tolerance):
    history = 1 + 0.1 * np.random.default_rng(seed).normal(size=(6, 4))
    rule = values_stable(steps, tolerance)
    assert rule(progress(history)) == rule(progress(1024 * history))


@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.sampled_from([-0.5, 0.31, 0.87]))
def test_rank_stability_is_spearmans_correlation_with_each_recent_step(seed, steps, correlation):
    history = np.random.default_rng(seed).integers(0, 6, size=(6, 7)).astype(np.float64)
    recent = history[-1 - steps : -1]
    varied = np.ptp(history, axis=1).min() > 0
    if varied:
        expected = all(spearmanr(row, history[-1]).statistic >= correlation for row in recent)
        assert ranks_stable(steps, correlation)(progress(history)) == expected


def test_an_unchanged_order_is_stable_and_a_swap_is_not():
    assert ranks_stable(1)(progress([[1.0, 2.0, 3.0], [10.0, 11.0, 12.5]]))
    assert not ranks_stable(1)(progress([[1.0, 2.0, 3.0], [10.0, 12.5, 11.0]]))


@given(st.integers(2, 200), st.integers(0, 2**32 - 1))
def test_full_rank_correlation_is_recognised_at_any_length(n, seed):
    rng = np.random.default_rng(seed)
    now = rng.permutation(n).astype(np.float64)
    assert ranks_stable(1)(progress([now, now**3]))
    swapped = now.copy()
    swapped[now == 0], swapped[now == 1] = 1.0, 0.0
    assert not ranks_stable(1)(progress([swapped, now]))


@pytest.mark.parametrize(
    "build",
    [
        lambda: after_evaluations(0),
        lambda: after_seconds(-1.0),
        lambda: after_seconds(float("nan")),
        lambda: standard_error_below(-0.1),
        lambda: values_stable(0, 0.1),
        lambda: values_stable(1, -0.1),
        lambda: ranks_stable(0),
        lambda: ranks_stable(1, 1.1),
    ],
)
def test_a_rule_that_can_never_or_must_always_hold_by_mistake_is_refused(build):
    with pytest.raises(InputError):
        build()

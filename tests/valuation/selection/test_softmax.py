import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.errors import InputError
from valuation.selection.softmax import select, selection_probabilities, staleness


@pytest.mark.parametrize(("beta", "expected"), [(1.0, [0.609977, 0.390023]), (10.0, [0.988706, 0.011294])])
def test_the_worked_examples_of_the_reference(beta, expected):
    rho = selection_probabilities([0.723607, 0.276393], beta)
    np.testing.assert_allclose(rho, expected, atol=1e-6)


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=10), st.floats(0, 500))
def test_probabilities_add_up_to_one_and_rise_with_the_contribution(contributions, beta):
    rho = selection_probabilities(contributions, beta)
    assert rho.sum() == pytest.approx(1)
    assert (rho > 0).all()
    order = np.argsort(contributions, kind="stable")
    assert (np.diff(rho[order]) >= -1e-15).all()


def test_without_beta_everyone_is_equal():
    assert selection_probabilities([0.9, 0.0, -0.5], 0.0).tolist() == pytest.approx([1 / 3] * 3)


def test_a_set_is_drawn_as_often_as_drawing_one_after_the_other_would():
    rho = np.array([0.5, 0.3, 0.15, 0.05])
    expected = {
        pair: sum(rho[first] * rho[second] / (1 - rho[first]) for first, second in (pair, pair[::-1]))
        for pair in itertools.combinations(range(4), 2)
    }
    rng = np.random.default_rng(1)
    draws = 20_000
    counts = dict.fromkeys(expected, 0)
    for _ in range(draws):
        counts[tuple(select(rho, 2, rng).tolist())] += 1
    for pair, probability in expected.items():
        assert abs(counts[pair] / draws - probability) < 5 * np.sqrt(probability / draws)


@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=20), st.data())
def test_the_asked_number_of_different_nodes_is_selected(weights, data):
    count = data.draw(st.integers(0, len(weights)))
    chosen = select(np.array(weights), count, np.random.default_rng(0))
    assert len(set(chosen.tolist())) == count
    assert (np.diff(chosen) > 0).all()


def test_staleness_is_the_rounds_for_each_one_taken_part_in():
    selected = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 0], [1, 0, 0]], dtype=bool)
    assert staleness(selected).tolist() == [1, 2, np.inf]


@pytest.mark.parametrize(
    ("contributions", "beta"), [([], 1.0), ([np.nan], 1.0), ([1.0], -1.0), ([1.0], np.inf)]
)
def test_bad_contributions_are_refused(contributions, beta):
    with pytest.raises(InputError, match="give no probabilities"):
        selection_probabilities(contributions, beta)


def test_more_nodes_than_there_are_cannot_be_drawn():
    with pytest.raises(InputError, match="cannot draw 3 of 2"):
        select(np.array([0.5, 0.5]), 3, np.random.default_rng(0))
    with pytest.raises(InputError, match="positive probabilities"):
        select(np.array([0.5, 0.0]), 1, np.random.default_rng(0))

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.errors import InputError
from valuation.rewards.revenue import share_revenue
from valuation.rewards.shares import proportional_shares

units = st.floats(0, 1)


@st.composite
def epochs(draw):
    prompts, providers, classes = (draw(st.integers(1, 5)) for _ in range(3))

    def table(rows, columns):
        numbers = draw(st.lists(units, min_size=rows * columns, max_size=rows * columns))
        return np.array(numbers).reshape(rows, columns)

    revenue = draw(st.lists(st.integers(0, 10**21), min_size=prompts, max_size=prompts))
    labels = draw(st.lists(st.integers(0, classes - 1), min_size=providers, max_size=providers))
    return revenue, table(prompts, classes), labels, table(prompts, providers)


@given(epochs())
def test_every_unit_is_attributed_or_said_not_to_be(epoch):
    revenue, probabilities, classes, similarity = epoch
    shares = share_revenue(revenue, probabilities, classes, similarity)
    assert sum(shares.income) + shares.unattributed == sum(revenue)
    assert shares.income == tuple(map(sum, zip(*shares.by_prompt, strict=True)))
    weights = probabilities[:, classes] * similarity
    for row, weight, brought in zip(shares.by_prompt, weights, revenue, strict=True):
        assert sum(row) == (brought if weight.any() else 0)
        assert all(share == 0 for share, value in zip(row, weight, strict=True) if value == 0)


def test_a_prompt_is_divided_by_class_probability_times_similarity():
    shares = share_revenue([1000], [[0.5, 0.25]], [0, 0, 1], [[0.5, 0.25, 1.0]])
    # Weights 1/4, 1/8 and 1/4.
    assert shares.by_prompt == ((400, 200, 400),)


@given(epochs())
def test_what_a_prompt_brought_can_be_divided_again_from_what_is_told(epoch):
    revenue, _, _, _ = epoch
    shares = share_revenue(*epoch)
    for row, likely, close, brought in zip(
        shares.by_prompt, shares.probability, shares.similarity, revenue, strict=True
    ):
        assert tuple(proportional_shares(np.multiply(likely, close), brought)) == row


def test_a_provider_can_read_why():
    shares = share_revenue([10, 7], [[1.0], [0.0]], [0, 0], [[0.75, 0.25], [1.0, 1.0]])
    why = "class probability x similarity"
    assert (
        shares.explain(0)
        == f"prompt 0, {why}: provider 0 gets 8 for 1 x 0.75, provider 1 gets 2 for 1 x 0.25"
    )
    assert shares.explain(1) == f"prompt 1, {why}: no provider gets anything"
    assert shares.unattributed == 7


@pytest.mark.parametrize(
    ("probabilities", "classes", "similarity", "message"),
    [
        ([[1.0]], [1], [[1.0]], "provider 0 has the class 1 of 1"),
        ([[1.0]], [0], [[1.0, 2.0]], "similarities \\(1, 1\\)"),
        ([[1.0], [1.0]], [0], [[1.0]], "class probabilities \\(1, K\\)"),
        ([[-1.0]], [0], [[1.0]], "class probabilities must be"),
        ([[1.0]], [0], [[np.nan]], "similarities must be"),
    ],
)
def test_bad_scores_are_refused(probabilities, classes, similarity, message):
    with pytest.raises(InputError, match=message):
        share_revenue([10], probabilities, classes, similarity)


@pytest.mark.parametrize(
    ("revenue", "classes", "message"),
    [
        ([-1], [0], "prompt 0 brought less than 0"),
        ([1.5], [0], "the revenue of prompt 0 must be an integer, not 1.5"),
        ([1], [0.5], "the class of provider 0 must be an integer, not 0.5"),
    ],
)
def test_money_and_classes_are_whole_numbers(revenue, classes, message):
    with pytest.raises(InputError, match=message):
        share_revenue(revenue, [[1.0]], classes, [[1.0]])

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from valuation.errors import GameError, InputError
from valuation.federated.goal_alignment import goal_alignment
from valuation.federated.loss_delta import loss_delta
from valuation.federated.round import Round
from valuation.game import FunctionGame
from valuation.models import digits
from valuation.models.softmax import Softmax
from valuation.models.training import local_steps
from valuation.shapley import exact


def _quadratic(seed, n=4, d=6):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(d, d))
    hessian, slope = root @ root.T / d, rng.normal(size=d)

    def loss(models):
        return models @ slope + 0.5 * np.einsum("kd,de,ke->k", models, hessian, models)

    def gradient(model):
        return slope + hessian @ model

    updates = rng.normal(size=(n, d)).astype(np.float32)
    names = tuple("abcdefgh"[:n])
    return Round(names, updates, rng.normal(size=d).astype(np.float32), loss, 0.7), gradient, hessian


@settings(max_examples=30)
@given(st.integers(0, 2**32))
def test_on_a_quadratic_loss_the_second_order_adds_up_to_the_true_loss_delta(seed):
    round, gradient, _ = _quadratic(seed)
    result = goal_alignment([round], gradient=gradient)
    assert result.values.sum() == pytest.approx(result.total, rel=1e-6, abs=1e-6)
    assert abs(result.efficiency_gap) < 1e-6 * max(1, abs(result.total))


@settings(max_examples=20)
@given(st.integers(0, 2**32))
def test_on_a_quadratic_loss_the_second_order_is_the_shapley_value_of_updates_that_are_summed(seed):
    round, gradient, hessian = _quadratic(seed)
    base, updates = round.base.astype(float), round.updates.astype(float)

    def utility(members):
        step = 0.7 / 4 * updates[list(members)].sum(axis=0)
        return float(gradient(base) @ step - 0.5 * step @ hessian @ step)

    shapley = exact(FunctionGame(4, utility)).values
    np.testing.assert_allclose(goal_alignment([round], gradient=gradient).values, shapley, atol=1e-6)


@settings(max_examples=20)
@given(st.integers(0, 2**32))
def test_the_first_order_is_the_inner_product_with_the_gradient(seed):
    round, gradient, _ = _quadratic(seed)
    expected = 0.7 / 4 * round.updates.astype(float) @ gradient(round.base.astype(float))
    np.testing.assert_allclose(
        goal_alignment([round], gradient=gradient, order=1).values, expected, atol=1e-9
    )


@settings(max_examples=20)
@given(st.integers(0, 2**32), st.sampled_from([1, 2]))
def test_without_a_gradient_differences_of_the_loss_say_the_same(seed, order):
    round, gradient, _ = _quadratic(seed)
    by_gradient = goal_alignment([round], gradient=gradient, order=order).values
    np.testing.assert_allclose(goal_alignment([round], order=order).values, by_gradient, atol=1e-5)


@pytest.fixture(scope="module")
def digits_round():
    model, data, rng = Softmax(64, 10), digits.load(), np.random.default_rng(0)
    parts = np.array_split(rng.permutation(len(data.y)), 9)
    goal = parts.pop()
    base = np.zeros(model.layout.size)
    updates = [
        local_steps(
            model, base, data.x[part], data.y[part], learning_rate=0.3, steps=4, batch_size=200, rng=rng
        )
        for part in parts
    ]
    updates[6], updates[7] = -updates[6], rng.normal(size=len(base)).astype(np.float32) * 0.05
    x, y = data.x[goal], data.y[goal]
    names = tuple("abcdefgh")
    round = Round(names, np.stack(updates), base.astype(np.float32), lambda m: model.losses(m, x, y), 1.0)
    return round, lambda model_vector: model.gradient(model_vector, x, y)


def test_on_digits_the_second_order_is_closer_to_the_true_loss_delta_than_the_first(digits_round):
    round, gradient = digits_round
    first, second = (goal_alignment([round], gradient=gradient, order=order) for order in (1, 2))
    assert abs(second.efficiency_gap) < 0.5 * abs(first.efficiency_gap)
    assert abs(second.efficiency_gap) < 0.1 * second.total


def test_on_digits_it_ranks_like_the_loss_delta_and_sees_harm(digits_round):
    round, gradient = digits_round
    values, alone = goal_alignment([round], gradient=gradient).values, loss_delta([round]).values
    assert values[6] < 0
    assert (values[:6] > np.abs(values[7])).all()
    assert np.corrcoef(values, alone)[0, 1] > 0.9


def test_a_zero_update_is_worth_nothing(table_round):
    round, gradient, _ = _quadratic(0)
    idle = Round(round.players, 0 * round.updates, round.base, round.loss, 0.7)
    assert goal_alignment([idle], gradient=gradient).values.tolist() == [0, 0, 0, 0]
    assert goal_alignment([idle]).values.tolist() == [0, 0, 0, 0]


def test_a_gradient_that_is_none_is_named():
    round, _, _ = _quadratic(0)
    with pytest.raises(GameError, match="has the shape"):
        goal_alignment([round], gradient=lambda model: model[:2])
    with pytest.raises(GameError, match="not finite"):
        goal_alignment([round], gradient=lambda model: model * np.nan)
    with pytest.raises(InputError, match="order 1 or 2, not 3"):
        goal_alignment([round], order=3)

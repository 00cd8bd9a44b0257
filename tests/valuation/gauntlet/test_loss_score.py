import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from valuation.errors import InputError
from valuation.gauntlet.loss_score import measure_losses
from valuation.models.mlp import MLP
from valuation.models.softmax import Softmax


def a_case(model, n, seed):
    rng = np.random.default_rng(seed)
    base = rng.normal(size=model.layout.size).astype(np.float32)
    updates = rng.normal(size=(n, model.layout.size)).astype(np.float32)
    own = rng.normal(size=(n, 6, 4)).astype(np.float32), rng.integers(0, 3, (n, 6))
    unseen = rng.normal(size=(9, 4)).astype(np.float32), rng.integers(0, 3, 9)
    return base, updates, own, unseen


@pytest.mark.parametrize("model", [Softmax(4, 3), MLP(4, 3, 5)], ids=lambda model: model.name)
@settings(max_examples=15)
@given(n=st.integers(0, 5), seed=st.integers(0, 2**32), step=st.floats(0.01, 2.0))
def test_a_loss_score_is_the_drop_along_one_update(model, n, seed, step):
    base, updates, own, unseen = a_case(model, n, seed)
    found = measure_losses(model, base, updates, own, unseen, step)
    start = base.astype(np.float64)[None]
    for i in range(n):
        end = start - step * updates[i].astype(np.float64)
        mine = own[0][i], own[1][i]
        assigned = model.losses(start, *mine)[0] - model.losses(end, *mine)[0]
        other = model.losses(start, *unseen)[0] - model.losses(end, *unseen)[0]
        assert abs(found.assigned[i] - assigned) < 1e-12
        assert abs(found.unseen[i] - other) < 1e-12


def test_a_small_step_along_the_gradient_scores_above_zero_and_against_it_below():
    model = Softmax(4, 3)
    base, _, own, unseen = a_case(model, 2, seed=1)
    gradient = model.gradient(base, *unseen).astype(np.float32)
    found = measure_losses(model, base, np.stack([gradient, -gradient]), own, unseen, step=0.01)
    assert found.unseen[0] > 0 > found.unseen[1]
    # To first order the drop is the step times the gradient's squared length.
    assert abs(found.unseen[0] / (0.01 * gradient @ gradient) - 1) < 0.05


def test_what_does_not_fit_is_refused():
    model = Softmax(4, 3)
    base, updates, own, unseen = a_case(model, 2, seed=1)
    for wrong in (
        (base[None], updates, own, unseen, 1.0),
        (base, updates[:, :-1], own, unseen, 1.0),
        (base, updates[:1], own, unseen, 1.0),
        (base, updates, (own[0][:, :, :-1], own[1]), unseen, 1.0),
        (base, updates, own, unseen, 0.0),
        (base, updates, own, unseen, np.nan),
    ):
        with pytest.raises(InputError):
            measure_losses(model, *wrong)

import numpy as np
import pytest

from valuation.errors import InputError
from valuation.models.digits import train_and_validation
from valuation.models.mlp import MLP
from valuation.models.softmax import Softmax
from valuation.models.training import local_steps


def train(model, base, data, steps=60, seed=0, **more):
    settings = {"learning_rate": 0.5, "steps": steps, "batch_size": 32, **more}
    return local_steps(model, base, *data, rng=np.random.default_rng(seed), **settings)


@pytest.mark.parametrize(("model", "accuracy"), [(Softmax(64, 10), 0.85), (MLP(64, 10, 32), 0.8)])
def test_a_step_against_the_pseudo_gradient_learns_real_digits(model, accuracy):
    data, validation = train_and_validation()
    base = model.initial(b"start")
    end = base - train(model, base, data, steps=150)
    before, after = model.accuracy(np.stack([base, end]), *validation)
    assert before < 0.3
    assert after > accuracy


def test_parameters_that_may_not_change_do_not_and_the_others_still_learn():
    model, (data, validation) = Softmax(64, 10), train_and_validation()
    base, mine = model.initial(b"start"), np.arange(650) % 3 == 0
    update = train(model, base, data, trainable=mine)
    assert (update[~mine] == 0).all()
    assert (update[mine] != 0).any()
    before, after = model.losses(np.stack([base, base - update]), *validation)
    assert after < before


def test_one_full_step_is_the_gradient_times_the_rate():
    model, (data, _) = Softmax(64, 10), train_and_validation()
    base = model.initial(b"start")
    update = train(model, base, data, steps=1, batch_size=len(data.y), learning_rate=0.25)
    np.testing.assert_allclose(update, 0.25 * model.gradient(base, *data), rtol=1e-5, atol=1e-8)
    assert update.dtype == np.float32


def test_the_same_generator_gives_the_same_update_and_leaves_the_base_alone():
    model, (data, _) = Softmax(64, 10), train_and_validation()
    base = model.initial(b"start")
    before = base.copy()
    assert train(model, base, data).tobytes() == train(model, base, data).tobytes()
    assert train(model, base, data).tobytes() != train(model, base, data, seed=1).tobytes()
    assert base.tobytes() == before.tobytes()


def test_fewer_samples_than_a_batch_are_all_used():
    model, (data, _) = Softmax(64, 10), train_and_validation()
    few = data.take(np.arange(5))
    base = model.initial(b"start")
    update = train(model, base, few, steps=1, learning_rate=1.0)
    np.testing.assert_allclose(update, model.gradient(base, *few), rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"batch_size": 0}])
def test_no_training_is_refused(wrong):
    model, (data, _) = Softmax(64, 10), train_and_validation()
    with pytest.raises(InputError):
        train(model, model.initial(b"start"), data, **wrong)


def test_no_samples_are_refused():
    model, (data, _) = Softmax(64, 10), train_and_validation()
    with pytest.raises(InputError):
        train(model, model.initial(b"start"), data.take(np.arange(0)))

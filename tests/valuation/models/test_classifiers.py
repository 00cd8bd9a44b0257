import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import check_grad
from scipy.special import log_softmax

from valuation.errors import InputError
from valuation.models import classifier
from valuation.models.mlp import MLP
from valuation.models.softmax import Softmax

MODELS = [Softmax(features=5, classes=3), MLP(features=5, classes=3, hidden=4)]
models = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)


def batch(model, rng, k=6, samples=7):
    params = rng.normal(size=(k, model.layout.size))
    return params, rng.normal(size=(samples, model.features)), rng.integers(0, model.classes, samples)


def logits_by_hand(model, params, x):
    """One model, one sample, layer by layer."""
    tensors = model.layout.unflatten(params)
    if model.name == "softmax":
        return tensors["weight"] @ x + tensors["bias"]
    units = np.tanh(tensors["hidden.weight"] @ x + tensors["hidden.bias"])
    return tensors["output.weight"] @ units + tensors["output.bias"]


@models
def test_the_loss_is_the_mean_negative_log_probability_of_the_label(model):
    params, x, y = batch(model, np.random.default_rng(1))
    expected = [
        -np.mean(
            [
                log_softmax(logits_by_hand(model, vector, sample))[label]
                for sample, label in zip(x, y, strict=True)
            ]
        )
        for vector in params
    ]
    np.testing.assert_allclose(model.losses(params, x, y), expected, rtol=1e-13)


@models
def test_accuracy_counts_the_labels_with_the_largest_logit(model):
    params, x, y = batch(model, np.random.default_rng(2), samples=40)
    expected = [
        np.mean(
            [
                logits_by_hand(model, vector, sample).argmax() == label
                for sample, label in zip(x, y, strict=True)
            ]
        )
        for vector in params
    ]
    assert model.accuracy(params, x, y).tolist() == expected


@models
@settings(max_examples=25)
@given(seed=st.integers(0, 2**32))
def test_the_gradient_is_that_of_the_loss(model, seed):
    params, x, y = batch(model, np.random.default_rng(seed), k=1)
    error = check_grad(
        lambda vector: model.losses(vector[None], x, y)[0],
        lambda vector: model.gradient(vector, x, y),
        params[0],
        epsilon=1e-6,
    )
    assert error < 1e-5


@models
def test_models_are_measured_alike_alone_and_in_blocks(model, monkeypatch):
    params, x, y = batch(model, np.random.default_rng(3), k=50)
    together = model.losses(params, x, y)
    alone = [model.losses(vector[None], x, y)[0] for vector in params]
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-12)
    monkeypatch.setattr(classifier, "BLOCK", 3 * model.width * len(y))
    np.testing.assert_allclose(model.losses(params, x, y), together, rtol=0, atol=1e-12)


@models
def test_each_model_can_have_its_own_data(model, monkeypatch):
    rng = np.random.default_rng(4)
    params, _, _ = batch(model, rng)
    x, y = rng.normal(size=(6, 7, 5)), rng.integers(0, 3, (6, 7))
    monkeypatch.setattr(classifier, "BLOCK", 2 * model.width * 7)
    for measured in (model.losses, model.accuracy):
        expected = [measured(params[i][None], x[i], y[i])[0] for i in range(6)]
        np.testing.assert_allclose(measured(params, x, y), expected, rtol=0, atol=1e-12)


@models
def test_float32_models_are_measured_in_float64(model):
    params, x, y = batch(model, np.random.default_rng(5))
    rough = params.astype(np.float32)
    measured = model.losses(rough, x.astype(np.float32), y)
    assert measured.dtype == np.float64
    np.testing.assert_allclose(
        measured,
        model.losses(rough.astype(np.float64), x.astype(np.float32).astype(np.float64), y),
        rtol=1e-14,
    )


@models
def test_an_absurd_model_has_a_large_finite_loss(model):
    _, x, y = batch(model, np.random.default_rng(6))
    params = np.full((1, model.layout.size), 3e38, dtype=np.float32)
    params[:, ::2] *= -1
    assert np.isfinite(model.losses(params, x, y)).all()


@models
def test_no_models_have_no_losses(model):
    _, x, y = batch(model, np.random.default_rng(7))
    assert model.losses(np.zeros((0, model.layout.size)), x, y).shape == (0,)


@models
def test_the_start_follows_from_the_seed_within_glorot_bounds(model):
    start = model.initial(b"seed")
    assert start.dtype == np.float32
    assert start.tobytes() == model.initial(b"seed").tobytes()
    assert start.tobytes() != model.initial(b"other").tobytes()
    for name, tensor in model.layout.unflatten(start).items():
        if name.endswith("bias"):
            assert not tensor.any()
        else:
            bound = np.sqrt(6 / sum(tensor.shape))
            assert 0 < np.abs(tensor).max() <= bound * (1 + 1e-6)


def test_glorot_weights_have_their_variance():
    weight = Softmax(features=400, classes=100).initial(b"seed")[:40_000]
    assert abs(weight.var() / (2 / 500) - 1) < 0.02


@models
def test_what_does_not_fit_is_refused(model):
    params, x, y = batch(model, np.random.default_rng(8))
    for wrong in (
        (params[0], x, y),
        (params[:, :-1], x, y),
        (params, x[:, :-1], y),
        (params, x[:-1], y),
        (params, x[:0], y[:0]),
        (params, x, y[None]),
        (params, x[None], y[None]),
        (params, x, y + 1_000),
        (params, x, y - 1_000),
    ):
        with pytest.raises(InputError):
            model.losses(*wrong)
    for wrong in ((params, x, y), (params[0], x, y - 9), (params[0], x[:0], y[:0]), (params[0, :-1], x, y)):
        with pytest.raises(InputError):
            model.gradient(*wrong)


def test_impossible_sizes_are_refused():
    for wrong in (lambda: Softmax(0, 2), lambda: Softmax(3, 1), lambda: MLP(3, 2, 0), lambda: MLP(3, 1, 4)):
        with pytest.raises(InputError):
            wrong()

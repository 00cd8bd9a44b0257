"""A gradient gives its data away, unless fewer numbers are sent than the data have."""

import numpy as np
import pytest

from valuation.errors import InputError
from valuation.gradients.privacy import invert, leakage, reconstruction_errors
from valuation.gradients.top_k import compress, decompress
from valuation.models.mlp import MLP
from valuation.models.softmax import Softmax

digits = pytest.importorskip("sklearn.datasets").load_digits()
IMAGE = digits.data[:1] / 16.0
LABEL = digits.target[:1].astype(np.int64)
IGNORANCE = float(np.sqrt(((digits.data.mean(axis=0) / 16.0 - IMAGE[0]) ** 2).mean()))
"""The error of somebody who guesses the mean of all images."""


def top(density):
    return lambda update: decompress(*compress(update, density), update.size)


def attack(model, defence):
    base = model.initial(b"a model that is being trained").astype(np.float64)
    return leakage(
        lambda x: model.gradient(base, x, LABEL), IMAGE, defence, np.random.default_rng(0), evaluations=25
    )[0]


@pytest.mark.parametrize("model", [Softmax(64, 10), MLP(64, 10, 16)], ids=["softmax", "mlp"])
def test_an_image_is_recovered_from_a_plain_gradient_and_not_from_a_compressed_one(model):
    assert attack(model, lambda update: update) < 0.02
    assert attack(model, top(0.01)) > 0.8 * IGNORANCE


def test_found_inputs_are_matched_as_favourably_as_possible():
    private = np.array([[0.0, 0.0], [1.0, 1.0], [0.5, 0.5]])
    np.testing.assert_allclose(reconstruction_errors(private, private[[2, 0, 1]]), 0)


@pytest.mark.parametrize(
    ("observed", "options"),
    [
        (np.zeros(2), {}),
        (np.array([1.0, np.nan]), {}),
        (np.ones((1, 2)), {}),
        (np.ones(2), {"restarts": 0}),
        (np.ones(2), {"evaluations": 0}),
    ],
)
def test_attacks_on_nothing_are_refused(observed, options):
    with pytest.raises(InputError):
        invert(lambda x: x[0], observed, (1, 2), np.random.default_rng(0), **options)


def test_inputs_of_unlike_shape_are_not_compared():
    with pytest.raises(InputError):
        reconstruction_errors(np.zeros((2, 3)), np.zeros((3, 3)))

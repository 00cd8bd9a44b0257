"""The pieces that classifiers are made of, for many models at a time."""

import numpy as np

from valuation import seeds
from valuation.models.protocol import Floats, Labels


def affine(weight: Floats, bias: Floats, x: Floats) -> Floats:
    """Return weight @ x + bias, float64 (k, outputs, s), of k layers at once.

    `weight` is (k, outputs, inputs), `bias` (k, outputs); `x` is (s, inputs) for all, or (k, s, inputs).

    >>> affine(np.ones((1, 1, 2)), np.ones((1, 1)), np.array([[2.0, 3.0]])).tolist()
    [[[6.0]]]
    """
    k, outputs, inputs = weight.shape
    if x.ndim == 2:
        # One product over all models is several times faster than one product a model.
        product = (weight.reshape(k * outputs, inputs) @ x.T).reshape(k, outputs, len(x))
    else:
        product = weight @ x.swapaxes(1, 2)
    product += bias[:, :, None]
    return product


def cross_entropy(logits: Floats, y: Labels) -> Floats:
    """Return the mean cross-entropy in nats, float64 (k,), of logits (k, classes, s); overwrites the logits.

    The labels are (s,) for all models, or (k, s).

    >>> cross_entropy(np.zeros((1, 2, 3)), np.array([0, 1, 1])).round(6).tolist()
    [0.693147]
    """
    of_label = _of_label(logits, y)
    largest = logits.max(axis=1, keepdims=True)
    logits -= largest
    np.exp(logits, out=logits)
    log_sum = np.log(logits.sum(axis=1)) + largest[:, 0]
    return np.asarray((log_sum - of_label).mean(axis=1))


def margins(logits: Floats, y: Labels) -> Floats:
    """Return each sample's logit of its label less the mean logit, float64 (k, s), of logits (k, classes, s).

    >>> margins(np.array([[[3.0], [1.0]]]), np.array([0])).tolist()
    [[1.0]]
    """
    return np.asarray(_of_label(logits, y) - logits.mean(axis=1))


def _of_label(logits: Floats, y: Labels) -> Floats:
    labels = np.broadcast_to(y, (len(logits), y.shape[-1]))[:, None, :]
    return np.asarray(np.take_along_axis(logits, labels, axis=1)[:, 0])


def error_signal(logits: Floats, y: Labels) -> Floats:
    """Return the gradient of the mean cross-entropy by the logits, float64 (classes, s), of one model.

    It is (softmax(logits) - one-hot(y)) / s.

    >>> error_signal(np.zeros((2, 1)), np.array([0])).tolist()
    [[-0.5], [0.5]]
    """
    signal: Floats = np.exp(logits - logits.max(axis=0))
    signal /= signal.sum(axis=0)
    signal[y, np.arange(len(y))] -= 1
    signal /= len(y)
    return signal


def hit_rate(logits: Floats, y: Labels) -> Floats:
    """Return the share of samples whose label has the largest logit, float64 (k,), of logits (k, classes, s).

    >>> hit_rate(np.array([[[1.0, 0.0], [0.0, 1.0]]]), np.array([0, 0])).tolist()
    [0.5]
    """
    return np.asarray((logits.argmax(axis=1) == y).mean(axis=1))


def glorot(seed: bytes, label: str, outputs: int, inputs: int) -> Floats:
    """Return a layer's first weights, float64 (outputs, inputs): uniform, of variance 2 / (inputs + outputs).

    Glorot and Bengio, AISTATS 2010, equation 16. Uniform and not normal, because sums, products and square
    roots are the same on every machine, and logarithms are not.

    >>> glorot(bytes(32), "weight", 2, 4).shape
    (2, 4)
    """
    bound = np.sqrt(6.0 / (inputs + outputs))
    numbers = (2 * seeds.uniforms(seed, label, outputs * inputs) - 1) * bound
    return np.asarray(numbers.reshape(outputs, inputs))

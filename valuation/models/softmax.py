"""Softmax regression: the smallest model whose loss is worth measuring, convex in its parameters."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuation.gradients.layout import Layout
from valuation.models import layers
from valuation.models.classifier import Classifier
from valuation.models.protocol import Floats, Labels


@dataclass(frozen=True)
class Softmax(Classifier):
    """A linear classifier with cross-entropy loss.

    >>> model = Softmax(features=64, classes=10)
    >>> x, y = np.zeros((5, 64)), np.zeros(5, dtype=np.int64)
    >>> model.losses(np.zeros((2, model.layout.size)), x, y).round(6).tolist()
    [2.302585, 2.302585]
    >>> model.accuracy(np.zeros((2, model.layout.size)), x, y).tolist()
    [1.0, 1.0]
    """

    @property
    def name(self) -> str:
        """The name under which a mechanism asks for the model."""
        return "softmax"

    @property
    def layout(self) -> Layout:
        """`weight` (classes, features), then `bias` (classes,)."""
        return Layout(("weight", "bias"), ((self.classes, self.features), (self.classes,)))

    @property
    def width(self) -> int:
        """The logits."""
        return self.classes

    def logits(self, params: Floats, x: Floats) -> Floats:
        """Return the logits, float64 (k, classes, s), of k models (k, d) on inputs (s, f) or (k, s, f).

        >>> Softmax(2, 3).logits(np.zeros((1, 9)), np.zeros((4, 2))).shape
        (1, 3, 4)
        """
        tensors = self.layout.unflatten(params)
        return layers.affine(tensors["weight"], tensors["bias"], x)

    def backward(self, params: Floats, x: Floats, y: Labels) -> Floats:
        """Return the gradient of the mean cross-entropy, float64 (d,), at one vector (d,).

        >>> Softmax(1, 2).backward(np.zeros(4), np.ones((1, 1)), np.array([0])).tolist()
        [-0.5, 0.5, -0.5, 0.5]
        """
        error = layers.error_signal(self.logits(params[None], x)[0], y)
        return np.concatenate([(error @ x).ravel(), error.sum(axis=1)])

    def initial(self, seed: bytes) -> npt.NDArray[np.float32]:
        """Return the model that training starts from, float32 (d,): Glorot weights, biases of zero.

        >>> Softmax(64, 10).initial(bytes(32)).shape
        (650,)
        """
        weight = layers.glorot(seed, "softmax/weight", self.classes, self.features)
        return self.layout.flatten({"weight": weight, "bias": np.zeros(self.classes)})

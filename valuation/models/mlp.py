"""A perceptron with one hidden layer: the smallest model whose loss is not convex in its parameters."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.gradients.layout import Layout
from valuation.models import layers
from valuation.models.classifier import Classifier
from valuation.models.protocol import Floats, Labels


@dataclass(frozen=True)
class MLP(Classifier):
    """A classifier with one hidden layer of tanh units and cross-entropy loss.

    Raises:
        InputError: there are no features or hidden units, or fewer than two classes.

    >>> model = MLP(features=64, classes=10, hidden=32)
    >>> x, y = np.zeros((5, 64)), np.zeros(5, dtype=np.int64)
    >>> model.losses(np.zeros((1, model.layout.size)), x, y).round(6).tolist()
    [2.302585]
    """

    hidden: int

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.hidden < 1:
            raise InputError(f"a hidden layer of {self.hidden} units")

    @property
    def name(self) -> str:
        """The name under which a mechanism asks for the model."""
        return "mlp"

    @property
    def layout(self) -> Layout:
        """`hidden.weight` (hidden, features) and `hidden.bias`, then `output.weight` and `output.bias`."""
        return Layout(
            ("hidden.weight", "hidden.bias", "output.weight", "output.bias"),
            ((self.hidden, self.features), (self.hidden,), (self.classes, self.hidden), (self.classes,)),
        )

    @property
    def width(self) -> int:
        """The hidden units and the logits."""
        return self.hidden + self.classes

    def logits(self, params: Floats, x: Floats) -> Floats:
        """Return the logits, float64 (k, classes, s), of k models (k, d) on inputs (s, f) or (k, s, f).

        >>> MLP(2, 3, 4).logits(np.zeros((1, 27)), np.zeros((5, 2))).shape
        (1, 3, 5)
        """
        tensors = self.layout.unflatten(params)
        units = layers.affine(tensors["hidden.weight"], tensors["hidden.bias"], x)
        np.tanh(units, out=units)
        return layers.affine(tensors["output.weight"], tensors["output.bias"], units.swapaxes(1, 2))

    def backward(self, params: Floats, x: Floats, y: Labels) -> Floats:
        """Return the gradient of the mean cross-entropy, float64 (d,), at one vector (d,).

        >>> MLP(2, 3, 4).backward(np.zeros(27), np.ones((1, 2)), np.array([0])).round(2)[-3:].tolist()
        [-0.67, 0.33, 0.33]
        """
        tensors = self.layout.unflatten(params)
        units = np.tanh(tensors["hidden.weight"] @ x.T + tensors["hidden.bias"][:, None])
        output = tensors["output.weight"]
        error = layers.error_signal(output @ units + tensors["output.bias"][:, None], y)
        # The derivative of tanh is 1 - tanh^2.
        hidden_error = (output.T @ error) * (1 - units**2)
        parts = [hidden_error @ x, hidden_error.sum(axis=1), error @ units.T, error.sum(axis=1)]
        return np.concatenate([part.ravel() for part in parts])

    def initial(self, seed: bytes) -> npt.NDArray[np.float32]:
        """Return the model that training starts from, float32 (d,): Glorot weights, biases of zero.

        >>> MLP(64, 10, 32).initial(bytes(32)).shape
        (2410,)
        """
        return self.layout.flatten(
            {
                "hidden.weight": layers.glorot(seed, "mlp/hidden", self.hidden, self.features),
                "hidden.bias": np.zeros(self.hidden),
                "output.weight": layers.glorot(seed, "mlp/output", self.classes, self.hidden),
                "output.bias": np.zeros(self.classes),
            }
        )

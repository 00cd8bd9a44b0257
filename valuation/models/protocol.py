"""What a model has to offer so that updates to it can be valued."""

from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from valuation.gradients.layout import Layout

Reals: TypeAlias = npt.NDArray[np.floating]
"""Float32 or float64; everything is computed in float64."""

Labels: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]


class Model(Protocol):
    """A classifier whose parameters are one flat vector, and which is evaluated many vectors at a time.

    Inputs `x` are (s, features), labels `y` (s,). `losses` and `accuracy` also take one data set a model:
    `x` (k, s, features) and `y` (k, s).
    """

    @property
    def name(self) -> str:
        """The name under which a mechanism asks for the model."""
        ...

    @property
    def layout(self) -> Layout:
        """How the parameters lie in the vector; its size is d."""
        ...

    def losses(self, params: Reals, x: Reals, y: Labels) -> Floats:
        """Return the mean cross-entropy in nats, float64 (k,), of k models (k, d)."""
        ...

    def margins(self, params: Reals, x: Reals, y: Labels) -> Floats:
        """Return how far each label's logit is above the mean logit, float64 (k, s), of k models (k, d)."""
        ...

    def accuracy(self, params: Reals, x: Reals, y: Labels) -> Floats:
        """Return the share of samples classified rightly, float64 (k,), of k models (k, d)."""
        ...

    def gradient(self, params: Reals, x: Reals, y: Labels) -> Floats:
        """Return the gradient of the mean cross-entropy, float64 (d,), at one vector (d,)."""
        ...

    def initial(self, seed: bytes) -> npt.NDArray[np.float32]:
        """Return the model that training starts from, float32 (d,), the same on any machine."""
        ...

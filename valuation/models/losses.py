"""A model's losses on some samples, as one thing that is called, sent to workers, and told from others."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuation.fixed_point import saturate
from valuation.models.protocol import Floats, Labels, Model, Reals


@dataclass(frozen=True)
class Losses:
    """The mean cross-entropy on `x`, `y` as a function of models, float64 (k, d) to nats, float64 (k,).

    Losses beyond the limits of fixed point are cut off there: one absurd update must not make a round
    unmeasurable.

    Args:
        model: What the parameters belong to.
        x: Inputs, (s, features).
        y: Labels, int64 (s,).

    >>> from valuation.models.softmax import Softmax
    >>> losses = Losses(Softmax(1, 2), np.ones((1, 1), dtype=np.float32), np.array([0]))
    >>> losses(np.zeros((1, 4))).round(4)
    array([0.6931])
    """

    model: Model
    x: Reals
    y: Labels

    def __call__(self, models: npt.NDArray[np.float64]) -> Floats:
        """Return the losses, float64 (k,), of models (k, d)."""
        return saturate(self.model.losses(models, self.x, self.y))

    @property
    def content(self) -> bytes:
        """A digest of everything that the losses depend on: the model's form and the samples."""
        found = hashlib.sha256(f"{self.model!r}".encode())
        for array in (self.x, self.y):
            found.update(f"{array.dtype.str}{array.shape}".encode())
            found.update(np.ascontiguousarray(array).tobytes())
        return found.digest()

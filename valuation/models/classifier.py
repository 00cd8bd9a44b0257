"""What every classifier does the same way: checking samples, and evaluating many models in bounded memory.

Everything is computed in float64. Two machines then agree on a loss to about 1e-15 nats, far below the
nano-nats in which measurements are compared, whatever order their linear algebra adds in.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.gradients.layout import Layout
from valuation.models import layers
from valuation.models.protocol import Floats, Labels, Reals

BLOCK = 2**18
"""Numbers held at a time, 2 MiB, which stay in the processor's cache."""


@dataclass(frozen=True)
class Classifier(ABC):
    """A model of `valuation.models.protocol`; what tells one from another is left to the subclasses.

    Raises:
        InputError: there are no features, or fewer than two classes.
    """

    features: int
    classes: int

    def __post_init__(self) -> None:
        if self.features < 1 or self.classes < 2:
            raise InputError(f"no classifier has {self.features} features and {self.classes} classes")

    @property
    @abstractmethod
    def name(self) -> str:
        """The name under which a mechanism asks for the model."""

    @property
    @abstractmethod
    def layout(self) -> Layout:
        """How the parameters lie in the vector; its size is d."""

    @property
    @abstractmethod
    def width(self) -> int:
        """The most numbers that one model holds a sample."""

    @abstractmethod
    def logits(self, params: Floats, x: Floats) -> Floats:
        """Return the logits, float64 (k, classes, s), of k models (k, d) on inputs (s, f) or (k, s, f)."""

    @abstractmethod
    def backward(self, params: Floats, x: Floats, y: Labels) -> Floats:
        """Return the gradient of the mean cross-entropy, float64 (d,), at one vector (d,); checks nothing."""

    @abstractmethod
    def initial(self, seed: bytes) -> npt.NDArray[np.float32]:
        """Return the model that training starts from, float32 (d,), the same on any machine."""

    def losses(self, params: Reals, x: Reals, y: Labels) -> Floats:
        """Return the mean cross-entropy in nats, float64 (k,), of k models (k, d).

        Raises:
            InputError: a shape does not fit, or a label is no class.
        """
        return self._over_models(layers.cross_entropy, params, x, y)

    def margins(self, params: Reals, x: Reals, y: Labels) -> Floats:
        """Return how far each label's logit is above the mean logit, float64 (k, s), of k models (k, d).

        The samples, (s, features) and (s,), are the same for all models.

        Raises:
            InputError: a shape does not fit, or a label is no class.
        """
        if y.ndim != 1:
            raise InputError(f"labels of shape {y.shape}: the samples are the same for all models")
        return self._over_models(layers.margins, params, x, y, y.shape)

    def accuracy(self, params: Reals, x: Reals, y: Labels) -> Floats:
        """Return the share of samples classified rightly, float64 (k,), of k models (k, d).

        Raises:
            InputError: a shape does not fit, or a label is no class.
        """
        return self._over_models(layers.hit_rate, params, x, y)

    def gradient(self, params: Reals, x: Reals, y: Labels) -> Floats:
        """Return the gradient of the mean cross-entropy, float64 (d,), at one vector (d,).

        Raises:
            InputError: a shape does not fit, or a label is no class.
        """
        if params.shape != (self.layout.size,):
            raise InputError(f"a model of shape {params.shape}, expected ({self.layout.size},)")
        self._check_samples(x, y, y.shape[:1])
        return self.backward(params.astype(np.float64), x.astype(np.float64), y)

    def _over_models(
        self,
        score: Callable[[Floats, Labels], Floats],
        params: Reals,
        x: Reals,
        y: Labels,
        shape: tuple[int, ...] = (),
    ) -> Floats:
        """Return the scores, float64 (k, *shape), of k models."""
        if params.ndim != 2 or params.shape[1] != self.layout.size:
            raise InputError(f"models of shape {params.shape}, expected (k, {self.layout.size})")
        own_data = x.ndim == 3
        self._check_samples(x, y, (len(params), *y.shape[1:]) if own_data else y.shape[:1])
        inputs = x.astype(np.float64)
        step = max(1, BLOCK // (self.width * y.shape[-1]))
        scores = np.empty((len(params), *shape))
        for start in range(0, len(params), step):
            block = slice(start, start + step)
            logits = self.logits(params[block].astype(np.float64), inputs[block] if own_data else inputs)
            scores[block] = score(logits, y[block] if own_data else y)
        return scores

    def _check_samples(self, x: Reals, y: Labels, shape: tuple[int, ...]) -> None:
        some = y.ndim > 0 and y.shape[-1] > 0
        if not some or y.shape != shape or x.shape != (*shape, self.features):
            raise InputError(
                f"inputs {x.shape} with labels {y.shape} are no samples of {self.features} features"
            )
        if y.size and (y.min() < 0 or y.max() >= self.classes):
            raise InputError(f"labels from {y.min()} to {y.max()}: the classes are 0 to {self.classes - 1}")

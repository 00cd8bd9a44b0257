"""What peers measure on their own data: one function of models a peer, checked wherever it is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from valuation.errors import GameError

Measure: TypeAlias = Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]
"""From models, float64 (k, d), to one number each, float64 (k,)."""

PeerMeasures: TypeAlias = Mapping[str, Measure]
"""A measure for each peer, on that peer's own data."""


def measure_checked(measure: Measure, models: npt.NDArray[np.float64], name: str) -> npt.NDArray[np.float64]:
    """Return what a measure says of models (k, d), float64 (k,), or refuse it.

    Raises:
        GameError: the answer has another length, or is not finite; the message begins with `name`.

    >>> measure_checked(lambda models: models.sum(axis=1), np.ones((2, 3)), "the loss")
    array([3., 3.])
    """
    answer = one_number_each(measure(models), models, name)
    if not np.isfinite(answer).all():
        raise GameError(f"{name} of model {int(np.argmin(np.isfinite(answer)))} is not finite")
    return answer


@dataclass(frozen=True)
class CheckedMeasure:
    """A measure that refuses bad answers (`measure_checked`), and can be sent to workers if the measure can.

    Args:
        measure: The measure.
        name: How refusals begin.

    >>> CheckedMeasure(lambda models: models.sum(axis=1), "the loss")(np.ones((2, 3)))
    array([3., 3.])
    """

    measure: Measure
    name: str

    def __call__(self, models: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the measure's answer, float64 (k,), about models (k, d); raises as `measure_checked`."""
        return measure_checked(self.measure, models, self.name)

    @property
    def content(self) -> bytes:
        """The measure's own digest of what it depends on; empty where it has none."""
        found: bytes = getattr(self.measure, "content", b"")
        return found


def one_number_each(
    answer: npt.ArrayLike, models: npt.NDArray[np.float64], name: str
) -> npt.NDArray[np.float64]:
    """Return an answer about models (k, d) as float64 (k,), finite or not, or refuse it.

    Raises:
        GameError: it is not one number for each model; the message begins with `name`.

    >>> one_number_each(0.5, np.ones((1, 3)), "the loss")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    valuation.errors.GameError: the loss of 1 models has the shape () and holds float64; it ...
    """
    numbers = np.asarray(answer)
    if numbers.shape != (len(models),) or numbers.dtype.kind not in "fiu":
        raise GameError(
            f"{name} of {len(models)} models has the shape {numbers.shape} and holds {numbers.dtype}; "
            f"it should take models {models.shape} and return {len(models)} numbers"
        )
    return numbers.astype(np.float64)


def metrics_checked(
    metrics: PeerMeasures, peers: Sequence[str], models: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return every peer's metric of every model, float64 (peers, k), each between 0 and 1.

    Raises:
        GameError: an answer has the wrong length, is not finite or outside [0, 1]; the message names the
        peer.

    >>> metrics = {"a": lambda models: np.full(len(models), 0.5), "b": lambda models: models[:, 0]}
    >>> metrics_checked(metrics, ["a", "b"], np.array([[0.25], [0.75]])).tolist()
    [[0.5, 0.5], [0.25, 0.75]]
    """
    scores = np.stack(
        [measure_checked(metrics[peer], models, f"the metric of peer {peer!r}") for peer in peers]
    )
    outside = (scores < 0) | (scores > 1)
    if outside.any():
        place, model = map(int, np.argwhere(outside)[0])
        raise GameError(f"the metric of peer {peers[place]!r} is {scores[place, model]}, not between 0 and 1")
    return scores

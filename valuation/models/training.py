"""Local training: what a trainer does between two rounds."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.models.protocol import Labels, Model, Reals


@dataclass(frozen=True)
class LocalTraining:
    """How a trainer that uses the reference models trains. Nobody checks this: only what comes out counts."""

    learning_rate: float = 0.5
    steps: int = 40
    batch_size: int = 32


def local_steps(
    model: Model,
    base: Reals,
    x: Reals,
    y: Labels,
    *,
    learning_rate: float,
    steps: int,
    batch_size: int,
    rng: np.random.Generator,
    trainable: npt.NDArray[np.bool_] | None = None,
) -> npt.NDArray[np.float32]:
    """Train by stochastic gradient descent and return the pseudo-gradient, float32 (d,): base - end.

    It points uphill like a gradient: the next model is base - learning rate * mean of pseudo-gradients
    (McMahan et al., AISTATS 2017; Reddi et al., ICLR 2021, algorithm 1).

    Args:
        model: The model.
        base: The round's base model, (d,).
        x: The trainer's inputs, (s, features).
        y: Their labels, (s,).
        learning_rate: Size of a local step.
        steps: Number of local steps.
        batch_size: Samples a step, drawn without replacement; all samples when there are fewer.
        rng: Draws the batches.
        trainable: Which parameters may change, (d,); all if not given.

    Raises:
        InputError: a shape does not fit, a label is no class, or there are no steps or samples to take.

    >>> from valuation.models.softmax import Softmax
    >>> rng = np.random.default_rng(0)
    >>> x, y = np.array([[1.0], [-1.0]]), np.array([0, 1])
    >>> model, base = Softmax(1, 2), np.zeros(4)
    >>> update = local_steps(model, base, x, y, learning_rate=1.0, steps=5, batch_size=2, rng=rng)
    >>> before, after = model.losses(np.stack([base, base - update]), x, y)
    >>> bool(after < before)
    True
    """
    if steps < 1 or batch_size < 1:
        raise InputError(f"{steps} steps of {batch_size} samples are no training")
    params = base.astype(np.float64)
    for _ in range(steps):
        batch = rng.choice(len(y), size=min(batch_size, len(y)), replace=False)
        gradient = model.gradient(params, x[batch], y[batch])
        params -= learning_rate * (gradient if trainable is None else np.where(trainable, gradient, 0.0))
    return (base.astype(np.float64) - params).astype(np.float32)

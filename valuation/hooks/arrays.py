"""The pseudo-gradient of local training: what the model was, less what it became."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from valuation.gradients.errors import ExtraTensor, MissingTensor, NotFinite, WrongShape

Update: TypeAlias = dict[str, npt.NDArray[np.float32]]
"""One array a tensor, by name, in the order of the model."""


def pseudo_gradient(before: Mapping[str, npt.ArrayLike], after: Mapping[str, npt.ArrayLike]) -> Update:
    """Return base less trained model, float32 arrays by name: a step along it, downhill, is the training.

    A tensor of any shape, `(n,)`, `(m, n)`, ..., gives an array of the same shape. Differences are taken in
    float64 and rounded once.

    Args:
        before: the base model's tensors by name, of any real type.
        after: the trained model's, of the same names and shapes.

    Raises:
        MissingTensor: the trained model lacks one.
        ExtraTensor: it has one more.
        WrongShape: a shape differs.
        NotFinite: a difference is NaN or infinite; the message names the tensor.

    >>> pseudo_gradient({"w": [1.0, 2.0]}, {"w": [0.5, 2.0]})
    {'w': array([0.5, 0. ], dtype=float32)}
    """
    if more := sorted(set(after) - set(before)):
        raise ExtraTensor(f"tensor {more[0]!a} is not in the base model")
    found: Update = {}
    for name, base in before.items():
        if name not in after:
            raise MissingTensor(f"tensor {name!a} is missing from the trained model")
        old, new = np.asarray(base, dtype=np.float64), np.asarray(after[name], dtype=np.float64)
        if old.shape != new.shape:
            raise WrongShape(f"tensor {name!a} has the shape {new.shape}, its base {old.shape}")
        with np.errstate(invalid="ignore", over="ignore"):
            difference = (old - new).astype(np.float32)
        if not np.isfinite(difference).all():
            raise NotFinite(f"the update of tensor {name!a} is not finite")
        found[name] = difference
    return found

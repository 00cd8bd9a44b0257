"""How a model's named tensors lie in one flat vector.

Valuation works on flat vectors: a round is an (n, d) matrix. The layout is the one place that knows which
entry belongs to which tensor, and its digest is part of every update's metadata.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from valuation import json_text
from valuation.errors import InputError
from valuation.gradients.errors import ExtraTensor, MissingTensor, NotFinite, WrongShape

_Float = TypeVar("_Float", np.float32, np.float64)

MAX_SIZE = 2**31 - 1
"""Entries are addressed by int32 indices."""


@dataclass(frozen=True)
class Layout:
    """The names and shapes of a model's tensors, in the order in which they lie in the vector.

    Raises:
        InputError: a name is repeated or empty, a size is not a positive integer, or there is no tensor.

    >>> layout = Layout(names=("weight", "bias"), shapes=((10, 64), (10,)))
    >>> layout.size
    650
    """

    names: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        if not self.names or len(self.names) != len(self.shapes):
            raise InputError(f"{len(self.names)} names and {len(self.shapes)} shapes make no layout")
        if len(set(self.names)) != len(self.names) or not all(self.names):
            raise InputError(f"the names of a layout are distinct and not empty: {self.names}")
        for name, shape in zip(self.names, self.shapes, strict=True):
            if not all(type(size) is int and size > 0 for size in shape):
                raise InputError(f"tensor {name!a} has the shape {shape}")
        if self.size > MAX_SIZE:
            raise InputError(f"{self.size} entries are more than int32 indices can address")

    @property
    def size(self) -> int:
        """Number of entries of the flat vector, d."""
        return sum(math.prod(shape) for shape in self.shapes)

    @property
    def digest(self) -> str:
        """Hex sha256 of the layout's JSON."""
        return hashlib.sha256(self.to_json().encode("ascii")).hexdigest()

    def flatten(self, tensors: Mapping[str, npt.ArrayLike]) -> npt.NDArray[np.float32]:
        """Return the named tensors as one vector, float32 (d,).

        Raises:
            MissingTensor, ExtraTensor: the names are not those of the layout.
            WrongShape: a tensor has another shape.
            NotFinite: a value is NaN, infinite, or too large for float32.

        >>> Layout(("a", "b"), ((2,), (1, 1))).flatten({"b": [[3]], "a": [1, 2]}).tolist()
        [1.0, 2.0, 3.0]
        """
        if missing := [name for name in self.names if name not in tensors]:
            raise MissingTensor(f"tensor {missing[0]!a} is missing")
        if extra := sorted(set(tensors) - set(self.names)):
            raise ExtraTensor(f"tensor {extra[0]!a} is not part of the layout")
        vector = np.empty(self.size, dtype=np.float32)
        offset = 0
        for name, shape in zip(self.names, self.shapes, strict=True):
            tensor = np.asarray(tensors[name])
            if tensor.shape != shape:
                raise WrongShape(f"tensor {name!a} has the shape {tensor.shape}, the layout says {shape}")
            with np.errstate(over="ignore"):
                part = tensor.astype(np.float32).ravel()
            if not np.isfinite(part).all():
                raise NotFinite(f"tensor {name!a} holds a value that is no finite float32")
            vector[offset : offset + part.size] = part
            offset += part.size
        return vector

    def unflatten(self, vectors: npt.NDArray[_Float]) -> dict[str, npt.NDArray[_Float]]:
        """Return vectors (..., d) as named tensors (..., *shape); one vector or many, views where possible.

        Raises:
            WrongShape: the last axis does not have length d.

        >>> layout = Layout(("a", "b"), ((2,), (1, 1)))
        >>> layout.unflatten(np.array([1, 2, 3], dtype=np.float32))["b"].tolist()
        [[3.0]]
        """
        if vectors.ndim == 0 or vectors.shape[-1] != self.size:
            raise WrongShape(f"vectors of shape {vectors.shape}, the layout says (..., {self.size})")
        tensors = {}
        offset = 0
        for name, shape in zip(self.names, self.shapes, strict=True):
            end = offset + math.prod(shape)
            tensors[name] = vectors[..., offset:end].reshape(vectors.shape[:-1] + shape)
            offset = end
        return tensors

    def to_json(self) -> str:
        """Return the layout as canonical JSON, its tensors in order.

        >>> Layout(("a",), ((2,),)).to_json()
        '[{"name":"a","shape":[2]}]'
        """
        tensors = [
            {"name": name, "shape": list(shape)} for name, shape in zip(self.names, self.shapes, strict=True)
        ]
        return json.dumps(tensors, sort_keys=True, separators=(",", ":"))

    @staticmethod
    def from_json(text: str) -> "Layout":
        """Return the layout that `to_json` wrote.

        Raises:
            InputError: the text is not the JSON of a layout.

        >>> Layout.from_json('[{"name":"a","shape":[2]}]').size
        2
        """
        try:
            tensors = json_text.parse(text)
            names = tuple(str(tensor["name"]) for tensor in tensors)
            shapes = tuple(tuple(tensor["shape"]) for tensor in tensors)
        except (InputError, TypeError, KeyError) as error:
            raise InputError(f"not the JSON of a layout: {error}") from error
        return Layout(names, shapes)

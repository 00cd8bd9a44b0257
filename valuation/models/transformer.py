"""A small transformer that says which character comes next. It needs PyTorch: the extra `torch`.

One block: the last character attends to all that it sees, and a layer of ReLU units follows (Vaswani et al.,
"Attention is all you need", NeurIPS 2017; normalisation comes first, Xiong et al., ICML 2020, and has no
parameters). Everything is computed in float64, as in the other models.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.gradients.layout import Layout
from valuation.models import layers
from valuation.models.classifier import Classifier
from valuation.models.digits import MissingExtraError
from valuation.models.protocol import Floats, Labels

HEADS = 4
_WIDER = 2


@dataclass(frozen=True)
class Transformer(Classifier):
    """A classifier of the next character: `features` characters are seen, of `classes` that there are.

    Inputs are the characters' numbers, from 0 to `classes` - 1.

    Raises:
        InputError: there are no features or too few classes, or the width is no multiple of the four heads.

    >>> Transformer(features=16, classes=48, hidden=32).layout.size
    11888
    """

    hidden: int

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.hidden < 1 or self.hidden % HEADS:
            raise InputError(f"a width of {self.hidden}: it is a multiple of {HEADS}")

    @property
    def name(self) -> str:
        """The name under which a mechanism asks for the model."""
        return "transformer"

    @property
    def layout(self) -> Layout:
        """The embeddings, the attention's four matrices, the units, and the output."""
        w, wide = self.hidden, _WIDER * self.hidden
        return Layout(
            (
                *("character", "place", "query", "key", "value", "mix"),
                *("in", "in.bias", "out", "logits", "logits.bias"),
            ),
            (
                (self.classes, w),
                (self.features, w),
                *((w, w),) * 4,
                (wide, w),
                (wide,),
                (w, wide),
                (self.classes, w),
                (self.classes,),
            ),
        )

    @property
    def width(self) -> int:
        """Characters seen, keys and values."""
        return 4 * self.features * self.hidden

    def logits(self, params: Floats, x: Floats) -> Floats:
        """Return the logits, float64 (k, classes, s), of k models (k, d) on inputs (s, f) or (k, s, f).

        Raises:
            InputError: an input is no character's number.
            MissingExtraError: PyTorch is not installed.
        """
        torch = _torch()
        codes = self._codes(x)
        with torch.no_grad():
            found = [
                self._forward(
                    torch,
                    torch.from_numpy(row.copy()),
                    torch.from_numpy(codes if x.ndim == 2 else codes[place]),
                )
                for place, row in enumerate(params)
            ]
            return np.asarray(torch.stack(found).transpose(1, 2).contiguous().numpy())

    def backward(self, params: Floats, x: Floats, y: Labels) -> Floats:
        """Return the gradient of the mean cross-entropy, float64 (d,), at one vector (d,).

        Raises:
            InputError: an input is no character's number.
            MissingExtraError: PyTorch is not installed.
        """
        torch = _torch()
        point = torch.from_numpy(params.copy()).requires_grad_()
        logits = self._forward(torch, point, torch.from_numpy(self._codes(x)))
        torch.nn.functional.cross_entropy(logits, torch.from_numpy(np.array(y))).backward()
        return np.asarray(point.grad.numpy())

    def initial(self, seed: bytes) -> npt.NDArray[np.float32]:
        """Return the model that training starts from, float32 (d,): Glorot weights, biases of zero.

        >>> Transformer(16, 48, 32).initial(bytes(32)).shape
        (11888,)
        """
        layout = self.layout
        return layout.flatten(
            {
                name: np.zeros(shape)
                if len(shape) == 1
                else layers.glorot(seed, f"transformer/{name}", *shape)
                for name, shape in zip(layout.names, layout.shapes, strict=True)
            }
        )

    def _codes(self, x: Floats) -> Labels:
        codes = np.ascontiguousarray(x, dtype=np.int64)
        if codes.size and (codes.min() < 0 or codes.max() >= self.classes or (codes != x).any()):
            raise InputError(f"inputs are characters' numbers from 0 to {self.classes - 1}")
        return codes

    def _forward(self, torch: Any, params: Any, codes: Any) -> Any:
        """Return the logits, a tensor (s, classes), of one model on the characters (s, f)."""
        parts, start = {}, 0
        for name, shape in zip(self.layout.names, self.layout.shapes, strict=True):
            size = int(np.prod(shape))
            parts[name] = params[start : start + size].reshape(shape)
            start += size
        s, each = len(codes), self.hidden // HEADS
        seen = parts["character"][codes] + parts["place"]
        normal = torch.nn.functional.layer_norm(seen, (self.hidden,))
        query = (normal[:, -1] @ parts["query"].T).reshape(s, HEADS, 1, each)
        key, value = (
            (normal @ parts[name].T).reshape(s, self.features, HEADS, each).transpose(1, 2)
            for name in ("key", "value")
        )
        weights = torch.softmax(query @ key.transpose(2, 3) / each**0.5, dim=3)
        last = seen[:, -1] + (weights @ value).reshape(s, self.hidden) @ parts["mix"].T
        normal = torch.nn.functional.layer_norm(last, (self.hidden,))
        last = last + torch.relu(normal @ parts["in"].T + parts["in.bias"]) @ parts["out"].T
        normal = torch.nn.functional.layer_norm(last, (self.hidden,))
        return normal @ parts["logits"].T + parts["logits.bias"]


def _torch() -> Any:
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError("the transformer needs PyTorch: pip install 'weighhouse[torch]'") from error
    return torch

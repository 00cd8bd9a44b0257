"""EControl: error feedback with a control variate, so that compression need not be fine-tuned.

Y. Gao, R. Islamov, S. U. Stich, "EControl: fast distributed optimization with compression and error control",
ICLR 2024, algorithm 2. A client sends q = C(eta e + g - h) and keeps the error e += g - h - q and the control
h += q; with eta = 0 this is EF21. The server adds the mean of the q to its own h, and steps along that.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.gradients.compressor import Compressor, to_update
from valuation.gradients.errors import WrongShape

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Control:
    """What a client remembers between rounds.

    Args:
        error: What compression has left out so far, float64 (d,) (e).
        estimate: The sum of what it has sent, which estimates its gradient, float64 (d,) (h).

    >>> Control.start(2).estimate.tolist()
    [0.0, 0.0]
    """

    error: Floats
    estimate: Floats

    @staticmethod
    def start(size: int) -> "Control":
        """Return the state before the first round, for vectors of `size` entries."""
        return Control(np.zeros(size), np.zeros(size))


def send(compressor: Compressor, control: Control, gradient: Floats, eta: float) -> tuple[bytes, Control]:
    """Return what a client sends of its gradient, float64 (d,), and what it remembers.

    Args:
        compressor: The format of the messages; its size is theirs.
        control: What the client remembered.
        gradient: Its gradient, or pseudo-gradient.
        eta: How fast the error is worked off, not negative.

    Raises:
        InputError: eta is negative.
        WrongShape, NotFinite: the gradient is no finite (d,).

    >>> from valuation.gradients.layout import Layout
    >>> from valuation.gradients.sparseloco import SparseLoCo
    >>> format = SparseLoCo(Layout(("x",), ((4,),)), density=0.25)
    >>> blob, control = send(format, Control.start(4), np.array([1.0, 4.0, 2.0, 3.0]), eta=0.1)
    >>> format.decode(blob).tolist(), control.error.tolist()
    ([0.0, 4.0, 0.0, 0.0], [1.0, 0.0, 2.0, 3.0])
    """
    if not 0 <= eta < np.inf:
        raise InputError(f"eta must be finite and not negative, not {eta}")
    if gradient.shape != control.error.shape:
        raise WrongShape(f"a gradient of shape {gradient.shape}, the state has {control.error.shape}")
    news = gradient - control.estimate
    blob = compressor.encode(to_update(eta * control.error + news))
    sent = compressor.decode(blob).astype(np.float64)
    return blob, Control(control.error + news - sent, control.estimate + sent)


def receive(compressor: Compressor, estimate: Floats, blobs: Sequence[bytes]) -> Floats:
    """Return the server's estimate of the mean gradient, float64 (d,), after a round's messages.

    Args:
        compressor: The format of the messages.
        estimate: The estimate before, float64 (d,); zeros at first.
        blobs: One message a client, in an order that all receivers share.

    Raises:
        InputError: there is no message.
        RefusedUpdate: a message cannot be decoded.

    >>> from valuation.gradients.layout import Layout
    >>> from valuation.gradients.sparseloco import SparseLoCo
    >>> format = SparseLoCo(Layout(("x",), ((2,),)), density=0.5)
    >>> receive(format, np.zeros(2), [format.encode(np.array([2, 4], dtype=np.float32))] * 2).tolist()
    [0.0, 4.0]
    """
    if not blobs:
        raise InputError("a round without messages has no mean")
    total = np.zeros_like(estimate)
    for blob in blobs:
        total += compressor.decode(blob)
    return np.asarray(estimate + total / len(blobs))

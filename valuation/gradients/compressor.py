"""What a compressor of updates offers, and the error feedback that makes strong compression harmless.

What one round's compression leaves out is carried to the next, so that nothing is lost, only late. The
formats (`demo`, `sparseloco`, `fedzip`) all do it the same way.
"""

from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.gradients.errors import NotFinite, WrongShape
from valuation.gradients.layout import Layout

Vector: TypeAlias = npt.NDArray[np.float32]


class Compressor(Protocol):
    """A format for compressed updates. Equal updates give equal bytes."""

    @property
    def layout(self) -> Layout:
        """How an update's tensors lie in its vector of d entries."""
        ...

    def encode(self, update: Vector) -> bytes:
        """Return an update, float32 (d,), as bytes."""
        ...

    def decode(self, blob: bytes) -> Vector:
        """Return the update, float32 (d,), that a stranger's bytes stand for, or raise `RefusedUpdate`."""
        ...


def check_update(update: Vector, layout: Layout) -> Vector:
    """Return an update unchanged if it is a finite float32 (d,).

    Raises:
        WrongShape: it has another shape or dtype.
        NotFinite: an entry is NaN or infinite.

    >>> check_update(np.ones(2, dtype=np.float32), Layout(("a",), ((2,),))).tolist()
    [1.0, 1.0]
    """
    if update.shape != (layout.size,) or update.dtype != np.float32:
        raise WrongShape(f"an update is float32 ({layout.size},), not {update.dtype} {update.shape}")
    if not np.isfinite(update).all():
        raise NotFinite(f"entry {int(np.argmin(np.isfinite(update)))} of the update is not finite")
    return update


def to_update(values: npt.NDArray[np.float64]) -> Vector:
    """Return decoded values, float64 (d,), as a finite update, float32 (d,).

    Raises:
        NotFinite: a value does not fit float32.

    >>> to_update(np.array([0.5])).dtype
    dtype('float32')
    """
    with np.errstate(over="ignore"):
        update = values.astype(np.float32)
    if not np.isfinite(update).all():
        raise NotFinite(f"entry {int(np.argmin(np.isfinite(update)))} does not fit float32")
    return update


def encode_with_feedback(
    compressor: Compressor, residual: Vector, update: Vector, *, decay: float = 1.0
) -> tuple[bytes, Vector]:
    """Return the bytes to send of an update, and what to carry to the next round.

    With decay 0.999 and the compressor of `demo` this is DeMo's momentum, with 0.95 and that of
    `sparseloco` it is SparseLoCo; with 1 it is plain error feedback, in which sent and carried add up to
    what there was.

    Args:
        compressor: The format.
        residual: What was carried from the last round, float32 (d,); zeros at first.
        update: The new update, float32 (d,).
        decay: What is left of the residual, in [0, 1].

    Returns:
        The bytes, and the new residual, float32 (d,).

    Raises:
        InputError: the decay is out of range.
        WrongShape, NotFinite: the residual, the update or their sum is no finite float32 (d,).

    >>> from valuation.gradients.sparseloco import SparseLoCo
    >>> format = SparseLoCo(Layout(("a",), ((2,),)), density=0.5)
    >>> kept, new = np.array([2, 0], np.float32), np.array([1, 1], np.float32)
    >>> blob, residual = encode_with_feedback(format, kept, new)
    >>> format.decode(blob).tolist(), residual.tolist()
    ([3.0, 0.0], [0.0, 1.0])
    """
    if not 0 <= decay <= 1:
        raise InputError(f"a decay is from 0 to 1, not {decay}")
    kept = np.float32(decay) * check_update(residual, compressor.layout)
    with np.errstate(over="ignore"):
        total = kept + check_update(update, compressor.layout)
    blob = compressor.encode(total)
    return blob, total - compressor.decode(blob)

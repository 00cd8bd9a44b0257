"""An update in one byte: the slope of the loss along a direction that everybody can draw again.

Simultaneous perturbation (J. C. Spall, IEEE Transactions on Automatic Control 37, 1992) estimates a
gradient as slope times direction, from two losses. The direction follows from the round's seed, so only the
slope is sent, and of the slope its sign and the logarithm of its size: after E. Zelikman et al., "Just one
byte (per gradient): a note on low-bandwidth decentralized language model finetuning using shared
randomness", arXiv 2306.10015. A byte goes on chain verbatim, and anybody can measure the slope again.

Directions are of signs, as Spall's, where that note draws normal numbers: signs are bits, the same on every
machine. The exponent has seven bits, in steps of 1/8, and the sign the eighth; the note's own eight-bit
exponent leaves none for the sign.
"""

import functools
from collections.abc import Callable
from decimal import Decimal, localcontext

import numpy as np
import numpy.typing as npt

from valuation import seeds
from valuation.errors import InputError
from valuation.gradients.compressor import Vector, to_update
from valuation.gradients.errors import NotFinite, TooLarge, Truncated
from valuation.gradients.frame import BadCode

Floats = npt.NDArray[np.float64]

STEPS = 8
"""Codes for each factor of e: a slope is sent with an error of at most e^(1/16) - 1, 6.5 %."""

LIMIT = 63
"""The largest exponent, of either sign: slopes are sent as from 0.00038 to 2,600."""

_SIGN = 0x80
_ZERO = 0


def directions(seed: bytes, samples: int, size: int) -> npt.NDArray[np.int8]:
    """Return the directions that belong to a seed, int8 (samples, size) of -1 and 1.

    The first ones do not depend on how many there are.

    Raises:
        InputError: the seed is empty or a number negative.

    >>> directions(bytes(32), samples=2, size=5).tolist()
    [[-1, -1, 1, 1, -1], [-1, 1, 1, 1, -1]]
    """
    words = -(-size // 64)
    stream = seeds.uint64s(seed, "spsa", samples * words).astype("<u8").view(np.uint8)
    signs = np.unpackbits(stream.reshape(samples, -1), axis=1, count=size, bitorder="little")
    return 2 * signs.astype(np.int8) - 1


def slopes(
    loss: Callable[[Floats], Floats], base: Floats, seed: bytes, samples: int, epsilon: float = 1e-3
) -> Floats:
    """Return the slopes of the loss along the seed's directions, float64 (samples,).

    Args:
        loss: From models, float64 (k, d), to their losses in nats, float64 (k,).
        base: The model, float64 (d,).
        seed: What the directions follow from: the round's seed and the trainer's address.
        samples: How many directions.
        epsilon: How far to go along each, forth and back.

    Raises:
        InputError: epsilon is not positive, there is no sample, or the loss does not return one number a
            model.
        NotFinite: a loss is not a finite number.

    >>> slopes(lambda models: models.sum(axis=1), np.zeros(5), bytes(32), samples=2).round(6).tolist()
    [-1.0, 1.0]
    """
    if not 0 < epsilon < np.inf or samples < 1:
        raise InputError(f"{samples} samples at a distance of {epsilon} have no slopes")
    steps = epsilon * directions(seed, samples, base.size)
    losses = loss(np.concatenate([base + steps, base - steps]))
    if losses.shape != (2 * samples,):
        raise InputError(f"the loss of {2 * samples} models has the shape {losses.shape}")
    if not np.isfinite(losses).all():
        raise NotFinite("the loss near the base model is not finite")
    return np.asarray((losses[:samples] - losses[samples:]) / (2 * epsilon))


def exponents(sizes: Floats, steps: int = STEPS, limit: int = LIMIT) -> npt.NDArray[np.int64]:
    """Return the logarithms of positive sizes (m,) in whole steps, int64 (m,), at most `limit` either way.

    >>> exponents(np.array([0.5, 1e-9]), steps=16, limit=127).tolist()
    [-11, -127]
    """
    return np.asarray(np.clip(np.rint(steps * np.log(sizes)), -limit, limit).astype(np.int64))


def encode(found: Floats) -> bytes:
    """Return slopes, float64 (samples,), as one byte each.

    The highest bit is the sign, the rest the exponent. The exponent is stored plus 64; a slope of zero is
    the byte 0.

    Raises:
        InputError: there is no slope.
        NotFinite: a slope is NaN or infinite.

    >>> encode(np.array([1.0, -1.0, 0.0])).hex()
    '40c000'
    """
    if found.ndim != 1 or found.size == 0:
        raise InputError(f"slopes are a vector of at least one number, not {found.shape}")
    if not np.isfinite(found).all():
        raise NotFinite(f"slope {int(np.argmin(np.isfinite(found)))} is not finite")
    sizes = np.abs(found)
    codes = exponents(np.where(sizes > 0, sizes, 1.0)) + LIMIT + 1
    codes += np.where(found < 0, _SIGN, 0)
    return np.where(sizes > 0, codes, _ZERO).astype(np.uint8).tobytes()


def decode_slopes(blob: bytes, samples: int) -> Floats:
    """Return the slopes, float64 (samples,), that a stranger's bytes stand for; the same on every machine.

    Raises:
        Truncated, TooLarge: there are not exactly `samples` bytes.
        BadCode: a byte means nothing: minus zero is not sent.

    >>> decode_slopes(bytes.fromhex("40c000"), samples=3).tolist()
    [1.0, -1.0, 0.0]
    """
    if len(blob) != samples:
        wrong = Truncated if len(blob) < samples else TooLarge
        raise wrong(f"{len(blob)} bytes for {samples} slopes")
    codes = np.frombuffer(blob, dtype=np.uint8)
    if (codes == _SIGN).any():
        raise BadCode(f"byte {int(np.argmax(codes == _SIGN))} is minus zero")
    sizes = _sizes()[codes & (_SIGN - 1)]
    return np.asarray(np.where(codes & _SIGN, -sizes, sizes))


def decode(blob: bytes, seed: bytes, samples: int, size: int) -> Vector:
    """Return the update, float32 (size,), of a stranger's bytes: the mean of slope times direction.

    Like every update it points uphill.

    Raises:
        Truncated, TooLarge, BadCode: see `decode_slopes`.
        InputError: there is no sample, or the seed is empty.

    >>> decode(bytes.fromhex("40c0"), bytes(32), samples=2, size=5).tolist()
    [0.0, -1.0, 0.0, 0.0, 0.0]
    """
    if samples < 1:
        raise InputError(f"an update of {samples} samples")
    total = np.zeros(size)
    # One after the other, so that sums round alike everywhere.
    for slope, direction in zip(decode_slopes(blob, samples), directions(seed, samples, size), strict=True):
        total += slope * direction
    return to_update(total / samples)


@functools.cache
def _sizes() -> Floats:
    """Return the size that each of the 128 codes stands for: exp((code - 64) / 8), correctly rounded."""
    with localcontext() as context:
        context.prec = 40
        sizes = [float((Decimal(code - LIMIT - 1) / STEPS).exp()) for code in range(1, _SIGN)]
    table = np.array([0.0, *sizes])
    table.setflags(write=False)
    return table

"""The discrete cosine transform of small blocks, with the same bits on every machine.

A decoded update becomes part of a model whose digest is compared, so that a last bit matters; and linear
algebra rounds in whatever order is fastest. Here every block is scaled to whole numbers of 23 bits and the
basis to whole numbers of 22, so that all sums are of whole numbers below 2^53, which float64 adds exactly
in any order. The price is an error of about 1e-6 of a block's largest entry.
"""

import functools

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError

Floats = npt.NDArray[np.float64]

MAX_SIDE = 64
_BLOCK_BITS = 23
_BASIS_BITS = 22


@functools.cache
def _basis(n: int) -> Floats:
    """Return the orthonormal DCT-II, (n, n), as whole numbers of 2^-22; row k is the k-th frequency."""
    frequency, position = np.arange(n)[:, None], np.arange(n)[None, :]
    waves = np.cos(np.pi * (2 * position + 1) * frequency / (2 * n)) * np.sqrt(2.0 / n)
    waves[0] = np.sqrt(1.0 / n)
    whole: Floats = np.rint(np.ldexp(waves, _BASIS_BITS))
    whole.setflags(write=False)
    return whole


def forward(blocks: Floats) -> Floats:
    """Return the orthonormal two-dimensional DCT-II of blocks, float64 (m, h, w); sides of at most 64.

    Raises:
        InputError: the blocks are not finite or a side is longer.

    >>> forward(np.array([[[1.0, 2.0, 3.0, 4.0]]])).round(4).tolist()
    [[[5.0, -2.2304, 0.0, -0.1585]]]
    """
    _, h, w = blocks.shape
    return _transform(blocks, _side(h), _side(w).T)


def inverse(blocks: Floats) -> Floats:
    """Return the blocks whose `forward` transform is given, float64 (m, h, w).

    Raises:
        InputError: the blocks are not finite or a side is longer than 64.

    >>> inverse(forward(np.array([[[1.0, 2.0, 3.0, 4.0]]]))).round(5).tolist()
    [[[1.0, 2.0, 3.0, 4.0]]]
    """
    _, h, w = blocks.shape
    return _transform(blocks, _side(h).T, _side(w))


def _side(n: int) -> Floats:
    if not 1 <= n <= MAX_SIDE:
        raise InputError(f"a block has sides of 1 to {MAX_SIDE}, not {n}")
    return _basis(n)


def _transform(blocks: Floats, left: Floats, right: Floats) -> Floats:
    """Return left @ block @ right for each block, where the matrices are whole numbers of 2^-22."""
    largest = np.abs(blocks).max(axis=(1, 2), initial=0.0)
    if not np.isfinite(largest).all():
        raise InputError(f"block {int(np.argmin(np.isfinite(largest)))} is not finite")
    exponent = np.frexp(largest)[1][:, None, None]
    # |whole| <= 2^23, and a row of the basis sums to at most 2^22 sqrt(64): the first product is below 2^48.
    whole = np.rint(np.ldexp(blocks, _BLOCK_BITS - exponent))
    # Down to 2^26 again, so that the second is below 2^51.
    half = np.rint(np.ldexp(left @ whole, -_BASIS_BITS))
    return np.asarray(np.ldexp(half @ right, exponent - _BLOCK_BITS - _BASIS_BITS))

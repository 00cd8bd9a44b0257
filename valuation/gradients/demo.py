"""DeMo: the strongest cosine components of every block of the momentum.

B. Peng, J. Quesnelle, D. P. Kingma, "DeMo: decoupled momentum optimization", arXiv 2411.19870, algorithm 1.
The momentum is `compressor.encode_with_feedback` with decay 0.999; the receiver adds the updates up and
steps along the sign of the sum. Blocks are as even as possible and at most 64 wide, the last ones filled up
with zeros; DeMo's own code takes the largest divisor up to 64 instead, which leaves a side of prime length
in blocks of one.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.gradients import bits, cosine
from valuation.gradients.compressor import Vector, check_update, to_update
from valuation.gradients.errors import NotFinite
from valuation.gradients.frame import OVERHEAD, cut, seal, unseal
from valuation.gradients.layout import Layout
from valuation.gradients.top_of_chunks import index_width, pack_indices, top_of_chunks, unpack_indices

Floats: TypeAlias = npt.NDArray[np.float64]

KIND = b"DeMo"
AT_A_TIME = 2**20
"""Entries transformed at a time, which stay in the processor's cache."""


@dataclass(frozen=True)
class Grid:
    """A tensor, seen as a matrix, cut into blocks.

    Args:
        rows, columns: The matrix; the leading axes of a tensor are taken together, a vector is one row.
        height, width: A block.

    >>> Grid.of((10, 100), side=64)
    Grid(rows=10, columns=100, height=10, width=50)
    """

    rows: int
    columns: int
    height: int
    width: int

    @staticmethod
    def of(shape: tuple[int, ...], side: int) -> "Grid":
        """Return the grid of a tensor with blocks of at most `side`."""
        columns = shape[-1] if shape else 1
        rows = math.prod(shape[:-1])
        return Grid(rows, columns, *(math.ceil(size / math.ceil(size / side)) for size in (rows, columns)))

    @property
    def down(self) -> int:
        """Blocks from top to bottom."""
        return math.ceil(self.rows / self.height)

    @property
    def across(self) -> int:
        """Blocks from left to right."""
        return math.ceil(self.columns / self.width)

    def strips(self) -> Iterator[tuple[slice, "Grid"]]:
        """Yield the grid in strips of whole blocks, each with its place in the tensor's (rows * columns,).

        >>> [place for place, _ in Grid(rows=4, columns=2**19, height=2, width=2).strips()]
        [slice(0, 1048576, None), slice(1048576, 2097152, None)]
        """
        step = self.height * max(1, AT_A_TIME // (self.height * self.columns))
        for start in range(0, self.rows, step):
            rows = min(step, self.rows - start)
            place = slice(start * self.columns, (start + rows) * self.columns)
            yield place, Grid(rows, self.columns, self.height, self.width)

    def split(self, tensor: Vector) -> Floats:
        """Return a tensor, float32 (rows * columns,), as its blocks, float64 (down * across, height, width).

        >>> Grid(1, 3, 1, 2).split(np.array([1, 2, 3], dtype=np.float32)).tolist()
        [[[1.0, 2.0]], [[3.0, 0.0]]]
        """
        padded = np.zeros((self.down * self.height, self.across * self.width))
        padded[: self.rows, : self.columns] = tensor.reshape(self.rows, self.columns)
        blocks = padded.reshape(self.down, self.height, self.across, self.width).swapaxes(1, 2)
        return blocks.reshape(-1, self.height, self.width)

    def join(self, blocks: Floats) -> Floats:
        """Return the tensor, float64 (rows * columns,), of blocks (down * across, height, width).

        >>> Grid(1, 3, 1, 2).join(np.array([[[1.0, 2.0]], [[3.0, 0.0]]])).tolist()
        [1.0, 2.0, 3.0]
        """
        rows = blocks.reshape(self.down, self.across, self.height, self.width).swapaxes(1, 2)
        matrix = rows.reshape(self.down * self.height, self.across * self.width)
        return matrix[: self.rows, : self.columns].ravel()


@dataclass(frozen=True)
class DeMo:
    """The format: for each tensor the packed indices of its blocks' components, then their float32 values.

    Args:
        layout: How updates lie in their vector.
        side: The longest side of a block, up to 64.
        kept: How many components of a block are sent; all if it has fewer.

    Raises:
        InputError: the side is not from 1 to 64, or nothing is sent.

    >>> demo = DeMo(Layout(("weight",), ((64, 64),)), kept=32)
    >>> demo.size, len(demo.encode(np.ones(64 * 64, dtype=np.float32)))
    (184, 184)
    """

    layout: Layout
    side: int = cosine.MAX_SIDE
    kept: int = 32

    def __post_init__(self) -> None:
        if not 1 <= self.side <= cosine.MAX_SIDE or self.kept < 1:
            raise InputError(f"blocks of side {self.side} of which {self.kept} components are sent")

    @property
    def size(self) -> int:
        """How many bytes every update takes."""
        return OVERHEAD + sum(self._sizes())

    def encode(self, update: Vector) -> bytes:
        """Return an update, float32 (d,), as bytes, the same on every machine.

        Raises:
            WrongShape, NotFinite: the update is no finite float32 (d,).
        """
        tensors = self.layout.unflatten(check_update(update, self.layout))
        parts: list[bytes] = []
        for tensor, (grid, kept) in zip(tensors.values(), self._grids(), strict=True):
            parts += _encode_tensor(tensor.ravel(), grid, kept)
        return seal(KIND, b"".join(parts))

    def decode(self, blob: bytes) -> Vector:
        """Return the update, float32 (d,), that a stranger's bytes stand for; the same on every machine.

        Raises:
            RefusedUpdate: one of its subclasses; its `reason` is the code.
        """
        sizes = self._sizes()
        parts = iter(cut(unseal(KIND, blob, least=sum(sizes), most=sum(sizes)), sizes))
        tensors = [_decode_tensor(next(parts), next(parts), grid, kept) for grid, kept in self._grids()]
        return np.concatenate(tensors)

    def _grids(self) -> list[tuple[Grid, int]]:
        grids = [Grid.of(shape, self.side) for shape in self.layout.shapes]
        return [(grid, min(self.kept, grid.height * grid.width)) for grid in grids]

    def _sizes(self) -> list[int]:
        sizes: list[int] = []
        for grid, kept in self._grids():
            sent = grid.down * grid.across * kept
            sizes += [bits.packed_size(sent, index_width(grid.height * grid.width)), 4 * sent]
        return sizes


def _encode_tensor(tensor: Vector, grid: Grid, kept: int) -> list[bytes]:
    length = grid.height * grid.width
    indices: list[npt.NDArray[np.int64]] = []
    values: list[bytes] = []
    for place, strip in grid.strips():
        components = cosine.forward(strip.split(tensor[place])).reshape(-1, length)
        indices.append(top_of_chunks(np.abs(components), kept))
        sent = np.take_along_axis(components, indices[-1], axis=1)
        values.append(to_update(sent).astype("<f4").tobytes())
    return [pack_indices(np.concatenate(indices), length), *values]


def _decode_tensor(indices: bytes, values: bytes, grid: Grid, kept: int) -> Vector:
    count, length = grid.down * grid.across, grid.height * grid.width
    chosen = unpack_indices(indices, count, kept, length)
    sent = np.frombuffer(values, dtype="<f4").reshape(count, kept)
    if not np.isfinite(sent).all():
        raise NotFinite(f"component {int(np.argmin(np.isfinite(sent)))} is not finite")
    tensor = np.empty(grid.rows * grid.columns, dtype=np.float32)
    done = 0
    for place, strip in grid.strips():
        blocks = slice(done, done + strip.down * strip.across)
        components = np.zeros((strip.down * strip.across, length))
        np.put_along_axis(components, chosen[blocks], sent[blocks], axis=1)
        tensor[place] = to_update(strip.join(cosine.inverse(components.reshape(-1, grid.height, grid.width))))
        done = blocks.stop
    return tensor

"""FedZip: the large entries of a tensor, rounded to a few values, and these in a Huffman code.

A. Malekijoo, M. J. Fadaeieslam, H. Malekijou, M. Homayounfar, F. Alizadeh-Shabdiz, R. Rawassizadeh,
"FedZip: a compression framework for communication-efficient federated learning", arXiv 2102.01593: each
tensor keeps its largest fifth, its entries are rounded to the centres of three clusters, and the clusters
are Huffman coded. The code is a real one here, bits and all; lengths that no prefix code has are refused.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.gradients import huffman, top_k
from valuation.gradients.compressor import Vector, check_update
from valuation.gradients.errors import NotFinite, Truncated
from valuation.gradients.frame import BadCode, seal, unseal
from valuation.gradients.layout import Layout

KIND = b"FdZp"
ROUNDS = 4
"""How often the clusters are refined (Lloyd's algorithm)."""


@dataclass(frozen=True)
class FedZip:
    """The format: for each tensor centres, code lengths, block lengths, and the coded entries.

    Centres are float32, the lengths of the clusters' codes one byte each and those of blocks of 4,096 coded
    entries two.

    Args:
        layout: How updates lie in their vector.
        density: The share of each tensor's entries that is not set to zero before clustering, in (0, 1].
        clusters: How many values a tensor's entries are rounded to, from 2 to 16.

    Raises:
        InputError: an argument is out of range.

    >>> format = FedZip(Layout(("weight",), ((64, 64),)))
    >>> update = np.repeat(np.array([0, 1, -1], dtype=np.float32), [3500, 300, 296])
    >>> blob = format.encode(update)
    >>> len(blob), bool((format.decode(blob) == update).all())
    (612, True)
    """

    layout: Layout
    density: float = 0.2
    clusters: int = 3

    def __post_init__(self) -> None:
        if not 0 < self.density <= 1 or not 2 <= self.clusters <= huffman.MAX_SYMBOLS:
            raise InputError(f"a density of {self.density} and {self.clusters} clusters are out of range")

    def encode(self, update: Vector) -> bytes:
        """Return an update, float32 (d,), as bytes; how many depends on the update.

        Raises:
            WrongShape, NotFinite: the update is no finite float32 (d,).
        """
        parts: list[bytes] = []
        for tensor in self.layout.unflatten(check_update(update, self.layout)).values():
            centres, labels = _cluster(
                *top_k.compress(tensor.ravel(), self.density), tensor.size, self.clusters
            )
            lengths = huffman.code_lengths(np.bincount(labels, minlength=self.clusters))
            coded = huffman.encode(labels, lengths)
            parts += [centres.astype("<f4").tobytes(), lengths.tobytes()]
            parts += [coded.lengths.astype("<u2").tobytes(), coded.stream]
        return seal(KIND, b"".join(parts))

    def decode(self, blob: bytes) -> Vector:
        """Return the update, float32 (d,), that a stranger's bytes stand for; the same on every machine.

        Raises:
            RefusedUpdate: one of its subclasses; its `reason` is the code.
        """
        least = sum(self._fixed_size(size) for size in self._sizes())
        most = least + sum(-(-size * huffman.MAX_WIDTH // 8) for size in self._sizes())
        rest = unseal(KIND, blob, least=least, most=most)
        tensors = []
        for size in self._sizes():
            tensor, rest = self._decode_tensor(rest, size)
            tensors.append(tensor)
        if rest:
            raise BadCode(f"{len(rest)} bytes follow the last tensor")
        return np.concatenate(tensors)

    def _sizes(self) -> list[int]:
        return [int(np.prod(shape, dtype=np.int64)) for shape in self.layout.shapes]

    def _fixed_size(self, size: int) -> int:
        return 5 * self.clusters + 2 * -(-size // huffman.BLOCK)

    def _decode_tensor(self, body: bytes, size: int) -> tuple[Vector, bytes]:
        fixed = self._fixed_size(size)
        if len(body) < fixed:
            raise Truncated(f"{len(body)} bytes, a tensor begins with {fixed}")
        centres = np.frombuffer(body, dtype="<f4", count=self.clusters).astype(np.float32)
        if not np.isfinite(centres).all():
            raise NotFinite(f"centre {int(np.argmin(np.isfinite(centres)))} is not finite")
        lengths = np.frombuffer(body, dtype=np.uint8, count=self.clusters, offset=4 * self.clusters)
        blocks = np.frombuffer(body[5 * self.clusters : fixed], dtype="<u2").astype(np.uint16)
        end = fixed + (int(blocks.sum(dtype=np.int64)) + 7) // 8
        labels = huffman.decode(huffman.Coded(body[fixed:end], blocks), lengths, size)
        return centres[labels], body[end:]


def _cluster(
    indices: npt.NDArray[np.int32], values: Vector, size: int, clusters: int
) -> tuple[Vector, npt.NDArray[np.uint8]]:
    """Return the centres, float32 ascending, and the number of each entry's, uint8 (size,).

    The entries are `values` at `indices` and zeros elsewhere, which are counted, not looked at one by one.
    """
    points = np.append(values, np.float32(0)).astype(np.float64)
    copies = np.append(np.ones(values.size), size - values.size)
    present = points if size > values.size else points[:-1]
    centres = np.linspace(present.min(), present.max(), clusters)
    nearest = _nearest(points, centres)
    for _ in range(ROUNDS):
        counts = np.bincount(nearest, weights=copies, minlength=clusters)
        sums = np.bincount(nearest, weights=copies * points, minlength=clusters)
        # A cluster that has lost all its values stays where it was.
        centres = np.where(counts > 0, sums / np.maximum(counts, 1), centres)
        nearest = _nearest(points, centres)
    labels = np.full(size, nearest[-1], dtype=np.uint8)
    labels[indices] = nearest[:-1]
    return centres.astype(np.float32), labels


def _nearest(points: npt.NDArray[np.float64], centres: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Return which of the ascending centres each point is nearest to; halfway goes to the lower."""
    between = (centres[1:] + centres[:-1]) / 2
    return np.asarray(np.sum(points > between[:, None], axis=0, dtype=np.int64))

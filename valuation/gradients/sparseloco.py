"""SparseLoCo: the largest entries of every chunk, at twelve bits for the place and two for the value.

A. Sarfi, B. Thérien, J. Lidin, E. Belilovsky, "Communication efficient LLM pre-training with SparseLoCo",
arXiv 2508.15706: top-k of chunks of 4,096 entries, two-bit values, error feedback with decay 0.95
(`compressor.encode_with_feedback`), no transform. The bits are really packed: at the usual 64 entries a
chunk an update takes 1/146 of its float32 size.
"""

import itertools
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.gradients import bits, two_bit
from valuation.gradients.compressor import Vector, check_update
from valuation.gradients.errors import NotFinite
from valuation.gradients.frame import OVERHEAD, cut, seal, unseal
from valuation.gradients.layout import Layout
from valuation.gradients.top_of_chunks import index_width, pack_indices, top_of_chunks, unpack_indices

KIND = b"SpLo"
CHUNK = 4096


@dataclass(frozen=True)
class Run:
    """Chunks of one length that follow each other in the vector.

    Args:
        start: Where the first one begins.
        count: How many there are.
        length: Entries in each.
        kept: Entries of each that are sent.

    >>> Run(start=0, count=2, length=4096, kept=64).stop
    8192
    """

    start: int
    count: int
    length: int
    kept: int

    @property
    def stop(self) -> int:
        """Where the last one ends."""
        return self.start + self.count * self.length


@dataclass(frozen=True)
class SparseLoCo:
    """The format: for each tensor four float32 levels, the packed codes, and the packed indices.

    Args:
        layout: How updates lie in their vector; each tensor is cut into chunks of 4,096 entries and the rest.
        density: The share of each chunk that is sent, at least one entry, in (0, 1].

    Raises:
        InputError: the density is out of range.

    >>> format = SparseLoCo(Layout(("weight",), ((1024, 1024),)))
    >>> format.size, round(4 * 1024 * 1024 / format.size)
    (28696, 146)
    """

    layout: Layout
    density: float = 1 / 64

    def __post_init__(self) -> None:
        if not 0 < self.density <= 1:
            raise InputError(f"a density is above 0 and at most 1, not {self.density}")

    @property
    def size(self) -> int:
        """How many bytes every update takes."""
        return OVERHEAD + sum(self._sizes())

    def encode(self, update: Vector) -> bytes:
        """Return an update, float32 (d,), as bytes, the same on every machine.

        Raises:
            WrongShape, NotFinite: the update is no finite float32 (d,).
        """
        check_update(update, self.layout)
        parts: list[bytes] = []
        for runs in self._tensors():
            chunks = [update[run.start : run.stop].reshape(run.count, run.length) for run in runs]
            chosen = [top_of_chunks(np.abs(part), run.kept) for part, run in zip(chunks, runs, strict=True)]
            sent = [np.take_along_axis(*pair, axis=1).ravel() for pair in zip(chunks, chosen, strict=True)]
            codes, levels = two_bit.quantise(np.concatenate(sent))
            parts += [levels.astype("<f4").tobytes(), bits.pack(codes, 2)]
            parts += [pack_indices(part, run.length) for part, run in zip(chosen, runs, strict=True)]
        return seal(KIND, b"".join(parts))

    def decode(self, blob: bytes) -> Vector:
        """Return the update, float32 (d,), that a stranger's bytes stand for; the same on every machine.

        Raises:
            RefusedUpdate: one of its subclasses; its `reason` is the code.
        """
        sizes = self._sizes()
        parts = iter(cut(unseal(KIND, blob, least=sum(sizes), most=sum(sizes)), sizes))
        update = np.zeros(self.layout.size, dtype=np.float32)
        for runs in self._tensors():
            values = _decode_values(next(parts), next(parts), _sent(runs))
            ends = list(itertools.accumulate(run.count * run.kept for run in runs))
            for run, part in zip(runs, np.split(values, ends[:-1]), strict=True):
                chosen = unpack_indices(next(parts), run.count, run.kept, run.length)
                chunks = update[run.start : run.stop].reshape(run.count, run.length)
                np.put_along_axis(chunks, chosen, part.reshape(run.count, run.kept), axis=1)
        return update

    def _tensors(self) -> list[list[Run]]:
        tensors: list[list[Run]] = []
        start = 0
        for shape in self.layout.shapes:
            entries = math.prod(shape)
            whole, rest = divmod(entries, CHUNK)
            runs = [Run(start, whole, CHUNK, self._kept(CHUNK))] if whole else []
            if rest:
                runs.append(Run(start + whole * CHUNK, 1, rest, self._kept(rest)))
            tensors.append(runs)
            start += entries
        return tensors

    def _kept(self, length: int) -> int:
        return max(1, round(self.density * length))

    def _sizes(self) -> list[int]:
        sizes: list[int] = []
        for runs in self._tensors():
            sizes += [4 * two_bit.LEVELS, bits.packed_size(_sent(runs), 2)]
            sizes += [bits.packed_size(run.count * run.kept, index_width(run.length)) for run in runs]
        return sizes


def _sent(runs: list[Run]) -> int:
    return sum(run.count * run.kept for run in runs)


def _decode_values(levels: bytes, codes: bytes, count: int) -> npt.NDArray[np.float32]:
    table = np.frombuffer(levels, dtype="<f4").astype(np.float32)
    if not np.isfinite(table).all():
        raise NotFinite(f"level {int(np.argmin(np.isfinite(table)))} is not finite")
    return table[bits.unpack(codes, 2, count)]

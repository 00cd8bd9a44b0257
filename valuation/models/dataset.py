"""A labelled data set, its digest, and how it is split: everybody has to measure on the very same numbers."""

import hashlib
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from valuation import seeds


class Dataset(NamedTuple):
    """Samples and their labels.

    `x` is float32 (s, features), `y` int64 (s,).

    >>> Dataset(np.zeros((3, 2), dtype=np.float32), np.array([0, 1, 0])).y.tolist()
    [0, 1, 0]
    """

    x: npt.NDArray[np.float32]
    y: npt.NDArray[np.int64]

    def take(self, indices: npt.NDArray[np.int64]) -> "Dataset":
        """Return the samples at `indices`, int64 (m,).

        >>> Dataset(np.zeros((3, 2), dtype=np.float32), np.array([5, 6, 7])).take(np.array([2, 0])).y.tolist()
        [7, 5]
        """
        return Dataset(self.x[indices], self.y[indices])


def digest(dataset: Dataset) -> str:
    """Return the hex sha256 of a data set: a line with the shapes, then float32 and int64, little-endian.

    >>> digest(Dataset(np.zeros((1, 1), dtype=np.float32), np.zeros(1, dtype=np.int64)))[:16]
    'ab06d3919c1840e1'
    """
    head = f"weighhouse/dataset/1 x={dataset.x.shape} y={dataset.y.shape}\n".encode("ascii")
    body = dataset.x.astype("<f4").tobytes() + dataset.y.astype("<i8").tobytes()
    return hashlib.sha256(head + body).hexdigest()


def split(dataset: Dataset, seed: bytes, validation: int) -> tuple[Dataset, Dataset]:
    """Return the training part, and a random validation part of `validation` samples.

    Raises:
        InputError: the seed is empty, or there are fewer samples.

    >>> whole = Dataset(np.zeros((3, 2), dtype=np.float32), np.array([5, 6, 7]))
    >>> [part.y.tolist() for part in split(whole, bytes(32), validation=1)]
    [[6, 7], [5]]
    """
    chosen = np.zeros(len(dataset.y), dtype=np.bool_)
    chosen[seeds.subset(seed, "validation", len(dataset.y), validation)] = True
    return dataset.take(np.flatnonzero(~chosen)), dataset.take(np.flatnonzero(chosen))

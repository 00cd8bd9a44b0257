"""Text that is always at hand: Python's own language reference, as the standard library's help pages hold it.

A sample is sixteen characters, and its label is the next one. Whoever has another version of Python has
another text; the digest in a mechanism tells.
"""

from functools import cache
from pydoc_data import topics

import numpy as np
import numpy.typing as npt

from valuation import seeds
from valuation.models.dataset import Dataset

ALPHABET = " abcdefghijklmnopqrstuvwxyz0123456789.,:()'\"_=*\n"
"""The characters that are told apart; capitals count as small letters, all others as spaces."""

CONTEXT = 16
TRAIN, VALIDATION = 4096, 2048
_SEED = b"weighhouse/topics/1"
_HELD_OUT = 10


def text() -> str:
    """Return the whole text in the alphabet, topics in the order of their names.

    >>> set(text()) <= set(ALPHABET)
    True
    """
    pages = "\n".join(page for _, page in sorted(topics.topics.items()))
    return "".join(character if character in ALPHABET else " " for character in pages.lower())


@cache
def train_and_validation() -> tuple[Dataset, Dataset]:
    """Return 4,096 samples to train on and 2,048 to measure on, read-only, from parts that do not overlap.

    Inputs are float32 (s, 16), the characters' numbers; the last tenth of the text is for measuring.

    >>> train, validation = train_and_validation()
    >>> train.x.shape, len(validation.y)
    ((4096, 16), 2048)
    """
    number = {character: place for place, character in enumerate(ALPHABET)}
    codes = np.array([number[character] for character in text()], dtype=np.int64)
    cut = len(codes) - len(codes) // _HELD_OUT
    parts = (
        _samples(codes[:cut], "train", TRAIN),
        _samples(codes[cut:], "validation", VALIDATION),
    )
    for array in (*parts[0], *parts[1]):
        array.setflags(write=False)
    return parts


def _samples(codes: npt.NDArray[np.int64], label: str, count: int) -> Dataset:
    starts = seeds.subset(_SEED, label, len(codes) - CONTEXT, count)
    windows = codes[starts[:, None] + np.arange(CONTEXT + 1)]
    return Dataset(windows[:, :CONTEXT].astype(np.float32), windows[:, CONTEXT].copy())

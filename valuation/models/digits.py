"""Real data that is always at hand: scikit-learn's 1,797 handwritten digits of 8 x 8 pixels.

E. Alpaydin and C. Kaynak, "Optical recognition of handwritten digits", UCI repository, 1998 (its test set).
"""

from functools import cache

import numpy as np

from valuation.errors import WeighhouseError
from valuation.models.dataset import Dataset, split

SPLIT_SEED = b"weighhouse/digits/1"
VALIDATION = 597


class MissingExtraError(WeighhouseError, ImportError):
    """An optional package is needed; the message says how to install it."""


def load() -> Dataset:
    """Return the digits: pixels scaled to 0 .. 1, float32 (1797, 64), and labels 0 .. 9, int64 (1797,).

    Raises:
        MissingExtraError: scikit-learn is not installed.

    >>> load().x.shape
    (1797, 64)
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise MissingExtraError(
            "the digits come with scikit-learn: pip install 'weighhouse[demo]'"
        ) from error
    pixels, labels = load_digits(return_X_y=True)
    # Pixels are whole numbers up to 16, so the division is exact.
    return Dataset((pixels / 16).astype(np.float32), labels.astype(np.int64))


@cache
def train_and_validation() -> tuple[Dataset, Dataset]:
    """Return the 1,200 samples to train on and the 597 to measure on, read-only; they never change.

    Raises:
        MissingExtraError: scikit-learn is not installed.

    >>> [len(part.y) for part in train_and_validation()]
    [1200, 597]
    """
    parts = split(load(), SPLIT_SEED, VALIDATION)
    for array in (*parts[0], *parts[1]):
        array.setflags(write=False)
    return parts

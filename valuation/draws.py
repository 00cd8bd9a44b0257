"""Random orders and seeds that a generator gives on every version of NumPy.

NumPy promises the bits of a bit generator, not what `Generator` makes of them: how `permutation`, `permuted`
or `integers` consume them may change from version to version. A uniform double is the top 53 bits of a word,
divided by 2^53, in all of them; so everything that is valued draws its doubles and sorts them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def random_orders(rng: np.random.Generator, count: int, n: int) -> npt.NDArray[np.intp]:
    """Return random orders of n items, (count, n): entry [j, t] is the item that comes t-th in order j.

    >>> np.sort(random_orders(np.random.default_rng(0), 2, 3), axis=1).tolist()
    [[0, 1, 2], [0, 1, 2]]
    """
    return np.argsort(rng.random((count, n)), axis=1, kind="stable")


def random_order(rng: np.random.Generator, n: int) -> npt.NDArray[np.intp]:
    """Return one random order of n items, (n,).

    >>> sorted(random_order(np.random.default_rng(0), 3).tolist())
    [0, 1, 2]
    """
    return np.asarray(random_orders(rng, 1, n)[0])


def random_seed(rng: np.random.Generator) -> int:
    """Return the top 53 bits of the generator's next word, to seed others with.

    >>> 0 <= random_seed(np.random.default_rng(0)) < 2**53
    True
    """
    return int(rng.random() * 2**53)

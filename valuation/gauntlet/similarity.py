"""How alike the updates of a round are in what they send: the positions of a sparse update are a fingerprint.

Adding noise to a copied update changes its values, not which of its entries are large. Two honest peers
agree on some positions too, and on all of them where updates are dense: so an overlap counts only beyond
what chance would give, and only where updates are sparse.
"""

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.integrity.geometry import Updates, gram


def overlaps(updates: Updates, densest: float = 1.0, fewest: int = 1) -> npt.NDArray[np.float64]:
    """Return the overlap of the sent positions of every two updates, float64 (n, n), from 0 to 1. O(n^2 d).

    It is (o - p) / (1 - p), where o is the share of the shorter update's positions that the other one has
    too and p, the share expected by chance, is the longer update's density. Dense updates overlap by 0.

    Args:
        updates: The decoded updates, (n, d); what is zero was not sent.
        densest: Updates that send a larger share of their entries overlap with none.
        fewest: Neither do those that send fewer entries.

    Raises:
        InputError: the updates are no matrix.

    >>> updates = np.eye(4)[[0, 0, 1]] + np.eye(4)[[2, 2, 2]]
    >>> overlaps(updates).tolist()
    [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    if updates.ndim != 2 or updates.shape[1] == 0:
        raise InputError(f"updates of shape {updates.shape}, expected (n, d)")
    # Sums of ones, which are exact in any order.
    common = gram((updates != 0).astype(np.float32))
    counts = np.diag(common)
    shorter = np.minimum(counts[:, None], counts[None, :])
    chance = np.maximum(counts[:, None], counts[None, :]) / updates.shape[1]
    share = np.divide(common, shorter, out=np.zeros(common.shape), where=shorter > 0)
    beyond = np.divide(share - chance, 1.0 - chance, out=np.zeros(common.shape), where=chance < 1)
    comparable = (chance <= densest) & (shorter >= fewest)
    return np.asarray(np.where(comparable, np.maximum(beyond, 0.0), 0.0))


def closest_earlier(
    similarity: npt.NDArray[np.float64], committed: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return which earlier update each one is most like, int64 (n,), and how much, float64 (n,).

    The order of the commitments on chain says who was first, and nothing else does: nobody can be framed by a
    later look-alike. The first of all is like nobody: 0, and position -1.

    Args:
        similarity: Of every two updates, float64 (n, n), not negative.
        committed: The place of each commitment in the order of the chain, int64 (n,), all different.

    Raises:
        InputError: the shapes do not fit, or two commitments have the same place.

    >>> closest_earlier(np.array([[1.0, 0.9], [0.9, 1.0]]), np.array([7, 3]))
    (array([ 1, -1]), array([0.9, 0. ]))
    """
    n = committed.size
    if similarity.shape != (n, n) or np.unique(committed).size != n:
        raise InputError(f"similarities {similarity.shape} need as many different places, not {committed}")
    earlier = np.where(committed[None, :] < committed[:, None], similarity, -1.0)
    if n == 0:
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    closest = earlier.argmax(axis=1)
    likeness = earlier[np.arange(n), closest]
    return np.where(likeness < 0, -1, closest), np.maximum(likeness, 0.0)

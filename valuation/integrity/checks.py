"""The cheap checks that an update has to pass before anybody spends time on measuring it.

They look at all updates of a round at once: a copy can only be told from its original by comparing the two.
The order of the commitments on chain decides which one is the original, since nobody can see an update
before the commitments are closed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.integrity.clipping import usual_norm
from valuation.integrity.geometry import gram


@dataclass(frozen=True)
class Rejection:
    """Why an update is not measured.

    Args:
        reason: A short code: "not-finite", "zero-update", "norm-too-large", "duplicate" or "unproven".
        detail: The figures, for people.

    >>> Rejection("zero-update", "every entry is zero").reason
    'zero-update'
    """

    reason: str
    detail: str


def check(
    updates: npt.NDArray[np.float32],
    committed: Sequence[int],
    *,
    max_norm: float,
    duplicate_cosine: float,
    norm_ratio: float = math.inf,
    names: Sequence[str] | None = None,
) -> tuple[Rejection | None, ...]:
    """Check the updates of a round, float32 (n, d); return a rejection or None for each.

    An update is a duplicate when its cosine with any finite, non-zero update that was committed earlier
    reaches `duplicate_cosine`, whether that one was itself accepted or not: a copy of a copy is no better,
    and scaling a copy does not help. The first commitment of all is never a duplicate. O(n^2 d) time in one
    blocked matrix product, O(n^2) memory.

    Args:
        updates: One row a peer.
        committed: The position of each peer's commitment in the order of the chain, (n,), all different.
        max_norm: The largest Euclidean norm that is accepted.
        duplicate_cosine: The cosine from which two updates count as the same, above 0.
        norm_ratio: How many times the round's usual norm (`clipping.usual_norm`) a norm may be at most.
        names: What to call the peers in a rejection's detail, (n,); their rows in the matrix if not given.

    Raises:
        InputError: the updates are no matrix, the positions or names do not fit, a position repeats, or a
            limit is not positive.

    >>> updates = np.array([[1, 0], [2, 0], [0, 0], [0, 9]], dtype=np.float32)
    >>> for found in check(updates, committed=[1, 0, 2, 3], max_norm=5.0, duplicate_cosine=0.99):
    ...     print(found.reason if found else "accepted")
    duplicate
    accepted
    zero-update
    norm-too-large
    """
    if updates.ndim != 2:
        raise InputError(f"updates of shape {updates.shape}, expected (n, d)")
    if len(committed) != len(updates) or len(set(committed)) != len(committed):
        raise InputError(f"{len(updates)} updates need as many different positions, not {list(committed)}")
    if not max_norm > 0 or not duplicate_cosine > 0 or not norm_ratio > 0:
        raise InputError(f"limits must be positive, not {max_norm}, {duplicate_cosine} and {norm_ratio}")
    called = [f"in row {row}" for row in range(len(updates))] if names is None else names
    if len(called) != len(updates):
        raise InputError(f"{len(updates)} updates, but {len(called)} names")
    if not len(updates):
        return ()
    finite = np.asarray(np.isfinite(updates).all(axis=1))
    products = gram(updates if finite.all() else np.where(finite[:, None], updates, 0))
    norms = np.sqrt(np.diagonal(products))
    limit = min(max_norm, norm_ratio * usual_norm(norms)) if norms.any() else max_norm
    original, cosine = _closest_earlier(products, norms, np.asarray(committed))
    return tuple(
        _verdict(finite[i], norms[i], called[original[i]], cosine[i], limit, duplicate_cosine)
        for i in range(len(updates))
    )


def _closest_earlier(
    products: npt.NDArray[np.float64], norms: npt.NDArray[np.float64], committed: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return which earlier update is most like each one, int64 (n,), and the cosine; -inf without one."""
    # An update of zeros, or one that is not finite, has the cosine 0 with any other.
    scale = np.where(norms > 0, norms, 1)
    cosines = products / scale[:, None] / scale[None, :]
    cosines = np.where(committed[None, :] < committed[:, None], cosines, -np.inf)
    closest = cosines.argmax(axis=1)
    return closest, cosines[np.arange(len(cosines)), closest]


def _verdict(
    finite: bool, norm: float, original: str, cosine: float, max_norm: float, duplicate_cosine: float
) -> Rejection | None:
    if not finite:
        return Rejection("not-finite", "an entry is NaN or infinite")
    if norm == 0:
        return Rejection("zero-update", "every entry is zero")
    if norm > max_norm:
        return Rejection("norm-too-large", f"norm {norm:.6g}, the limit is {max_norm:.6g}")
    if cosine >= duplicate_cosine:
        return Rejection("duplicate", f"cosine {cosine:.6f} with the earlier update {original}")
    return None

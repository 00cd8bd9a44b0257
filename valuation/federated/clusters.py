"""Look-alikes: which updates of a round are so similar that they may be one trainer's under several names."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.federated.round import Round
from valuation.integrity.geometry import cosines, exact_gram

SIMILAR = 0.9
"""Updates of honest peers with data of the same distribution seldom reach this cosine."""


def clusters(round: Round, similarity: float) -> npt.NDArray[np.int64]:
    """Return the number of each peer's cluster, int64 (n,), from 0 in the order of the first members.

    Two peers are in one cluster if a chain of updates links theirs, each with at least that cosine to the
    next. Every machine finds the same. O(n^2 d).

    Raises:
        InputError: the similarity is not above 0 and up to 1.

    >>> updates = np.array([[1, 0], [0, 1], [2, 0]], dtype=np.float32)
    >>> round = Round(("a", "b", "c"), updates, np.zeros(2, np.float32), lambda params: params[:, 0], 1.0)
    >>> clusters(round, similarity=0.9).tolist()
    [0, 1, 0]
    """
    if not 0 < similarity <= 1:
        raise InputError(f"a similarity is a cosine above 0 and up to 1, not {similarity}")
    linked = cosines(exact_gram(round.updates)) >= min(similarity, 1 - 1e-9)
    np.fill_diagonal(linked, True)
    n = len(linked)
    found = np.arange(n)
    for _ in range(n):
        nearest = np.where(linked, found[None, :], n).min(axis=1)
        if (nearest == found).all():
            break
        found = nearest
    return np.unique(found, return_inverse=True)[1].astype(np.int64)

"""The Flag aggregator: the subspace that most updates lie in, and how much of each update lies in it.

H. Almasi, H. Mishra, B. Vamanan, S. N. Ravi, "Flag Aggregator: scalable distributed training under failures
and augmented losses using convex optimization", ICLR 2024. The flag median is found by iteratively reweighted
least squares; everything is done on the n by n inner products, so the cost in d is that of one Gram matrix.
The problem is not convex: starting from the subspace that keeps most of all updates, not from a random one,
makes the result the same every time.
"""

from dataclasses import dataclass

import numpy as np

from valuation.errors import InputError
from valuation.integrity.geometry import Floats, Updates, cosines, gram, weighted_sum

_EPSILON = 1e-7


@dataclass(frozen=True)
class Flag:
    """A subspace of the span of a round's updates.

    Args:
        coordinates: The subspace's orthonormal basis in terms of the normalised updates, float64 (n, r).
        ratios: The share of each update's squared length that lies in the subspace, float64 (n,) in [0, 1];
            a trust score. A zero update has none.
    """

    coordinates: Floats
    ratios: Floats


def flag_median(
    updates: Updates,
    dimension: int,
    *,
    pairwise: float = 0.0,
    iterations: int = 200,
    tolerance: float = 1e-10,
) -> Flag:
    """Return the subspace that minimises the sum of distances to the normalised updates. O(n^2 d + n^3).

    Distances, not squared distances: so an update that points elsewhere does not turn the subspace.

    Args:
        updates: The round's updates, (n, d).
        dimension: Dimension of the subspace (r), at most n.
        pairwise: How much the distances to the differences of updates count besides (lambda).
        iterations: The most refinements.
        tolerance: Stop when no ratio changes by more.

    Raises:
        InputError: the updates are not a finite matrix, all are zero, or an argument is out of range.

    >>> updates = np.array([[1, 0.1, 0], [1, -0.1, 0], [1, 0, 0.1], [-0.2, 0, 5]])
    >>> flag_median(updates, dimension=1).ratios.round(6).tolist()
    [0.986564, 0.986564, 0.998411, 0.000392]
    """
    cosine = cosines(gram(updates))
    n = len(cosine)
    rank = int(np.linalg.matrix_rank(cosine, hermitian=True))
    if not 1 <= dimension <= rank:
        raise InputError(f"the updates span {rank} dimensions, a subspace of {dimension} is not among them")
    if pairwise < 0 or iterations < 1 or tolerance < 0:
        raise InputError("pairwise and tolerance are not negative, and there is at least one iteration")
    pair_share = pairwise / (n * (n - 1)) if n > 1 else 0.0
    lengths = np.diag(cosine)
    apart = np.maximum(lengths[:, None] + lengths[None, :] - 2 * cosine, 0.0)
    root = _root(cosine)
    weights, links = np.ones(n), np.full((n, n), pair_share)
    ratios = np.full(n, np.inf)
    for _ in range(iterations):
        basis = _basis(root, weights, links, dimension)
        shadows = basis @ (basis.T @ root)
        inside = np.sum(root * shadows, axis=0)
        outside = np.sqrt(np.maximum(lengths - inside, 0.0))
        crossed = inside[:, None] + inside[None, :] - 2 * (root.T @ shadows)
        split = np.sqrt(np.maximum(apart - crossed, 0.0))
        last, ratios = ratios, np.clip(inside, 0.0, 1.0)
        if np.abs(ratios - last).max() < tolerance:
            break
        weights = 1.0 / np.sqrt(outside**2 + _EPSILON)
        links = pair_share / np.sqrt(split**2 + _EPSILON)
    return Flag(np.linalg.pinv(root, rcond=_EPSILON) @ basis, ratios)


def flag(updates: Updates, dimension: int) -> Floats:
    """Return the mean of the updates' directions within the flag median, float64 (d,).

    It is scaled to the median of the updates' lengths, so that nobody's length decides the step.

    Raises:
        InputError: see `flag_median`.

    >>> updates = np.array([[1, 0.1, 0], [1, -0.1, 0], [1, 0, 0.1], [-0.2, 0, 5]])
    >>> np.abs(flag(updates, dimension=1)).round(2).tolist()
    [0.75, 0.0, 0.05]
    """
    return weighted_sum(flag_weights(updates, dimension), updates)


def flag_weights(updates: Updates, dimension: int) -> Floats:
    """Return the weights, float64 (n,), by which `flag` sums the updates (n, d).

    Raises:
        InputError: see `flag_median`.
    """
    products = gram(updates)
    lengths = np.sqrt(np.diag(products))
    found = flag_median(updates, dimension)
    # Y Y^T sum(x) in terms of the normalised updates: their Gram matrix is all that is needed.
    mixture = found.coordinates @ (found.coordinates.T @ cosines(products).sum(axis=1)) / lengths.size
    return np.asarray(mixture * np.median(lengths) / np.where(lengths > 0, lengths, 1.0))


def _root(cosine: Floats) -> Floats:
    """Return the updates in n dimensions: columns (n, n) whose inner products are `cosine`."""
    values, vectors = np.linalg.eigh(cosine)
    return np.asarray(np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T)


def _basis(root: Floats, weights: Floats, links: Floats, dimension: int) -> Floats:
    """Return the orthonormal (n, r) that keeps most of the weighted columns and linked differences."""
    laplacian = np.diag(weights + links.sum(axis=1)) - links
    _, vectors = np.linalg.eigh(root @ laplacian @ root.T)
    return np.asarray(vectors[:, -dimension:])

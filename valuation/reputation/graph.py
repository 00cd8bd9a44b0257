"""Feedback as a graph: who vouches for whom, and how much.

Walks on it choose their next step in proportion to weight. Both ways of computing a reputation, by linear
algebra and by walking, start from the same checked transition probabilities.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse

from valuation.errors import InputError

Floats: TypeAlias = npt.NDArray[np.float64]
Nodes: TypeAlias = npt.NDArray[np.int64]
Graph: TypeAlias = sparse.csr_array[np.float64]
"""Sparse float64 (n, n): entry i, j is how much i vouches for j; canonical, without zeros."""


def feedback_graph(n: int, sources: npt.ArrayLike, targets: npt.ArrayLike, weights: npt.ArrayLike) -> Graph:
    """Return the graph of n nodes with the given edges; equal edges are added up. O(n + edges).

    Args:
        n: Number of nodes.
        sources: Who vouches, whole numbers (m,).
        targets: For whom, whole numbers (m,).
        weights: How much, (m,), positive and finite.

    Raises:
        InputError: the arrays differ in length, a node does not exist, or a weight is not positive and
            finite.

    >>> feedback_graph(2, [0, 0], [1, 1], [1.0, 2.0]).toarray().tolist()
    [[0.0, 3.0], [0.0, 0.0]]
    """
    ends = np.stack([_nodes(sources), _nodes(targets)])
    amounts = np.asarray(weights, dtype=np.float64)
    if amounts.shape != ends.shape[1:]:
        raise InputError(f"{ends.shape[1]} edges need as many weights, not {amounts.shape}")
    if n < 1 or (ends.size and not 0 <= ends.min() <= ends.max() < n):
        raise InputError(f"an edge names a node outside 0 to {n - 1}")
    if not ((amounts > 0) & (amounts < np.inf)).all():
        raise InputError("the weight of an edge is positive and finite")
    return sparse.csr_array(sparse.coo_array((amounts, (ends[0], ends[1])), shape=(n, n)))


def check_graph(graph: Graph, seed: int) -> int:
    """Return the number of nodes of a graph whose weights are positive and whose seed exists.

    Raises:
        InputError: the matrix is not square, a weight is not positive and finite, or the seed no node.

    >>> check_graph(feedback_graph(2, [0], [1], [1.0]), seed=1)
    2
    """
    n, columns = graph.shape
    if n != columns or n < 1:
        raise InputError(f"a graph is a square matrix, not {n} by {columns}")
    if not ((graph.data > 0) & (graph.data < np.inf)).all():
        raise InputError("the weight of an edge is positive and finite")
    if not 0 <= seed < n:
        raise InputError(f"the seed {seed} is not among the {n} nodes")
    return int(n)


def transitions(graph: Graph) -> Graph:
    """Return the probabilities, sparse (n, n), of each next step.

    Rows of nodes that vouch for nobody are empty.

    >>> transitions(feedback_graph(3, [0, 0], [1, 2], [1.0, 3.0])).toarray()[0].tolist()
    [0.0, 0.25, 0.75]
    """
    degrees = np.diff(graph.indptr)
    sums = np.add.reduceat(np.append(graph.data, 0.0), np.minimum(graph.indptr[:-1], graph.nnz))
    shares = graph.data / np.repeat(sums, degrees)
    return sparse.csr_array((shares, graph.indices, graph.indptr), shape=graph.shape)


def _nodes(values: npt.ArrayLike) -> Nodes:
    array = np.asarray(values)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise InputError(f"nodes are whole numbers (m,), not {array.dtype} {array.shape}")
    return array.astype(np.int64)

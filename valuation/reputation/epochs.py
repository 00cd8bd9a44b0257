"""Epoch decay: feedback that fades, and why it is no defence against Sybils.

Letting old feedback count for less keeps a ranking current. It also takes away what an attacker had earned
honestly, while the fresh feedback among its Sybils keeps its weight, so that their gain rises to its bound.
"""

import warnings
from collections.abc import Sequence

from scipy import sparse

from valuation.errors import InputError
from valuation.reputation.graph import Graph, check_graph

MEASURED = (
    "epoch decay raises the gain of Sybils: of 50 in a path behind one attacker on 51 weeks of MakerDAO's "
    "scores (transitivity decay 0.2) from 3.68 to 3.84 times the attacker's reputation at 2 % a week, and to "
    "3.99, next to the bound of 4, at 10 % (benchmarks/reputation.py)"
)
"""The warning, with what the benchmark measured."""


class EpochDecayWarning(UserWarning):
    """Epoch decay was asked for; it raises what Sybils gain."""


def fade(epochs: Sequence[Graph], epoch_decay: float) -> Graph:
    """Return the feedback of all epochs as one graph in which each epoch counts less than the next.

    Args:
        epochs: The feedback given in each epoch, sparse (n, n), oldest first.
        epoch_decay: The part of its weight that feedback loses in an epoch (1 - theta), in [0, 1); 0 loses
            nothing.

    Raises:
        InputError: there is no epoch, the graphs differ in size, or the decay is out of range.

    >>> from valuation.reputation.graph import feedback_graph
    >>> old, new = feedback_graph(2, [0], [1], [8.0]), feedback_graph(2, [0], [1], [1.0])
    >>> fade([old, new], epoch_decay=0.0).toarray().tolist()
    [[0.0, 9.0], [0.0, 0.0]]
    """
    if not epochs or not 0 <= epoch_decay < 1:
        raise InputError(f"{len(epochs)} epochs and an epoch decay of {epoch_decay} are not to be added up")
    if len({graph.shape for graph in epochs}) > 1:
        raise InputError("the graphs of all epochs need the same nodes")
    for graph in epochs:
        check_graph(graph, seed=0)
    if epoch_decay > 0:
        warnings.warn(MEASURED, EpochDecayWarning, stacklevel=2)
    ages = range(len(epochs) - 1, -1, -1)
    faded = [graph * (1.0 - epoch_decay) ** age for graph, age in zip(epochs, ages, strict=True)]
    total = sparse.csr_array(sum(faded[1:], start=faded[0]))
    # Feedback that has faded below the smallest number is gone.
    total.eliminate_zeros()
    return total

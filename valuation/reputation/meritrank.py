"""MeritRank: reputation as the chance that a walk of trust gets to somebody, bounded against Sybils.

B. Nasrulin, G. Ishmaev, J. Pouwelse, "MeritRank: Sybil tolerant reputation for merit-based tokenomics",
BRAINS 2022. A walk starts at a seed, follows feedback, and ends at each step with the transitivity decay.
All that a Sybil region earns comes through its attacker, and after the attacker a walk takes (1 - decay) /
decay more steps on average: no number of Sybils gains more than that, in units of the attacker's own
reputation. Connectivity decay cuts those whom walks reach through a single bridge.

This file computes it exactly by one linear solve, for graphs of up to a few thousand nodes;
`valuation.reputation.walks` samples it for large ones.
"""

import numpy as np

from valuation.errors import InputError
from valuation.reputation.graph import Floats, Graph, Nodes, check_graph, transitions

MAX_EXACT = 4000
"""The most nodes of an exact solve: 128 MB a matrix, of which there are a few."""

_ROUNDING = 1e-9


def check_decays(transitivity: float, connectivity: float, threshold: float) -> None:
    """Raise `InputError` unless the decays are in (0, 1) and [0, 1), and the threshold in (0, 1].

    >>> check_decays(0.15, 0.0, 1.0)
    """
    if not (0 < transitivity < 1 and 0 <= connectivity < 1 and 0 < threshold <= 1):
        raise InputError(
            f"transitivity decay {transitivity} in (0, 1), connectivity decay {connectivity} in [0, 1) "
            f"and threshold {threshold} in (0, 1] are needed"
        )


def meritrank(
    graph: Graph,
    seed: int,
    *,
    transitivity_decay: float = 0.15,
    connectivity_decay: float = 0.0,
    threshold: float = 1.0,
) -> Floats:
    """Return each node's reputation as seen by the seed, float64 (n,) in [0, 1]; the seed's own is 1. O(n^3).

    Args:
        graph: The feedback, sparse (n, n).
        seed: Whose view it is.
        transitivity_decay: The chance that a walk ends at each step (alpha), in (0, 1).
        connectivity_decay: The part that those lose who are reached over a bridge (beta), in [0, 1).
        threshold: The share of the walks to somebody that pass one node, from which that node is a bridge.

    Raises:
        InputError: the graph is malformed or has more than `MAX_EXACT` nodes, or a decay is out of range.

    >>> from valuation.reputation.graph import feedback_graph
    >>> meritrank(feedback_graph(3, [0, 0, 1], [1, 2, 2], [1.0, 1.0, 1.0]), seed=0).round(5).tolist()
    [1.0, 0.425, 0.78625]
    """
    n = check_graph(graph, seed)
    check_decays(transitivity_decay, connectivity_decay, threshold)
    reach = _reach(graph, n, transitivity_decay)
    if connectivity_decay == 0:
        return np.asarray(reach[seed])
    return cut_bridges(reach[seed], _through(reach, seed), connectivity_decay, threshold)


def cut_bridges(reputation: Floats, bridges: Floats, connectivity_decay: float, threshold: float) -> Floats:
    """Return reputations, float64 (n,), with those cut that are reached over a bridge.

    Args:
        reputation: The chance of reaching each node, float64 (n,).
        bridges: The largest part of that chance that passes one other node, float64 (n,).
        connectivity_decay: The part that is lost (beta).
        threshold: The share from which a node is a bridge.

    >>> cut_bridges(np.array([1.0, 0.5, 0.5]), np.array([0.0, 0.5, 0.2]), 0.9, 1.0).round(3).tolist()
    [1.0, 0.05, 0.5]
    """
    share = np.divide(bridges, reputation, out=np.zeros_like(bridges), where=reputation > 0)
    cut = share >= threshold - _ROUNDING
    return np.where(cut, (1.0 - connectivity_decay) * bridges, reputation)


def sybil_gain(reputation: Floats, attacker: int, sybils: Nodes) -> float:
    """Return the Sybils' reputation altogether in units of the attacker's.

    Raises:
        InputError: the attacker has no reputation to multiply.

    >>> sybil_gain(np.array([1.0, 0.5, 0.25, 0.125]), attacker=1, sybils=np.array([2, 3]))
    0.75
    """
    if reputation[attacker] <= 0:
        raise InputError(f"the attacker {attacker} has no reputation")
    return float(reputation[sybils].sum() / reputation[attacker])


def _reach(graph: Graph, n: int, decay: float) -> Floats:
    """Return the chance, float64 (n, n), that a walk from i ever visits j.

    G = (I - c P)^-1 counts expected visits, and every first visit to j is followed by G_jj of them on
    average.
    """
    if n > MAX_EXACT:
        raise InputError(f"{n} nodes are too many for an exact solve, the limit is {MAX_EXACT}: use walks")
    visits = np.linalg.inv(np.eye(n) - (1.0 - decay) * transitions(graph).toarray())
    return np.asarray(visits / np.diag(visits))


def _through(reach: Floats, seed: int) -> Floats:
    """Return the largest chance, float64 (n,), of reaching each node by way of one other node.

    Walks reach x before g with chance a and g before x with chance b, where reach_x = a + b reach_gx and
    reach_g = b + a reach_xg; solved for a.
    """
    again = reach * reach.T
    np.fill_diagonal(again, 0.0)
    through = (reach[seed][:, None] - reach[seed][None, :] * reach.T) / (1.0 - again) * reach
    np.fill_diagonal(through, 0.0)
    through[seed], through[:, seed] = 0.0, 0.0
    return np.asarray(through.max(axis=0))

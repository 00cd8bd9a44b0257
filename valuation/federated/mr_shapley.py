"""MR-Shapley: every coalition's model is rebuilt in every round, and the rounds' exact Shapley values add up.

phi_i = sum over rounds and over S with i of (v(S) - v(S without i)) / (n C(n - 1, |S| - 1)). Song, Tong and
Wei, "Profit allocation for federated learning" (IEEE Big Data 2019), the multi-round variant, as in the
library of the Proof-of-Contribution authors. It is the baseline that GTG-Shapley truncates; like it, it has
no place for peers who miss a round. Where they do, use `fedsv`.
"""

from __future__ import annotations

from collections.abc import Sequence

from valuation.federated.assumptions import Assumptions
from valuation.federated.fedsv import MOST_EXACT, exact_round
from valuation.federated.history import value_each_round
from valuation.federated.method import MethodSpec
from valuation.federated.round import Round
from valuation.result import Valuation

ASSUMPTIONS = Assumptions(method="mr-shapley", full_participation=True, maximum_peers=MOST_EXACT)


def mr_shapley(rounds: Sequence[Round]) -> Valuation:
    """Return the multi-round Shapley values in nats, exact; 2^n evaluations a round.

    Raises:
        InputError: there is no round.
        AssumptionError: a peer misses a round, or there are more than 16.
        GameError: the loss answered badly.

    >>> import numpy as np
    >>> round = Round(("a", "b"), np.eye(2, dtype=np.float32), np.zeros(2, dtype=np.float32),
    ...               lambda params: params @ np.array([1.0, 3.0]), learning_rate=1.0)
    >>> mr_shapley([round, round]).values.tolist()
    [0.0, 4.0]
    """
    return value_each_round(rounds, exact_round, ASSUMPTIONS)


METHOD = MethodSpec(
    function=mr_shapley, assumptions=ASSUMPTIONS, paper="Song et al., IEEE Big Data 2019; 2302.14031"
)

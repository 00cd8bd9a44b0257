"""What the court is told of a mechanism: the few numbers by which it can check scores and payouts."""

from __future__ import annotations

from functools import lru_cache

from chain.contracts.types import NO_RULES, Mode, Rules
from chain.encoding import DESIGN
from chain.trees import IndexTree, index_tree
from valuation.designs import IntegerDesign
from valuation.mechanism import PROVABLE_POWERS, max_peers
from valuation.problem import Problem

_MODES = {
    "shapley-exact": Mode.EXACT,
    "shapley-sampled": Mode.SAMPLED,
    "shapley-design": Mode.DESIGN,
    "loss-delta": Mode.LOSS_DELTA,
}


def rules_of(problem: Problem) -> Rules:
    """The rules of a mechanism; `NO_RULES` when no contract computes its payouts: odd powers, a Gauntlet's.

    Example:
        >>> from valuation.mechanism import default_mechanism
        >>> from valuation.problem import problem_of
        >>> rules = rules_of(problem_of(default_mechanism(method="shapley-sampled")))
        >>> rules.mode.name, rules.max_peers, rules.draws
        ('SAMPLED', 256, 200)
    """
    mechanism, design = problem.mechanism, problem.design
    if mechanism.gauntlet is not None or mechanism.reward.power not in PROVABLE_POWERS:
        return NO_RULES
    parameters = mechanism.method.parameters
    mode = _MODES.get(mechanism.method.name, Mode.REPORTED)
    draws = {Mode.SAMPLED: "permutations", Mode.DESIGN: "coalitions"}.get(mode)
    return Rules(
        mode=mode,
        max_peers=max_peers(mechanism),
        draws=int(parameters[draws]) if draws else 0,
        scale=design.scale if design else 0,
        design_root=design_tree(design).root if design else bytes(32),
        evaluator_share=mechanism.evaluator_share,
        power=int(mechanism.reward.power),
        tolerance=mechanism.tolerance,
        outer_tolerance=mechanism.outer_tolerance,
    )


# Hundreds of thousands of hashes, for a design that does not change.
@lru_cache(maxsize=2)
def design_tree(design: IntegerDesign) -> IndexTree:
    """The tree over a design's weights, player by player."""
    return index_tree(DESIGN, 0, design.weights.ravel().tolist())

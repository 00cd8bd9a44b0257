"""Banzhaf values by maximum sample reuse: every measured coalition serves every player.

Coalitions are drawn uniformly; a player's value is the mean utility of those with the player less that of
those without (Wang and Jia 2022, 2205.15466, section 4.3). Each coalition is measured with its complement, so
that both means are over as many coalitions, and what is common to a coalition and its complement cancels.
Of all semivalues this one changes its order of players the least under noisy utilities (their theorem 4).
"""

from __future__ import annotations

import numpy as np

from valuation.shapley.run import Estimate, Run

_ROWS = 8192


def minimum(n: int) -> int:  # noqa: ARG001, a method's least budget is a function of the players
    """Return the least budget: nobody, everybody, and one coalition with its complement."""
    return 4


def estimate_banzhaf_by_sample_reuse(run: Run) -> Estimate:
    """Estimate Banzhaf values from uniform coalitions and their complements."""
    generator = run.generator("banzhaf")
    sums, squares, count = np.zeros(run.n), 0.0, 0

    def conclude() -> Estimate:
        values = sums / count
        # Each sample is the difference or its negative, so that its square is the same for every player.
        spread = np.maximum(squares / count - values**2, 0.0)
        errors = np.sqrt(spread / (count - 1)) if count > 1 else np.full(run.n, np.nan)
        return Estimate(values, errors)

    while run.remaining >= 2:
        coalitions = generator.random((_ROWS // 2, run.n)) < 0.5
        coalitions = coalitions[: run.remaining // 2]
        utilities = run.measure(np.stack([coalitions, ~coalitions], axis=1).reshape(-1, run.n))
        difference = utilities[0::2] - utilities[1::2]
        sums += np.where(coalitions, 1.0, -1.0).T @ difference
        squares += float(difference @ difference)
        count += len(coalitions)
        if run.enough(conclude):
            break
    return conclude()

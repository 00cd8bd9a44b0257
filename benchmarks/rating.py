"""Plackett-Luce ratings: our time for one round, and openskill.py's in the same run.

openskill.py is compared if it is installed. Both rate one round of single players without ties; the greatest
difference of a skill or a deviation is part of the table.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from report import arguments, emit, seconds

from valuation.gauntlet.rating import RatingRule, rate

try:
    from openskill.models import PlackettLuce
except ImportError:
    PlackettLuce = None

RULE = RatingRule(beta=7.0, drift=0.1)


def measure(n: int, repeats: int) -> dict[str, Any]:
    rng = np.random.default_rng(n)
    skill, deviation = rng.normal(25.0, 8.0, n), rng.uniform(1.0, 9.0, n)
    scores = rng.permutation(n).astype(np.float64)
    loops = max(1, 20_000 // n)

    def ours() -> None:
        for _ in range(loops):
            rate(skill, deviation, scores, RULE)

    time = seconds(ours, repeats) / loops
    row: dict[str, Any] = {"peers": n, "microseconds": 1e6 * time}
    return {**row, **(against_openskill(skill, deviation, scores, time) if PlackettLuce else {})}


def against_openskill(
    skill: np.ndarray, deviation: np.ndarray, scores: np.ndarray, time: float
) -> dict[str, Any]:
    model = PlackettLuce(beta=RULE.beta, tau=RULE.drift)
    teams = [[model.rating(mu=mu, sigma=sigma)] for mu, sigma in zip(skill, deviation, strict=True)]
    by_ranks = seconds(lambda: model.rate(teams, ranks=(-scores).tolist()), repeats=2)
    by_scores = seconds(lambda: model.rate(teams, scores=scores.tolist()), repeats=2)
    theirs = [(team[0].mu, team[0].sigma) for team in model.rate(teams, scores=scores.tolist())]
    ours = np.transpose(rate(skill, deviation, scores, RULE))
    return {
        "openskill by ranks, ms": 1e3 * by_ranks,
        "openskill by scores, ms": 1e3 * by_scores,
        "times faster by ranks": by_ranks / time,
        "times faster by scores": by_scores / time,
        "greatest difference": float(np.abs(ours - np.array(theirs)).max()),
    }


def measure_all(sizes: Sequence[int], repeats: int) -> list[dict[str, Any]]:
    return [measure(n, repeats) for n in sizes]


def main() -> None:
    options = arguments(__doc__.splitlines()[0]).parse_args()
    sizes, repeats = ((16, 64), 2) if options.quick else ((64, 256, 1024), 5)
    rows = measure_all(sizes, repeats)
    emit({"rating": rows}, options.json)
    if not PlackettLuce and not options.json:
        print("openskill.py is not installed; nothing was compared")


if __name__ == "__main__":
    main()

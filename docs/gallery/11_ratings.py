"""A rating that grows surer round by round

A rating turns who did better than whom, round by round, into one skill and its uncertainty. Losses of
different rounds are measured on different data and do not compare; orders do. Paying the skill that a
peer has almost surely makes newcomers wait; paying the expected skill does not. Source: Weng and Lin,
JMLR 12 (2011), algorithm 4; Gauntlet (2505.21684) rates trainers so.
"""

import numpy as np

from valuation.gauntlet.rating import START_DEVIATION, START_SKILL, RatingRule, ordinal, rate
from valuation.plots import plot_cumulative, save

NAMES = ("good", "usual", "usual too", "poor", "newcomer, good")
TRUE = np.array([2.0, 1.0, 1.0, 0.0, 2.0])
ROUNDS, JOINS = 40, 20

rng = np.random.default_rng(9)
skill, deviation = np.full(5, START_SKILL), np.full(5, START_DEVIATION)
surely = np.zeros((ROUNDS, 5))
for round in range(ROUNDS):
    here = np.arange(5) if round >= JOINS else np.arange(4)
    scores = rng.normal(TRUE[here], 1.0)
    skill[here], deviation[here] = rate(skill[here], deviation[here], scores, RatingRule())
    surely[round] = ordinal(skill, deviation)

print(f"after {ROUNDS} rounds; the newcomer joined in round {JOINS + 1}")
print("peer".ljust(14), " skill  +-    almost surely above")
for name, mean, spread, least in zip(NAMES, skill, deviation, surely[-1], strict=True):
    print(f"{name.ljust(14)}  {mean:5.1f}  {spread:3.1f}  {least:5.1f}")
assert skill[0] > skill[1:3].max() > skill[3]
# As good as the first, and still paid less under caution: that is the price of being new.
assert surely[-1][4] < surely[-1][0]

steps = {name: np.diff(surely[:, place], prepend=0.0).tolist() for place, name in enumerate(NAMES)}
save(plot_cumulative(steps, unit="skill, almost surely above", title="Ratings over rounds"), "ratings.svg")

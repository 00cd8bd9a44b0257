"""A score that a contract can check: a published design, in whole numbers

Which coalitions are measured, and what each counts for, is fixed before anybody trains; a seed drawn
later says who sits where. A score is then a sum of products of whole numbers, in which every single step
can be checked by anybody, without the estimator that made the design. This is what `shapley-design` does
on chain. Source: this project's (docs/court.md), after Musco and Witter, 2410.01917.
"""

import hashlib

import numpy as np

from valuation.designs import from_bytes
from valuation.fixed_point import NANO, to_fixed
from valuation.games import AirportGame
from valuation.shapley import design

N, BUDGET, SCALE = 12, 200, 2**20

drawn = design(N, BUDGET, rng=np.random.default_rng(5)).rounded(SCALE)
published = drawn.to_bytes()
print("players:", N, " coalitions:", len(drawn.coalitions), "of", 2**N, " bytes:", len(published))

# From here on nothing is known but the bytes, whose sha256 a mechanism names.
assert hashlib.sha256(from_bytes(published).to_bytes()).digest() == hashlib.sha256(published).digest()
seated = from_bytes(published).relabelled(np.random.default_rng(6).permutation(N))

game = AirportGame(np.arange(1.0, N + 1))
utilities = to_fixed(game(seated.coalitions)).tolist()
scores = seated.values(utilities)
assert sum(scores) == SCALE * (utilities[1] - utilities[0])
print("the scores add up to the utility of everybody, to the last unit")

player = 3
total = 0
for weight, utility in zip(seated.weights[player].tolist(), utilities, strict=True):
    total += weight * utility
assert total == scores[player]
print(f"player {player}: {len(utilities)} products of whole numbers add up to its score")

estimated = np.array([score / SCALE / NANO for score in scores])
away = np.abs(estimated - game.shapley()).max()
print(f"largest distance from the exact values: {away:.1f} of a total of {utilities[1] / NANO:.0f}")
assert away < 0.3

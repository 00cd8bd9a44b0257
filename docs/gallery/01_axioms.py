"""A game of your own, and what its Shapley values promise

Three translators share a job with a fourth who never helps, and the Shapley value divides what they get
done. A game is any function from a group to what it is worth; of all ways to divide it, this is the only
one that keeps all four promises checked below, and whoever is paid by it can check them again. Source:
Shapley, "A value for n-person games" (1953).
"""

import numpy as np

from valuation.game import FunctionGame, TableGame
from valuation.plots import plot_values, save
from valuation.shapley import exact

NAMES = ("ada", "bob", "cem", "dot")
PAGES = {0: 6.0, 1: 4.0, 2: 4.0, 3: 0.0}


def pages(members: tuple[int, ...]) -> float:
    """Pages a day; Bob and Cem share one dictionary, so together they do not get twice as far."""
    return sum(PAGES[member] for member in members) - (2.0 if {1, 2} <= set(members) else 0.0)


game = FunctionGame(4, pages)
valued = exact(game, players=NAMES)
print(valued)

value = dict(zip(valued.players, valued.values.tolist(), strict=True))
assert np.isclose(sum(value.values()), pages((0, 1, 2, 3)))
print("efficient: the values add up to", round(sum(value.values()), 6))
assert np.isclose(value["bob"], value["cem"])
print("symmetric: Bob and Cem, who add the same to everybody, get the same")
assert np.isclose(value["dot"], 0.0)
print("null player: Dot, who adds nothing to anybody, gets", abs(round(value["dot"], 6)))

# A second job is another game; the value of both is the sum of the values.
masks = np.arange(16)
everybody = (masks[:, None] >> np.arange(4) & 1).astype(bool)
second = everybody.sum(axis=1) ** 2.0
both = exact(TableGame(game(everybody) + second))
assert np.allclose(both.values, valued.values + exact(TableGame(second)).values)
print("additive: two jobs are worth what each is worth alone")

save(plot_values(valued, title="Pages a day"), "axioms.svg")

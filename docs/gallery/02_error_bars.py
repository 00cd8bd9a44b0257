"""How sure is an estimate, and when may it stop?

An estimator says how far each of twenty values may be off, and stops once that is near enough. Twenty
trainers make a million coalitions, too many to measure, and nobody should pay for digits that nobody
needs. The runway of the airport game has a closed form (Littlechild and Owen 1973), against which the
intervals are checked; the estimator is that of Mitchell et al., 2104.12199.
"""

import numpy as np

from valuation.games import AirportGame
from valuation.plots import plot_values, save
from valuation.shapley import estimate
from valuation.stopping import after_evaluations, standard_error_below

game = AirportGame(np.sqrt(np.arange(1.0, 21.0)))
rule = standard_error_below(0.03) | after_evaluations(50_000)
estimated = estimate(game, budget=100_000, method="permutation", stop=rule, rng=np.random.default_rng(1))

low, high = estimated.interval(0.95)
true = game.shapley()
inside = (low <= true) & (true <= high)
print(estimated.reason)
print("evaluations:", estimated.evaluations, "of", 2**game.n)
print("largest standard error:", round(float(estimated.standard_errors.max()), 3))
print("intervals that hold the true value:", int(inside.sum()), "of", game.n)
print("player  estimate  true")
for player in (0, 9, 19):
    print(f"{player:6}  {estimated.values[player]:8.3f}  {true[player]:.3f}")
assert estimated.evaluations < 50_000
assert inside.sum() >= 16

save(plot_values(estimated, title="Shares of a runway"), "error_bars.svg")

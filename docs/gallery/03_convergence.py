"""Which estimator needs the fewest measurements?

Six estimators get the same budgets on one game with a closed form, and their largest errors are compared.
Every measurement is a model to evaluate, so the number of them is the price of a value. Means over three
seeds; docs/benchmarks has the same over 92 settings. Sources: the papers that docs/valuation.md names for
each.
"""

import numpy as np

from valuation.games import UnanimityGame
from valuation.plots import plot_convergence, save
from valuation.shapley import estimate

METHODS = ("odd_gp", "leverage_regression", "kernel_regression", "permutation", "stratified", "owen")
BUDGETS, SEEDS = (48, 96, 192), 3
N = 10

# Pairs and triples that are worth something together: what most trainers' updates look like.
rng = np.random.default_rng(0)
carriers = np.zeros((40, N), dtype=bool)
for carrier in carriers:
    carrier[rng.choice(N, size=rng.integers(1, 4), replace=False)] = True
game = UnanimityGame(carriers, rng.normal(size=40))
true = game.shapley()


def error(method: str, budget: int) -> float:
    generators = np.random.default_rng(1).spawn(SEEDS)
    runs = [estimate(game, budget=budget, method=method, rng=generator) for generator in generators]
    return float(np.mean([np.abs(run.values - true).max() for run in runs]))


print("largest error".ljust(20), *(f"{budget:>7}" for budget in BUDGETS))
found = {method: [error(method, budget) for budget in BUDGETS] for method in METHODS}
for method, errors in found.items():
    print(method.ljust(20), *(f"{each:7.3f}" for each in errors))
assert found["odd_gp"][-1] == min(errors[-1] for errors in found.values())

runs = [
    estimate(game, budget=budget, method="permutation", rng=np.random.default_rng(0))
    for budget in (*BUDGETS, 256, 512, 1024, 2048)
]
save(plot_convergence(runs, title="Values of ten players, by random orders"), "convergence.svg")

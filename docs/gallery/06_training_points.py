"""What is each training sample worth, and which are mislabelled?

A training sample is a player, too: groups of samples are worth the accuracy of the nearest-neighbour
classifier that has only these. Samples with wrong labels do harm, so that they come last, and whoever
cleans data looks at those first. For nearest neighbours the Shapley value has a closed form, with which
the estimate is compared. Source: Jia et al., "Efficient task-specific data valuation for nearest neighbor
algorithms", 1908.08619.
"""

import numpy as np

from valuation.models.digits import train_and_validation
from valuation.plots import plot_values, save
from valuation.shapley import estimate

SAMPLES, WRONG, NEIGHBOURS = 30, 5, 3

train, validation = train_and_validation()
train = train.take(np.flatnonzero(np.isin(train.y, (3, 8)))[:SAMPLES])
validation = validation.take(np.flatnonzero(np.isin(validation.y, (3, 8)))[:60])
rng = np.random.default_rng(4)
wrong = rng.choice(SAMPLES, WRONG, replace=False)
labels = train.y.copy()
labels[wrong] = 11 - labels[wrong]  # a 3 becomes an 8, and an 8 a 3

distances = ((validation.x[:, None] - train.x[None]) ** 2).sum(axis=2)
nearest = np.argsort(distances, axis=1, kind="stable")
right = labels[nearest] == validation.y[:, None]


class Neighbours:
    """Of a coalition's nearest samples, the part that votes right, on average over the validation data."""

    n = SAMPLES

    def __call__(self, coalitions):
        score = np.zeros(len(coalitions))
        for order, votes in zip(nearest, right, strict=True):
            present = coalitions[:, order]
            counted = present & (np.cumsum(present, axis=1) <= NEIGHBOURS)
            score += counted @ votes.astype(float)
        return score / (NEIGHBOURS * len(nearest))


def closed_form():
    """From the farthest sample to the nearest, for each validation sample (theorem 1 of the paper)."""
    values = np.zeros(SAMPLES)
    for order, votes in zip(nearest, right.astype(float), strict=True):
        value = votes[-1] / SAMPLES
        values[order[-1]] += value
        for place in range(SAMPLES - 1, 0, -1):
            step = (votes[place - 1] - votes[place]) / NEIGHBOURS
            value += step * min(NEIGHBOURS, place) / place
            values[order[place - 1]] += value
    return values / len(nearest)


true = closed_form()
names = [f"{number}, wrong label" if number in wrong else f"{number}" for number in range(SAMPLES)]
estimated = estimate(Neighbours(), budget=4000, method="leverage_regression", rng=rng, players=names)
worst = np.argsort(estimated.values)[:WRONG]
print("samples of 3 and 8:", SAMPLES, "with wrong labels:", WRONG)
print("wrong labels among the", WRONG, "worst samples:", len(set(worst) & set(wrong)))
print(f"correlation with the closed form: {np.corrcoef(true, estimated.values)[0, 1]:.2f}")
assert np.abs(true - estimated.values).max() < 0.02
save(plot_values(estimated, title="Value of 30 training samples"), "training_points.svg")

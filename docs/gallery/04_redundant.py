"""Which trainers repeat each other?

Interactions find two trainers who share data, which no single value shows: each of the two may look
useful. The interaction of two players is what they add together beyond what each adds alone, averaged
over the groups that they may join; it is negative for those who repeat each other. Source: Grabisch and
Roubens, International Journal of Game Theory 28 (1999).
"""

import numpy as np

from valuation.game import FunctionGame
from valuation.models.digits import train_and_validation
from valuation.models.softmax import Softmax
from valuation.models.training import local_steps
from valuation.shapley.interactions import interactions

NAMES = ("ada", "bob", "cem", "dot", "eve")

train, validation = train_and_validation()
model = Softmax(features=64, classes=10)
base = model.initial(bytes(32))
rng = np.random.default_rng(2)
# Each has the digits of two classes only; Cem has the very samples that Bob has.
shards = [np.flatnonzero(np.isin(train.y, pair)) for pair in ([0, 1], [2, 3], [2, 3], [4, 5], [6, 7])]
updates = np.stack(
    [
        local_steps(
            model, base, train.x[part], train.y[part], learning_rate=0.5, steps=30, batch_size=32, rng=rng
        )
        for part in shards
    ]
)


def gain(members: tuple[int, ...]) -> float:
    """The drop in loss if these alone train: a model that is the sum of what they learnt."""
    trained = base - 0.3 * updates[list(members)].sum(axis=0)
    before, after = model.losses(np.stack([base, trained]), validation.x, validation.y)
    return float(before - after)


found = interactions(FunctionGame(len(NAMES), gain))
print("interactions, in nats")
print("    ", *(f"{name:>6}" for name in NAMES))
for name, row in zip(NAMES, found.tolist(), strict=True):
    print(f"{name:4}", *(f"{each:+6.2f}" for each in row))
first, second = np.unravel_index(np.argmin(found), found.shape)
print("the most redundant pair:", NAMES[first], "and", NAMES[second])
assert {NAMES[first], NAMES[second]} == {"bob", "cem"}

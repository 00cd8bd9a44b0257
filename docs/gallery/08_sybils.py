"""What do more names earn under each method?

One of five trainers appears under four names, with copies of its update or with parts of its data, and
five methods pay it. Where that multiplies its part of the payout, trainers will do it. No check for
copies runs here: what is seen is the methods' own answer. Sources: Han et al., 2006.14583, on
replication; Owen (1977) on values with clusters.
"""

import numpy as np

from valuation import compare
from valuation.models.digits import train_and_validation
from valuation.models.softmax import Softmax
from valuation.models.training import local_steps
from valuation.plots import plot_attacks, save

METHODS = ("shapley-exact", "leave-one-out", "loss-delta", "owen-clusters", "similarity-discount")
RUNS = 5

train, validation = train_and_validation()
model = Softmax(features=64, classes=10)
base = model.initial(bytes(32))
rng = np.random.default_rng(7)


def trained(part):
    return local_steps(
        model, base, train.x[part], train.y[part], learning_rate=0.5, steps=40, batch_size=32, rng=rng
    )


def loss(models):
    return model.losses(models, validation.x, validation.y)


def parts_of_payout():
    """Mallory's part by manner and method, in one round on freshly dealt data."""
    *shards, own = np.array_split(rng.permutation(len(train.y))[:300], 5)
    honest = {f"honest {number}": trained(part) for number, part in enumerate(shards)}
    once = trained(own)
    manners = {
        "one name": {"mallory": once},
        "copied": {f"mallory {number}": once for number in range(4)},
        "divided": {f"mallory {number}": trained(part) for number, part in enumerate(np.array_split(own, 4))},
    }
    told = [compare({**honest, **names}, base, loss, methods=METHODS) for names in manners.values()]
    return np.stack([each.shares[:, len(honest) :].sum(axis=1) for each in told])


runs = np.stack([parts_of_payout() for _ in range(RUNS)])
mean = dict(zip(METHODS, runs.mean(axis=0).T, strict=True))
print("Mallory's part, in per cent, one trainer in five".ljust(48), "one name  copied  divided")
for method, (once, copied, divided) in mean.items():
    print(method.ljust(48), f"{100 * once:8.0f}  {100 * copied:6.0f}  {100 * divided:7.0f}")
assert mean["shapley-exact"][1] > 2 * mean["shapley-exact"][0]
assert mean["similarity-discount"][1] < 1.1 * mean["similarity-discount"][0]

rows = [
    {
        "name": method,
        "relative_pay": 5 * runs[:, 1, place].mean(),
        "low": 5 * runs[:, 1, place].min(),
        "high": 5 * runs[:, 1, place].max(),
    }
    for place, method in enumerate(METHODS)
]
save(plot_attacks(rows, limit=1.0, title="One update under four names (least and most)"), "sybils.svg")

"""One training run, valued by many methods

Six methods value the same three rounds, and a seventh refuses to: in them one of six trainers has wrong
labels and one is absent once. Papers propose many ways to value a trainer, and they do not agree;
`compare` shows what that does to the payout. A method whose assumptions do not hold refuses, with the
reason. Sources: docs/valuation.md names a paper for each method.
"""

import numpy as np

from valuation import compare
from valuation.models.digits import train_and_validation
from valuation.models.softmax import Softmax
from valuation.models.training import local_steps
from valuation.plots import plot_agreement, save

NAMES = ("ada", "bob", "cem", "dot", "eve", "fay")
METHODS = ("fedsv", "comfedsv", "leave-one-out", "loss-delta", "goal-alignment", "fair-bfl", "cosine-shapley")

train, validation = train_and_validation()
model = Softmax(features=64, classes=10)
rng = np.random.default_rng(3)
shards = np.array_split(rng.permutation(len(train.y)), len(NAMES))
labels = train.y.copy()
labels[shards[-1]] = rng.permutation(labels[shards[-1]])  # Fay's labels are worth nothing


def loss(models):
    return model.losses(models, validation.x, validation.y)


bases, rounds = [model.initial(bytes(32))], []
for round in range(3):
    base = bases[-1]
    here = [name for name in NAMES if not (name == "eve" and round == 1)]
    rounds.append(
        {
            name: local_steps(
                model,
                base,
                train.x[part],
                labels[part],
                learning_rate=0.5,
                steps=20,
                batch_size=32,
                rng=rng,
            )
            for name, part in zip(NAMES, shards, strict=True)
            if name in here
        }
    )
    bases.append(base - np.mean(list(rounds[-1].values()), axis=0))

told = compare(rounds, bases[:-1], loss, methods=METHODS, rng=rng)
print("part of the payout, in per cent")
print(" " * 14, *(f"{name:>5}" for name in told.valuations[0].players))
for name, shares in zip(told.names, told.shares, strict=True):
    print(name.ljust(14), *(f"{100 * share:5.1f}" for share in shares))
for name, why in told.refused.items():
    print(f"{name} refused: {why}")
save(plot_agreement(told), "side_by_side.svg")

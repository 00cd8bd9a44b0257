"""Federated games whose every coalition was trained or averaged, so that their exact values are known.

Clients hold skewed parts of a data set of scikit-learn. The first two hold the same data, the next two random
labels, the fifth random features: a free rider. A coalition's model is retrained on the union of its data, or
its clients' updates, trained apart from one base model, are averaged. Tables of 2^n utilities are kept under
.build.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

CACHE = Path(__file__).parents[1] / ".build" / "shapley-games"
NOISY, FREE_RIDER = (2, 3), 4
Array = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Federation:
    """Clients' features, which end in a one, and labels; and the data that models are judged by."""

    clients: list[tuple[Array, Labels]]
    test: tuple[Array, Labels]
    classes: int


def federation(data: str, clients: int, train: int, test: int, seed: int) -> Federation:
    """Deal out a data set: every class goes to clients by shares from a Dirichlet distribution."""
    from sklearn import datasets

    features, labels = getattr(datasets, f"load_{data}")(return_X_y=True)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(labels))[: train + test]
    features, labels = features[order], labels[order].astype(np.int64)
    features = (features - features.mean(axis=0)) / (features.std(axis=0) + 1e-9)
    features = np.column_stack([features, np.ones(len(features))])
    classes = int(labels.max()) + 1
    shares = rng.dirichlet(np.full(clients, 0.5), size=classes)
    owner = np.array([rng.choice(clients, p=shares[label]) for label in labels[:train]])
    parts = [
        (features[:train][owner == client], labels[:train][owner == client]) for client in range(clients)
    ]
    parts[1] = parts[0]
    for client in NOISY:
        parts[client] = (parts[client][0], rng.integers(0, classes, len(parts[client][1])))
    riding = rng.normal(size=parts[FREE_RIDER][0].shape)
    riding[:, -1] = 1.0
    parts[FREE_RIDER] = (riding, parts[FREE_RIDER][1])
    return Federation(parts, (features[train:], labels[train:]), classes)


def coalitions(n: int) -> npt.NDArray[np.bool_]:
    return (np.arange(2**n)[:, None] >> np.arange(n) & 1).astype(np.bool_)


def probabilities(scores: Array) -> Array:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def accuracy(models: Array, test: tuple[Array, Labels]) -> Array:
    return (np.argmax(test[0] @ models, axis=2) == test[1]).mean(axis=1)


def log_likelihood(models: Array, test: tuple[Array, Labels]) -> Array:
    chances = probabilities(test[0] @ models)[:, np.arange(len(test[1])), test[1]]
    return np.log(chances + 1e-9).mean(axis=1)


def union_by_ridge(given: Federation, penalty: float = 1.0) -> Callable[[npt.NDArray[np.bool_]], Array]:
    """Least squares on one-hot labels of the union: sums of the clients' moments, solved in closed form."""
    wide = given.test[0].shape[1]
    squares = np.array([x.T @ x for x, _ in given.clients])
    products = np.array([x.T @ np.eye(given.classes)[y] for x, y in given.clients])

    def train(members: npt.NDArray[np.bool_]) -> Array:
        inside = members.astype(np.float64)
        left = np.tensordot(inside, squares, 1) + penalty * np.eye(wide)
        return np.linalg.solve(left, np.tensordot(inside, products, 1))

    return train


def union_by_descent(given: Federation, steps: int = 40) -> Callable[[npt.NDArray[np.bool_]], Array]:
    """Logistic regression on the union, from zero by gradient descent, all coalitions at once."""
    features = np.concatenate([x for x, _ in given.clients])
    targets = np.eye(given.classes)[np.concatenate([y for _, y in given.clients])]
    owner = np.repeat(np.arange(len(given.clients)), [len(y) for _, y in given.clients])

    def train(members: npt.NDArray[np.bool_]) -> Array:
        weights = members[:, owner].astype(np.float64)
        weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1.0)
        models = np.zeros((len(members), features.shape[1], given.classes))
        for _ in range(steps):
            errors = (probabilities(features @ models) - targets) * weights[:, :, None]
            models -= 0.5 * (features.T @ errors + 0.01 * models)
        return models

    return train


def average_of_updates(given: Federation, steps: int = 20) -> Callable[[npt.NDArray[np.bool_]], Array]:
    """The mean of the clients' updates, each trained alone by gradient descent from zero."""
    updates = np.zeros((len(given.clients), given.test[0].shape[1], given.classes))
    for update, (x, y) in zip(updates, given.clients, strict=True):
        for _ in range(steps if len(y) else 0):
            update -= 0.5 * x.T @ (probabilities(x @ update) - np.eye(given.classes)[y]) / len(y)

    def train(members: npt.NDArray[np.bool_]) -> Array:
        shares = members / np.maximum(members.sum(axis=1, keepdims=True), 1)
        return np.tensordot(shares, updates, 1)

    return train


GAMES = {
    "wine12": (("wine", 12, 90, 88, 11), union_by_ridge, accuracy),
    "cancer14": (("breast_cancer", 14, 250, 300, 12), union_by_ridge, accuracy),
    "wine12_loss": (("wine", 12, 90, 88, 13), union_by_descent, log_likelihood),
    "digits12": (("digits", 12, 300, 400, 14), union_by_descent, accuracy),
    "digits13_mean": (("digits", 13, 600, 500, 15), average_of_updates, accuracy),
    "digits12_mean_loss": (("digits", 12, 600, 500, 16), average_of_updates, log_likelihood),
    "cancer14_mean_loss": (("breast_cancer", 14, 250, 300, 17), average_of_updates, log_likelihood),
}


def table(name: str) -> Array:
    """Return the 2^n utilities of a game, from the cache if they are there."""
    path = CACHE / f"{name}.npz"
    if path.exists():
        return np.load(path, allow_pickle=False)["utilities"]
    arguments, training, score = GAMES[name]
    given = federation(*arguments)
    train = training(given)
    members = coalitions(len(given.clients))
    utilities = np.concatenate(
        [score(train(block), given.test) for block in np.array_split(members, len(members) // 128)]
    )
    if score is accuracy:
        # Nobody has no model, which gets nothing right.
        utilities[0] = 0.0
    CACHE.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part.npz")
    np.savez_compressed(partial, utilities=utilities)
    partial.replace(path)
    return utilities

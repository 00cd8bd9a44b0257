"""Prints what every mechanism scores here, and what the engine's estimators ask for: the same everywhere.

Run as a program by `tests/valuation/federated/test_same_everywhere.py`, in other environments too. All data
come from `valuation.seeds`, whose bytes are fixed.
"""

import hashlib
import json
from dataclasses import replace

import numpy as np

from valuation import seeds
from valuation.federated.as_scores import round_generator
from valuation.mechanism import METHODS, default_mechanism
from valuation.models.softmax import Softmax
from valuation.models.vertical import party_blocks
from valuation.round_data import RoundData
from valuation.scoring import measure
from valuation.shapley import design, estimate
from valuation.shapley.methods import METHODS as ESTIMATORS

SEED = bytes(range(32))
N, FEATURES, CLASSES = 6, 8, 3
MODEL = Softmax(FEATURES, CLASSES)
SAMPLED = {
    "fedsv": {"permutations": 20},
    "cosine-shapley": {"samples": 3},
    "comfedsv": {"permutations": 20},
    "sampled-leave-one-out": {"samples": 4, "truncation": 0.0},
    "gtg-shapley": {"between": 0.0, "within": 0.0},
    "verfedsv": {"permutations": 20},
}


def floats(label, *shape):
    uniform = seeds.uniforms(SEED, label, int(np.prod(shape))).reshape(shape)
    return (2 * uniform - 1).astype(np.float32)


def samples(label, count):
    x = floats(f"{label}/x", count, FEATURES)
    return x, np.argmax(x[:, :CLASSES], axis=1)


def round_data(number, players, vertical):
    base = floats(f"{number}/base", MODEL.layout.size)
    assigned = [samples(f"{number}/{player}", 20) for player in range(players)]
    gradients = np.stack([MODEL.gradient(base, *own) for own in assigned])
    updates = (2 * gradients + 0.1 * floats(f"{number}/noise", *gradients.shape)).astype(np.float32)
    if vertical:
        updates = np.where(party_blocks(MODEL, SEED, players), updates, 0).astype(np.float32)
    names = tuple(f"0x{player:040x}" for player in range(players))
    return RoundData(names, updates, base, MODEL, samples(f"{number}/all", 60), assigned, SEED)


def scores(name, parameters):
    chosen = DESIGN if name == "shapley-design" else None
    mechanism = default_mechanism(method=name, design=chosen)
    vertical = METHODS[name].vertical
    data = replace(round_data(1, 4 if vertical else N, vertical), design=chosen)
    method = replace(mechanism.method, parameters={**mechanism.method.parameters, **parameters})
    if METHODS[name].remembers:
        data = replace(data, history=(round_data(0, N - 1, vertical),), joined=(0,) * (N - 1) + (1,))
        method = replace(method, history=1)
    return measure(replace(mechanism, method=method), data).tolist()


DESIGN = design(N, 60, "permutation", rng=np.random.default_rng(0)).rounded(2**20)


class Listener:
    """A game of 14 players that keeps what it was asked, as a digest."""

    n = 14

    def __init__(self):
        self.asked = hashlib.sha256()

    def __call__(self, coalitions):
        self.asked.update(np.packbits(coalitions, axis=1).tobytes())
        return np.sqrt(coalitions @ np.arange(1.0, 15.0)) * (1 + coalitions[:, 0] * coalitions[:, 5])


def asked(name):
    game = Listener()
    estimate(game, budget=300, rng=round_generator(SEED, name), method=name)
    return game.asked.hexdigest()


def main():
    print(
        json.dumps(
            {
                "numpy": np.__version__,
                "scores": {name: scores(name, {}) for name in METHODS},
                "sampled": {name: scores(name, parameters) for name, parameters in SAMPLED.items()},
                "asked": {name: asked(name) for name in ESTIMATORS},
            }
        )
    )


if __name__ == "__main__":
    main()

"""The odd-part Gaussian process with parameters fixed in advance: weights that no utility can change.

The prior has all players alike. What a player adds to coalitions of one size counts several times as much as
what the player adds to all, four players on average have a part in an interaction, and little deviates. These
parameters were the best of a small grid over games like those of benchmarks/shapley_games.py.
"""

from __future__ import annotations

import numpy as np

from valuation.coalitions import Coalitions, keys_of
from valuation.shapley.odd_gp.choice import choose
from valuation.shapley.odd_gp.kernel import Matrix, Vector
from valuation.shapley.odd_gp.model import Observations, relevance_model, signs_of
from valuation.shapley.odd_gp.plan import CANDIDATES, most_chosen, opening, unseen
from valuation.shapley.odd_gp.posterior import posterior
from valuation.shapley.pairs import PairStream, kernel_law
from valuation.shapley.run import generator_of

_SCALES = (0.0, 2.0, -4.0)
_DEVIATIONS = (-4.0, 0.5)


def fixed_parameters(n: int) -> Vector:
    """Return the parameters of `relevance_model(n)` that the weights rest on."""
    return np.concatenate([_SCALES, relevance_model(n).kernel.start[3:], _DEVIATIONS])


def draw_fixed_pairs(n: int, count: int, seed: int) -> Coalitions:
    """Return `count` pairs, bool (count, n), or all: an opening, the best, and random ones."""
    seen: set[bytes] = set()
    stream = PairStream(n, kernel_law, lambda number: generator_of(seed, "pairs", number))
    pairs = opening(n, generator_of(seed, "singles"), stream, seen)[:count]
    wanted = min(most_chosen(n), count) - len(pairs)
    if wanted > 0:
        pool = PairStream(n, kernel_law, lambda number: generator_of(seed, "pool", number))
        candidates = unseen(pool, CANDIDATES, set(seen))
        model = relevance_model(n)
        best = choose(model, fixed_parameters(n), _unobserved(pairs), signs_of(candidates), wanted)
        pairs = np.concatenate([pairs, candidates[best]])
        seen.update(keys_of(candidates[best]))
    return np.concatenate([pairs, unseen(stream, count - len(pairs), seen)])


def fixed_weights(pairs: Coalitions) -> Matrix:
    """Return the weights, float64 (n, p + 1), that sum g at pairs, bool (p, n), and everybody to values."""
    n = pairs.shape[1]
    return posterior(relevance_model(n), fixed_parameters(n), _unobserved(pairs)).weights


def _unobserved(pairs: Coalitions) -> Observations:
    rows = np.concatenate([signs_of(pairs), np.ones((1, pairs.shape[1]))])
    return Observations(rows, np.zeros(len(rows)), np.zeros(len(rows)), 1.0)

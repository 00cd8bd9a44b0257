"""Which pairs are measured, and in which order.

1. Opening: all single players, and half as many pairs of all sizes. Of more than 50 players, no size weighs
   enough to go first, and the opening is of all sizes alike.
2. Choice: up to three pairs a player, in rounds: the prior's parameters are learned from what was measured,
   and the pairs follow that lower the variance of the values the most (`choice`).
3. Then random pairs, all different, small coalitions first (`pairs`), for as long as the budget lasts.

A noisy game is asked again, after the opening, for nobody, everybody and the first pairs of the opening, so
that the noise can be told from the game.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from valuation.coalitions import Coalitions, keys_of
from valuation.draws import random_order
from valuation.shapley.odd_gp.choice import choose
from valuation.shapley.odd_gp.meter import PairMeter
from valuation.shapley.odd_gp.model import LEARNED_FROM, Model, relevance_model, signs_of
from valuation.shapley.pairs import PairStream, kernel_law
from valuation.shapley.run import Run

CANDIDATES = 2048
"""Pairs, drawn at random, among which the best are chosen."""

_FEW_PLAYERS = 50
_ENDS_AGAIN = 2


def plan(run: Run, meter: PairMeter) -> Iterator[Coalitions]:
    """Yield blocks of different pairs, bool (k, n), each to be measured before the next is asked for."""
    n = run.n
    seen: set[bytes] = set()
    stream = PairStream(n, kernel_law, lambda number: run.generator("pairs", number))
    yield opening(n, run.generator("singles"), stream, seen)
    if run.options.noisy:
        for _ in range(min(_ENDS_AGAIN, run.remaining // 2)):
            run.measure_ends()
        meter.measure_again(n)
    meter.notice_self_duality()

    model = relevance_model(n)
    most = most_chosen(n)
    while len(meter.pairs) < most and meter.affords(1):
        wanted = min(max(4, len(meter.pairs) // 2), most - len(meter.pairs))
        best = _best(run, meter, model, meter.affords(wanted), seen)
        if not len(best):
            break
        yield best
    while True:
        block = unseen(stream, max(16, len(meter.pairs) // 2), seen)
        if not len(block):
            return
        yield block


def most_chosen(n: int) -> int:
    """Return how many pairs precede the random ones: three a player, choosing being too slow beyond 600."""
    return min(3 * n, 600)


def opening(n: int, generator: np.random.Generator, stream: PairStream, seen: set[bytes]) -> Coalitions:
    """Return the pairs, bool (n + n / 2, n) or so, that come first; mark them as seen."""
    others = max(n // 2, 4)
    if n > _FEW_PLAYERS:
        return unseen(stream, n + others, seen)
    singles = np.eye(n, dtype=np.bool_)[random_order(generator, 1 if n == 2 else n)]
    seen.update(keys_of(singles))
    return np.concatenate([singles, unseen(stream, others, seen)])


def unseen(stream: PairStream, count: int, seen: set[bytes]) -> Coalitions:
    """Return the next pairs of a stream that were not seen, bool (count, n) or fewer; mark them as seen."""
    found = [stream.take(0)]
    missing = count
    while missing:
        pairs = stream.take(missing)
        if not len(pairs):
            break
        keys = keys_of(pairs)
        found.append(pairs[[key not in seen for key in keys]])
        seen.update(keys)
        missing -= len(found[-1])
    return np.concatenate(found)


def _best(run: Run, meter: PairMeter, model: Model, count: int, seen: set[bytes]) -> Coalitions:
    """Return the pairs, bool (count, n) or fewer, that tell most about the values; mark them as seen."""
    number = len(meter.pairs)
    pool = PairStream(run.n, kernel_law, lambda size: run.generator(f"pool {number}", size))
    candidates = unseen(pool, CANDIDATES, set(seen))
    observations = meter.observations(run.options.max_pairs)
    if not len(candidates) or observations.scale == 0.0:
        return candidates[:count]
    parameters = model.learn(observations.thinned(LEARNED_FROM))
    best = candidates[choose(model, parameters, observations, signs_of(candidates), count)]
    seen.update(keys_of(best))
    return best

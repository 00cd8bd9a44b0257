"""Estimates that anybody can check term by term: coalitions and weights fixed in advance.

For some methods the values are a fixed linear function of the utilities once the coalitions are drawn. Such a
design is computed once and published; measuring is then to ask for the utilities of its coalitions, and the
value of a player is a weighted sum of them. A round's seed draws the permutation by which the players are
relabelled, so that nobody knows in advance who is in which coalition. With integer weights a contract can
check a value without knowing the method: the exact sum, one term at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from valuation.coalitions import Coalitions, keys_of
from valuation.designs import IntegerDesign, places_of
from valuation.draws import random_orders, random_seed
from valuation.errors import InputError
from valuation.game import Utilities
from valuation.shapley.methods import find_method
from valuation.shapley.odd_gp.fixed import draw_fixed_pairs, fixed_weights
from valuation.shapley.owen import (
    alone_and_others,
    draw_centres,
    neighbourhoods,
    owen_weights,
    sample_count,
)
from valuation.shapley.pairs import PairStream, SizeLaw, kernel_law, leverage_law
from valuation.shapley.permutation import efficient, permutation_weights, prefixes
from valuation.shapley.regression import everybody_share, fit_pairs
from valuation.shapley.run import generator_of
from valuation.shapley.stratified import Sweeps, strata_weights

_Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Design:
    """Coalitions and the weights by which their utilities sum to the values.

    Attributes:
        method: the estimator that this is.
        coalitions: bool (m, n), all different; the first two are nobody and everybody.
        weights: float64 (n, m): values are weights @ utilities, and add up to the total whatever the
            utilities.
    """

    method: str
    coalitions: Coalitions
    weights: _Matrix

    def values(self, utilities: Utilities) -> npt.NDArray[np.float64]:
        """Return the values, float64 (n,), of the utilities of the coalitions, float64 (m,)."""
        return self.weights @ utilities

    def relabelled(self, permutation: npt.ArrayLike) -> Design:
        """Return the design in which player i is called permutation[i], a permutation of 0 to n - 1.

        Raises:
            InputError: it is no such permutation.
        """
        places = places_of(permutation, len(self.weights))
        return replace(self, coalitions=self.coalitions[:, places], weights=self.weights[places])

    def rounded(self, scale: int) -> IntegerDesign:
        """Return the design with integer weights, `scale` of them being one.

        Each is the nearest integer or, where the column must be made to sum to what it should, the next one.

        Raises:
            InputError: the scale is not positive, or a weight does not fit 63 bits.
        """
        if scale < 1 or np.abs(self.weights).max() * scale >= 2**62:
            raise InputError(f"weights up to {np.abs(self.weights).max():.3g} do not fit 63 bits at {scale}")
        scaled = self.weights * scale
        weights = np.rint(scaled).astype(np.int64)
        wanted = np.zeros(scaled.shape[1], dtype=np.int64)
        wanted[:2] = -scale, scale
        for column in np.flatnonzero(weights.sum(axis=0) != wanted).tolist():
            missing = int(wanted[column] - weights[:, column].sum())
            direction = 1 if missing > 0 else -1
            lost = direction * (scaled[:, column] - weights[:, column])
            weights[np.argsort(-lost, kind="stable")[: abs(missing)], column] += direction
        error = float(np.abs(weights / scale - self.weights).sum(axis=1).max())
        return IntegerDesign(self.method, self.coalitions, weights, scale, error)


def design(n: int, budget: int, method: str = "odd_gp", *, rng: np.random.Generator) -> Design:
    """Return a design for n players of at most `budget` coalitions.

    "permutation", "owen", "stratified", "kernel_regression" and "leverage_regression" give the very values of
    `estimate` with a generator in the same state. "odd_gp" has parameters fixed in advance, since those
    learned from utilities would make it depend on them; docs/benchmarks/shapley.md has what that costs.

    Args:
        n: the number of players, at least 2.
        budget: the most coalitions.
        method: the estimator.
        rng: where the seed is drawn from.

    Raises:
        InputError: the method has no design, or the budget is below its minimum.

    >>> from valuation.game import TableGame
    >>> drawn = design(3, 6, "permutation", rng=np.random.default_rng(0))
    >>> game = TableGame([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0])
    >>> drawn.values(game(drawn.coalitions)).round(9).tolist()
    [1.0, 2.0, 4.0]
    """
    if method not in _DESIGNS:
        raise InputError(f"{method!r} has no design; those that do are {', '.join(_DESIGNS)}")
    least = find_method(method).minimum(n)
    if n < 2 or budget < least:
        raise InputError(f"a design needs 2 players and {method} a budget of {least}, not {n} and {budget}")
    coalitions, weights = _DESIGNS[method](n, budget, random_seed(rng))
    ends = np.array([[False] * n, [True] * n])
    return Design(method, *_merged(np.concatenate([ends, coalitions]), efficient(weights)))


_Drawn = tuple[Coalitions, _Matrix]
"""Coalitions, bool (m, n), and weights, float64 (n, 2 + m), those of nobody and everybody first."""


def _permutation(n: int, budget: int, seed: int) -> _Drawn:
    orders = random_orders(generator_of(seed, "permutation"), (budget - 2) // (2 * n - 2), n)
    return prefixes(orders), permutation_weights(orders)


def _owen(n: int, budget: int, seed: int) -> _Drawn:
    generator = generator_of(seed, "owen")
    centres = draw_centres(generator, n, generator.random(), 0, sample_count(n, budget))
    return np.concatenate([alone_and_others(n), neighbourhoods(centres)]), owen_weights(centres)


def _stratified(n: int, budget: int, seed: int) -> _Drawn:
    left, sweeps = (budget - 2) // 2, []
    for sweep in Sweeps(n, generator_of(seed, "stratified")):
        left -= len(sweep)
        if left < 0:
            break
        sweeps.append(sweep)
    pairs = np.concatenate(sweeps)
    return _both_sides(pairs, strata_weights(pairs), np.full(n, 1 / n))


def _regression(law: SizeLaw, n: int, budget: int, seed: int) -> _Drawn:
    stream = PairStream(n, law, lambda number: generator_of(seed, "pairs", number))
    pairs = stream.take((budget - 2) // 2)
    operator = fit_pairs(pairs).operator()
    return _both_sides(pairs, operator, 1 / n - operator @ everybody_share(pairs))


def _odd_gp(n: int, budget: int, seed: int) -> _Drawn:
    pairs = draw_fixed_pairs(n, (budget - 2) // 2, seed)
    weights = fixed_weights(pairs)
    return _both_sides(pairs, weights[:, :-1], weights[:, -1] / 2)


_DESIGNS: Mapping[str, Callable[[int, int, int], _Drawn]] = MappingProxyType(
    {
        "odd_gp": _odd_gp,
        "kernel_regression": partial(_regression, kernel_law),
        "leverage_regression": partial(_regression, leverage_law),
        "stratified": _stratified,
        "owen": _owen,
        "permutation": _permutation,
    }
)


def _both_sides(pairs: Coalitions, weights: _Matrix, of_total: npt.NDArray[np.float64]) -> _Drawn:
    """Turn weights of g at pairs, float64 (n, p), and of the total, (n,), into those of utilities."""
    ends = np.stack([-of_total, of_total], axis=1)
    return np.concatenate([pairs, ~pairs]), np.concatenate([ends, weights / 2, -weights / 2], axis=1)


def _merged(coalitions: Coalitions, weights: _Matrix) -> _Drawn:
    """Return different coalitions, in the order of their first appearance, and their summed weights."""
    keys = keys_of(coalitions)
    place = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    columns = np.array([place[key] for key in keys])
    _, first = np.unique(columns, return_index=True)
    summed = np.zeros((len(weights), len(first)))
    np.add.at(summed.T, columns, weights.T)
    return coalitions[first], summed

"""The method `shapley-sampled`: the mean marginal contribution over permutations that the seed draws.

Utilities are those of all prefixes of T permutations, entry p (n + 1) + j being the first j players of
permutation p (Castro, Gomez and Tejada, "Polynomial calculation of the Shapley value based on sampling",
2009).
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.federated.as_round import as_round
from valuation.federated.round import round_game
from valuation.fixed_point import checked, saturate, to_fixed
from valuation.mechanism import Mechanism
from valuation.round_data import RoundData
from valuation.seeds import permutations

_BLOCK = 2**24


def length(mechanism: Mechanism, n: int) -> int:
    """Return the number of prefixes of `n` players: T (n + 1).

    >>> from valuation.mechanism import default_mechanism
    >>> length(default_mechanism(method="shapley-sampled"), 3)
    800
    """
    return _count(mechanism) * (n + 1)


def measure(mechanism: Mechanism, data: RoundData) -> npt.NDArray[np.int64]:
    """Return the utility of every prefix in nano-nats, int64 (m,); cut off as in `shapley_exact`.

    Of T permutations of n players there are m = T(n + 1) prefixes.

    Raises:
        InputError: an update is not finite.
        GameError: the loss answered badly.
        FixedPointError: a utility is NaN.
    """
    n, game = len(data.players), round_game(as_round(data, mechanism.aggregation.learning_rate))
    orders = permutations(data.seed, _count(mechanism), n)
    places = np.argsort(orders, axis=1)
    sizes = np.arange(n + 1)
    step = max(1, _BLOCK // (n * (n + 1)))
    blocks = [
        game((places[start : start + step, None, :] < sizes[:, None]).reshape(-1, n))
        for start in range(0, len(places), step)
    ]
    return to_fixed(saturate(np.concatenate(blocks)))


def scores(utilities: npt.NDArray[np.int64], n: int, seed: bytes) -> list[int]:
    """Return each player's mean marginal contribution in whole nano-nats, rounded down.

    `utilities` are those of every prefix, int64 (m,) with m = T(n + 1), as `measure` returned them.

    score_i = floor( sum over p of v(prefix with i last) - v(the one before) / T ), in exact integers: at most
    2^12 differences of at most 2^47.

    Raises:
        InputError: the utilities are not those of whole permutations.
        FixedPointError: a utility is above 2^46 nano-nats.

    >>> scores(np.array([0, 10, 40, 0, 20, 40]), n=2, seed=bytes(32))
    [25, 15]
    """
    if len(utilities) % (n + 1):
        raise InputError(f"{len(utilities)} utilities are not the prefixes of {n} players")
    by_place = np.diff(checked(utilities).reshape(-1, n + 1), axis=1)
    places = np.argsort(permutations(seed, len(by_place), n), axis=1)
    sums: list[int] = np.take_along_axis(by_place, places, axis=1).sum(axis=0).tolist()
    return [total // len(by_place) for total in sums]


def restrict(utilities: npt.NDArray[np.int64], kept: Sequence[int]) -> npt.NDArray[np.int64]:
    """Refuse to restrict utilities, int64 (m,): prefixes of other players' orders are no prefixes of these.

    Raises:
        InputError: always; a measurement of the same players needs no restriction.
    """
    raise InputError(f"{len(utilities)} prefixes of more players say nothing about {len(kept)} of them alone")


def _count(mechanism: Mechanism) -> int:
    return int(mechanism.method.parameters["permutations"])

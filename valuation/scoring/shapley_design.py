"""The method `shapley-design`: any estimator that is linear in the utilities, fixed in advance.

The design has N places. The round's seed draws who sits where: player i, by ascending address, takes place
seat[i] of a permutation. A round with fewer players leaves the other places to players who do nothing, which
changes nobody's Shapley value (Shapley's null players); utility m is that of the players in coalition m.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from valuation.designs import IntegerDesign
from valuation.errors import InputError
from valuation.federated.as_round import as_round
from valuation.federated.round import round_game
from valuation.fixed_point import checked, saturate, to_fixed
from valuation.mechanism import Mechanism
from valuation.round_data import RoundData
from valuation.seeds import permutations


def length(mechanism: Mechanism, n: int) -> int:
    """Return the number of coalitions of the design, whatever the number of players."""
    del n
    return int(mechanism.method.parameters["coalitions"])


def measure(mechanism: Mechanism, data: RoundData) -> npt.NDArray[np.int64]:
    """Return the utility of every coalition of the design in nano-nats, int64 (M,).

    Utilities beyond the limits of fixed point are cut off there (`fixed_point.saturate`).

    Raises:
        InputError: there is no design or another than the mechanism says, or an update is not finite.
        GameError: the loss answered badly.
        FixedPointError: a utility is NaN.
    """
    n = len(data.players)
    design = data.design
    if design is None or len(design.coalitions) != length(mechanism, n):
        raise InputError("shapley-design needs the design that the mechanism names")
    members = design.coalitions[:, seats(data.seed, design)[:n]]
    # Places left empty make coalitions equal.
    different, which = np.unique(np.packbits(members, axis=1), axis=0, return_inverse=True)
    rows = np.unpackbits(different, axis=1, count=n).astype(np.bool_)
    utilities = round_game(as_round(data, mechanism.aggregation.learning_rate))(rows)
    return to_fixed(saturate(utilities[which.reshape(-1)]))


def scores(utilities: npt.NDArray[np.int64], n: int, seed: bytes, design: IntegerDesign | None) -> list[int]:
    """Return the value of each player in whole nano-nats, rounded down, from utilities int64 (m,).

    score_i = floor( sum over m of weight(seat[i], m) v(m) / scale ), in exact integers.

    Raises:
        InputError: there is no design, or it has not so many coalitions or places.
        FixedPointError: a utility is above 2^46 nano-nats.

    >>> from valuation.shapley import design
    >>> drawn = design(2, 4, "permutation", rng=np.random.default_rng(0)).rounded(10)
    >>> scores(np.array([0, 70, 20, 50]), 1, bytes(32), drawn)
    [50]
    """
    if design is None or len(utilities) != len(design.coalitions) or n > len(design.weights):
        raise InputError(f"no design of {len(utilities)} coalitions with places for {n} players")
    counted = checked(utilities).tolist()
    taken = seats(seed, design)[:n]
    return [
        sum(weight * utility for weight, utility in zip(row, counted, strict=True)) // design.scale
        for row in design.weights[taken].tolist()
    ]


def restrict(utilities: npt.NDArray[np.int64], kept: Sequence[int]) -> npt.NDArray[np.int64]:
    """Refuse to restrict utilities, int64 (m,): without one player the others sit elsewhere.

    Raises:
        InputError: always; a measurement of the same players needs no restriction.
    """
    raise InputError(f"{len(utilities)} utilities of other seats say nothing about {len(kept)} players alone")


def seats(seed: bytes, design: IntegerDesign) -> npt.NDArray[np.int64]:
    """Return the place of each player in the design, int64 (N,), those that do nothing last.

    Place d is that of player a[d], a being the first permutation of `valuation.seeds.permutations`.

    >>> from valuation.shapley import design
    >>> drawn = design(4, 8, "permutation", rng=np.random.default_rng(0)).rounded(10)
    >>> sorted(seats(bytes(32), drawn).tolist())
    [0, 1, 2, 3]
    """
    return np.argsort(permutations(seed, 1, len(design.weights))[0]).astype(np.int64)

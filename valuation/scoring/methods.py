"""From a method's name to what is measured and how scores follow: the one place that tells methods apart."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.mechanism import METHODS, Mechanism
from valuation.round_data import RoundData, canonical_order
from valuation.scoring import by_name, loss_delta, shapley_exact

Integers: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Scorer:
    """What a method is to a round.

    Args:
        length: From the number of players to the number of integers in a measurement.
        measure: From the mechanism and a round with players to the measurement, int64 (k,).
        scores: From agreed utilities, int64 (k,), and the number of players to their scores.
        restrict: From a measurement and the ascending positions of some of its players to what a measurement
            of these alone would have been.
    """

    length: Callable[[int], int]
    measure: Callable[[Mechanism, RoundData], Integers]
    scores: Callable[[Integers, int], list[int]]
    restrict: Callable[[Integers, Sequence[int]], Integers]


_BY_NAME = Scorer(by_name.length, by_name.measure, by_name.scores, by_name.restrict)

SCORERS: Mapping[str, Scorer] = MappingProxyType(
    dict.fromkeys(METHODS, _BY_NAME)
    | {
        "shapley-exact": Scorer(
            shapley_exact.length, shapley_exact.measure, shapley_exact.scores, shapley_exact.restrict
        ),
        "loss-delta": Scorer(loss_delta.length, loss_delta.measure, loss_delta.scores, loss_delta.restrict),
    }
)


def utilities_length(mechanism: Mechanism, n: int) -> int:
    """Return how many integers a measurement of `n` players has.

    Raises:
        InputError: `n` is negative, or above what the method can value.

    >>> from valuation.mechanism import default_mechanism
    >>> utilities_length(default_mechanism(), 10)
    1024
    """
    most = METHODS[mechanism.method.name].max_peers
    if not 0 <= n <= most:
        raise InputError(f"{mechanism.method.name} values up to {most} players, not {n}")
    return _scorer(mechanism).length(n)


def measure(mechanism: Mechanism, data: RoundData) -> Integers:
    """Measure a round as the mechanism says; return int64 (k,), in nano-nats.

    `shapley-exact` gives the utilities of all coalitions (`shapley_exact.measure`), `loss-delta` four losses
    a player (`loss_delta.measure`), every other method the scores (`by_name.measure`). A round without
    players measures as zeros: the empty coalition, or nothing.

    Raises:
        InputError: there are too many players for the method, an update is not finite, or the method needs
            the assigned data and there is none.
        GameError: the loss answered badly.
        FixedPointError: a measurement is NaN.

    >>> from valuation.mechanism import default_mechanism
    >>> from valuation.models.softmax import Softmax
    >>> x, y = np.ones((1, 1), dtype=np.float32), np.array([0])
    >>> updates = np.array([[-1, 1, 0, 0], [1, -1, 0, 0]], dtype=np.float32)
    >>> base = np.zeros(4, dtype=np.float32)
    >>> data = RoundData(("0xa0", "0xb0"), updates, base, Softmax(1, 2), (x, y))
    >>> measure(default_mechanism(), data).tolist()
    [0, 566219170, -1433780830, 0]
    """
    length = utilities_length(mechanism, len(data.players))
    return _scorer(mechanism).measure(mechanism, data) if data.players else np.zeros(length, dtype=np.int64)


def scores(mechanism: Mechanism, utilities: Integers, n: int) -> list[int]:
    """Return the score of each of `n` players in nano-nats, from agreed utilities, in exact integers.

    Raises:
        InputError: the length does not fit the method and `n`.
        FixedPointError: an entry is no fixed-point number.

    >>> from valuation.mechanism import default_mechanism
    >>> scores(default_mechanism(), np.array([0, 10, 20, 40]), n=2)
    [15, 25]
    """
    _check_length(mechanism, utilities, n)
    return _scorer(mechanism).scores(utilities, n)


def restrict(
    mechanism: Mechanism, utilities: Integers, measured: Sequence[str], players: Sequence[str]
) -> Integers:
    """Return what a measurement of some of its players alone would have been, int64 (k',).

    Evaluators may disagree about whose update can be decoded; one that measured more players than the others
    has measured theirs too.

    Args:
        mechanism: The project's rules.
        utilities: The measurement, int64 (k,).
        measured: The players that it is of, ascending.
        players: The ones to keep, ascending.

    Raises:
        InputError: a list is not ascending, a player was not measured, or the length does not fit.

    >>> from valuation.mechanism import default_mechanism
    >>> restrict(default_mechanism(), np.array([0, 10, 20, 40]), ["0xa0", "0xb0"], ["0xb0"]).tolist()
    [0, 20]
    """
    _check_length(mechanism, utilities, len(measured))
    for addresses in (measured, players):
        if list(addresses) != canonical_order(addresses):
            raise InputError("the players are not in ascending order of address")
    position = {player.lower(): index for index, player in enumerate(measured)}
    if unknown := [player for player in players if player.lower() not in position]:
        raise InputError(f"player {unknown[0]} was not measured")
    kept = [position[player.lower()] for player in players]
    return _scorer(mechanism).restrict(utilities, kept)


def _scorer(mechanism: Mechanism) -> Scorer:
    return SCORERS[mechanism.method.name]


def _check_length(mechanism: Mechanism, utilities: Integers, n: int) -> None:
    if utilities.shape != (utilities_length(mechanism, n),):
        raise InputError(f"utilities of shape {utilities.shape} are not those of {n} players")

"""From a method's name to what is measured and how scores follow: the one place that tells methods apart."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from valuation.designs import IntegerDesign
from valuation.errors import InputError
from valuation.mechanism import METHODS, Mechanism, max_peers
from valuation.round_data import RoundData, canonical_order
from valuation.scoring import by_name, gauntlet, loss_delta, shapley_design, shapley_exact, shapley_sampled
from valuation.scoring.seen import Seen

Integers: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Scorer:
    """What a method is to a round.

    Args:
        length: From the mechanism and the number of players to the number of integers in a measurement.
        measure: From the mechanism and a round with players to the measurement, int64 (k,).
        scores: From agreed utilities, int64 (k,), the number of players, the round's seed and the
            mechanism's design to the players' scores.
        restrict: From a measurement and the ascending positions of some of its players, not all, to what a
            measurement of these alone would have been.
    """

    length: Callable[[Mechanism, int], int]
    measure: Callable[[Mechanism, RoundData], Integers]
    scores: Callable[[Integers, int, bytes, IntegerDesign | None], list[int]]
    restrict: Callable[[Integers, Sequence[int]], Integers]


def _undrawn(
    length: Callable[[int], int],
    measure: Callable[[Mechanism, RoundData], Integers],
    scores: Callable[[Integers, int], list[int]],
    restrict: Callable[[Integers, Sequence[int]], Integers],
) -> Scorer:
    """A method whose scores follow from the utilities alone, whatever the round drew."""
    return Scorer(
        lambda _mechanism, n: length(n),
        measure,
        lambda utilities, n, _seed, _design: scores(utilities, n),
        restrict,
    )


_BY_NAME = _undrawn(by_name.length, by_name.measure, by_name.scores, by_name.restrict)

SCORERS: Mapping[str, Scorer] = MappingProxyType(
    dict.fromkeys(METHODS, _BY_NAME)
    | {
        "shapley-exact": _undrawn(
            shapley_exact.length, shapley_exact.measure, shapley_exact.scores, shapley_exact.restrict
        ),
        "shapley-sampled": Scorer(
            shapley_sampled.length,
            shapley_sampled.measure,
            lambda utilities, n, seed, _design: shapley_sampled.scores(utilities, n, seed),
            shapley_sampled.restrict,
        ),
        "shapley-design": Scorer(
            shapley_design.length, shapley_design.measure, shapley_design.scores, shapley_design.restrict
        ),
        "loss-delta": _undrawn(loss_delta.length, loss_delta.measure, loss_delta.scores, loss_delta.restrict),
        # What a Gauntlet's scores are before anything is remembered: those of `loss-delta`.
        "gauntlet": _undrawn(gauntlet.length, gauntlet.measure, loss_delta.scores, gauntlet.restrict),
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
    most = max_peers(mechanism)
    if not 0 <= n <= most:
        raise InputError(f"{mechanism.method.name} values up to {most} players, not {n}")
    return _scorer(mechanism).length(mechanism, n)


def measure(mechanism: Mechanism, data: RoundData) -> Integers:
    """Measure a round as the mechanism says; return int64 (k,), in nano-nats.

    `shapley-exact`, `shapley-sampled` and `shapley-design` give utilities of coalitions (`measure` of their
    files), `loss-delta` four losses a player (`loss_delta.measure`), every other method the scores
    (`by_name.measure`). A round without players measures as zeros: the empty coalitions, or nothing.

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


def scores(
    mechanism: Mechanism,
    utilities: Integers,
    n: int,
    *,
    seed: bytes = bytes(32),
    design: IntegerDesign | None = None,
) -> list[int]:
    """Return the score of each of `n` players in nano-nats, from agreed utilities, in exact integers.

    Args:
        mechanism: The project's rules.
        utilities: The agreed utilities, int64 (k,).
        n: The number of players.
        seed: The round's randomness, as in its `RoundData`.
        design: The mechanism's design, as in the round's `RoundData`.

    Raises:
        InputError: the length does not fit the method and `n`, or the design is not there.
        FixedPointError: an entry is no fixed-point number.

    >>> from valuation.mechanism import default_mechanism
    >>> scores(default_mechanism(), np.array([0, 10, 20, 40]), n=2)
    [15, 25]
    """
    _check_length(mechanism, utilities, n)
    return _scorer(mechanism).scores(utilities, n, seed, design)


def score_round(
    mechanism: Mechanism, utilities: Integers, seen: Seen, design: IntegerDesign | None = None
) -> tuple[list[int], bytes]:
    """Return the score of each player of a round, and what the method remembers of it for the next.

    Most methods remember nothing: their scores are `scores`. The scores of `gauntlet` are in billionths.

    Raises:
        InputError: the length does not fit the method and the players.
        FixedPointError: an entry is no fixed-point number.
        MechanismError: the state is not what the method remembers.

    >>> from valuation.mechanism import default_mechanism
    >>> seen = Seen(1, bytes(32), ("0xa0", "0xb0"), np.ones((2, 650), dtype=np.float32), (0, 1), {})
    >>> score_round(default_mechanism(), np.array([0, 10, 20, 40]), seen)
    ([15, 25], b'')
    """
    _check_length(mechanism, utilities, len(seen.players))
    if mechanism.gauntlet is not None:
        return gauntlet.score_round(mechanism, utilities, seen)
    return scores(mechanism, utilities, len(seen.players), seed=seen.seed, design=design), b""


def restrict(
    mechanism: Mechanism, utilities: Integers, measured: Sequence[str], players: Sequence[str]
) -> Integers:
    """Return what a measurement of some of its players alone would have been, int64 (k',).

    Evaluators may disagree about whose update can be decoded; one that measured more players than the others
    has measured theirs too, if the method measures sets of players. Of drawn orders, seats and whole scores
    nothing is left when a player is taken away.

    Args:
        mechanism: The project's rules.
        utilities: The measurement, int64 (k,).
        measured: The players that it is of, ascending.
        players: The ones to keep, ascending.

    Raises:
        InputError: a list is not ascending, a player was not measured, the length does not fit, or fewer
            players cannot be told from a measurement of more.

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
    if len(kept) == len(measured):
        return utilities
    return _scorer(mechanism).restrict(utilities, kept)


def _scorer(mechanism: Mechanism) -> Scorer:
    return SCORERS[mechanism.method.name]


def _check_length(mechanism: Mechanism, utilities: Integers, n: int) -> None:
    if utilities.shape != (utilities_length(mechanism, n),):
        raise InputError(f"utilities of shape {utilities.shape} are not those of {n} players")

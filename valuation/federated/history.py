"""Adding up what rounds were worth, when not everybody took part in each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt

from valuation.errors import GameError
from valuation.federated.assumptions import Assumptions, everyone_in
from valuation.federated.round import Round
from valuation.game import CachedGame
from valuation.result import Label, Valuation


def value_each_round(
    rounds: Sequence[Round],
    value: Callable[[Round], Valuation],
    assumptions: Assumptions,
    *,
    checked: tuple[str, ...] | None = None,
    reason: str = "",
) -> Valuation:
    """Return the sums over rounds of each peer's values; a round that a peer missed adds nothing.

    Rounds are valued independently, so their standard errors add as squares.

    Args:
        rounds: the rounds.
        value: values one of them; its players are the round's.
        assumptions: the method's assumptions, which are checked here unless `checked` is given.
        checked: the assumptions that were checked already.
        reason: what to say about how the values came about.

    Raises:
        InputError: there is no round.
        AssumptionError: an assumption does not hold.
        GameError: a loss answered badly; the message says in which round.

    >>> round = Round(("a", "b"), np.eye(2, dtype=np.float32), np.zeros(2, dtype=np.float32),
    ...               lambda params: params @ np.array([1.0, 3.0]), learning_rate=1.0)
    >>> value_each_round([round, round], lambda each: measured(each.players, np.array([1.0, 2.0])),
    ...                  Assumptions(method="example")).values.tolist()
    [2.0, 4.0]
    """
    held = assumptions.check(rounds) if checked is None else checked
    results = []
    for number, round in enumerate(rounds):
        with in_round(number):
            results.append(value(round))
    return add_up(results, everyone_in(rounds), assumptions.method, held, reason)


@contextmanager
def in_round(number: int) -> Iterator[None]:
    """Say the round's number in every refusal of what was measured in it.

    >>> with in_round(3):
    ...     raise GameError("the loss of the base model is nan")
    Traceback (most recent call last):
    valuation.errors.GameError: round 3: the loss of the base model is nan
    """
    try:
        yield
    except GameError as error:
        raise GameError(f"round {number}: {error}") from error


def add_up(
    results: Sequence[Valuation],
    everyone: tuple[str, ...],
    method: str,
    checked: tuple[str, ...],
    reason: str = "",
) -> Valuation:
    """Return the sum of independent valuations of some of everyone each.

    >>> one, other = measured(("a", "b"), np.array([1.0, 2.0])), measured(("b",), np.array([5.0]))
    >>> add_up([one, other], ("a", "b"), "example", ()).values.tolist()
    [1.0, 7.0]
    """
    values, variances = np.zeros(len(everyone)), np.zeros(len(everyone))
    for result in results:
        places = places_of(result.players, everyone)
        values[places] += result.values
        variances[places] += result.standard_errors**2
    return Valuation(
        players=everyone,
        values=values,
        standard_errors=np.sqrt(variances),
        total=sum(result.total for result in results),
        evaluations=sum(result.evaluations for result in results),
        unique_evaluations=sum(result.unique_evaluations for result in results),
        method=method,
        reason=reason,
        exact=all(result.exact for result in results),
        efficiency_gap=sum(result.efficiency_gap for result in results),
        assumptions=checked,
    )


def places_of(players: Sequence[Label], everyone: Sequence[Label]) -> npt.NDArray[np.intp]:
    """Return where players stand among everyone, (k,).

    >>> places_of(("c", "a"), ("a", "b", "c")).tolist()
    [2, 0]
    """
    place = {player: position for position, player in enumerate(everyone)}
    return np.array([place[player] for player in players], dtype=np.intp)


def measured(
    players: tuple[str, ...],
    values: npt.NDArray[np.float64],
    *,
    game: CachedGame | None = None,
    evaluations: int = 0,
    total: float | None = None,
    standard_errors: npt.NDArray[np.float64] | None = None,
) -> Valuation:
    """Return the values of one game, float64 (k,), as a valuation; without standard errors they are exact.

    `total` is what there was to divide, the sum of the values if it is not given. What was measured is either
    what the cached game behind had to, or a number of evaluations.

    >>> measured(("a", "b"), np.array([1.0, 2.0])).total
    3.0
    """
    count = game.unique if game else evaluations
    whole = float(values.sum()) if total is None else total
    return Valuation(
        players=players,
        values=values,
        standard_errors=np.zeros(len(values)) if standard_errors is None else standard_errors,
        total=whole,
        evaluations=count,
        unique_evaluations=count,
        method="one game",
        exact=standard_errors is None,
        efficiency_gap=whole - float(values.sum()),
    )

"""What time-aware rewards start from: one game of all rounds, and who joined when."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from valuation.coalitions import coalitions_of, masks_of
from valuation.errors import InputError
from valuation.federated.assumptions import Assumptions, everyone_in
from valuation.federated.history import in_round, places_of
from valuation.federated.round import Round, round_game
from valuation.federated.superadditive import transformed_table
from valuation.game import Utilities
from valuation.result import Valuation
from valuation.shapley.table import tabulate

Times = npt.NDArray[np.int64]
"""Int64 (n,): the interval in which each player joined, counted from 0."""

MOST_PEERS = 13
"""Superadditivity compares 3^n pairs of coalitions: 1.6 million at 13."""


def value_with_times(
    rounds: Sequence[Round],
    assumptions: Assumptions,
    times: Mapping[str, int] | None,
    transform: str,
    rule: Callable[[Utilities, Times], npt.NDArray[np.float64]],
) -> Valuation:
    """Return what a time-aware rule makes of all rounds, added up to one game and transformed by name.

    The rule takes the game's table, float64 (2^n,), and the players' times, int64 (n,), and returns their
    rewards, float64 (n,).

    Raises:
        InputError: there is no round, a peer's time is missing or negative, or the transform is unknown.
        AssumptionError: an assumption does not hold, or the game is not monotone and superadditive.
        GameError: the loss answered badly.
    """
    checked = assumptions.check(rounds)
    everyone = everyone_in(rounds)
    joined = join_times(rounds, everyone) if times is None else _given_times(times, everyone)
    summed, evaluations = summed_table(rounds, everyone)
    table = transformed_table(summed, transform, everyone)
    rewards = rule(table, joined)
    total = float(table[-1])
    return Valuation(
        players=everyone,
        values=rewards,
        standard_errors=np.zeros(len(everyone)),
        total=total,
        evaluations=evaluations,
        unique_evaluations=evaluations,
        method=assumptions.method,
        reason=f"joined in intervals {joined.tolist()}; what is left of the total belongs to nobody",
        exact=True,
        efficiency_gap=total - float(rewards.sum()),
        assumptions=(
            *checked,
            f"the game, transform {transform!r}, is not negative, monotone, superadditive",
        ),
    )


def join_times(rounds: Sequence[Round], everyone: Sequence[str]) -> Times:
    """Return the number of the round in which each peer first took part, int64 (n,).

    >>> round = Round(("a", "b"), np.eye(2, dtype=np.float32), np.zeros(2, dtype=np.float32),
    ...               lambda params: params @ np.array([1.0, 3.0]), learning_rate=1.0)
    >>> join_times([round], ("a", "b", "c")).tolist()
    [0, 0, 1]
    """
    times = np.full(len(everyone), len(rounds), dtype=np.int64)
    for number in reversed(range(len(rounds))):
        times[places_of(rounds[number].players, everyone)] = number
    return times


def summed_table(rounds: Sequence[Round], everyone: Sequence[str]) -> tuple[Utilities, int]:
    """Return v(S) = sum over rounds t of v_t(S within I_t), float64 (2^n,), and the evaluations that it took.

    Raises:
        GameError: the loss answered badly.

    >>> round = Round(("a", "b"), np.eye(2, dtype=np.float32), np.zeros(2, dtype=np.float32),
    ...               lambda params: params @ np.array([1.0, 3.0]), learning_rate=1.0)
    >>> table, evaluations = summed_table([round, round], ("a", "b"))
    >>> table.tolist(), evaluations
    ([0.0, 2.0, 6.0, 4.0], 8)
    """
    n = len(everyone)
    coalitions = coalitions_of(np.arange(2**n), n)
    table, evaluations = np.zeros(2**n), 0
    for number, round in enumerate(rounds):
        with in_round(number):
            own = tabulate(round_game(round))
        table += own[masks_of(coalitions[:, places_of(round.players, everyone)])]
        evaluations += len(own)
    return table, evaluations


def check_times(table: Utilities, times: Times) -> int:
    """Return the number of players of a table, float64 (2^n,), whose times, int64 (n,), fit it.

    Raises:
        InputError: they do not, or a time is negative.

    >>> check_times(np.zeros(4), np.array([0, 3]))
    2
    """
    n = table.size.bit_length() - 1
    if times.shape != (n,) or times.min() < 0:
        raise InputError(f"{n} players need as many times from 0, not {times.tolist()}")
    return n


def _given_times(times: Mapping[str, int], everyone: Sequence[str]) -> Times:
    for peer in everyone:
        if peer not in times:
            raise InputError(f"peer {peer!r} has no time of joining")
        if not isinstance(times[peer], int | np.integer):
            raise InputError(f"peer {peer!r} joined in no whole interval, but at {times[peer]!r}")
    return np.array([times[peer] for peer in everyone], dtype=np.int64)

"""One run of an estimator: the budget, the record of what was measured, and when to stop.

An estimator asks a `Run` for utilities and never sees the game. So the budget holds for all of them in one
place, every run can be saved and continued, and no result depends on how the game is called.

A run is a function of its seed. What an estimator asks for does not depend on the budget, which only decides
where it stops; to continue a run is therefore to repeat it from the same seed with a larger budget, the
utilities that were measured before being answered from the record at no cost.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuation.coalitions import Coalitions, keys_of
from valuation.errors import InputError
from valuation.game import Game, Utilities, evaluate, player_count
from valuation.shapley.record import Record
from valuation.stopping import Progress, StoppingRule

_Vector = npt.NDArray[np.float64]


def generator_of(seed: int, purpose: str, number: int = 0) -> np.random.Generator:
    """Return the generator that belongs to a seed, a purpose and a number.

    >>> generator_of(1, "pairs").random() == generator_of(1, "pairs").random()
    True
    """
    return np.random.default_rng([seed, number, *purpose.encode()])


@dataclass(frozen=True)
class Estimate:
    """What an estimator concludes from its observations.

    Attributes:
        values: float64 (n,).
        standard_errors: float64 (n,); NaN where the observations are too few to tell.
        gap: what the values fell short of the total before they were made to add up to it.
        assumptions: what the standard errors and the values rest on, one sentence each.
    """

    values: _Vector
    standard_errors: _Vector
    gap: float = 0.0
    assumptions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Options:
    """What a user may set about the methods (see `valuation.shapley.estimate`)."""

    noisy: bool = False
    max_pairs: int = 2000
    truncation: float = 0.01


class Run:
    """A budgeted conversation with a game, recorded. The utilities of nobody and everybody come first.

    Estimators number the players by the order of their labels, the game by its columns: player k of the
        estimator
    is column order[k]. Utilities and records are those of the game.

    Raises:
        InputError: the budget does not pay for what the record to be continued holds.
        GameError: the game answered badly.
    """

    def __init__(
        self,
        game: Game,
        *,
        budget: int,
        seed: int,
        options: Options,
        order: npt.NDArray[np.intp] | None = None,
        stop: StoppingRule | None = None,
        batch_size: int = 8192,
        past: Record | None = None,
    ) -> None:
        self.n = player_count(game)
        self.seed = seed
        self.options = options
        self.stopped = False
        self._game = game
        self._budget = budget
        self._order = order
        self._stop = stop
        self._batch_size = batch_size
        self._asked = 0
        self._coalitions: list[npt.NDArray[np.uint8]] = []
        self._utilities: list[Utilities] = []
        self._answers: dict[bytes, list[float]] = {} if past is None else past.answers()
        self._history: list[_Vector] = []
        self._began = time.monotonic()
        if past is not None and len(past.utilities) > budget:
            raise InputError(f"a budget of {budget} is less than the {len(past.utilities)} already measured")
        self._ends: list[Utilities] = []
        self.measure_ends()

    @property
    def remaining(self) -> int:
        """How many utilities may still be asked for."""
        return self._budget - self._asked

    @property
    def ends_measured(self) -> int:
        """How many times nobody and everybody were measured."""
        return len(self._ends)

    @property
    def nobody(self) -> float:
        """The utility of the empty coalition, the mean of its measurements."""
        return float(np.mean(self._ends, axis=0)[0])

    @property
    def everybody(self) -> float:
        """The utility of all players together, the mean of its measurements."""
        return float(np.mean(self._ends, axis=0)[1])

    @property
    def continuing(self) -> bool:
        """Whether answers of the run to be continued are left."""
        return bool(self._answers)

    @property
    def total(self) -> float:
        """The utility of everybody less the utility of nobody."""
        return self.everybody - self.nobody

    def generator(self, purpose: str, number: int = 0) -> np.random.Generator:
        """Return a generator of its own for each purpose and number, the same in every run of this seed."""
        return generator_of(self.seed, purpose, number)

    def measure(self, coalitions: Coalitions) -> Utilities:
        """Return the utilities, float64 (m,), of coalitions, bool (m, n), and record them.

        Raises:
            InputError: the budget does not pay for them.
            GameError: the game answered badly.
        """
        if len(coalitions) > self.remaining:
            raise InputError(
                f"{len(coalitions)} utilities do not fit the {self.remaining} of the budget left"
            )
        columns = coalitions
        if self._order is not None:
            columns = np.empty_like(coalitions)
            columns[:, self._order] = coalitions
        utilities = self._recall(columns) if self._answers else self._ask(columns)
        self._asked += len(columns)
        self._coalitions.append(np.packbits(columns, axis=1, bitorder="little"))
        self._utilities.append(utilities)
        return utilities

    def measure_ends(self) -> None:
        """Measure nobody and everybody, once more if they were measured before."""
        self._ends.append(self.measure(np.array([[False] * self.n, [True] * self.n])))

    def enough(self, conclude: Callable[[], Estimate]) -> bool:
        """Say whether the stopping rule, if there is one, is content with the current estimate."""
        if self._stop is None:
            return False
        estimate = conclude()
        self._history.append(estimate.values)
        if self._answers:
            return False
        progress = Progress(
            evaluations=self._asked,
            elapsed=time.monotonic() - self._began,
            history=np.array(self._history),
            standard_errors=estimate.standard_errors,
        )
        self.stopped = self._stop(progress)
        return self.stopped

    def record(self) -> Record:
        """Return everything that was asked and answered so far."""
        return Record(np.concatenate(self._coalitions), np.concatenate(self._utilities), self.n)

    def _ask(self, coalitions: Coalitions) -> Utilities:
        return evaluate(self._game, coalitions, batch_size=self._batch_size)

    def _recall(self, coalitions: Coalitions) -> Utilities:
        keys = keys_of(coalitions)
        utilities = np.empty(len(keys))
        unknown = []
        for row, key in enumerate(keys):
            answers = self._answers.get(key)
            if answers is None:
                unknown.append(row)
                continue
            utilities[row] = answers.pop(0)
            if not answers:
                del self._answers[key]
        utilities[unknown] = self._ask(coalitions[unknown])
        return utilities

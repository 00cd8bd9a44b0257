"""Valuing while training runs: round by round, whatever goes wrong, which is listed and stops nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.federated.history import add_up
from valuation.federated.registry import check_arguments, method_named, value_rounds
from valuation.federated.round import Round
from valuation.gradients.layout import Layout
from valuation.hooks.arrays import pseudo_gradient
from valuation.result import Valuation

Arrays: TypeAlias = Mapping[str, npt.NDArray[Any]]
"""A model's arrays by name."""

ModelLoss: TypeAlias = Callable[[dict[str, npt.NDArray[np.float64]]], float]
"""From one model's arrays, by name and in the model's own shapes and order, to its loss in nats."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reply:
    """What a client sent back.

    Attributes:
        client: Who it is.
        arrays: The trained model.
        weight: What the client weighs in the mean: the number of its examples, say.
    """

    client: str
    arrays: Arrays
    weight: float = 1.0


@dataclass(frozen=True)
class Problem:
    """What went wrong in a round.

    Attributes:
        round: The round.
        client: Whose fault it is; empty if it is no client's.
        name: The error's name.
        text: What was wrong.
    """

    round: int
    client: str
    name: str
    text: str

    def __str__(self) -> str:
        return f"round {self.round}{self.client and f', client {self.client}'}: {self.name}: {self.text}"


@dataclass(frozen=True)
class _NamedLoss:
    """A loss of one model's arrays as a loss of many flat models."""

    loss: ModelLoss
    layout: Layout

    def __call__(self, models: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.array([float(self.loss(self.layout.unflatten(model))) for model in models])


class RunningValuation:
    """The values of clients in a training run, a round at a time; nothing that a round does raises an error.

    A coalition's model is the base less the mean of its updates, by weight (`valuation.federated.round`).
    Rounds are valued on their own and forgotten, where the method's values are sums over rounds. Where they
    are not, or where earlier rounds count (`MethodSpec.accumulates`, `remembers`), each round values all so
    far; their updates are kept, 4 bytes a client and parameter a round.

    Args:
        loss: from a model's arrays to its loss in nats, on validation data.
        method: any of `valuation.methods()`.
        rng: the generator of the methods that draw at random.
        parameters: the method's own.

    Attributes:
        valuations: `(round, Valuation)` in the order of the rounds, those that could be valued.
        problems: everything that went wrong; each was also logged as a warning.

    Raises:
        InputError: there is no such method or parameter, or the method needs a generator.
        AssumptionError: the method needs something of the clients' own data that was not given.

    >>> running = RunningValuation(lambda model: float(((model["w"] - 1.0) ** 2).mean()), "shapley-exact")
    >>> good, bad = Reply("ada", {"w": np.array([1.0, 1.0])}), Reply("eve", {"w": np.array([-1.0, 3.0])})
    >>> running.value(1, {"w": np.zeros(2)}, [good, bad]).values.tolist()
    [2.0, -2.0]
    >>> running.value(2, {"w": np.zeros(2)}, [good, Reply("bob", {"w": np.array([np.nan, 1.0])})]).players
    ('ada',)
    >>> print(running.problems[0])
    round 2, client bob: NotFinite: the update of tensor 'w' is not finite
    >>> dict(zip(running.totals().players, running.totals().values.tolist()))
    {'ada': 3.0, 'eve': -2.0}
    """

    def __init__(
        self,
        loss: ModelLoss,
        method: str = "fedsv",
        *,
        rng: np.random.Generator | None = None,
        **parameters: Any,
    ) -> None:
        check_arguments(method, rng, parameters)
        self.valuations: list[tuple[int, Valuation]] = []
        self.problems: list[Problem] = []
        self._loss, self._method, self._rng, self._parameters = loss, method, rng, parameters
        spec = method_named(method)
        self._together = spec.remembers or not spec.accumulates
        self._kept: list[Round] = []

    def value(self, round: int, base: Arrays, replies: Sequence[Reply]) -> Valuation | None:
        """Return what the clients of a round contributed; None if that cannot be said, `problems` says why.

        A client whose arrays are not those of the base, or not finite, is left out of the round.

        Args:
            round: the round's number.
            base: the model that the clients started from.
            replies: what came back.
        """
        try:
            layout = Layout(tuple(base), tuple(array.shape for array in base.values()))
            origin = layout.flatten(base)
            loss = _NamedLoss(self._loss, layout)
        except Exception as error:
            self.report(round, "", error)
            return None
        rows: dict[str, npt.NDArray[np.float32]] = {}
        weights = []
        for reply in replies:
            try:
                row = self._row(layout, base, reply)
                if reply.client in rows:
                    raise InputError("there is a second reply of this client")
            except Exception as error:
                self.report(round, reply.client, error)
            else:
                rows[reply.client] = row
                weights.append(reply.weight)
        if not rows:
            self.report(round, "", InputError("no client's reply can be valued"))
            return None
        try:
            matrix, shares = np.stack(list(rows.values())), np.array(weights, dtype=np.float64)
            played = Round(tuple(rows), matrix, origin, loss, learning_rate=1.0, weights=shares)
            rounds = [*self._kept, played]
            result = value_rounds(rounds, self._method, rng=self._rng, **self._parameters)
        # The loss is the caller's, and may raise anything: no reason to lose a training run.
        except Exception as error:
            self.report(round, "", error)
            return None
        self._kept = rounds if self._together else []
        self.valuations.append((round, result))
        return result

    def _row(self, layout: Layout, base: Arrays, reply: Reply) -> npt.NDArray[np.float32]:
        if not 0 < reply.weight < np.inf:
            raise InputError(f"it weighs {reply.weight}")
        return layout.flatten(pseudo_gradient(base, reply.arrays))

    def report(self, round: int, client: str, error: BaseException) -> None:
        """Add to the problems, and log, what went wrong in a round and with which client."""
        problem = Problem(round, client, type(error).__name__, str(error))
        self.problems.append(problem)
        _log.warning("%s", problem)

    def totals(self) -> Valuation:
        """Return what each client contributed in all rounds so far; nobody is in it before the first."""
        if self._together and self.valuations:
            return self.valuations[-1][1]
        results = [result for _, result in self.valuations]
        everyone = tuple(dict.fromkeys(str(player) for result in results for player in result.players))
        assumptions = results[-1].assumptions if results else ()
        return add_up(results, everyone, self._method, assumptions)

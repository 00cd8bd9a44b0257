"""A Flower strategy that also values its clients: wraps any other, changes nothing of what it computes.

    strategy = ValuingStrategy(FedAvg(), loss=validation_loss)
    result = strategy.start(grid, initial_arrays, num_rounds=10)
    print(strategy.totals())

Made for the message API, `flwr.serverapp.strategy.Strategy`; the older `flwr.server.strategy.Strategy`, with
`configure_fit` and `aggregate_fit`, is wrapped as well. Tested with flwr 1.42, extra `flower`; this module
imports nothing of Flower before a strategy of it is there. Updates must be readable: with secure aggregation
the server sees their sum alone, and no method can value that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np

from valuation.errors import InputError, WeighhouseError
from valuation.hooks.running import Arrays, ModelLoss, Problem, Reply, RunningValuation
from valuation.result import Valuation


class ClientFailed(WeighhouseError):
    """A client of a federated run answered with an error."""


class NoReply(WeighhouseError):
    """A client of a federated run was asked and did not answer in time."""


class ValuingStrategy:
    """A strategy that hands everything to another, and values each round's clients on the way.

    What it returns is the wrapped strategy's, with a metric `value/CLIENT` more for each client, in nats with
    most methods: the drop in loss that the client brought. A coalition's model is the mean of its clients'
    models, weighted as FedAvg weights them, whatever the wrapped strategy does: what FedAdam, say, does to a
    mean depends on earlier rounds. Clients say themselves how many examples they have.

    Nothing that a client, the loss or the method does stops the training through this wrapper: it is in
    `problems`. What the wrapped strategy cannot aggregate still raises its own error, unless `leave_out` is
    set. A client whose parameters make the loss infinite costs the round its values: cap the loss.

    Attributes read, set and called on the wrapper are those of the wrapped strategy, and `isinstance` says
    what it says of that; a wrapped strategy can be wrapped again, to be valued by a second method.

    Args:
        wrapped: the strategy.
        loss: from a model's arrays, by the names of the `ArrayRecord` (with the older API by place, "0", "1",
            ...), to its loss in nats on the server's validation data. It is called for every coalition.
        method: any of `valuation.methods()`.
        rng: the generator of the methods that draw at random.
        weighted_by: the metric that says what a client weighs, with the older API its `num_examples`; None
            if all weigh the same.
        leave_out: keep replies that cannot be valued from the wrapped strategy: arrays that are missing, not
            finite or of another shape, and weights that are not above zero.
        parameters: the method's own.

    Attributes:
        wrapped: the wrapped strategy.
        running: the values of the rounds so far, and what went wrong.

    Raises:
        InputError: there is no such method or parameter, or the method needs a generator.
        AssumptionError: the method needs something of the clients' own data that was not given.
    """

    __slots__ = ("_asked", "_base", "_leave_out", "_weighted_by", "running", "wrapped")

    def __init__(
        self,
        wrapped: Any,
        loss: ModelLoss,
        method: str = "fedsv",
        *,
        rng: np.random.Generator | None = None,
        weighted_by: str | None = "num-examples",
        leave_out: bool = False,
        **parameters: Any,
    ) -> None:
        self.wrapped = wrapped
        self.running = RunningValuation(loss, method, rng=rng, **parameters)
        self._weighted_by = weighted_by
        self._leave_out = leave_out
        self._base: Arrays = {}
        self._asked: list[Any] = []

    @property
    def valuations(self) -> list[tuple[int, Valuation]]:
        """`(round, Valuation)` of the rounds that could be valued; see `RunningValuation`."""
        return self.running.valuations

    @property
    def problems(self) -> list[Problem]:
        """Everything that went wrong with clients and values; each was also logged as a warning."""
        return self.running.problems

    def totals(self) -> Valuation:
        """Return what each client contributed in all rounds so far."""
        return self.running.totals()

    def start(self, *args: Any, **kwargs: Any) -> Any:
        """Run the wrapped strategy's own `start`, with this strategy's rounds."""
        return self.wrapped.__class__.start(self, *args, **kwargs)

    def configure_train(self, server_round: int, arrays: Any, config: Any, grid: Any) -> Any:
        """Return the wrapped strategy's messages to clients, and remember which model they start from."""
        self._start_from(server_round, lambda: _arrays_of(arrays))
        messages = list(self.wrapped.configure_train(server_round, arrays, config, grid))
        self._asked = [message.metadata.dst_node_id for message in messages]
        return messages

    def aggregate_train(self, server_round: int, replies: Iterable[Any]) -> tuple[Any, Any]:
        """Return what the wrapped strategy makes of the replies, and value the clients."""
        every = list(replies)
        answers = [
            (each.metadata.src_node_id, partial(_message_read, each, self._weighted_by)) for each in every
        ]
        values, faulty = self._value(server_round, answers)
        kept = [each for each in every if each.has_error() or each.metadata.src_node_id not in faulty]
        arrays, metrics = self.wrapped.aggregate_train(server_round, kept)
        if values:
            from flwr.app import MetricRecord

            metrics = MetricRecord({**(metrics or {}), **values})
        return arrays, metrics

    def configure_fit(self, server_round: int, parameters: Any, client_manager: Any) -> Any:
        """Return the wrapped strategy's instructions to clients, in the older API."""
        self._start_from(server_round, lambda: _numbered(parameters))
        instructions = list(self.wrapped.configure_fit(server_round, parameters, client_manager))
        self._asked = [proxy.cid for proxy, _ in instructions]
        return instructions

    def aggregate_fit(self, server_round: int, results: Any, failures: Any) -> tuple[Any, Any]:
        """Return what the wrapped strategy makes of the results, and value the clients, in the older API."""
        told = list(results)
        for failure in failures:
            if isinstance(failure, BaseException):
                self.running.report(server_round, "", failure)
            else:
                told.append(failure)
        answers = [(proxy.cid, partial(_result_read, result, self._weighted_by)) for proxy, result in told]
        values, faulty = self._value(server_round, answers)
        kept = [(proxy, result) for proxy, result in results if proxy.cid not in faulty]
        parameters, metrics = self.wrapped.aggregate_fit(server_round, kept, failures)
        return parameters, {**(metrics or {}), **values} if values else metrics

    def _start_from(self, server_round: int, read: Callable[[], Arrays]) -> None:
        try:
            self._base = read()
        except Exception as error:
            self._base = {}
            self.running.report(server_round, "", error)

    def _value(
        self, server_round: int, answers: Sequence[tuple[Any, Callable[[], tuple[Arrays, float]]]]
    ) -> tuple[dict[str, float], set[Any]]:
        """Return the metrics of a round, and whose replies the wrapped strategy is not to see."""
        already, replies = len(self.problems), []
        for client, read in answers:
            try:
                replies.append(Reply(str(client), *read()))
            except Exception as error:
                self.running.report(server_round, str(client), error)
        answered = {client for client, _ in answers}
        for client in dict.fromkeys(self._asked):
            if client not in answered:
                self.running.report(server_round, str(client), NoReply("it was asked to train"))
        result = self.running.value(server_round, self._base, replies)
        at_fault = {problem.client for problem in self.problems[already:]}
        faulty = {client for client in answered if str(client) in at_fault} if self._leave_out else set()
        if result is None:
            return {}, faulty
        values = zip(result.players, result.values.tolist(), strict=True)
        return {f"value/{client}": value for client, value in values}, faulty

    # To Flower, and to a `super()` in the wrapped strategy's own `start`, this is a strategy of that class.
    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return self.wrapped.__class__

    def __getattr__(self, name: str) -> Any:
        if name in ValuingStrategy.__slots__:
            raise AttributeError(name)  # not set yet: nobody to ask
        return getattr(self.wrapped, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ValuingStrategy.__slots__:
            object.__setattr__(self, name, value)
        else:
            setattr(self.wrapped, name, value)


def _arrays_of(record: Any) -> Arrays:
    return {name: array.numpy() for name, array in record.items()}


def _numbered(parameters: Any) -> Arrays:
    from flwr.common import parameters_to_ndarrays

    return {str(place): array for place, array in enumerate(parameters_to_ndarrays(parameters))}


def _message_read(message: Any, weighted_by: str | None) -> tuple[Arrays, float]:
    if message.has_error():
        raise ClientFailed(f"error {message.error.code}: {message.error.reason}")
    records = list(message.content.array_records.values())
    if len(records) != 1:
        raise InputError(f"the reply has {len(records)} records of arrays, not one")
    if weighted_by is None:
        return _arrays_of(records[0]), 1.0
    said = [each[weighted_by] for each in message.content.metric_records.values() if weighted_by in each]
    if len(said) != 1 or not isinstance(said[0], int | float):
        raise InputError(f"the reply has no number {weighted_by!r} among its metrics, or several")
    return _arrays_of(records[0]), float(said[0])


def _result_read(result: Any, weighted_by: str | None) -> tuple[Arrays, float]:
    if result.status.code.name != "OK":
        raise ClientFailed(f"{result.status.code.name}: {result.status.message}")
    return _numbered(result.parameters), 1.0 if weighted_by is None else float(result.num_examples)

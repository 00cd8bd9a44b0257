"""A softmax regression that honest and other clients train: model, clients, and a grid that reaches them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from flwr.app import Array, ArrayRecord, ConfigRecord, Context, Message, MetricRecord, RecordDict
from flwr.app import Error as ClientError
from flwr.clientapp import ClientApp
from flwr.serverapp import Grid, ServerApp
from flwr.supercore.run import Run
from flwr.supercore.task_identity import TaskIdentity

Arrays = dict[str, np.ndarray]
Behaviour = Callable[[Arrays, int, int], Arrays]

CENTRES = np.random.default_rng(0).normal(size=(3, 5))
START = {"weight": np.zeros((5, 3), dtype=np.float32), "bias": np.zeros(3, dtype=np.float32)}


def samples(seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng([1, seed])
    labels = rng.integers(3, size=count)
    return CENTRES[labels] + rng.normal(size=(count, 5)), labels


def probabilities(model: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    logits = x @ model["weight"] + model["bias"]
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


VALIDATION = samples(999, 300)


def validation_loss(model: Mapping[str, np.ndarray]) -> float:
    x, y = VALIDATION
    return float(-np.log(probabilities(model, x)[np.arange(len(y)), y] + 1e-12).mean())


def examples(node: int) -> int:
    return 30 + 10 * node


def honest(model: Arrays, node: int, round: int) -> Arrays:
    x, y = samples(node, examples(node))
    for _ in range(5):
        errors = (probabilities(model, x) - np.eye(3)[y]) / len(y)
        model = {
            "weight": (model["weight"] - 0.5 * x.T @ errors).astype(np.float32),
            "bias": (model["bias"] - 0.5 * errors.sum(axis=0)).astype(np.float32),
        }
    return model


def noise(model: Arrays, node: int, round: int) -> Arrays:
    rng = np.random.default_rng([2, node, round])
    return {name: array + rng.normal(size=array.shape).astype(np.float32) for name, array in model.items()}


def free_ride(model: Arrays, node: int, round: int) -> Arrays:
    return model


def crash(model: Arrays, node: int, round: int) -> Arrays:
    raise RuntimeError("out of memory")


def not_numbers(model: Arrays, node: int, round: int) -> Arrays:
    return model | {"bias": np.full(3, np.nan, dtype=np.float32)}


def wrong_shape(model: Arrays, node: int, round: int) -> Arrays:
    return model | {"bias": np.zeros(4, dtype=np.float32)}


MIXED = {1: honest, 2: honest, 3: honest, 4: honest, 5: noise, 6: free_ride}


def client_app(behaviour: Behaviour) -> ClientApp:
    app = ClientApp()

    @app.train()
    def train(message: Message, context: Context) -> Message:
        model = {name: array.numpy() for name, array in message.content["arrays"].items()}
        trained = behaviour(model, context.node_id, message.content["config"]["server-round"])
        arrays = ArrayRecord({name: Array(array) for name, array in trained.items()})
        metrics = MetricRecord({"num-examples": examples(context.node_id)})
        return Message(RecordDict({"arrays": arrays, "metrics": metrics}), reply_to=message)

    @app.evaluate()
    def evaluate(message: Message, context: Context) -> Message:
        size = float(sum(abs(array.numpy()).sum() for array in message.content["arrays"].values()))
        metrics = MetricRecord({"size": size, "num-examples": examples(context.node_id)})
        return Message(RecordDict({"metrics": metrics}), reply_to=message)

    return app


@dataclass
class LocalGrid(Grid):
    """Reaches ClientApps in this process; one that raises answers with an error, as a SuperNode does."""

    clients: Mapping[int, ClientApp]
    silent: frozenset[int] = frozenset()
    _run: Run = field(default_factory=partial(Run.create_empty, 1))

    def set_run(self, run: Run) -> None:
        self._run = run

    @property
    def run(self) -> Run:
        return self._run

    def create_message(self, content: RecordDict, message_type: str, dst_node_id: int, *rest: Any) -> Message:
        return Message(content, dst_node_id, message_type)

    def get_node_ids(self) -> Iterable[int]:
        return self.clients

    def push_messages(self, messages: Iterable[Message]) -> Iterable[str]:
        raise NotImplementedError

    def pull_messages(self, message_ids: Iterable[str]) -> Iterable[Message]:
        raise NotImplementedError

    def send_and_receive(
        self, messages: Iterable[Message], *, timeout: float | None = None
    ) -> Iterable[Message]:
        return [self._answer(each) for each in messages if each.metadata.dst_node_id not in self.silent]

    def _answer(self, message: Message) -> Message:
        node = message.metadata.dst_node_id
        try:
            return self.clients[node](message, context_of(node))
        except RuntimeError as error:
            return Message(ClientError(2, str(error)), reply_to=message)


def context_of(node: int) -> Context:
    return Context(1, node, {}, RecordDict(), {})


def train_with(
    strategy: Any, behaviours: Mapping[int, Behaviour] = MIXED, *, rounds: int = 3, silent: Iterable[int] = ()
) -> Any:
    """Run a ServerApp with a strategy, and return Flower's own result."""
    server, results = ServerApp(), []

    @server.main()
    def main(grid: Grid, context: Context) -> None:
        initial = ArrayRecord({name: Array(array) for name, array in START.items()})
        results.append(strategy.start(grid, initial, num_rounds=rounds, train_config=ConfigRecord()))

    run_app(server, behaviours, silent)
    return results[0]


def run_app(server: ServerApp, behaviours: Mapping[int, Behaviour], silent: Iterable[int] = ()) -> None:
    """Run a ServerApp among clients of these behaviours, by the ids of their nodes; some do not answer."""
    # What Flower's own process of a ServerApp says of itself.
    TaskIdentity.run_id, TaskIdentity.node_id, TaskIdentity.task_id = 1, 0, 0
    grid = LocalGrid({node: client_app(each) for node, each in behaviours.items()}, frozenset(silent))
    server(grid, context_of(0))


def arrays_of(result: Any) -> Arrays:
    return {name: array.numpy() for name, array in result.arrays.items()}

"""The strategies of Flower's older API, with `configure_fit` and `aggregate_fit`, are wrapped as well."""

from typing import Any

import numpy as np
import pytest
from flwr.common import (
    Code,
    DisconnectRes,
    EvaluateRes,
    FitIns,
    FitRes,
    GetParametersRes,
    GetPropertiesRes,
    Parameters,
    Status,
    ndarrays_to_parameters,
    parameters_to_ndarrays,
)
from flwr.server import Server, SimpleClientManager
from flwr.server.client_proxy import ClientProxy
from flwr.server.strategy import FedAvg, Strategy

from tests.flower.training import (
    MIXED,
    START,
    Arrays,
    Behaviour,
    crash,
    examples,
    honest,
    validation_loss,
    wrong_shape,
)
from valuation.hooks.flower import ValuingStrategy

OK = Status(Code.OK, "")


class Client(ClientProxy):
    """Trains in the server's process."""

    def __init__(self, node: int, behaviour: Behaviour) -> None:
        super().__init__(str(node))
        self.node, self.behaviour, self.round = node, behaviour, 0

    def fit(self, ins: FitIns, timeout: float | None, group_id: int | None) -> FitRes:
        self.round += 1
        trained = self.behaviour(named(ins.parameters), self.node, self.round)
        return FitRes(OK, ndarrays_to_parameters(list(trained.values())), examples(self.node), {})

    def get_properties(self, *arguments: Any) -> GetPropertiesRes:
        return GetPropertiesRes(OK, {})

    def get_parameters(self, *arguments: Any) -> GetParametersRes:
        return GetParametersRes(OK, ndarrays_to_parameters(list(START.values())))

    def evaluate(self, *arguments: Any) -> EvaluateRes:
        return EvaluateRes(OK, 0.0, 1, {})

    def reconnect(self, *arguments: Any) -> DisconnectRes:
        return DisconnectRes("")


def named(parameters: Parameters) -> Arrays:
    return dict(zip(START, parameters_to_ndarrays(parameters), strict=True))


def loss(arrays: Arrays) -> float:
    return validation_loss({"weight": arrays["0"], "bias": arrays["1"]})


def fed_avg() -> FedAvg:
    return FedAvg(initial_parameters=ndarrays_to_parameters(list(START.values())), fraction_evaluate=0.0)


def train_with(strategy: Any, behaviours: dict[int, Behaviour], rounds: int = 3) -> tuple[Arrays, Any]:
    manager = SimpleClientManager()
    for node, behaviour in behaviours.items():
        manager.register(Client(node, behaviour))
    server = Server(client_manager=manager, strategy=strategy)
    history, _ = server.fit(rounds, timeout=None)
    return named(server.parameters), history


@pytest.mark.parametrize("method", ["fedsv", "leave-one-out", "loss-delta"])
def test_honest_clients_are_worth_more_and_the_model_is_the_same(method: str) -> None:
    strategy = ValuingStrategy(fed_avg(), loss, method)
    assert isinstance(strategy, Strategy)
    model, history = train_with(strategy, MIXED)
    totals = dict(zip(strategy.totals().players, strategy.totals().values.tolist(), strict=True))
    assert min(totals[str(node)] for node in (1, 2, 3, 4)) > max(totals["5"], totals["6"])
    alone, _ = train_with(fed_avg(), MIXED)
    # Clients answer in any order, and FedAvg sums in the order of the answers.
    for name, array in alone.items():
        np.testing.assert_allclose(model[name], array, atol=1e-5)
    shown = [value for _, value in history.metrics_distributed_fit["value/1"]]
    assert sum(shown) == pytest.approx(totals["1"])


def test_the_same_results_aggregate_to_the_same_bytes() -> None:
    clients = [Client(node, behaviour) for node, behaviour in MIXED.items()]
    base = ndarrays_to_parameters(list(START.values()))
    results = [(client, client.fit(FitIns(base, {}), None, None)) for client in clients]
    wrapped, _ = ValuingStrategy(fed_avg(), loss).aggregate_fit(1, results, [])
    alone, _ = fed_avg().aggregate_fit(1, results, [])
    assert wrapped == alone


class Unwilling(Client):
    """Answers that it does not train."""

    def fit(self, ins: FitIns, timeout: float | None, group_id: int | None) -> FitRes:
        return FitRes(Status(Code.FIT_NOT_IMPLEMENTED, "not today"), Parameters([], ""), 0, {})


def test_a_client_that_says_that_it_failed_is_named_once() -> None:
    strategy, manager = ValuingStrategy(fed_avg(), loss), SimpleClientManager()
    for client in (Client(1, honest), Client(2, honest), Unwilling(3, honest)):
        manager.register(client)
    Server(client_manager=manager, strategy=strategy).fit(1, timeout=None)
    assert [str(each) for each in strategy.problems] == [
        "round 1, client 3: ClientFailed: FIT_NOT_IMPLEMENTED: not today"
    ]
    assert set(strategy.totals().players) == {"1", "2"}


def test_faulty_clients_are_named_and_the_others_valued() -> None:
    strategy = ValuingStrategy(fed_avg(), loss, leave_out=True)
    train_with(strategy, {1: honest, 2: honest, 7: wrong_shape, 8: crash}, rounds=1)
    assert {(each.client, each.name) for each in strategy.problems} == {
        ("", "RuntimeError"),
        ("8", "NoReply"),
        ("7", "WrongShape"),
    }
    assert set(strategy.totals().players) == {"1", "2"}

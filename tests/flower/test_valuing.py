"""A strategy that values clients on the way: what Flower computes stays, and honest work is worth more."""

import random
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flwr.serverapp.strategy import FedAdam, FedAvg, FedMedian, Strategy

from tests.flower.training import (
    MIXED,
    START,
    arrays_of,
    crash,
    examples,
    honest,
    not_numbers,
    run_app,
    train_with,
    validation_loss,
    wrong_shape,
)
from valuation.errors import AssumptionError, InputError
from valuation.hooks.flower import ValuingStrategy


def valuing(wrapped: Strategy, method: str = "fedsv", **arguments) -> ValuingStrategy:
    return ValuingStrategy(wrapped, validation_loss, method, **arguments)


def by_client(valuation) -> dict[str, float]:
    return dict(zip(valuation.players, valuation.values.tolist(), strict=True))


METHODS = ["fedsv", "shapley-exact", "leave-one-out", "loss-delta", "gtg-shapley", "comfedsv"]


@pytest.mark.parametrize("method", METHODS)
def test_honest_clients_are_worth_more_than_noise_and_free_riders(method: str) -> None:
    strategy = valuing(FedAvg(), method, rng=np.random.default_rng(3))
    train_with(strategy)
    totals = by_client(strategy.totals())
    assert min(totals[str(node)] for node in (1, 2, 3, 4)) > max(totals["5"], totals["6"])
    assert not strategy.problems


@pytest.mark.parametrize("make", [FedAvg, FedAdam, FedMedian])
def test_a_wrapped_strategy_computes_what_it_would_alone(make) -> None:
    state = random.getstate()
    alone = train_with(make())
    random.setstate(state)
    strategy = valuing(make())
    wrapped = train_with(strategy)
    for name, array in arrays_of(alone).items():
        np.testing.assert_array_equal(array, arrays_of(wrapped)[name], strict=True)
    assert wrapped.evaluate_metrics_clientapp == alone.evaluate_metrics_clientapp
    assert len(strategy.valuations) == 3


def test_a_rounds_values_add_up_to_what_the_round_brought() -> None:
    models = [START]

    class Watched(FedAvg):
        def aggregate_train(self, server_round, replies):
            arrays, metrics = super().aggregate_train(server_round, replies)
            models.append({name: array.numpy() for name, array in arrays.items()})
            return arrays, metrics

    strategy = valuing(Watched(), "shapley-exact")
    train_with(strategy)
    losses = [validation_loss(model) for model in models]
    # Clients have unlike numbers of examples, so that these sums agree only if coalitions are weighted.
    for (round, valuation), before, after in zip(strategy.valuations, losses, losses[1:], strict=False):
        assert valuation.values.sum() == pytest.approx(before - after, abs=1e-6), round
    assert strategy.totals().values.sum() == pytest.approx(losses[0] - losses[-1], abs=1e-6)


def test_flowers_result_shows_each_rounds_values() -> None:
    strategy = valuing(FedAvg())
    result = train_with(strategy)
    for round, valuation in strategy.valuations:
        metrics = result.train_metrics_clientapp[round]
        assert {name: metrics[f"value/{name}"] for name in valuation.players} == by_client(valuation)


def test_standings_are_of_all_rounds_so_far() -> None:
    strategy = valuing(FedAvg(), "cosine-shapley")
    train_with(strategy, rounds=2)
    assert strategy.totals() is strategy.valuations[-1][1]


def test_a_wrapper_can_be_wrapped_for_a_second_method() -> None:
    inner = valuing(FedAvg(), "leave-one-out")
    outer = valuing(inner, "fedsv")
    result = train_with(outer, rounds=2)
    assert [round for round, _ in inner.valuations] == [round for round, _ in outer.valuations] == [1, 2]
    assert result.arrays is not None


def test_to_flower_and_to_users_it_is_the_strategy_that_it_wraps() -> None:
    class Longer(FedAvg):
        def start(self, *args, **kwargs):
            self.started = True
            return super().start(*args, **kwargs)

    strategy = valuing(Longer(fraction_train=1.0))
    assert isinstance(strategy, Strategy)
    train_with(strategy, rounds=1)
    assert strategy.wrapped.started
    assert len(strategy.valuations) == 1
    strategy.min_train_nodes = 5
    assert strategy.wrapped.min_train_nodes == 5
    with pytest.raises(AttributeError, match="nothing"):
        strategy.nothing  # noqa: B018


FAULTS = [(crash, "ClientFailed"), (not_numbers, "NotFinite"), (wrong_shape, "WrongShape")]


@pytest.mark.parametrize(("fault", "name"), FAULTS)
def test_a_faulty_client_is_named_and_the_others_train_and_are_valued(fault, name: str) -> None:
    strategy = valuing(FedAvg(), leave_out=True)
    result = train_with(strategy, {1: honest, 2: honest, 7: fault})
    assert [(each.round, each.client, each.name) for each in strategy.problems] == [
        (round, "7", name) for round in (1, 2, 3)
    ]
    assert set(strategy.totals().players) == {"1", "2"}
    for name_of, array in arrays_of(train_with(FedAvg(), {1: honest, 2: honest})).items():
        np.testing.assert_allclose(array, arrays_of(result)[name_of], atol=1e-6)


def test_the_wrapped_strategy_sees_faulty_replies_unless_told_otherwise() -> None:
    strategy = valuing(FedAvg())
    result = train_with(strategy, {1: honest, 2: honest, 7: not_numbers}, rounds=2)
    assert np.isnan(arrays_of(result)["bias"]).all()
    first, *second = [str(each) for each in strategy.problems]
    assert first == "round 1, client 7: NotFinite: the update of tensor 'bias' is not finite"
    assert second[0].startswith("round 2: NotFinite")
    assert len(strategy.valuations) == 1


def test_clients_that_do_not_answer_are_named() -> None:
    strategy = valuing(FedAvg())
    train_with(strategy, {1: honest, 2: honest, 3: honest}, rounds=1, silent=[3])
    assert [(each.client, each.name) for each in strategy.problems] == [("3", "NoReply")]
    assert set(strategy.totals().players) == {"1", "2"}


def test_a_round_without_any_result_is_reported() -> None:
    strategy = valuing(FedAvg())
    train_with(strategy, {1: crash, 2: crash}, rounds=1)
    assert [each.name for each in strategy.problems] == ["ClientFailed", "ClientFailed", "InputError"]
    assert strategy.valuations == []
    assert strategy.totals().players == ()


@pytest.mark.parametrize("weighted_by", ["num-examples", None])
def test_clients_weigh_what_their_metric_says_or_all_the_same(weighted_by) -> None:
    # Alone, a client is worth the same whatever it weighs; together, it is not.
    strategy = valuing(FedAvg(), "leave-one-out", weighted_by=weighted_by)
    train_with(strategy, {1: honest, 9: honest}, rounds=1)
    trained = [honest(START, node, 1) for node in (1, 9)]
    weights = np.array([examples(1), examples(9)]) if weighted_by else np.ones(2)
    mean = {
        name: sum(w * model[name].astype(np.float64) for w, model in zip(weights, trained, strict=True))
        / weights.sum()
        for name in trained[0]
    }
    expected = validation_loss(trained[1]) - validation_loss(mean)
    assert by_client(strategy.totals())["1"] == pytest.approx(expected, abs=1e-6)


def test_a_weight_that_no_client_sends_is_reported() -> None:
    strategy = valuing(FedAvg(), weighted_by="samples")
    train_with(strategy, {1: honest, 2: honest}, rounds=1)
    assert [each.name for each in strategy.problems] == ["InputError"] * 3
    assert "no number 'samples'" in strategy.problems[0].text


def broken_loss(model) -> float:
    raise ZeroDivisionError("no validation data")


@pytest.mark.parametrize(
    ("loss", "method", "error"),
    [
        (broken_loss, "fedsv", "ZeroDivisionError"),
        (lambda model: float("nan"), "fedsv", "GameError"),
        (validation_loss, "verfedsv", "AssumptionError"),
    ],
)
def test_a_loss_or_method_that_fails_stops_nothing(loss, method: str, error: str) -> None:
    strategy = ValuingStrategy(FedAvg(), loss, method)
    result = train_with(strategy, rounds=2)
    assert [each.name for each in strategy.problems] == [error, error]
    assert result.train_metrics_clientapp.keys() == {1, 2}
    assert validation_loss(arrays_of(result)) < validation_loss(START)


def test_what_cannot_work_in_any_round_is_refused_before_the_first() -> None:
    for method, arguments, error in [
        ("no-such-method", {}, InputError),
        ("fedsv", {"colour": 1}, InputError),
        ("gtg-shapley", {}, InputError),
        ("fedce", {}, AssumptionError),
    ]:
        with pytest.raises(error):
            valuing(FedAvg(), method, **arguments)


def test_equal_seeds_draw_equal_values() -> None:
    found = []
    for _ in range(2):
        random.seed(1)
        strategy = valuing(FedAvg(), "fedsv", permutations=20, rng=np.random.default_rng(5))
        train_with(strategy, rounds=2)
        found.append(by_client(strategy.totals()))
    assert found[0] == found[1]
    assert set(found[0]) == set(map(str, MIXED))


def test_the_pages_example_runs_as_it_stands(capsys) -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "hooks.md").read_text()
    (code,) = [each for each in re.findall(r"```python\n(.*?)```", page, flags=re.S) if "ServerApp()" in each]
    example: dict[str, Any] = {}
    exec(code, example)

    def towards_one(model, node: int, round: int):
        return {"weight": model["weight"] + np.float32(0.1 * node)}

    def away(model, node: int, round: int):
        return {"weight": model["weight"] - np.float32(1.0)}

    run_app(example["app"], {1: towards_one, 2: towards_one, 3: away, 4: crash})
    shown = capsys.readouterr().out
    values = {client: float(value) for client, value in re.findall(r"^(\d) +(\S+)", shown, flags=re.M)}
    assert values["2"] > values["1"] > values["3"]
    assert "round 3, client 4: ClientFailed: error 2: out of memory" in shown

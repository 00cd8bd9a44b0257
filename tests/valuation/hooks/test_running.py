"""Values of a training run come round by round, and nothing that a round does stops them."""

import numpy as np
import pytest

from valuation.errors import AssumptionError, InputError
from valuation.federated.contributions import contributions
from valuation.hooks.running import Reply, RunningValuation

BASE = {"w": np.array([[0.5, -1.0]], dtype=np.float32), "steps": np.array(7, dtype=np.int64)}


def loss(model) -> float:
    return float(((model["w"] - np.array([[2.0, 1.0]])) ** 2).sum())


def flat_loss(models):
    return ((models[:, :2] - np.array([2.0, 1.0])) ** 2).sum(axis=1)


def reply(client: str, round: int = 1, weight: float = 1.0) -> Reply:
    rng = np.random.default_rng([ord(client[0]), round])
    moved = BASE["w"] + rng.normal(size=(1, 2)).astype(np.float32)
    return Reply(client, {"steps": BASE["steps"] + 1, "w": moved}, weight)


def update_of(reply: Reply) -> np.ndarray:
    return np.concatenate([(BASE["w"] - reply.arrays["w"]).ravel(), [-1.0]])


@pytest.mark.parametrize(
    "method", ["fedsv", "leave-one-out", "goal-alignment", "comfedsv", "fair-bfl", "cosine-shapley"]
)
def test_round_by_round_is_the_same_as_all_rounds_at_once(method: str) -> None:
    running = RunningValuation(loss, method)
    rounds = [[reply(client, round) for client in "abc"] for round in (1, 2, 3)]
    for number, replies in enumerate(rounds, start=1):
        running.value(number, BASE, replies)
    updates = [{each.client: update_of(each) for each in replies} for replies in rounds]
    flat = np.concatenate([BASE["w"].ravel(), [7.0]])
    at_once = contributions(updates, [flat] * 3, flat_loss, method)
    assert running.totals().players == at_once.players
    np.testing.assert_allclose(running.totals().values, at_once.values, atol=1e-6)
    assert [round for round, _ in running.valuations] == [1, 2, 3]


def test_the_loss_gets_arrays_of_the_models_own_shapes() -> None:
    seen = []

    def look(model) -> float:
        seen.append({name: array.shape for name, array in model.items()})
        return loss(model)

    RunningValuation(look).value(1, BASE, [reply("a")])
    assert seen
    for each in seen:
        assert each == {"w": (1, 2), "steps": ()}


def test_weights_say_whose_update_moves_the_mean() -> None:
    one, other = reply("a", weight=3.0), reply("b", weight=1.0)
    result = RunningValuation(loss, "shapley-exact").value(1, BASE, [one, other])
    assert result is not None
    mean = 0.75 * one.arrays["w"] + 0.25 * other.arrays["w"]
    assert result.values.sum() == pytest.approx(loss(BASE) - loss({"w": mean}), abs=1e-6)


@pytest.mark.parametrize(
    ("bad", "name"),
    [
        (Reply("x", {"w": BASE["w"]}), "MissingTensor"),
        (Reply("x", BASE | {"more": BASE["w"]}), "ExtraTensor"),
        (Reply("x", BASE | {"w": np.zeros(2)}), "WrongShape"),
        (Reply("x", BASE | {"w": np.array([[np.inf, 0.0]])}), "NotFinite"),
        (Reply("x", BASE | {"w": np.array([["a", "b"]])}), "ValueError"),
        (Reply("x", BASE, 0.0), "InputError"),
        (Reply("x", BASE, float("nan")), "InputError"),
        (reply("a", round=2), "InputError"),
    ],
)
def test_a_faulty_reply_is_named_logged_and_left_out(bad: Reply, name: str, caplog) -> None:
    running = RunningValuation(loss)
    result = running.value(4, BASE, [reply("a"), reply("b"), bad])
    alone = RunningValuation(loss).value(4, BASE, [reply("a"), reply("b")])
    assert result is not None
    assert alone is not None
    assert (result.players, result.values.tolist()) == (alone.players, alone.values.tolist())
    assert [(each.round, each.client, each.name) for each in running.problems] == [(4, bad.client, name)]
    assert caplog.messages == [str(running.problems[0])]


def test_a_round_that_cannot_be_valued_is_no_part_of_the_history() -> None:
    running = RunningValuation(loss, "cosine-shapley")
    running.value(1, BASE, [reply("a"), reply("b")])
    assert running.value(2, BASE, [reply("a")]) is None
    assert running.problems[-1].name == "AssumptionError"
    assert running.value(3, BASE, [reply("a"), reply("b")]) is not None
    assert [round for round, _ in running.valuations] == [1, 3]


def test_a_base_that_is_not_finite_is_a_problem_of_the_round() -> None:
    running = RunningValuation(loss)
    assert running.value(1, BASE | {"w": np.array([[np.nan, 0.0]])}, [reply("a")]) is None
    assert running.value(2, {}, []) is None
    assert [(each.client, each.name) for each in running.problems] == [("", "NotFinite"), ("", "InputError")]
    assert running.totals().players == ()


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("none-such", {}, InputError),
        ("fedsv", {"metrics": {}}, InputError),
        ("fedsv", {"rng": 1}, InputError),
        ("gtg-shapley", {}, InputError),
        ("fedce", {}, AssumptionError),
    ],
)
def test_what_cannot_work_in_any_round_is_refused_at_once(method: str, arguments, error) -> None:
    with pytest.raises(error):
        RunningValuation(loss, method, **arguments)

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from valuation.coalitions import coalitions_of
from valuation.errors import GameError, InputError
from valuation.federated.peer_data import CheckedMeasure
from valuation.federated.round import Round, RoundGame, round_game
from valuation.game import Game, evaluate
from valuation.models.losses import Losses
from valuation.models.mlp import MLP
from valuation.models.softmax import Softmax
from valuation.parallel import Workers


def a_round(model=None, n=4, seed=0, learning_rate=0.7):
    model = model or Softmax(5, 3)
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(30, 5)), rng.integers(0, 3, 30)
    return Round(
        players=tuple(f"peer {i}" for i in range(n)),
        updates=rng.normal(size=(n, model.layout.size)).astype(np.float32),
        base=rng.normal(size=model.layout.size).astype(np.float32),
        loss=lambda params: model.losses(params, x, y),
        learning_rate=learning_rate,
    )


def utility_by_hand(round, members):
    """One coalition, from the definition."""
    if not members:
        return 0.0
    base = round.base.astype(np.float64)
    mean = np.mean([round.updates[i].astype(np.float64) for i in members], axis=0)
    before, after = round.loss(np.stack([base, base - round.learning_rate * mean]))
    return before - after


@pytest.mark.parametrize("model", [Softmax(5, 3), MLP(5, 3, 4)], ids=lambda model: model.name)
@settings(max_examples=10)
@given(n=st.integers(1, 5), seed=st.integers(0, 2**32))
def test_a_utility_is_the_drop_in_loss_along_the_mean_update(model, n, seed):
    round = a_round(model, n, seed)
    coalitions = coalitions_of(np.arange(2**n), n)
    expected = [utility_by_hand(round, np.flatnonzero(row).tolist()) for row in coalitions]
    np.testing.assert_allclose(RoundGame(round)(coalitions), expected, rtol=0, atol=1e-12)


@given(st.integers(1, 5), st.integers(0, 2**32))
@settings(max_examples=10)
def test_a_weight_of_two_is_a_peer_that_is_there_twice(n, seed):
    round = a_round(n=n, seed=seed)
    weights = np.random.default_rng(seed).integers(1, 4, size=n)
    coalitions = coalitions_of(np.arange(2**n), n)
    expected = [
        utility_by_hand(round, np.repeat(np.flatnonzero(row), weights[row]).tolist()) for row in coalitions
    ]
    weighted = RoundGame(replace(round, weights=weights.astype(float)))
    np.testing.assert_allclose(weighted(coalitions), expected, rtol=0, atol=1e-12)


def test_equal_weights_change_no_bit():
    round = a_round()
    coalitions = coalitions_of(np.arange(16), 4)
    np.testing.assert_array_equal(
        RoundGame(replace(round, weights=np.ones(4)))(coalitions), RoundGame(round)(coalitions)
    )


@pytest.mark.parametrize(
    ("weights", "says"),
    [
        (np.ones(3), "weights"),
        (np.array([1.0, 0.0, 1.0, 1.0]), "peer 1"),
        (np.array([1, 1, np.inf, 1]), "peer 2"),
    ],
)
def test_weights_are_one_a_peer_and_above_zero(weights, says):
    with pytest.raises(InputError, match=says):
        replace(a_round(), weights=weights)


def test_rounds_of_unlike_weights_are_told_apart():
    model = Softmax(5, 3)
    x, y = np.ones((2, 5), dtype=np.float32), np.array([0, 1])
    told = []
    round = replace(
        a_round(model), loss=Losses(model, x, y), through=lambda game, key: told.append(key) or game
    )
    for weights in (None, np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 2.0, 3.0, 5.0])):
        round_game(replace(round, weights=weights))
    assert len({*told}) == 3


@given(st.integers(1, 40), st.integers(0, 2**32))
@settings(max_examples=20)
def test_blocks_and_batches_change_nothing_above_the_last_bits(block, seed):
    round = a_round(n=5, seed=seed)
    coalitions = coalitions_of(np.arange(32), 5)
    whole = RoundGame(round)(coalitions)
    np.testing.assert_allclose(RoundGame(round, block)(coalitions), whole, rtol=0, atol=1e-12)
    shuffled = np.random.default_rng(seed).permutation(32)
    np.testing.assert_allclose(
        evaluate(RoundGame(round), coalitions[shuffled], batch_size=block),
        whole[shuffled],
        rtol=0,
        atol=1e-12,
    )


def test_nobody_is_worth_exactly_nothing_in_any_batch():
    game = RoundGame(a_round())
    nobody = np.zeros((3, 4), dtype=bool)
    assert game(nobody).tolist() == [0.0] * 3
    assert game(np.vstack([nobody, ~nobody]))[:3].tolist() == [0.0] * 3
    # A loss whose last bits depend on how many models it is asked about, as linear algebra's do.
    game = RoundGame(replace(a_round(), loss=lambda params: np.full(len(params), 1 + 1e-14 * len(params))))
    assert game(nobody).tolist() == [0.0] * 3


def test_a_round_is_a_game():
    game = RoundGame(a_round())
    assert isinstance(game, Game)
    assert game.n == 4


def test_the_base_model_is_measured_once():
    asked = []

    def loss(params):
        asked.append(len(params))
        return np.zeros(len(params))

    game = RoundGame(replace(a_round(), loss=loss), block=8)
    game(coalitions_of(np.arange(16), 4))
    game(coalitions_of(np.arange(16), 4))
    assert asked == [1, 8, 8, 8, 8]


def test_coalitions_in_the_wrong_form_are_refused():
    game = RoundGame(a_round())
    for wrong in (np.zeros((2, 3), dtype=bool), np.zeros((2, 4)), np.zeros(4, dtype=bool)):
        with pytest.raises(InputError):
            game(wrong)


def changed(updates):
    updates = updates.copy()
    updates[2, 1] = np.nan
    return updates


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: {"players": (), "updates": r.updates[:0]}, "at least one player"),
        (lambda r: {"players": ("a", "b", "a", "c")}, "'a' is named twice"),
        (lambda r: {"updates": r.updates[:, :-1]}, "updates"),
        (lambda r: {"updates": r.updates[:3]}, "4 players"),
        (lambda r: {"base": r.base[None]}, "base"),
        (lambda r: {"updates": changed(r.updates)}, "'peer 2' is not finite"),
        (lambda r: {"base": np.full_like(r.base, np.inf)}, "base model is not finite"),
        (lambda r: {"learning_rate": 0.0}, "learning rate"),
        (lambda r: {"learning_rate": np.inf}, "learning rate"),
    ],
)
def test_a_round_that_is_none_is_refused_and_the_error_says_who(change, message):
    round = a_round()
    with pytest.raises(InputError, match=message):
        replace(round, **change(round))


def test_a_loss_that_answers_badly_is_named():
    with pytest.raises(GameError, match="shape"):
        RoundGame(replace(a_round(), loss=lambda params: np.zeros(len(params) + 1)))
    with pytest.raises(GameError, match="nan"):
        RoundGame(replace(a_round(), loss=lambda params: np.full(len(params), np.nan)))
    with pytest.raises(InputError, match="blocks of 0"):
        RoundGame(a_round(), block=0)


def test_what_one_round_measured_is_not_taken_for_another() -> None:
    """Rounds that differ in one thing only share a memory; each has the utilities that it has without one."""

    class Kept(dict):
        def get(self, name, count):
            return super().get(name)

        def put(self, name, utilities):
            self[name] = utilities

    rng = np.random.default_rng(5)
    model, members = Softmax(5, 3), coalitions_of(np.arange(8), 3)
    x, y = rng.normal(size=(30, 5)), rng.integers(0, 3, 30)
    first = replace(a_round(model, n=3), loss=Losses(model, x, y))
    others = [
        replace(first, loss=Losses(model, x + 1, y)),
        replace(first, loss=Losses(model, x, (y + 1) % 3)),
        replace(first, loss=CheckedMeasure(Losses(model, -x, y), "the loss of somebody")),
        replace(first, loss=lambda models: model.losses(models, 2 * x, y)),
        replace(first, updates=first.updates[::-1].copy()),
        replace(first, base=first.base + 1),
        replace(first, learning_rate=2 * first.learning_rate),
    ]
    memory = Kept()
    for round in (first, *others, first):
        kept = round_game(replace(round, through=Workers(memory=memory).game))
        np.testing.assert_allclose(kept(members), RoundGame(round)(members), rtol=0, atol=1e-12)
    assert len(memory) == len(others)

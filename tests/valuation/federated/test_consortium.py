import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from valuation.errors import AssumptionError
from valuation.federated.consortium import consortium
from valuation.federated.fedsv import fedsv
from valuation.federated.round import Round

tables = hnp.arrays(np.float64, 8, elements=st.floats(-5, 5)).map(lambda t: t - t[0])


@given(tables, tables, tables)
def test_the_credit_is_the_sum_of_what_each_other_trainer_measures(table_round, one, two, three):
    own = dict(zip("abc", (one, two, three), strict=True))
    expected = dict.fromkeys("abc", 0.0)
    for evaluator, table in own.items():
        # The evaluator is not a player of its own game: only coalitions of the others count.
        others = [player for player in "abc" if player != evaluator]
        bits = [1 << "abc".index(player) for player in others]
        game = np.array([0.0, table[bits[0]], table[bits[1]], table[bits[0] | bits[1]]])
        for player, value in zip(others, fedsv([table_round(game, others)]).values, strict=True):
            expected[player] += max(0.0, value)
    losses = {player: table_round(table).loss for player, table in own.items()}
    result = consortium([table_round(np.zeros(8))], peer_losses=losses)
    np.testing.assert_allclose(result.values, [expected[player] for player in "abc"], atol=1e-9)


def test_no_trainer_can_credit_itself(table_round):
    generous = {"a": table_round([0.0, 100, 0, 100]).loss, "b": table_round([0.0, 1, 0, 1]).loss}
    result = consortium([table_round(np.zeros(4))], peer_losses=generous)
    np.testing.assert_allclose(result.values, [1, 0])


def test_harm_in_one_evaluation_is_not_set_off_against_good_in_another(table_round):
    table_a, table_b, table_c = np.zeros((3, 8))
    table_a[[2, 3, 6, 7]], table_c[[2, 3, 6, 7]] = 4, -9
    losses = {name: table_round(t).loss for name, t in zip("abc", (table_a, table_b, table_c), strict=True)}
    result = consortium([table_round(np.zeros(8))], peer_losses=losses)
    np.testing.assert_allclose(result.values, [0, 4, 0])


@given(tables)
def test_a_step_credits_updates_alone(table_round, table):
    losses = {name: table_round(table).loss for name in "abc"}
    result = consortium([table_round(np.zeros(8))], peer_losses=losses, step=True)
    np.testing.assert_allclose(result.values, 2 * np.maximum(table[[1, 2, 4]], 0), atol=1e-9)
    assert result.evaluations == 3 * 4


def test_trainers_weigh_in_the_others_evaluations_what_they_weigh_in_the_round():
    updates, base = np.eye(3, dtype=np.float32), np.zeros(3, dtype=np.float32)

    def loss(models):
        return models @ np.array([1.0, 3.0, 0.0])

    round = Round(tuple("abc"), updates, base, loss, 1.0, weights=np.array([1.0, 3.0, 7.0]))
    others = Round(("a", "b"), updates[:2], base, loss, 1.0, weights=np.array([1.0, 3.0]))
    nothing = dict.fromkeys("ab", lambda models: 0 * models[:, 0])
    result = consortium([round], peer_losses=nothing | {"c": loss})
    np.testing.assert_allclose(result.values[:2], np.maximum(fedsv([others]).values, 0.0))


def test_every_trainer_needs_a_loss_of_its_own(table_round):
    with pytest.raises(AssumptionError, match="peer_losses has nothing of peer 'b'"):
        consortium([table_round(np.zeros(4))], peer_losses={"a": lambda models: models[:, 0]})
    with pytest.raises(AssumptionError, match="at least 2 peers"):
        consortium([table_round(np.zeros(2))], peer_losses={"a": lambda models: models[:, 0]})

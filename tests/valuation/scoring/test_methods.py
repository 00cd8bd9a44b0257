from dataclasses import replace

import numpy as np
import pytest

from valuation.errors import InputError
from valuation.federated.round import Round, RoundGame
from valuation.fixed_point import MAX_NANO, NANO, to_fixed
from valuation.mechanism import METHODS, default_mechanism
from valuation.models.softmax import Softmax
from valuation.scoring import RoundData, agree, measure, next_model, restrict, scores, utilities_length
from valuation.scoring.methods import SCORERS

EXACT = default_mechanism()
DELTA = default_mechanism(method="loss-delta")
MODEL = Softmax(6, 3)
both = pytest.mark.parametrize("mechanism", [EXACT, DELTA], ids=lambda mechanism: mechanism.method.name)


def some_data(n, seed=0):
    rng = np.random.default_rng(seed)

    def samples():
        return rng.normal(size=(20, 6)).astype(np.float32), rng.integers(0, 3, 20)

    return RoundData(
        players=tuple(f"0x{i:040x}" for i in range(n)),
        updates=rng.normal(size=(n, MODEL.layout.size)).astype(np.float32),
        base=rng.normal(size=MODEL.layout.size).astype(np.float32),
        model=MODEL,
        evaluation=samples(),
        assigned=[samples() for _ in range(n)],
    )


def only(data, kept):
    return replace(
        data,
        players=tuple(data.players[i] for i in kept),
        updates=data.updates[kept],
        assigned=[data.assigned[i] for i in kept],
    )


def test_every_method_that_can_be_named_can_be_scored():
    assert set(SCORERS) == set(METHODS)


@both
@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_a_measurement_has_its_length_and_gives_every_player_a_score(mechanism, n):
    utilities = measure(mechanism, some_data(n))
    assert utilities.dtype == np.int64
    assert utilities.shape == (utilities_length(mechanism, n),)
    assert len(scores(mechanism, utilities, n)) == n


def test_the_exact_method_measures_every_coalition():
    data = some_data(3)
    game = RoundGame(
        Round(data.players, data.updates, data.base, lambda p: MODEL.losses(p, *data.evaluation), 1.0)
    )
    for mask in range(8):
        row = np.array([[bool(mask >> i & 1) for i in range(3)]])
        assert abs(int(measure(EXACT, data)[mask]) - int(to_fixed(game(row))[0])) <= 1


def test_loss_delta_measures_four_losses_a_player():
    data = some_data(3)
    table = measure(DELTA, data).reshape(3, 4)
    base = data.base.astype(np.float64)[None]
    for i in range(3):
        after = base - DELTA.method.parameters["step"] * data.updates[i].astype(np.float64)
        expected = [
            MODEL.losses(params, *samples)[0]
            for samples in (data.assigned[i], data.evaluation)
            for params in (base, after)
        ]
        assert np.abs(table[i] - to_fixed(expected)).max() <= 1


def test_loss_delta_pays_the_gain_on_unseen_data_of_those_who_pass_the_sign_test():
    #            assigned gain, unseen gain: 20/5 passes, 5/5 ties, 2/5 fails, -1/-4 passes and harms
    losses = [30, 10, 20, 15, 30, 25, 20, 15, 30, 28, 20, 15, 10, 11, 10, 14]
    assert scores(DELTA, np.array(losses), 4) == [5, 0, 0, -4]


@both
def test_a_measurement_restricted_to_some_players_is_the_measurement_of_these(mechanism):
    data = some_data(5)
    kept = [0, 2, 3]
    narrow = only(data, kept)
    found = restrict(mechanism, measure(mechanism, data), data.players, narrow.players)
    assert np.abs(found - measure(mechanism, narrow)).max() <= 1


@both
def test_evaluators_whose_arithmetic_differs_agree_on_scores(mechanism):
    data = some_data(5)
    here = measure(mechanism, data)
    there = measure(mechanism, replace(data, updates=np.asfortranarray(data.updates)))
    noisy = here + np.random.default_rng(0).integers(-1, 2, here.shape)
    agreed = agree(np.stack([here, there, noisy]), [10**21, 10**21, 10**21])
    assert np.abs(agreed - here).max() <= 1


@both
def test_one_absurd_update_leaves_the_round_measurable(mechanism):
    data = some_data(3)
    updates = data.updates.copy()
    updates[1] = np.where(np.arange(updates.shape[1]) % 2 == 0, 3e38, -3e38)
    utilities = measure(mechanism, replace(data, updates=updates))
    # A loss is cut off at the limit, and what it is a drop from is a loss of a few nats.
    assert MAX_NANO - 5 * NANO < np.abs(utilities).max() <= MAX_NANO
    assert scores(mechanism, utilities, 3)[1] < 0 or mechanism is DELTA


@both
def test_who_harms_the_model_never_scores_above_zero(mechanism):
    data = some_data(4)
    gradient = MODEL.gradient(data.base, *data.evaluation).astype(np.float32)
    updates = np.stack([0.3 * gradient, 0.2 * gradient, 0.25 * gradient, -0.3 * gradient])
    found = scores(mechanism, measure(mechanism, replace(data, updates=updates)), 4)
    assert found[3] <= 0
    model = next_model(mechanism, data.base, updates, found)
    before, after = MODEL.losses(np.stack([data.base, model]), *data.evaluation)
    assert after <= before


def test_loss_delta_needs_the_assigned_data():
    with pytest.raises(InputError, match="assigned"):
        measure(DELTA, replace(some_data(2), assigned=()))


@pytest.mark.parametrize(("mechanism", "most"), [(EXACT, 16), (DELTA, 256)])
def test_too_many_players_are_refused(mechanism, most):
    assert utilities_length(mechanism, most) > 0
    for n in (-1, most + 1):
        with pytest.raises(InputError, match="players"):
            utilities_length(mechanism, n)


@both
def test_utilities_of_another_length_are_refused(mechanism):
    for wrong in (np.zeros(5, dtype=np.int64), np.zeros((1, 8), dtype=np.int64)):
        with pytest.raises(InputError, match="shape"):
            scores(mechanism, wrong, 3)


def test_only_measured_players_in_order_can_be_kept():
    table = np.zeros(8, dtype=np.int64)
    for measured, kept, message in (
        (["0xa", "0xb", "0xc"], ["0xd"], "0xd was not measured"),
        (["0xb", "0xa", "0xc"], ["0xa"], "ascending"),
        (["0xa", "0xb", "0xc"], ["0xc", "0xa"], "ascending"),
        (["0xa", "0xA", "0xc"], ["0xc"], "twice"),
        (["0xa", "0xb"], ["0xa"], "shape"),
    ):
        with pytest.raises(InputError, match=message):
            restrict(EXACT, table, measured, kept)


def test_a_round_out_of_order_or_shape_is_refused():
    data = some_data(3)
    for change, message in (
        ({"players": data.players[::-1]}, "ascending"),
        ({"players": ("0xA0", "0xa0", "0xb0")}, "twice"),
        ({"updates": data.updates[:2]}, "updates"),
        ({"base": data.base[:-1]}, "base"),
        ({"assigned": data.assigned[:2]}, "2 assignments"),
        ({"assigned": [(x[:i], y[:i]) for i, (x, y) in enumerate(data.assigned, start=4)]}, "length"),
    ):
        with pytest.raises(InputError, match=message):
            replace(data, **change)


def test_checksummed_addresses_are_ordered_by_their_number():
    data = some_data(2)
    ordered = ("0xaB00000000000000000000000000000000000000", "0xB000000000000000000000000000000000000000")
    assert replace(data, players=ordered).players == ordered

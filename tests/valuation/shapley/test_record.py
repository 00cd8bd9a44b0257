import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from valuation.errors import GameError, InputError
from valuation.shapley.record import Record, record_of


def record_from(coalitions, utilities):
    packed = np.packbits(coalitions, axis=1, bitorder="little")
    return Record(packed, np.asarray(utilities, dtype=np.float64), coalitions.shape[1])


few_coalitions = st.tuples(st.integers(1, 40), st.sampled_from([1, 3, 8, 64, 65, 130])).flatmap(
    lambda shape: arrays(np.bool_, shape)
)


@given(few_coalitions)
def test_unique_coalitions_are_counted(coalitions):
    record = record_from(coalitions, np.zeros(len(coalitions)))
    assert record.unique() == len({row.tobytes() for row in coalitions})
    np.testing.assert_array_equal(record.coalitions, coalitions)


def test_coalitions_that_share_a_fingerprint_are_told_apart():
    # With two words of 64 bits the fingerprint is mix(first) + second: choose the second to collide.
    def mix(word):
        return (word ^ (word >> 32)) * 0x9E3779B97F4A7C15 % 2**64

    words = np.array([[5, 7], [9, (mix(5) + 7 - mix(9)) % 2**64], [5, 7]], dtype="<u8")
    coalitions = np.unpackbits(words.view(np.uint8), axis=1, bitorder="little").astype(np.bool_)
    record = record_from(coalitions, [1.0, 2.0, 1.0])
    assert record.unique() == 2
    record.require_deterministic()
    assert record.noise() == 0.0


def test_a_changed_answer_is_named():
    coalitions = np.array([[True, False], [True, True], [True, False]])
    record_from(coalitions, [1.0, 3.0, 1.0 + 1e-12]).require_deterministic()
    with pytest.raises(GameError, match=r"coalition \{0\} was 1\.0 and is now 2\.0"):
        record_from(coalitions, [1.0, 3.0, 2.0]).require_deterministic()


def test_noise_is_the_spread_of_repeated_measurements():
    rng = np.random.default_rng(0)
    coalitions = np.repeat(np.eye(8, dtype=np.bool_), 500, axis=0)
    utilities = np.repeat(np.arange(8.0), 500) + rng.normal(scale=0.3, size=4000)
    assert record_from(coalitions, utilities).noise() == pytest.approx(0.3, rel=0.05)
    assert record_from(np.eye(8, dtype=np.bool_), np.arange(8.0)).noise() == 0.0


def test_answers_come_in_the_order_of_asking():
    coalitions = np.array([[True, False], [False, True], [True, False]])
    assert record_from(coalitions, [1.0, 2.0, 3.0]).answers() == {b"\x01": [1.0, 3.0], b"\x02": [2.0]}


def test_a_state_without_a_run_of_these_players_is_refused():
    with pytest.raises(InputError, match="no run"):
        record_of({}, 3)
    state = {"coalitions": np.zeros((2, 1), dtype=np.uint8), "utilities": np.zeros(2)}
    assert record_of(state, 8).n == 8
    with pytest.raises(InputError, match="9 players"):
        record_of(state, 9)

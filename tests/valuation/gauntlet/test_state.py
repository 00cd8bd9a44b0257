"""The records of peers between rounds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.errors import MechanismError
from valuation.gauntlet.state import PeerState, State, from_json, to_json

finite = st.floats(-1e6, 1e6)
records = st.builds(
    PeerState,
    skill=finite,
    deviation=st.floats(1e-6, 100),
    computation=st.floats(-1, 1),
    gain=finite,
    score=st.floats(0, 1e6),
    evaluated=st.integers(-1, 10**6),
    missing=st.integers(0, 100),
    banned_until=st.integers(0, 10**6),
)
states = st.builds(State, st.integers(-1, 10**6), st.dictionaries(st.text(max_size=8), records, max_size=4))


@given(states)
def test_a_saved_state_reads_back_to_the_last_bit(state):
    assert from_json(to_json(state)) == state
    assert to_json(from_json(to_json(state))) == to_json(state)


@given(states, st.data())
def test_columns_hold_the_records(state, data):
    players = data.draw(st.lists(st.sampled_from([*state.peers, "0xnew"]), unique=True))
    expected = [state.peers.get(player, PeerState()) for player in players]
    assert state.of(players).records() == expected


def test_a_state_does_not_change_with_what_it_was_made_of():
    peers = {"0xa0": PeerState()}
    state = State(0, peers)
    peers["0xb0"] = PeerState()
    assert list(state.peers) == ["0xa0"]


def test_a_reset_peer_is_a_newcomer_but_for_its_ban_and_absence():
    old = PeerState(40.0, 1.0, 0.9, 0.1, 30.0, evaluated=7, missing=3, banned_until=99)
    after = State(0, {"0xa0": old, "0xb0": old}).of(["0xa0", "0xb0"]).reset(np.array([True, False])).records()
    assert after == [PeerState(missing=3, banned_until=99), old]


@pytest.mark.parametrize(
    "values",
    [
        {"deviation": 0.0},
        {"computation": 1.1},
        {"score": -1.0},
        {"evaluated": -2},
        {"missing": -1},
        {"banned_until": -1},
    ],
)
def test_impossible_records_are_refused(values):
    with pytest.raises(MechanismError):
        PeerState(**values)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"peers":{},"round":-2,"schema":"weighhouse/gauntlet-state/1"}',
        '{"peers":{},"round":0,"schema":"weighhouse/gauntlet-state/2"}',
        '{"peers":{"0xa0":{"skill":1.0}},"round":0,"schema":"weighhouse/gauntlet-state/1"}',
        '{"peers":{},"round":NaN,"schema":"weighhouse/gauntlet-state/1"}',
    ],
)
def test_documents_that_are_no_state_are_refused(text):
    with pytest.raises(MechanismError):
        from_json(text)

"""An evaluator's measurement survives its bytes, and no other bytes pass for one."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.encoding import canonical_json
from chain.roles.measurement import MalformedMeasurement, Measurement, Rejection

A = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
B = "0x90F79bf6EB2c4f870365E785982E1f101E93b906"
MEASUREMENT = Measurement(
    "31337:0x5b",
    3,
    A,
    (A,),
    (Rejection(B, "wrong-round", "it says '2'"),),
    np.array([0, -(2**46)], dtype=np.int64),
)


def test_a_measurement_reads_back_as_it_was() -> None:
    found = Measurement.from_bytes(MEASUREMENT.to_bytes())
    assert found.to_bytes() == MEASUREMENT.to_bytes()
    assert found.rejections == MEASUREMENT.rejections
    assert found.utilities.tolist() == [0, -(2**46)]


@given(st.data())
def test_damaged_bytes_are_refused_or_say_something_else_in_full(data: st.DataObject) -> None:
    blob = bytearray(MEASUREMENT.to_bytes())
    position = data.draw(st.integers(0, len(blob) - 1))
    blob[position] ^= data.draw(st.integers(1, 255))
    try:
        found = Measurement.from_bytes(bytes(blob))
    except MalformedMeasurement:
        return
    assert found.to_bytes() != MEASUREMENT.to_bytes()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"schema": "another"}, "schema"),
        ({"players": [B, A]}, "ascending"),
        ({"players": [A, A]}, "ascending"),
        ({"players": [A.lower()]}, "checksummed"),
        ({"round": -1}, "round"),
        ({"round": True}, "round"),
        ({"utilities": [1.5]}, "whole numbers"),
        ({"utilities": [2**46 + 1]}, "out of range"),
        ({"utilities": [2**70]}, "out of range"),
        ({"utilities": "12"}, "whole numbers"),
        ({"rejections": [[B, "reason"]]}, "not enough values"),
        ({"project": None}, "text"),
    ],
)
def test_what_is_wrong_is_said(change: dict[str, object], says: str) -> None:
    view = json.loads(MEASUREMENT.to_bytes()) | change
    with pytest.raises(MalformedMeasurement, match=says):
        Measurement.from_bytes(canonical_json(view))


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_refused(blob: bytes) -> None:
    with pytest.raises(MalformedMeasurement):
        Measurement.from_bytes(blob)

"""A report has one spelling, and no other bytes pass for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.roles.measurement import Rejection
from chain.roles.report import EvaluatorLine, MalformedReport, Payee, PlayerLine, Report

A = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
REPORT = Report(
    project="31337:0x5b",
    round=2,
    policy="aa",
    seed="bb",
    base="cc",
    model="dd",
    state="ee",
    working="ee",
    budget=10**27,
    players=(PlayerLine(A, -5, 10**24),),
    rejections=(Rejection(A, "copy", 'of "another"'),),
    evaluators=(EvaluatorLine(A, 10**21, "within", "", 7),),
    payouts=(Payee(A, 10**25),),
)


def test_a_report_reads_back_to_the_last_digit() -> None:
    assert Report.from_bytes(REPORT.to_bytes()) == REPORT


@given(st.integers(0, len(REPORT.to_bytes()) - 1), st.integers(1, 255))
def test_a_damaged_report_is_refused_or_another_one(position: int, flip: int) -> None:
    blob = bytearray(REPORT.to_bytes())
    blob[position] ^= flip
    try:
        found = Report.from_bytes(bytes(blob))
    except MalformedReport:
        return
    assert found != REPORT


def test_a_report_in_another_spelling_is_refused() -> None:
    with pytest.raises(MalformedReport, match="canonical"):
        Report.from_bytes(REPORT.to_bytes() + b" ")


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_refused(blob: bytes) -> None:
    with pytest.raises(MalformedReport):
        Report.from_bytes(blob)

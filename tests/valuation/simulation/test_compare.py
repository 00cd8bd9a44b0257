"""What another choice changes is told in shares and ranks."""

from dataclasses import replace
from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.errors import InputError
from valuation.mechanism import default_mechanism
from valuation.simulation import SimulatedRound, Simulation, difference, ranges

PAY = st.fixed_dictionaries({name: st.integers(0, 10**20) for name in "abcde"})


def paying(pay: dict[str, int]) -> Simulation:
    return Simulation(default_mechanism(), (SimulatedRound(1, 0, {}, pay, 0, {}, 0.0),), (0.0,))


@given(PAY, PAY)
def test_what_is_moved_is_a_distance(one: dict[str, int], other: dict[str, int]) -> None:
    there, back = difference(paying(one), paying(other)), difference(paying(other), paying(one))
    assert there.moved == back.moved
    assert 0 <= there.moved <= 1
    assert difference(paying(one), paying(one)).moved == 0
    assert isnan(there.correlation) or -1 <= there.correlation <= 1


@given(PAY, st.integers(2, 10))
def test_a_larger_budget_moves_nothing(pay: dict[str, int], times: int) -> None:
    more = {who: times * amount for who, amount in pay.items()}
    assert difference(paying(pay), paying(more)).moved == pytest.approx(0, abs=1e-9)


def test_all_to_somebody_else_is_all() -> None:
    found = difference(paying({"a": 5, "b": 0}), paying({"a": 0, "b": 7}))
    assert (found.moved, found.correlation) == (1.0, -1.0)


def test_where_all_earn_alike_there_are_no_ranks() -> None:
    assert isnan(difference(paying({"a": 5, "b": 5}), paying({"a": 0, "b": 7})).correlation)
    assert difference(paying({"a": 0}), paying({"a": 0})).moved == 0


def test_other_trainers_cannot_be_compared() -> None:
    for use in (lambda a, b: difference(a, b), lambda a, b: ranges([a, b])):
        with pytest.raises(InputError, match="other trainers"):
            use(paying({"a": 1}), paying({"b": 1}))


def test_ranges_hold_every_draw() -> None:
    draws = [paying({"a": 1, "b": 3}), paying({"a": 1, "b": 1}), paying({"a": 3, "b": 1})]
    assert ranges(draws) == {"a": (0.25, 0.75), "b": (0.25, 0.75)}


def test_who_was_refused_is_there_with_nothing() -> None:
    one = paying({"a": 1})
    refusing = replace(one, rounds=(replace(one.rounds[0], refused={"b": "duplicate"}),))
    assert refusing.earned == {"a": 1, "b": 0}
    assert refusing.shares == {"a": 1.0, "b": 0.0}

"""The exponential is right, and computed of nothing but operations that all machines round alike."""

from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.errors import InputError
from valuation.gauntlet.exponential import exp


@given(st.floats(-700, 0))
def test_it_is_the_exponential(x):
    with localcontext() as context:
        context.prec = 40
        exact = Decimal(x).exp()
        error = abs(Decimal(float(exp(np.array([x]))[0])) / exact - 1)
    assert error < Decimal("4e-16")


def in_python(x):
    """The same steps in Python's floats, which are IEEE doubles on every machine."""
    twos = float(round(x * 1.4426950408889634))
    rest = (x - twos * 0.69314718036912382) - twos * 1.9082149292705877e-10
    factorials = [1.0]
    for order in range(1, 14):
        factorials.append(factorials[-1] * order)
    total = 1.0 / factorials[13]
    for factorial in reversed(factorials[:13]):
        total = total * rest + 1.0 / factorial
    return total * 2.0**twos


@given(st.lists(st.floats(-700, 0), min_size=1, max_size=40))
def test_numpy_takes_the_very_same_steps(values):
    assert exp(np.array(values)).tolist() == [in_python(x) for x in values]


@pytest.mark.parametrize("x", [1e-9, -701.0, np.nan])
def test_numbers_out_of_range_are_refused(x):
    with pytest.raises(InputError):
        exp(np.array([x]))


def test_nothing_has_no_exponential():
    assert exp(np.zeros(0)).size == 0

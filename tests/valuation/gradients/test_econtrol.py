"""EControl reaches the optimum of unlike clients through a compressor that sends one entry in ten."""

import numpy as np
import pytest

from valuation.errors import InputError
from valuation.gradients.econtrol import Control, receive, send
from valuation.gradients.errors import WrongShape
from valuation.gradients.layout import Layout
from valuation.gradients.sparseloco import SparseLoCo

TOP_ONE = SparseLoCo(Layout(("x",), ((10,),)), density=0.1)


def clients():
    rng = np.random.default_rng(0)
    matrices = rng.normal(size=(4, 12, 10)) / np.sqrt(12)
    return matrices, rng.normal(size=(4, 12))


@pytest.mark.parametrize("eta", [0.1, 0.05, 0.0])
def test_unlike_clients_reach_the_common_optimum(eta):
    matrices, targets = clients()
    optimum = np.linalg.lstsq(matrices.reshape(-1, 10), targets.ravel(), rcond=None)[0]
    x, estimate = np.zeros(10), np.zeros(10)
    controls = [Control.start(10)] * 4
    for _ in range(1500):
        gradients = np.einsum("cij,ci->cj", matrices, matrices @ x - targets)
        sent = [send(TOP_ONE, control, g, eta) for control, g in zip(controls, gradients, strict=True)]
        controls = [control for _, control in sent]
        estimate = receive(TOP_ONE, estimate, [blob for blob, _ in sent])
        x -= 0.05 * estimate
    assert np.abs(x - optimum).max() < 1e-6


def test_nothing_is_lost_between_error_and_estimate():
    rng = np.random.default_rng(1)
    control, total = Control.start(10), np.zeros(10)
    for _ in range(30):
        gradient = rng.normal(size=10)
        before = control.estimate
        blob, control = send(TOP_ONE, control, gradient, eta=0.3)
        sent = TOP_ONE.decode(blob)
        np.testing.assert_allclose(control.estimate, before + sent)
        total += gradient - before - sent
        np.testing.assert_allclose(control.error, total, atol=1e-12)
        assert len(blob) == TOP_ONE.size


def test_without_error_control_it_is_ef21():
    gradient = np.arange(1.0, 11.0)
    control = Control.start(10)
    for _ in range(3):
        _, control = send(TOP_ONE, control, gradient, eta=0.0)
    np.testing.assert_array_equal(control.estimate, [0] * 7 + [8, 9, 10])


def test_impossible_messages_are_refused():
    with pytest.raises(InputError):
        send(TOP_ONE, Control.start(10), np.ones(10), eta=-1.0)
    with pytest.raises(WrongShape):
        send(TOP_ONE, Control.start(10), np.ones(9), eta=0.1)
    with pytest.raises(InputError):
        receive(TOP_ONE, np.zeros(10), [])

"""One byte is an update that anybody can recompute."""

import hashlib
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.errors import InputError
from valuation.gradients import errors
from valuation.gradients.frame import BadCode
from valuation.gradients.spsa import decode, decode_slopes, directions, encode, exponents, slopes

SEED = bytes(range(32))


def test_the_published_slopes_get_their_exponents():
    sizes = np.array([0.5, 0.0032, 1234.0, 1e-6])
    found = exponents(sizes, steps=16, limit=127)
    assert found.tolist() == [-11, -92, 114, -127]
    np.testing.assert_allclose(np.exp(found / 16), [0.502832, 0.00318278, 1242.648, 3.571e-4], rtol=1e-4)


def test_every_byte_but_minus_zero_stands_for_a_slope_and_comes_back():
    for byte in range(256):
        if byte == 0x80:
            with pytest.raises(BadCode):
                decode_slopes(bytes([byte]), 1)
        else:
            assert encode(decode_slopes(bytes([byte]), 1)) == bytes([byte])


@given(st.floats(4e-4, 2500), st.sampled_from([-1, 1]))
def test_a_slope_is_sent_within_seven_per_cent(size, sign):
    sent = decode_slopes(encode(np.array([sign * size])), 1)[0]
    assert abs(sent / (sign * size) - 1) <= math.exp(1 / 16) - 1 + 1e-9


@given(st.binary(max_size=8), st.integers(1, 6))
def test_any_bytes_are_an_update_or_refused_by_name(blob, samples):
    try:
        update = decode(blob, SEED, samples, size=9)
    except (errors.Truncated, errors.TooLarge, BadCode):
        assert len(blob) != samples or 0x80 in blob
    else:
        assert np.isfinite(update).all()
        assert len(blob) == samples


def test_directions_are_the_bits_of_a_published_hash():
    domain = b"weighhouse/seeds/1\x00" + len(SEED).to_bytes(8, "little") + SEED + b"spsa"
    stream = hashlib.shake_256(domain).digest(3 * 16)
    for sample, row in enumerate(directions(SEED, samples=3, size=100)):
        number = int.from_bytes(stream[16 * sample : 16 * sample + 16], "little")
        assert row.tolist() == [1 if number >> i & 1 else -1 for i in range(100)]
    np.testing.assert_array_equal(directions(SEED, 1, 100), directions(SEED, 3, 100)[:1])


def test_a_slope_is_that_of_the_loss():
    gradient = np.random.default_rng(0).normal(size=200)
    found = slopes(lambda models: models @ gradient, np.ones(200), SEED, samples=7)
    np.testing.assert_allclose(found, directions(SEED, 7, 200) @ gradient, rtol=1e-6, atol=1e-9)


def test_many_samples_point_up_the_gradient():
    gradient = np.random.default_rng(0).normal(size=20)
    found = slopes(lambda models: models @ gradient, np.zeros(20), SEED, samples=4000)
    update = decode(encode(found), SEED, samples=4000, size=20)
    # Each coordinate is a mean of slope times sign: its variance is below |gradient|^2 / samples.
    spread = np.linalg.norm(gradient) / math.sqrt(4000)
    assert np.abs(update - gradient).max() < 5 * spread + 0.035 * np.abs(gradient).max()


def test_steps_of_one_byte_train():
    target = np.linspace(-1, 1, 30)
    model, losses = np.zeros(30), []
    for step in range(150):
        seed = SEED + step.to_bytes(4, "big")
        blob = encode(slopes(lambda models: ((models - target) ** 2).sum(axis=1), model, seed, samples=1))
        assert len(blob) == 1
        model = model - 0.015 * decode(blob, seed, samples=1, size=30)
        losses.append(((model - target) ** 2).sum())
    assert losses[-1] < 0.05 * losses[0]


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: encode(np.array([])), InputError),
        (lambda: encode(np.array([np.nan])), errors.NotFinite),
        (lambda: decode(b"", SEED, 0, 4), InputError),
        (lambda: slopes(lambda m: m[:, 0], np.zeros(3), SEED, samples=0), InputError),
        (lambda: slopes(lambda m: m[:, 0], np.zeros(3), SEED, samples=1, epsilon=0.0), InputError),
        (lambda: slopes(lambda m: m, np.zeros(3), SEED, samples=1), InputError),
        (lambda: slopes(lambda m: m[:, 0] / 0 * 0, np.ones(3), SEED, samples=1), errors.NotFinite),
    ],
)
def test_what_cannot_be_sent_is_refused(call, error):
    with np.errstate(all="ignore"), pytest.raises(error):
        call()

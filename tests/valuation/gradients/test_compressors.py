"""The formats of compressed updates: what they keep, their exact size, and corrupted bytes."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import fft

from valuation.errors import InputError, UpdateError
from valuation.gradients import cosine, errors
from valuation.gradients.bits import pack
from valuation.gradients.compressor import encode_with_feedback
from valuation.gradients.demo import DeMo, Grid
from valuation.gradients.fedzip import FedZip
from valuation.gradients.frame import OVERHEAD, BadChecksum, seal
from valuation.gradients.layout import Layout
from valuation.gradients.sparseloco import SparseLoCo
from valuation.gradients.two_bit import quantise

SMALL = Layout(("weight", "bias", "scale"), ((6, 7), (5,), ()))
LARGE = Layout(("weight", "bias"), ((100, 130), (70,)))
FORMATS = [
    DeMo(SMALL, side=4, kept=3),
    DeMo(LARGE, kept=8),
    SparseLoCo(SMALL, density=0.3),
    SparseLoCo(LARGE),
    FedZip(SMALL),
    FedZip(LARGE, density=0.5, clusters=16),
]
names = [f"{type(f).__name__}-{f.layout.size}" for f in FORMATS]
every_format = pytest.mark.parametrize("compressor", FORMATS, ids=names)
entries = st.floats(-(2.0**100), 2.0**100, width=32)


def updates(layout):
    return hnp.arrays(np.float32, layout.size, elements=entries)


def ramp(layout):
    return np.random.default_rng(3).standard_normal(layout.size).astype(np.float32)


@every_format
@settings(deadline=None, max_examples=25)
@given(st.data())
def test_any_update_decodes_to_a_finite_one_and_encodes_to_the_same_bytes(compressor, data):
    update = data.draw(updates(compressor.layout))
    blob = compressor.encode(update)
    assert compressor.encode(update.copy()) == blob
    decoded = compressor.decode(blob)
    assert decoded.dtype == np.float32
    assert decoded.shape == update.shape
    assert np.isfinite(decoded).all()
    assert compressor.decode(blob).tobytes() == decoded.tobytes()


@pytest.mark.parametrize("compressor", FORMATS[:4], ids=names[:4])
def test_the_size_is_known_before(compressor):
    for update in (ramp(compressor.layout), np.zeros(compressor.layout.size, dtype=np.float32)):
        assert len(compressor.encode(update)) == compressor.size


def test_the_sizes_are_the_bits_that_are_sent():
    # 4 + 2 blocks of 3 x 4 and 1 x 3 entries and one of 1: three of each go in 4, 2 and 1 bits, and float32.
    assert DeMo(SMALL, side=4, kept=3).size == OVERHEAD + (6 + 48) + (2 + 24) + (1 + 4)
    # Tensors of 42, 5 and 1 entries: four levels each, then 13, 2 and 1 entries of 2 and 6, 3 or 1 bits.
    assert SparseLoCo(SMALL, density=0.3).size == OVERHEAD + 3 * 16 + (4 + 10) + (1 + 1) + (1 + 1)
    matrix = Layout(("w",), ((4096, 1024),))
    assert SparseLoCo(matrix).size == OVERHEAD + 16 + 1024 * 64 * (12 + 2) // 8
    assert DeMo(matrix).size == OVERHEAD + 1024 * 32 * (12 + 32) // 8


@every_format
@settings(deadline=None, max_examples=60)
@given(st.data())
def test_no_corrupted_byte_passes(compressor, data):
    blob = bytearray(compressor.encode(ramp(compressor.layout)))
    place = data.draw(st.integers(0, len(blob) - 1))
    blob[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(UpdateError):
        compressor.decode(bytes(blob))


@every_format
@settings(deadline=None, max_examples=60)
@given(st.data())
def test_forged_bytes_are_a_finite_update_or_refused_by_name(compressor, data):
    blob = compressor.encode(ramp(compressor.layout))
    body = bytearray(blob[OVERHEAD:])
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(body) - 1))
        body[place] = data.draw(st.integers(0, 255))
    try:
        decoded = compressor.decode(seal(blob[:4], bytes(body)))
    except BadChecksum:
        pytest.fail("the forged checksum is right")
    except errors.RefusedUpdate:
        return
    assert decoded.shape == (compressor.layout.size,)
    assert np.isfinite(decoded).all()


@every_format
@settings(deadline=None, max_examples=40)
@given(st.data())
def test_bytes_of_another_length_are_refused_by_name(compressor, data):
    blob = compressor.encode(ramp(compressor.layout))
    shorter = blob[: data.draw(st.integers(0, len(blob) - 1))]
    longer = seal(blob[:4], blob[OVERHEAD:] + data.draw(st.binary(min_size=1, max_size=9)))
    for wrong in (shorter, longer, data.draw(st.binary(max_size=200))):
        with pytest.raises(errors.RefusedUpdate):
            compressor.decode(wrong)


@every_format
def test_what_is_no_update_is_not_encoded(compressor):
    size = compressor.layout.size
    with pytest.raises(errors.WrongShape):
        compressor.encode(np.zeros(size + 1, dtype=np.float32))
    with pytest.raises(errors.WrongShape):
        compressor.encode(np.zeros(size))
    with pytest.raises(errors.NotFinite):
        compressor.encode(np.full(size, np.nan, dtype=np.float32))


@every_format
def test_with_feedback_everything_arrives_in_the_end(compressor):
    update = ramp(compressor.layout) / 10
    residual = np.zeros_like(update)
    received = np.zeros_like(update)
    for _ in range(8):
        blob, residual = encode_with_feedback(compressor, residual, update)
        received += compressor.decode(blob)
    np.testing.assert_allclose(received + residual, 8 * update, atol=1e-5)
    assert compressor.layout is LARGE or np.linalg.norm(residual) < np.linalg.norm(8 * update)


def test_a_residual_decays():
    compressor = SparseLoCo(SMALL, density=1.0)
    ones = np.ones(SMALL.size, dtype=np.float32)
    zeros = np.zeros_like(ones)
    blob, residual = encode_with_feedback(compressor, ones, zeros, decay=0.5)
    np.testing.assert_array_equal(compressor.decode(blob), ones / 2)
    np.testing.assert_array_equal(residual, zeros)
    with pytest.raises(InputError):
        encode_with_feedback(compressor, ones, zeros, decay=1.5)


# The cosine transform.


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 64), st.integers(1, 64), st.integers(0, 2**32 - 1), st.integers(-60, 60))
def test_the_transform_is_scipys_and_its_inverse(height, width, seed, scale):
    blocks = np.ldexp(np.random.default_rng(seed).standard_normal((3, height, width)), scale)
    size = np.abs(blocks).max()
    expected = fft.dctn(blocks, axes=(1, 2), norm="ortho")
    np.testing.assert_allclose(cosine.forward(blocks), expected, atol=3e-5 * size)
    np.testing.assert_allclose(cosine.inverse(cosine.forward(blocks)), blocks, atol=3e-5 * size)


def test_the_published_transform_of_one_to_four():
    found = cosine.forward(np.array([[[1.0, 2.0, 3.0, 4.0]]]))[0, 0]
    np.testing.assert_allclose(found, [5, -2.230442, 0, -0.158513], atol=1e-6)


def test_every_sum_in_the_transform_is_exact():
    rng = np.random.default_rng(0)
    for height, width in ((64, 64), (3, 7), (1, 64)):
        block = rng.choice([-1.0, 1.0], size=(height, width)) * rng.uniform(0.9, 1, size=(height, width))
        # The same steps in Python's whole numbers, which have no limit.
        left = [[int(value) for value in row] for row in cosine._basis(height)]
        right = [[int(value) for value in row] for row in cosine._basis(width)]
        whole = [[round(value * 2**23) for value in row] for row in block]
        half = [
            [
                round(sum(a * b for a, b in zip(row, column, strict=True)) / 2**22)
                for column in zip(*whole, strict=True)
            ]
            for row in left
        ]
        exact = [[sum(a * b for a, b in zip(row, wave, strict=True)) for wave in right] for row in half]
        found = np.ldexp(cosine.forward(block[None])[0], 23 + 22)
        assert found.tolist() == [[float(value) for value in row] for row in exact]


def test_no_basis_hangs_on_the_last_bit_of_a_cosine():
    for n in range(1, cosine.MAX_SIDE + 1):
        frequency, position = np.arange(n)[:, None], np.arange(n)
        waves = np.cos(np.pi * (2 * position + 1) * frequency / (2 * n)) * np.sqrt(2 / n)
        waves[0] = np.sqrt(1 / n)
        beyond_half = np.abs(np.ldexp(waves, 22) % 1 - 0.5)
        assert beyond_half.min() > 1e-6


@pytest.mark.parametrize("blocks", [np.full((1, 2, 2), np.inf), np.zeros((1, 65, 2)), np.zeros((1, 0, 2))])
def test_blocks_that_cannot_be_transformed_are_refused(blocks):
    with pytest.raises(InputError):
        cosine.forward(blocks)


# What each format keeps.


def test_demo_sends_the_strongest_components_of_each_block():
    update = ramp(LARGE)
    weight = update[:13000].reshape(100, 130)
    expected = np.zeros_like(weight)
    # Blocks of 50 x 44, the last column of blocks filled up with zeros.
    padded = np.zeros((100, 132))
    padded[:, :130] = weight
    for top, left in itertools.product((0, 50), (0, 44, 88)):
        block = fft.dctn(padded[top : top + 50, left : left + 44], norm="ortho")
        weakest = np.sort(np.abs(block).ravel())[-8]
        kept = fft.idctn(np.where(np.abs(block) >= weakest, block, 0), norm="ortho")
        expected[top : top + 50, left : left + 44] = kept[:, : min(44, 130 - left)]
    found = DeMo(LARGE, kept=8)
    np.testing.assert_allclose(
        found.decode(found.encode(update))[:13000].reshape(100, 130), expected, atol=1e-4
    )


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 70), st.integers(1, 70), st.integers(1, 9))
def test_a_tensor_is_the_sum_of_its_blocks(rows, columns, side):
    grid = Grid.of((rows, columns), side)
    assert grid.height <= side
    assert grid.width <= side
    tensor = np.arange(1, rows * columns + 1, dtype=np.float32)
    np.testing.assert_array_equal(grid.join(grid.split(tensor)), tensor)
    assert grid.split(tensor).sum() == tensor.sum()


def test_a_tensor_in_strips_is_decoded_like_one_in_a_piece(monkeypatch):
    whole = DeMo(LARGE, side=8, kept=5)
    blob, update = whole.encode(ramp(LARGE)), whole.decode(whole.encode(ramp(LARGE)))
    monkeypatch.setattr("valuation.gradients.demo.AT_A_TIME", 2000)
    assert len(list(Grid.of((100, 130), 8).strips())) == 13
    assert whole.encode(ramp(LARGE)) == blob
    assert whole.decode(blob).tobytes() == update.tobytes()


@settings(deadline=None, max_examples=40)
@given(hnp.arrays(np.float32, st.integers(1, 60), elements=st.floats(-100, 100, width=32)))
def test_the_quantiser_is_the_published_one(values):
    codes, levels = quantise(values)
    exact = [float(value) for value in values]
    shift = sum(exact) / len(exact)
    deviation = (sum((v - shift) ** 2 for v in exact) / max(1, len(exact) - 1)) ** 0.5
    scale = 6 * deviation / 4 or 1.0
    for value, code in zip(exact, codes, strict=True):
        place = (value - shift) / scale + 2
        if abs(place % 1 - 0.5) > 1e-9:
            assert code == min(3, max(0, round(place)))
    for level in range(4):
        members = [v for v, code in zip(exact, codes, strict=True) if code == level]
        expected = sum(members) / len(members) if members else shift
        assert levels[level] == pytest.approx(expected, rel=1e-5, abs=1e-5)


def test_sparseloco_sends_the_largest_of_each_chunk_as_levels():
    update = ramp(LARGE)
    compressor = SparseLoCo(LARGE)
    decoded = compressor.decode(compressor.encode(update))
    # 13,000 entries are three chunks of 4,096 and one of 712, of which 64 and 11 are sent.
    for start, stop, kept in ((0, 4096, 64), (8192, 12288, 64), (12288, 13000, 11), (13000, 13070, 1)):
        expected = np.argsort(-np.abs(update[start:stop]), kind="stable")[:kept]
        assert set(np.flatnonzero(decoded[start:stop])) == set(expected.tolist())
    sent = decoded[:13000][decoded[:13000] != 0]
    assert 2 <= len(np.unique(sent)) <= 4
    assert sent.mean() == pytest.approx(update[:13000][decoded[:13000] != 0].mean(), abs=1e-6)


def test_fedzip_rounds_a_tensors_large_entries_to_the_centres_of_clusters():
    layout = Layout(("w",), ((500,),))
    update = ramp(layout)
    pruned = np.where(np.abs(update) >= np.sort(np.abs(update))[-100], update, 0).astype(np.float64)
    centres = np.linspace(pruned.min(), pruned.max(), 3)
    for _ in range(4):
        labels = np.abs(pruned[:, None] - centres).argmin(axis=1)
        centres = np.array([pruned[labels == c].mean() for c in range(3)])
    labels = np.abs(pruned[:, None] - centres).argmin(axis=1)
    compressor = FedZip(layout)
    blob = compressor.encode(update)
    np.testing.assert_allclose(compressor.decode(blob), centres[labels].astype(np.float32), rtol=1e-6)
    # Two codes of two bits and one of one: the lengths that a prefix code can have.
    counts = np.sort(np.bincount(labels))
    assert len(blob) == OVERHEAD + 12 + 3 + 2 + -(-int(counts @ [2, 2, 1]) // 8)


@pytest.mark.parametrize(
    "make",
    [
        lambda: DeMo(SMALL, side=65),
        lambda: DeMo(SMALL, kept=0),
        lambda: SparseLoCo(SMALL, density=0.0),
        lambda: SparseLoCo(SMALL, density=1.1),
        lambda: FedZip(SMALL, density=0.0),
        lambda: FedZip(SMALL, clusters=1),
        lambda: FedZip(SMALL, clusters=17),
    ],
)
def test_impossible_formats_are_refused(make):
    with pytest.raises(InputError):
        make()


def test_components_too_large_for_an_update_are_refused():
    compressor = DeMo(Layout(("w",), ((8, 8),)), kept=64)
    with pytest.raises(errors.NotFinite):
        compressor.encode(np.full(64, 3e38, dtype=np.float32))
    indices = pack(np.arange(64, dtype=np.uint32), 6)
    forged = seal(b"DeMo", indices + np.full(64, 3e38, dtype="<f4").tobytes())
    assert len(forged) == compressor.size
    with pytest.raises(errors.NotFinite):
        compressor.decode(forged)

"""Numbers packed into bits, and the frame around them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.errors import InputError
from valuation.gradients import errors
from valuation.gradients.bits import pack, packed_size, unpack
from valuation.gradients.frame import BadChecksum, BadCode, BadFrame, cut, seal, unseal
from valuation.gradients.top_of_chunks import pack_indices, top_of_chunks, unpack_indices


@given(st.integers(1, 32).flatmap(lambda w: st.tuples(st.just(w), st.lists(st.integers(0, 2**w - 1)))))
def test_what_was_packed_is_unpacked(case):
    width, numbers = case
    packed = pack(np.array(numbers, dtype=np.uint32), width)
    assert len(packed) == packed_size(len(numbers), width) == -(-len(numbers) * width // 8)
    assert unpack(packed, width, len(numbers)).tolist() == numbers
    # As one long number, the first entry lowest.
    assert int.from_bytes(packed, "little") == sum(n << (width * i) for i, n in enumerate(numbers))


def test_two_twelve_bit_numbers_are_gauntlets_three_bytes():
    i, j = 0x9A3, 0x6F1
    expected = bytes([i & 0xFF, (i >> 8) & 0xF | (j & 0xF) << 4, (j >> 4) & 0xFF])
    assert pack(np.array([i, j], dtype=np.uint32), 12) == expected


@given(st.integers(1, 31), st.integers(0, 40), st.binary(max_size=200))
def test_any_bytes_are_numbers_or_refused(width, count, packed):
    try:
        found = unpack(packed, width, count)
    except errors.RefusedUpdate:
        assert len(packed) != packed_size(count, width) or int.from_bytes(packed, "little") >> (count * width)
    else:
        assert pack(found, width) == packed


@pytest.mark.parametrize(("numbers", "width"), [([4], 2), ([1], 0), ([1], 33)])
def test_numbers_that_do_not_fit_are_refused(numbers, width):
    with pytest.raises(InputError):
        pack(np.array(numbers, dtype=np.uint32), width)


@given(st.binary(max_size=40), st.data())
def test_one_changed_byte_never_passes_the_frame(body, data):
    blob = bytearray(seal(b"test", body))
    place = data.draw(st.integers(0, len(blob) - 1))
    blob[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises((BadChecksum, BadFrame)):
        unseal(b"test", bytes(blob), least=0, most=40)


def test_frames_of_another_length_or_format_are_refused():
    blob = seal(b"test", b"12345")
    with pytest.raises(errors.Truncated):
        unseal(b"test", blob[:-1], least=5, most=5)
    with pytest.raises(errors.TooLarge):
        unseal(b"test", blob, least=0, most=4)
    with pytest.raises(BadFrame):
        unseal(b"tset", blob, least=5, most=5)
    with pytest.raises(errors.Truncated):
        unseal(b"test", b"", least=0, most=5)
    with pytest.raises(errors.Truncated):
        cut(b"12345", (2, 2))
    with pytest.raises(InputError):
        seal(b"tests", b"")


chunks = st.integers(1, 5).flatmap(
    lambda m: st.integers(1, 9).flatmap(
        lambda n: st.lists(st.lists(st.integers(0, 3), min_size=n, max_size=n), min_size=m, max_size=m)
    )
)


@given(chunks, st.data())
def test_the_largest_of_a_chunk_are_those_of_a_stable_sort(rows, data):
    magnitudes = np.array(rows, dtype=np.float32)
    kept = data.draw(st.integers(1, magnitudes.shape[1]))
    expected = np.sort(np.argsort(-magnitudes, axis=1, kind="stable")[:, :kept], axis=1)
    found = top_of_chunks(magnitudes, kept)
    np.testing.assert_array_equal(found, expected)
    packed = pack_indices(found, magnitudes.shape[1])
    np.testing.assert_array_equal(unpack_indices(packed, *found.shape, magnitudes.shape[1]), found)


@pytest.mark.parametrize("indices", [[[1, 1]], [[2, 1]], [[0, 5]]])
def test_indices_that_do_not_ascend_within_their_chunk_are_refused(indices):
    packed = pack_indices(np.array(indices), length=8)
    with pytest.raises(errors.BadIndex):
        unpack_indices(packed, chunks=1, kept=2, length=5)
    with pytest.raises(BadCode):
        unpack_indices(b"\xff", chunks=1, kept=2, length=8)

"""Huffman codes: none shorter, and nothing but codes is read."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from valuation.errors import InputError
from valuation.gradients.frame import BadCode
from valuation.gradients.huffman import BLOCK, Coded, canonical_codes, code_lengths, decode, encode

counts = st.lists(st.integers(0, 50), min_size=1, max_size=16).filter(any).map(np.array)


@given(counts)
def test_no_prefix_code_is_shorter(counts):
    lengths = code_lengths(counts)
    total = int(counts @ lengths.astype(int))
    used = [int(count) for count in counts if count]
    if len(used) == 1:
        assert total == used[0]
        return
    # Huffman's own argument: the cost is the sum of all merged weights.
    cost, heap = 0, sorted(used)
    while len(heap) > 1:
        merged = heap[0] + heap[1]
        cost += merged
        heap = sorted([*heap[2:], merged])
    assert total == cost
    shares = counts / counts.sum()
    entropy = -sum(p * np.log2(p) for p in shares if p > 0)
    assert entropy - 1e-9 <= total / counts.sum() < entropy + 1


@given(counts)
def test_no_code_begins_another(counts):
    lengths = code_lengths(counts)
    codes = canonical_codes(lengths)
    words = [format(code, f"0{width}b") for code, width in zip(codes, lengths, strict=True) if width]
    assert len(set(words)) == len(words)
    for first, second in itertools.permutations(words, 2):
        assert not second.startswith(first)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 16), st.integers(0, 3 * BLOCK), st.integers(0, 2**32 - 1), st.floats(0.1, 3))
def test_what_was_encoded_is_decoded(symbols, size, seed, skew):
    weights = np.arange(1, symbols + 1.0) ** -skew
    drawn = np.random.default_rng(seed).choice(symbols, size=size, p=weights / weights.sum())
    data = drawn.astype(np.uint8)
    lengths = code_lengths(np.bincount(data, minlength=symbols) if size else np.ones(symbols, dtype=int))
    coded = encode(data, lengths)
    np.testing.assert_array_equal(decode(coded, lengths, size), data)
    if (lengths > 0).sum() > 1:
        assert len(coded.stream) == (int(lengths[data].sum()) + 7) // 8


def test_the_bits_are_the_codes_in_their_order():
    lengths = np.array([1, 2, 3, 3], dtype=np.uint8)
    coded = encode(np.array([3, 0, 2, 1, 0], dtype=np.uint8), lengths)
    assert format(int.from_bytes(coded.stream, "big"), "016b") == "111" + "0" + "110" + "10" + "0" + "000000"
    assert coded.lengths.tolist() == [10]


def test_a_single_symbol_takes_no_bits():
    lengths = code_lengths(np.array([0, 9, 0]))
    coded = encode(np.full(5000, 1, dtype=np.uint8), lengths)
    assert coded.stream == b""
    assert (decode(coded, lengths, 5000) == 1).all()
    with pytest.raises(BadCode):
        decode(Coded(b"\x00", np.array([8], dtype=np.uint16)), lengths, 9)


@pytest.mark.parametrize("lengths", [[2, 1, 1], [1, 2, 3], [0, 0, 0], [2, 2, 2], [16, 1, 1], [0, 2, 0]])
def test_lengths_that_no_code_has_are_refused(lengths):
    with pytest.raises(BadCode):
        canonical_codes(np.array(lengths, dtype=np.uint8))


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=30), st.lists(st.integers(0, 300), max_size=3), st.integers(0, 200), st.data())
def test_any_bytes_are_symbols_or_refused(stream, blocks, count, data):
    lengths = np.array(
        data.draw(st.sampled_from([[1, 2, 2], [2, 2, 2, 2], [1, 2, 3, 3], [1, 0]])), dtype=np.uint8
    )
    coded = Coded(stream, np.array(blocks, dtype=np.uint16))
    try:
        found = decode(coded, lengths, count)
    except BadCode:
        return
    again = encode(found, lengths)
    assert again.stream == stream
    assert again.lengths.tolist() == blocks


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_shifted_blocks_are_refused(data):
    symbols = np.random.default_rng(0).integers(0, 3, 2 * BLOCK).astype(np.uint8)
    lengths = np.array([1, 2, 2], dtype=np.uint8)
    coded = encode(symbols, lengths)
    moved = data.draw(st.integers(1, 500))
    blocks = coded.lengths.astype(int) + np.array([moved, -moved])
    with pytest.raises(BadCode, match="does not end"):
        decode(Coded(coded.stream, blocks.astype(np.uint16)), lengths, symbols.size)


@pytest.mark.parametrize("counts", [[], [0, 0], [-1, 2], [1] * 17, [[1]]])
def test_impossible_counts_are_refused(counts):
    with pytest.raises(InputError):
        code_lengths(np.array(counts, dtype=np.int64))


def test_a_symbol_without_a_code_is_not_encoded():
    with pytest.raises(InputError):
        encode(np.array([2], dtype=np.uint8), np.array([1, 1, 0], dtype=np.uint8))
    with pytest.raises(InputError):
        encode(np.array([3], dtype=np.uint8), np.array([1, 1], dtype=np.uint8))

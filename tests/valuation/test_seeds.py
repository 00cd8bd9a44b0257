import hashlib

import numpy as np
import pytest
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from valuation.errors import InputError
from valuation.seeds import order, permutations, subset, uint64s, uniforms

seeds = st.binary(min_size=1, max_size=40)
labels = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
counts = st.integers(0, 50)


@given(seeds, labels, counts)
def test_the_stream_is_shake_256_of_tag_length_seed_and_label(seed, label, count):
    message = b"weighhouse/seeds/1\0" + len(seed).to_bytes(8, "little") + seed + label.encode()
    stream = hashlib.shake_256(message).digest(8 * count)
    words = [int.from_bytes(stream[8 * i : 8 * i + 8], "little") for i in range(count)]
    assert uint64s(seed, label, count).tolist() == words


@given(seeds, labels, counts, counts)
def test_a_longer_stream_begins_with_the_shorter_one(seed, label, count, more):
    assert uint64s(seed, label, count + more)[:count].tolist() == uint64s(seed, label, count).tolist()


@given(seeds, labels, counts)
def test_uniforms_lie_strictly_between_zero_and_one_and_are_exact(seed, label, count):
    numbers = uniforms(seed, label, count)
    assert ((numbers > 0) & (numbers < 1)).all()
    words = uint64s(seed, label, count).tolist()
    assert numbers.tolist() == [((word >> 12) + 0.5) / 2**52 for word in words]


@given(seeds, labels, counts)
def test_an_order_sorts_by_the_stream(seed, label, n):
    keys = uint64s(seed, label, n).tolist()
    assert order(seed, label, n).tolist() == sorted(range(n), key=lambda i: (keys[i], i))


@given(seeds, labels, counts, st.data())
def test_a_smaller_subset_is_part_of_a_larger_one(seed, label, n, data):
    k = data.draw(st.integers(0, n))
    smaller = data.draw(st.integers(0, k))
    large = subset(seed, label, n, k).tolist()
    assert len(large) == k
    assert large == sorted(set(large) & set(range(n)))
    assert set(subset(seed, label, n, smaller).tolist()) <= set(large)


def test_seed_and_label_cannot_be_shifted_into_each_other():
    assert uint64s(b"ab", "c", 1).tolist() != uint64s(b"a", "bc", 1).tolist()


def test_uniforms_are_uniform_and_orders_fair():
    assert stats.kstest(uniforms(bytes(32), "ks", 20_000), "uniform").pvalue > 0.001
    firsts = [int(order(bytes(32), f"fair {i}", 5)[0]) for i in range(2_000)]
    assert stats.chisquare(np.bincount(firsts, minlength=5)).pvalue > 0.001


def test_an_empty_seed_and_impossible_counts_are_refused():
    with pytest.raises(InputError, match="empty"):
        uint64s(b"", "label", 1)
    with pytest.raises(InputError, match="-1"):
        order(b"s", "label", -1)
    for k in (-1, 4):
        with pytest.raises(InputError, match=f"take {k} of 3"):
            subset(b"s", "label", 3, k)


def shuffled(seed, p, n):
    """By the words of docs/court.md, one swap after the other, with the EVM's own hash."""
    places, key = list(range(n)), keccak(seed + b"\x46" + p.to_bytes(4, "big"))
    for i in range(n - 1, 0, -1):
        j = int.from_bytes(keccak(key + i.to_bytes(32, "big")), "big") % (i + 1)
        places[i], places[j] = places[j], places[i]
    return places


@given(st.binary(min_size=32, max_size=32), st.integers(0, 4), st.integers(0, 40))
def test_permutations_are_fisher_and_yates_by_keccak(seed, count, n):
    drawn = permutations(seed, count, n)
    assert drawn.shape == (count, n)
    assert drawn.tolist() == [shuffled(seed, p, n) for p in range(count)]


def test_all_orders_are_drawn_alike():
    drawn = permutations(bytes(32), 24_000, 4)
    _, counts = np.unique(drawn, axis=0, return_counts=True)
    assert len(counts) == 24
    assert stats.chisquare(counts).pvalue > 1e-4


def test_permutations_need_a_whole_seed():
    for seed, count, n in ((bytes(31), 1, 1), (bytes(32), -1, 1), (bytes(32), 1, -1)):
        with pytest.raises(InputError):
            permutations(seed, count, n)

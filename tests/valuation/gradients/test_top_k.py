import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from valuation.errors import InputError
from valuation.gradients.errors import BadIndex, NotFinite, WrongShape
from valuation.gradients.top_k import compress, decompress, entries_at, error_feedback

# Few distinct magnitudes, so that ties are common.
vectors = hnp.arrays(
    np.float32,
    st.integers(1, 30),
    elements=st.sampled_from([0, -0.0, 1, -1, 2, -2, 0.5, 2.0**-126, 2.0**127]),
)
densities = st.floats(0.01, 1.0)


@given(vectors, densities)
def test_the_largest_entries_are_kept_and_ties_go_to_the_lower_index(vector, density):
    indices, values = compress(vector, density)
    ranked = sorted(range(vector.size), key=lambda i: (-abs(vector[i]), i))
    expected = sorted(i for i in ranked[: entries_at(vector.size, density)] if vector[i] != 0)
    assert indices.tolist() == expected
    assert indices.dtype == np.int32
    assert values.tolist() == vector[expected].tolist()


@given(vectors, densities)
def test_decompression_restores_what_was_kept_and_zeros(vector, density):
    indices, values = compress(vector, density)
    restored = decompress(indices, values, vector.size)
    kept = np.zeros(vector.size, dtype=bool)
    kept[indices] = True
    assert (restored == np.where(kept, vector, 0)).all()


@given(vectors)
def test_a_density_of_one_loses_nothing(vector):
    assert (decompress(*compress(vector, 1.0), vector.size) == vector).all()


@given(st.integers(1, 10), st.integers(1, 8), densities, st.integers(0, 2**32))
def test_error_feedback_loses_nothing_over_many_rounds(size, rounds, density, seed):
    rng = np.random.default_rng(seed)
    residual = np.zeros(size, dtype=np.float32)
    # Whole numbers, so that float32 sums are exact.
    updates = rng.integers(-9, 10, size=(rounds, size)).astype(np.float32)
    sent = np.zeros(size, dtype=np.float32)
    for update in updates:
        part, residual = error_feedback(residual, update, density)
        assert np.count_nonzero(part) <= entries_at(size, density)
        sent += part
    assert (sent + residual == updates.sum(axis=0)).all()


def test_every_entry_is_sent_in_the_end():
    residual = np.zeros(10, dtype=np.float32)
    seen = np.zeros(10, dtype=bool)
    for _ in range(60):
        sent, residual = error_feedback(residual, np.linspace(0.1, 1, 10, dtype=np.float32), 0.1)
        seen |= sent != 0
    assert seen.all()


@pytest.mark.parametrize("density", [0, -0.1, 1.1, np.nan])
def test_an_impossible_density_is_refused(density):
    with pytest.raises(InputError, match="density"):
        compress(np.ones(3, dtype=np.float32), density)


def test_bad_updates_are_refused():
    with pytest.raises(NotFinite, match="entry 1"):
        compress(np.array([0, np.inf], dtype=np.float32), 1.0)
    with pytest.raises(WrongShape):
        compress(np.zeros((2, 2), dtype=np.float32), 1.0)
    with pytest.raises(WrongShape):
        compress(np.zeros(0, dtype=np.float32), 1.0)
    with pytest.raises(WrongShape):
        error_feedback(np.zeros(2, dtype=np.float32), np.zeros(3, dtype=np.float32), 1.0)
    with pytest.raises(NotFinite):
        error_feedback(np.array([3e38], dtype=np.float32), np.array([3e38], dtype=np.float32), 1.0)


@pytest.mark.parametrize("indices", [[1, 1], [1, 0], [-1, 0], [0, 4], [-(2**31), 2**31 - 1]])
def test_indices_that_are_no_ascending_positions_are_refused(indices):
    with pytest.raises(BadIndex):
        decompress(np.array(indices, dtype=np.int32), np.ones(2, dtype=np.float32), 4)


def test_indices_and_values_must_match():
    with pytest.raises(WrongShape):
        decompress(np.array([0], dtype=np.int32), np.ones(2, dtype=np.float32), 4)
    with pytest.raises(WrongShape):
        decompress(np.zeros((1, 1), dtype=np.int32), np.ones((1, 1), dtype=np.float32), 4)

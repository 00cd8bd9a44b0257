"""What is refused before anybody measures a loss."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.errors import InputError
from valuation.gauntlet.fast_evaluation import Submissions, evaluate_fast
from valuation.gauntlet.rules import Duplicates
from valuation.gauntlet.settings import Settings
from valuation.gauntlet.similarity import closest_earlier, overlaps

SETTINGS = Settings(window=70, duplicates=Duplicates(fewest=50))


def sparse_updates(n, d=2000, sent=100, seed=0):
    rng = np.random.default_rng(seed)
    updates = np.zeros((n, d), dtype=np.float32)
    for row in updates:
        row[rng.permutation(d)[:sent]] = rng.normal(size=sent)
    return updates


def submissions(updates, **changes):
    n = len(updates)
    honest = Submissions(
        players=tuple(f"0xa{i}" for i in range(n)),
        updates=updates,
        digests=tuple(f"digest {i}" for i in range(n)),
        committed=np.arange(n),
        published=np.full(n, 1030),
        reported=np.zeros((n, 4)),
        refused={},
    )
    return replace(honest, **changes)


def reasons(found):
    return [rejection.reason if rejection else None for rejection in found.rejections]


def evaluate(given, settings=SETTINGS):
    return evaluate_fast(given, 1000, np.zeros(4), np.ones(4), settings)


def test_honest_submissions_are_accepted():
    assert reasons(evaluate(submissions(sparse_updates(6)))) == [None] * 6


def test_what_is_not_there_in_time_is_said_why():
    published = np.array([999, 1000, 1070, 1071, -1, 1030])
    committed = np.array([0, 1, 2, 3, 4, -1])
    found = evaluate(submissions(sparse_updates(6), published=published, committed=committed))
    assert reasons(found) == ["too-early", None, None, "too-late", "missing", "missing"]


def test_what_cannot_be_read_keeps_the_decoders_reason():
    updates = sparse_updates(4)
    updates[1], updates[2] = np.nan, 0
    found = evaluate(submissions(updates, refused={"0xa3": "bad-index"}))
    assert reasons(found) == [None, "not-finite", "zero-update", "bad-index"]


def test_a_copy_is_refused_however_it_is_dressed_up():
    rng = np.random.default_rng(1)
    updates = sparse_updates(6)
    updates[1] = updates[0]
    updates[2] = updates[0] * 3
    # Noise on the values keeps the positions, though the cosine is far from 1.
    updates[3] = updates[0] * rng.uniform(-1, 2, updates.shape[1])
    moved = np.flatnonzero(updates[0])[:4]
    updates[4] = updates[0]
    updates[4, moved], updates[4, :4] = 0, 1
    assert reasons(evaluate(submissions(updates))) == [None, *["duplicate"] * 4, None]


def test_equal_bytes_belong_to_the_earlier_commitment():
    digests = ("same", "other", "same")
    found = evaluate(submissions(sparse_updates(3), digests=digests, committed=np.array([8, 9, 2])))
    assert reasons(found) == ["duplicate", None, None]


def test_nobody_is_framed_by_a_later_look_alike():
    updates = sparse_updates(5)
    updates[1:] = updates[0]
    order = np.array([3, 1, 0, 2, 4])
    found = evaluate(submissions(updates, committed=order, digests=("same",) * 5))
    assert [reason is None for reason in reasons(found)] == [place == 0 for place in order.tolist()]


def test_a_look_alike_that_was_never_committed_frames_nobody():
    updates = sparse_updates(2)
    updates[1] = updates[0]
    found = evaluate(submissions(updates, committed=np.array([5, -1])))
    assert reasons(found) == [None, "missing"]


def test_dense_updates_are_not_alike_for_being_dense():
    updates = np.random.default_rng(0).normal(size=(3, 50)).astype(np.float32)
    found = evaluate(submissions(updates))
    assert reasons(found) == [None] * 3
    assert found.overlap.tolist() == [0, 0, 0]


def test_entries_that_are_zero_in_every_gradient_are_no_fingerprint():
    updates = np.random.default_rng(0).normal(size=(3, 2000)).astype(np.float32)
    updates[:, :1000] = 0
    assert reasons(evaluate(submissions(updates))) == [None] * 3


def test_a_few_positions_in_common_are_an_accident():
    updates = sparse_updates(2, sent=40)
    updates[1] = np.where(updates[0] != 0, np.random.default_rng(3).normal(size=2000), 0)
    assert reasons(evaluate(submissions(updates))) == [None] * 2


def test_thresholds_above_one_are_never_reached():
    updates = np.tile(sparse_updates(1), (3, 1))
    settings = replace(SETTINGS, duplicates=Duplicates(cosine=2.0, overlap=2.0, fewest=50))
    found = evaluate(submissions(updates), settings)
    assert reasons(found) == [None] * 3
    np.testing.assert_allclose(found.overlap, [0, 1, 1])


def test_steps_behind_are_reported_of_all():
    reported = np.array([[0.0] * 4, [2.0] * 4, [np.nan] * 4])
    found = evaluate(submissions(sparse_updates(3), reported=reported))
    assert found.behind.tolist() == [0, 2, np.inf]


def test_a_round_without_submissions_can_be_evaluated():
    nothing = submissions(np.zeros((2, 10), dtype=np.float32), committed=np.array([-1, -1]))
    assert reasons(evaluate(nothing)) == ["missing", "missing"]


@given(st.integers(1, 6), st.integers(1, 12), st.integers(0, 1000))
def test_overlaps_are_those_of_sets_beyond_chance(n, d, number):
    updates = np.random.default_rng(number).integers(0, 2, size=(n, d)).astype(np.float32)
    found = overlaps(updates)
    sets = [set(np.flatnonzero(row)) for row in updates]
    for i, first in enumerate(sets):
        for j, second in enumerate(sets):
            chance = max(len(first), len(second)) / d
            expected = 0.0
            if first and second and chance < 1:
                share = len(first & second) / min(len(first), len(second))
                expected = max(0.0, (share - chance) / (1 - chance))
            assert found[i, j] == pytest.approx(expected)


def test_random_positions_do_not_overlap_beyond_chance():
    for sent in (50, 400, 1500):
        found = overlaps(sparse_updates(8, sent=sent))
        np.fill_diagonal(found, 0)
        assert found.max() < 0.2


@given(st.integers(1, 6), st.integers(0, 1000))
def test_only_earlier_ones_are_looked_at(n, number):
    rng = np.random.default_rng(number)
    similarity, committed = rng.random((n, n)), rng.permutation(n)
    original, likeness = closest_earlier(similarity, committed)
    for i in range(n):
        earlier = [j for j in range(n) if committed[j] < committed[i]]
        assert original[i] == (max(earlier, key=lambda j: similarity[i, j]) if earlier else -1)
        assert likeness[i] == (similarity[i, original[i]] if earlier else 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"players": ("0xa0", "0xa0", "0xa2")},
        {"digests": ("a",)},
        {"refused": {"0xff": "bad-index"}},
        {"committed": np.array([0, 0, 1])},
        {"committed": np.array([0, 1])},
        {"published": np.array([0, 1])},
        {"reported": np.zeros(3)},
        {"updates": np.zeros((2, 10), dtype=np.float32)},
    ],
)
def test_submissions_that_do_not_fit_are_refused(changes):
    with pytest.raises(InputError):
        replace(submissions(sparse_updates(3)), **changes)


def test_similarities_that_do_not_fit_are_refused():
    with pytest.raises(InputError):
        overlaps(np.zeros(3))
    with pytest.raises(InputError):
        closest_earlier(np.zeros((2, 2)), np.array([1, 1]))
    with pytest.raises(InputError):
        closest_earlier(np.zeros((2, 3)), np.array([1, 2]))

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from valuation import seeds
from valuation.errors import InputError
from valuation.models.assignment import assign

LABELS = np.tile(np.arange(10), 120)


@given(
    st.binary(min_size=1, max_size=32),
    st.text("0123456789abcdef", max_size=40),
    st.lists(st.sampled_from([0, 3, 5]), min_size=1, max_size=60),
    st.floats(1e-6, 1e6),
    st.data(),
)
def test_an_assignment_is_distinct_samples_in_ascending_order(seed, address, labels, alpha, data):
    samples = data.draw(st.integers(1, len(labels)))
    chosen = assign(seed, address, np.array(labels), samples, alpha).tolist()
    assert chosen == sorted(set(chosen))
    assert len(chosen) == samples
    assert set(chosen) <= set(range(len(labels)))


def urn_by_hand(seed, address, classes, draws, alpha):
    """The urn as its definition tells it, one draw after the other."""
    fresh, which, earlier = (
        seeds.uniforms(seed, f"assignment/{part}/{address}", draws) for part in ("fresh", "class", "draw")
    )
    drawn = []
    for t in range(draws):
        if fresh[t] * (classes * alpha + t) < classes * alpha:
            drawn.append(int(which[t] * classes))
        else:
            drawn.append(drawn[int(earlier[t] * t)])
    return drawn


@given(st.binary(min_size=1, max_size=8), st.sampled_from([0.01, 0.3, 1.0, 20.0]), st.integers(1, 100))
def test_where_there_is_enough_of_every_class_the_labels_are_those_of_the_urn(seed, alpha, samples):
    chosen = LABELS[assign(seed, "0xa1", LABELS, samples, alpha)]
    expected = urn_by_hand(seed, "0xa1", 10, samples, alpha)
    assert np.bincount(chosen, minlength=10).tolist() == np.bincount(expected, minlength=10).tolist()


@pytest.mark.parametrize("alpha", [0.1, 1.0, 10.0])
def test_class_counts_are_dirichlet_multinomial(alpha):
    samples, draws = 40, 3_000
    counts = np.array(
        [
            np.count_nonzero(LABELS[assign(bytes(32), f"{i:040x}", LABELS, samples, alpha)] == 0)
            for i in range(draws)
        ]
    )
    # One class against the other nine: a beta-binomial law.
    law = stats.betabinom(samples, alpha, 9 * alpha)
    edges = np.unique(law.ppf(np.linspace(0, 1, 9)[1:-1]))
    expected = np.diff([0, *law.cdf(edges), 1]) * draws
    observed = np.bincount(np.searchsorted(edges, counts), minlength=len(edges) + 1)
    kept = expected > 5
    statistic = ((observed - expected)[kept] ** 2 / expected[kept]).sum()
    assert stats.chi2(kept.sum()).sf(statistic) > 1e-4


def test_a_class_that_runs_out_gives_all_it_has():
    labels = np.array([0] * 3 + [1] * 50)
    for i in range(20):
        chosen = labels[assign(bytes(32), f"{i:040x}", labels, 40, 1e-6)]
        assert len(chosen) == 40
        assert np.count_nonzero(chosen == 0) in (0, 3)


def test_addresses_and_seeds_get_different_data_and_the_same_again():
    one = assign(b"r1", "0xa1", LABELS, 50, 1.0)
    assert one.tolist() == assign(b"r1", "0xa1", LABELS, 50, 1.0).tolist()
    assert one.tolist() != assign(b"r1", "0xa2", LABELS, 50, 1.0).tolist()
    assert one.tolist() != assign(b"r2", "0xa1", LABELS, 50, 1.0).tolist()


@pytest.mark.parametrize(("samples", "alpha"), [(0, 1.0), (1201, 1.0), (5, 0.0), (5, 1e7), (5, np.nan)])
def test_what_cannot_be_assigned_is_refused(samples, alpha):
    with pytest.raises(InputError):
        assign(b"seed", "0xa1", LABELS, samples, alpha)

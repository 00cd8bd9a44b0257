import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.errors import InputError
from valuation.rewards.deposits import penalties


def test_below_the_threshold_seventy_per_cent_of_the_deposit_is_lost():
    assert penalties([0.69, 0.7, 0.0], [10**18, 10**18, 5 * 10**18]) == [7 * 10**17, 0, 35 * 10**17]


@given(
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 10**30)), max_size=10),
    st.floats(0, 1),
    st.integers(0, 10_000),
)
def test_a_penalty_never_exceeds_the_deposit_and_spares_good_scores(workers, threshold, fraction):
    scores, deposits = [score for score, _ in workers], [deposit for _, deposit in workers]
    lost = penalties(scores, deposits, threshold=threshold, fraction=fraction)
    for score, deposit, penalty in zip(scores, deposits, lost, strict=True):
        assert 0 <= penalty <= deposit
        assert score < threshold or penalty == 0


@pytest.mark.parametrize(
    ("scores", "deposits", "fraction", "message"),
    [
        ([0.5], [], 1, "1 scores, but 0 deposits"),
        ([0.5], [-1], 1, "worker 0 has the score 0.5 and the deposit -1"),
        ([0.9, float("nan")], [1, 1], 1, "worker 1 has the score nan"),
        ([0.5], [1], 10_001, "10001 basis points"),
    ],
)
def test_bad_deposits_are_refused(scores, deposits, fraction, message):
    with pytest.raises(InputError, match=message):
        penalties(scores, deposits, fraction=fraction)

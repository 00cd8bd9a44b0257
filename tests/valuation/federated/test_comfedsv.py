import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from valuation.errors import AssumptionError, InputError
from valuation.federated.comfedsv import comfedsv
from valuation.federated.fedsv import fedsv

G = np.array([0, 2, 2, 3, 1, 2.5, 2.5, 3.5])
TRUTH = [2.479167, 2.479167, 1.166667]


@pytest.fixture
def oracle(table_round, part_of):
    """Oracle A of section 3: a_t g(S), everyone in round 0, {0, 2} in round 1, {1, 2} in round 2."""
    return [
        table_round(G),
        part_of(table_round(0.5 * G), "ac"),
        part_of(table_round(0.25 * G), "bc"),
    ]


def test_the_worked_example_of_the_reference(oracle):
    result = comfedsv(oracle, rank=1, penalty=1e-6)
    # Exact: 1.75 times the Shapley value of g; the reference's own completion has 2.479166.
    np.testing.assert_allclose(result.values, TRUTH, atol=5e-6)
    np.testing.assert_allclose(comfedsv(oracle, rank=1, penalty=1e-9).values, TRUTH, atol=5e-7)
    np.testing.assert_allclose(result.total, 1.75 * 3.5, atol=1e-4)
    assert np.isnan(result.standard_errors).all()


def test_the_worked_example_with_a_penalty_that_is_felt(oracle):
    # The reference's lambda of 0.1 is of utilities in nats, ours of utilities divided by the largest, 3.5.
    values = comfedsv(oracle, rank=1, penalty=0.1 / 3.5).values
    np.testing.assert_allclose(values, [2.405, 2.372, 1.136], atol=5e-4)


def test_a_low_penalty_of_too_high_a_rank_does_not_diverge(oracle):
    np.testing.assert_allclose(comfedsv(oracle, rank=2, penalty=1e-6).values, TRUTH, atol=1e-3)


def test_clients_with_the_same_data_differ_under_fedsv_and_not_when_completed(oracle):
    partial = fedsv(oracle).values
    assert abs(partial[0] - partial[1]) / partial[:2].max() == pytest.approx(0.1909, abs=5e-5)
    completed = comfedsv(oracle, rng=np.random.default_rng(0))
    assert abs(completed.values[0] - completed.values[1]) < 0.02 * completed.values[0]
    assert completed.reason.startswith("rank 1 and penalty")


def test_with_everyone_in_every_round_it_is_fedsv(table_round):
    rng = np.random.default_rng(0)
    rounds = [table_round(rng.normal(size=32) * (np.arange(32) > 0)) for _ in range(3)]
    result = comfedsv(rounds)
    np.testing.assert_allclose(result.values, fedsv(rounds).values, atol=1e-12)
    assert "nothing to complete" in result.reason
    assert result.exact
    assert (result.standard_errors == 0).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32))
def test_a_game_of_rank_one_gives_what_everybody_would_have_got_in_every_round(table_round, part_of, seed):
    rng = np.random.default_rng(seed)
    game = rng.uniform(0.5, 2, size=32) * (np.arange(32) > 0)
    rounds, truth = [table_round(game)], fedsv([table_round(game)]).values
    for _ in range(4):
        scale = rng.uniform(0.2, 1.0)
        present = "".join(rng.choice(list("abcde"), 3, replace=False))
        rounds.append(part_of(table_round(scale * game), present))
        truth = truth + scale * fedsv([table_round(game)]).values
    np.testing.assert_allclose(comfedsv(rounds, rank=1, penalty=1e-9).values, truth, rtol=1e-3, atol=1e-3)


def test_above_twelve_peers_orders_agree_with_the_truth_within_their_standard_errors(table_round, part_of):
    n = 13
    rng = np.random.default_rng(3)
    worth = rng.uniform(0.5, 2, n)
    sizes = (np.arange(2**n)[:, None] >> np.arange(n) & 1) @ worth
    game = np.sqrt(sizes)
    names = "abcdefghijklm"
    rounds = [
        table_round(game),
        part_of(table_round(0.5 * game), names[:9]),
        part_of(table_round(game), names[5:]),
    ]
    result = comfedsv(rounds, rng=rng, rank=1, penalty=1e-9, permutations=120)
    truth = 2.5 * fedsv([table_round(game)]).values
    assert (np.abs(result.values - truth) < 4.5 * result.standard_errors + 1e-3).all()
    assert result.values.sum() == pytest.approx(result.total, rel=1e-9)
    assert result.evaluations < 3 * 120 * n


def test_95_per_cent_intervals_of_the_orders_cover_the_truth_in_95_per_cent_of_runs(table_round):
    rng = np.random.default_rng(6)
    covered = []
    for _ in range(500):
        rounds = [table_round(rng.normal(size=32) * (np.arange(32) > 0)) for _ in range(2)]
        low, high = comfedsv(rounds, permutations=200, rng=rng).interval()
        truth = fedsv(rounds).values
        covered.append((low <= truth) & (truth <= high))
    assert 0.92 <= np.mean(covered) <= 0.98


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 4))
def test_the_last_rounds_values_and_those_before_are_all_together(table_round, part_of, seed, valued):
    rng = np.random.default_rng(seed)
    rounds = [part_of(table_round(G * rng.uniform(0.5, 2)), who) for who in ("abc", "ab", "bc", "abc")]
    whole = comfedsv(rounds, rank=1, penalty=0.01)
    last = comfedsv(rounds, rank=1, penalty=0.01, valued=valued)
    before = comfedsv(rounds[::-1], rank=1, penalty=0.01, valued=4 - valued) if valued < 4 else None
    rest = before.values if before else 0.0
    # Completion does not depend on the order of the rounds.
    np.testing.assert_allclose(last.values + rest, whole.values, atol=1e-5)
    assert last.values.sum() == pytest.approx(last.total)
    with pytest.raises(InputError, match="5 of 4 rounds"):
        comfedsv(rounds, rank=1, penalty=0.01, valued=5)


def test_everyone_must_have_been_heard(table_round, part_of):
    rounds = [part_of(table_round(G), "ab"), part_of(table_round(G), "bc")]
    with pytest.raises(AssumptionError, match="no round has every peer; the fullest lacks peer 'c'"):
        comfedsv(rounds, rank=1, penalty=0.1)


def test_what_is_missing_is_asked_for(oracle):
    with pytest.raises(InputError, match="pass rng="):
        comfedsv(oracle)
    with pytest.raises(InputError, match="even number of orders from 4, not 7"):
        comfedsv(oracle, permutations=7, rng=np.random.default_rng(0))
    with pytest.raises(InputError, match="together or not at all"):
        comfedsv(oracle, rank=1)

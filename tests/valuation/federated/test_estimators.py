import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from valuation.errors import InputError
from valuation.federated.estimators import estimated
from valuation.federated.fedsv import fedsv
from valuation.federated.registry import methods, value_rounds
from valuation.federated.shapley_exact import shapley_exact
from valuation.shapley.methods import METHODS
from valuation.shapley.semivalues import banzhaf_weights


def _smooth(seed, n=7):
    """A concave game of a few features, like a loss that averaging lowers."""
    rng = np.random.default_rng(seed)
    members = np.arange(2**n)[:, None] >> np.arange(n) & 1
    return np.sqrt(members @ rng.uniform(0.1, 1, n))


@pytest.mark.parametrize("estimator", METHODS)
def test_every_estimator_is_a_method_and_comes_close(table_round, part_of, estimator):
    name = estimator.replace("_", "-")
    whole = table_round(_smooth(1))
    rounds = [whole, part_of(table_round(_smooth(2)), "abdfg")]
    result = value_rounds(rounds, name, rng=np.random.default_rng(0), budget=100)
    truth = shapley_exact(rounds, weights=banzhaf_weights) if name == "banzhaf" else fedsv(rounds)
    assert result.method == name
    assert result.players == tuple("abcdefg")
    assert result.evaluations <= 200
    # Banzhaf values by sample reuse are noisy, and say so.
    slack = 5 * result.standard_errors + 0.02 * np.abs(truth.values)
    assert (np.abs(result.values - truth.values) <= slack).all()
    assert name == "banzhaf" or (result.standard_errors < 0.5 * truth.values.mean()).all()
    assert name in methods()


@pytest.mark.parametrize(
    "name",
    [
        "kernel-regression",
        "leverage-regression",
        "stratified",
        "owen",
        "permutation",
        "truncated-permutation",
        "banzhaf",
    ],
)
def test_95_per_cent_intervals_cover_the_truth_in_95_per_cent_of_runs(table_round, name):
    rng = np.random.default_rng(4)
    covered = []
    for _ in range(500):
        rounds = [table_round(rng.normal(size=2**9) * (np.arange(2**9) > 0))]
        truth = shapley_exact(rounds, weights=banzhaf_weights) if name == "banzhaf" else fedsv(rounds)
        low, high = value_rounds(rounds, name, rng=rng, budget=400).interval()
        covered.append((low <= truth.values) & (truth.values <= high))
    assert 0.92 <= np.mean(covered) <= 0.98


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32))
def test_the_standard_errors_of_rounds_add_as_squares(table_round, seed):
    rounds = [table_round(_smooth(seed)), table_round(_smooth(seed + 1))]
    both = estimated(rounds, estimator="permutation", rng=np.random.default_rng(seed), budget=100)
    rng = np.random.default_rng(seed)
    each = [estimated([one], estimator="permutation", rng=rng, budget=100) for one in rounds]
    np.testing.assert_allclose(both.values, sum(one.values for one in each))
    np.testing.assert_allclose(both.standard_errors, np.hypot(*(one.standard_errors for one in each)))


def test_without_a_budget_twenty_utilities_a_peer_are_measured(table_round):
    game = table_round(_smooth(3, n=9))
    result = estimated([game], estimator="odd_gp", rng=np.random.default_rng(0))
    assert 150 <= result.evaluations <= 180


def test_an_estimator_that_does_not_exist_is_refused(table_round):
    with pytest.raises(InputError, match="no estimator is called 'magic'"):
        estimated([table_round(_smooth(0))], estimator="magic", rng=np.random.default_rng(0))
    with pytest.raises(InputError, match="needs a budget of at least"):
        estimated([table_round(_smooth(0))], estimator="permutation", rng=np.random.default_rng(0), budget=3)

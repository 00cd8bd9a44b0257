import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import DBSCAN

from valuation.errors import AssumptionError, InputError
from valuation.federated.compare import compare
from valuation.federated.fair_bfl import cosines_with_mean, fair_aggregate, fair_bfl, round_shares
from valuation.federated.round import Round
from valuation.models.digits import MissingExtraError


def _round(updates, players="abcdefghijkl"):
    matrix = np.asarray(updates, dtype=np.float32)
    names = tuple(players[: len(matrix)])
    return Round(names, matrix, np.zeros(matrix.shape[1], dtype=np.float32), lambda m: m[:, 0], 1.0)


def test_the_worked_example_of_the_reference():
    theta = cosines_with_mean(np.array([[1, 0], [0.8, 0.6], [0, -1]]))
    np.testing.assert_allclose(theta, [0.976187, 0.650791, 0.216930], atol=5e-7)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32), st.floats(0.05, 1.2), st.integers(1, 4))
def test_only_those_in_the_group_of_the_mean_are_paid_in_proportion_to_their_cosine(seed, radius, neighbours):
    updates = np.random.default_rng(seed).normal(0.5, 1, size=(8, 3))
    shares = round_shares(updates, radius, neighbours)
    points = np.vstack([updates, updates.mean(axis=0)])
    groups = DBSCAN(eps=radius, min_samples=neighbours, metric="cosine").fit_predict(points)
    together = (groups[:-1] == groups[-1]) & (groups[-1] >= 0)
    expected = np.where(together, np.maximum(cosines_with_mean(updates), 0), 0)
    np.testing.assert_allclose(shares, expected / (expected.sum() or 1), atol=1e-12)
    assert shares.sum() == pytest.approx(1 if expected.any() else 0)


def test_a_group_that_pushes_the_other_way_gets_nothing():
    rng = np.random.default_rng(0)
    direction = rng.normal(size=30)
    honest = direction + 0.2 * rng.normal(size=(6, 30))
    result = fair_bfl([_round(np.vstack([honest, -honest[:2]]))], radius=0.3)
    assert (result.values[:6] > 0.1).all()
    assert result.values[6:].tolist() == [0, 0]


def test_who_did_not_contribute_can_be_left_out_of_the_next_round_only():
    good, bad = [[1.0, 0.1], [1.0, -0.1], [1.0, 0.0]], [[-1.0, 0.2]]
    reformed = [*good, [1.0, 0.05]]
    rounds = [_round(good + bad), _round(reformed), _round(reformed)]
    kept, discarded = fair_bfl(rounds, radius=0.2), fair_bfl(rounds, radius=0.2, discard=True)
    assert kept.values[3] == pytest.approx(0.5, abs=0.01)
    assert discarded.values[3] == pytest.approx(0.25, abs=0.01)
    assert discarded.values.sum() == pytest.approx(3)


def test_a_zero_update_earns_nothing():
    assert fair_bfl([_round([[1.0, 0], [1.0, 0.1], [0, 0]])], radius=0.3).values[2] == 0


def test_the_fair_aggregate_is_the_mean_weighted_by_the_shares():
    updates = np.array([[1.0, 0.0], [0.8, 0.6], [0.0, -1.0]])
    shares = round_shares(updates, 0.5, 2)
    np.testing.assert_allclose(
        fair_aggregate(updates, shares), 0.6 * updates[0] + 0.4 * updates[1], atol=1e-9
    )


def test_what_cannot_be_valued_is_refused():
    with pytest.raises(AssumptionError, match="at least 2 peers"):
        fair_bfl([_round([[1.0]])])
    with pytest.raises(InputError, match="radius of 0"):
        fair_bfl([_round(np.eye(2))], radius=0.0)


def test_without_scikit_learn_it_says_what_to_install_and_a_comparison_goes_on(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.cluster", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'weighhouse\["):
        fair_bfl([_round(np.eye(2))])
    found = compare(np.eye(2), np.zeros(2), lambda models: models.sum(axis=1), ["fedsv", "fair-bfl"])
    assert found.names == ("fedsv",)
    assert "pip install" in found.refused["fair-bfl"]

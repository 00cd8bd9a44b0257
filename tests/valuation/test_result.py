import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import norm

from valuation.archive import write_archive
from valuation.errors import InputError
from valuation.result import Valuation

finite = st.floats(-1e9, 1e9)


def valuation(values=(2.0, 1.0, -1.0), errors=None, **changes):
    values = np.asarray(values, dtype=np.float64)
    errors = np.full(len(values), 0.5) if errors is None else errors
    given = {
        "players": tuple(range(len(values))),
        "values": values,
        "standard_errors": errors,
        "total": float(values.sum()),
        "evaluations": 10,
        "unique_evaluations": 8,
        "method": "permutation shapley",
    }
    return Valuation(**(given | changes))


def test_a_result_cannot_be_changed_from_outside():
    values = np.array([1.0, 2.0])
    result = valuation(values)
    values[0] = 9.0
    assert result.values.tolist() == [1.0, 2.0]
    with pytest.raises(ValueError, match="read-only"):
        result.values[0] = 9.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.total = 9.0
    with pytest.raises(TypeError):
        result.state["x"] = np.zeros(1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"players": (0, 1)}, r"shape \(2,\)"),
        ({"players": (0, 1, 1)}, "same label"),
        ({"players": (0, 1, 2.5)}, r"label .* 2\.5"),
        ({"players": (0, 1, True)}, "label"),
        ({"values": [1.0, np.nan, 0.0]}, "player 1 is nan"),
        ({"standard_errors": [1.0, -1.0, 0.0]}, "negative"),
        ({"standard_errors": [1.0, np.inf, 0.0]}, "finite"),
        ({"exact": True}, "zero"),
        ({"unique_evaluations": 11}, "unique"),
        ({"total": np.nan}, "finite"),
        ({"noise": -1.0}, "noise"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(changes, message):
    with pytest.raises(InputError, match=message):
        valuation(**changes)


@given(arrays(np.float64, st.integers(1, 20), elements=finite, fill=st.nothing()), st.integers(0, 10**30))
def test_shares_add_up_to_the_last_unit_and_harm_earns_nothing(values, total):
    shares = valuation(values).shares(total)
    assert sum(shares) == (total if (values > 0).any() else 0)
    assert all(share == 0 for share, value in zip(shares, values, strict=True) if value <= 0)


def test_the_equal_split_is_the_total_over_the_players():
    assert valuation((2.0, 1.0, -1.5), total=6.0).equal_split.tolist() == [2.0, 2.0, 2.0]


@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
def test_an_interval_is_the_normal_one(confidence):
    result = valuation((2.0, 1.0), errors=[0.5, np.nan])
    low, high = result.interval(confidence)
    np.testing.assert_allclose([low[0], high[0]], norm.interval(confidence, 2.0, 0.5), rtol=1e-12)
    assert np.isnan([low[1], high[1]]).all()


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0])
def test_a_confidence_that_is_no_probability_is_refused(confidence):
    with pytest.raises(InputError, match="confidence"):
        valuation().interval(confidence)


def test_merging_runs_is_pooling_their_samples():
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=(40, 3)), rng.normal(size=(160, 3))

    def run(samples, seed):
        errors = np.full(3, 1 / np.sqrt(len(samples)))
        return valuation(
            samples.mean(axis=0), errors, total=1.0, evaluations=len(samples), unique_evaluations=5, seed=seed
        )

    merged = run(first, 1) + run(second, 2)
    np.testing.assert_allclose(merged.values, np.concatenate([first, second]).mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(merged.standard_errors, 1 / np.sqrt(200), rtol=1e-12)
    assert (merged.evaluations, merged.unique_evaluations, merged.seed) == (200, 8, None)


@given(
    arrays(np.float64, (2, 5), elements=finite, fill=st.nothing()), st.integers(1, 1000), st.integers(1, 1000)
)
def test_merging_keeps_the_sum_and_does_not_depend_on_the_order(values, first, second):
    values[1, 0] += values[0].sum() - values[1].sum()
    total = float(values[0].sum())
    one = valuation(values[0], total=total, evaluations=first, unique_evaluations=0)
    two = valuation(values[1], total=total, evaluations=second, unique_evaluations=0)
    merged, reverse = one + two, two + one
    scale = np.abs(values).max() + 1
    np.testing.assert_allclose(merged.values.sum(), total, atol=1e-12 * scale)
    np.testing.assert_allclose(merged.values, reverse.values, atol=1e-12 * scale)
    np.testing.assert_allclose(merged.standard_errors, reverse.standard_errors, rtol=1e-12)


def test_two_exact_results_merge_to_an_exact_one():
    exact = valuation((2.0, 1.0), errors=[0.0, 0.0], exact=True, evaluations=4, unique_evaluations=4)
    merged = exact + exact
    assert merged.exact
    assert merged.values.tolist() == [2.0, 1.0]
    assert (merged.evaluations, merged.unique_evaluations) == (8, 4)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"players": ("a", "b", "c")}, "players"),
        ({"method": "odd_gp shapley"}, "methods"),
        ({"total": 2.1}, "totals"),
        ({"seed": 7}, "twice"),
    ],
)
def test_what_is_not_another_run_of_the_same_is_not_merged(changes, message):
    with pytest.raises(InputError, match=message):
        valuation(seed=7) + valuation(**changes)


def test_noisy_totals_of_one_game_may_differ():
    merged = valuation(noise=0.1) + valuation((2.0, 1.5, -1.0), noise=0.1)
    assert merged.total == pytest.approx(2.25)
    assert merged.noise == 0.1


def test_a_result_is_saved_whole_and_loaded_the_same(tmp_path):
    result = valuation(
        (1 / 3, 2e-300),
        errors=[np.nan, 1 / 7],
        players=("0xab", 7),
        reason="because",
        seed=2**100,
        efficiency_gap=1e-9,
        noise=0.25,
        assumptions=("the game is deterministic (32 coalitions measured twice)",),
        state={"sums": np.arange(4).reshape(2, 2), "file": np.array([True])},
    )
    result.save(tmp_path / "run")
    again = Valuation.load(tmp_path / "run")
    for each in dataclasses.fields(Valuation):
        before, after = getattr(result, each.name), getattr(again, each.name)
        if each.name == "state":
            assert before.keys() == after.keys()
            for name in before:
                np.testing.assert_array_equal(before[name], after[name])
        elif isinstance(before, np.ndarray):
            np.testing.assert_array_equal(before, after)
        else:
            assert before == after
            assert type(before) is type(after)


def test_numbers_of_numpy_are_saved_as_well(tmp_path):
    valuation(total=np.float32(2.0), evaluations=np.int64(10), seed=np.uint32(3)).save(tmp_path / "run")
    assert Valuation.load(tmp_path / "run").seed == 3


@pytest.mark.parametrize("change", [{"format": "other"}, {"colour": "red"}, {"players": [0]}])
def test_an_archive_that_is_no_valuation_is_refused(tmp_path, change):
    header = {
        "format": "weighhouse-valuation-1",
        "players": [0, 1],
        "total": 1.0,
        "evaluations": 1,
        "unique_evaluations": 1,
        "method": "m",
    }
    parts = {"values": np.zeros(2), "standard_errors": np.zeros(2)}
    write_archive(tmp_path / "good", header, parts)
    assert Valuation.load(tmp_path / "good").players == (0, 1)
    write_archive(tmp_path / "bad", header | change, parts)
    with pytest.raises(InputError):
        Valuation.load(tmp_path / "bad")
    write_archive(tmp_path / "partial", header, {"values": np.zeros(2)})
    with pytest.raises(InputError, match="standard_errors"):
        Valuation.load(tmp_path / "partial")


def test_a_result_prints_a_line_a_player_with_every_column_aligned():
    text = str(valuation((200.0, 0.001, -1.0), players=("a", "bartholomew", "c"), reason="budget spent"))
    title, reason, *rows = text.splitlines()
    assert "10 evaluations (8 unique)" in title
    assert reason == "budget spent"
    assert [row.split()[0] for row in rows] == ["player", "a", "bartholomew", "c"]
    assert len({len(row) for row in rows}) == 1


def test_a_result_becomes_a_data_frame():
    pandas = pytest.importorskip("pandas")
    frame = valuation(players=("a", "b", "c")).to_dataframe()
    assert isinstance(frame, pandas.DataFrame)
    assert frame.index.tolist() == ["a", "b", "c"]
    np.testing.assert_array_equal(frame["value"], [2.0, 1.0, -1.0])
    assert (frame["low"] < frame["value"]).all()
    assert (frame["value"] < frame["high"]).all()

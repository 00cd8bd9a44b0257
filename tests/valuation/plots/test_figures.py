"""What a figure shows are the numbers that it was given."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from valuation.errors import InputError
from valuation.federated.compare import compare
from valuation.plots import (
    plot_agreement,
    plot_attacks,
    plot_convergence,
    plot_cumulative,
    plot_values,
    save,
)
from valuation.result import Valuation


def a_valuation(values=(1.0, 3.0, -2.0), errors=(0.1, 0.2, 0.0), evaluations=8):
    return Valuation(
        players=("ada", "bob", "eve"),
        values=np.array(values),
        standard_errors=np.array(errors),
        total=float(sum(values)),
        evaluations=evaluations,
        unique_evaluations=evaluations,
        method="fedsv",
    )


def test_bars_are_as_long_as_values_and_whiskers_as_intervals():
    result = a_valuation()
    (axes,) = plot_values(result).axes
    assert [bar.get_width() for bar in axes.patches] == [3.0, 1.0, -2.0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["bob", "ada", "eve"]
    low, high = result.interval(0.95)
    segments = axes.collections[0].get_segments()
    assert [segment[0][0] for segment in segments] == pytest.approx(low[[1, 0, 2]])
    assert [segment[1][0] for segment in segments] == pytest.approx(high[[1, 0, 2]])
    assert axes.patches[0].get_facecolor() != axes.patches[2].get_facecolor()
    assert "95 %" in axes.get_xlabel()


def test_convergence_follows_the_budget():
    runs = [a_valuation((n, 3.0, -1.0), evaluations=n) for n in (40, 10, 20)]
    (axes,) = plot_convergence(runs).axes
    assert axes.lines[0].get_xdata().tolist() == [10, 20, 40]
    assert axes.lines[0].get_ydata().tolist() == [10, 20, 40]
    with pytest.raises(InputError):
        plot_convergence([])


def test_agreement_prints_the_correlations():
    updates = {"ada": np.array([-2.0, 0.0]), "bob": np.array([-2.0, -2.0]), "eve": np.array([3.0, 3.0])}
    found = compare(
        updates,
        np.zeros(2),
        lambda models: ((models - np.array([3.0, 1.0])) ** 2).mean(axis=1),
        ["fedsv", "leave-one-out", "loss-delta"],
    )
    (axes,) = plot_agreement(found).axes
    assert [text.get_text() for text in axes.texts] == [f"{c:.2f}" for c in found.rank_correlation.ravel()]
    assert [label.get_text() for label in axes.get_xticklabels()] == list(found.names)


def test_payouts_add_up():
    (axes,) = plot_cumulative({"ada": [1.0, 2.0, 3.0], "bob": [0.0, 5.0, 0.0]}).axes
    assert axes.lines[0].get_ydata().tolist() == [0, 1, 3, 6]
    assert axes.lines[1].get_ydata().tolist() == [0, 0, 5, 5]
    with pytest.raises(InputError):
        plot_cumulative({"ada": [1.0], "bob": []})


def test_open_attacks_have_another_colour():
    rows = [
        {"name": "copy", "relative_pay": 0.0, "low": 0.0, "high": 0.01},
        {"name": "stale", "relative_pay": 0.5, "low": 0.4, "high": 0.6},
    ]
    (axes,) = plot_attacks(rows).axes
    assert [bar.get_width() for bar in axes.patches] == [0.0, 50.0]
    assert axes.patches[0].get_facecolor() != axes.patches[1].get_facecolor()
    with pytest.raises(InputError, match="attack"):
        plot_attacks([{"name": "copy"}])


@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf"])
def test_figures_are_saved_by_their_ending(suffix, tmp_path):
    figure = plot_values(a_valuation())
    save(figure, tmp_path / f"a{suffix}")
    content = (tmp_path / f"a{suffix}").read_bytes()
    assert content.startswith({".svg": b"<?xml", ".png": b"\x89PNG", ".pdf": b"%PDF"}[suffix])
    if suffix == ".svg":
        save(plot_values(a_valuation()), tmp_path / "b.svg")
        assert (tmp_path / "b.svg").read_bytes() == content
        assert b"bob" in content


def test_names_are_printed_whatever_they_are(tmp_path):
    paid = {"$\\frac$": [1.0, 2.0], "_ada": [2.0, 1.0]}
    figure = plot_cumulative(paid)
    shown = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert len(shown) == 2
    save(figure, tmp_path / "a.svg")
    with pytest.raises(InputError, match="cannot write"):
        save(figure, tmp_path / "nowhere" / "a.svg")


def test_other_endings_are_refused(tmp_path):
    with pytest.raises(InputError, match="gif"):
        save(plot_values(a_valuation()), tmp_path / "a.gif")

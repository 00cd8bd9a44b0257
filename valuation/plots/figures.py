"""The figures: values, convergence, agreement of methods, cumulative payouts, attacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from valuation.errors import InputError
from valuation.federated.compare import Comparison
from valuation.models.digits import MissingExtraError
from valuation.result import Valuation

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000")
SUFFIXES = (".svg", ".png", ".pdf")


def plot_values(valuation: Valuation, *, confidence: float = 0.95, title: str = "") -> Figure:
    """Return the players' values as bars with their confidence intervals, highest first.

    Args:
        valuation: n values; intervals are drawn where the method gives them.
        confidence: of the intervals, between 0 and 1.
        title: the method's name when not given.

    Raises:
        MissingExtraError: Matplotlib is not installed.
        InputError: the confidence is not between 0 and 1.

    >>> import pytest
    >>> _ = pytest.importorskip("matplotlib")
    >>> result = Valuation(players=("ada", "bob"), values=[3.0, 1.0], standard_errors=[0.1, 0.2], total=4.0,
    ...                    evaluations=4, unique_evaluations=4, method="fedsv")
    >>> [label.get_text() for label in plot_values(result).axes[0].get_yticklabels()]
    ['ada', 'bob']
    """
    figure, axes = _figure(title or valuation.method, height=1.2 + 0.32 * len(valuation.players))
    order = np.argsort(-valuation.values, kind="stable")
    low, high = valuation.interval(confidence)
    values = valuation.values[order]
    spread = np.nan_to_num(np.stack([values - low[order], high[order] - values]))
    colours = [COLOURS[0] if value >= 0 else COLOURS[5] for value in values.tolist()]
    places = np.arange(len(values))
    axes.barh(places, values, xerr=spread, color=colours, error_kw={"capsize": 3, "linewidth": 1})
    axes.set_yticks(places, [_plain(valuation.players[place]) for place in order.tolist()])
    axes.invert_yaxis()
    axes.axvline(0.0, color="black", linewidth=0.8)
    axes.set_xlabel(f"value, with {100 * confidence:g} % intervals")
    return figure


def plot_convergence(valuations: Sequence[Valuation], *, title: str = "Convergence") -> Figure:
    """Return each player's value over the evaluations spent, from runs of one method at rising budgets.

    Raises:
        MissingExtraError: Matplotlib is not installed.
        InputError: there is no run, or the runs are of other players.

    >>> plot_convergence([])
    Traceback (most recent call last):
    valuation.errors.InputError: convergence is drawn from one or more runs over the same players
    """
    if not valuations or any(each.players != valuations[0].players for each in valuations):
        raise InputError("convergence is drawn from one or more runs over the same players")
    figure, axes = _figure(title)
    runs = sorted(valuations, key=lambda each: each.evaluations)
    spent = [each.evaluations for each in runs]
    for place, player in enumerate(runs[0].players):
        values = np.array([each.values[place] for each in runs])
        errors = np.nan_to_num(np.array([each.standard_errors[place] for each in runs]))
        colour = COLOURS[place % len(COLOURS)]
        axes.plot(spent, values, color=colour, marker="o", markersize=3, label=_plain(player))
        axes.fill_between(
            spent, values - 1.96 * errors, values + 1.96 * errors, color=colour, alpha=0.15, lw=0
        )
    axes.set_xlabel("evaluations")
    axes.set_ylabel("value")
    if len(runs[0].players) <= len(COLOURS):
        axes.legend(frameon=False, fontsize="small")
    return figure


def plot_agreement(comparison: Comparison, *, title: str = "Rank correlation of methods") -> Figure:
    """Return how far methods order players alike: Spearman's correlation of each with each.

    Raises:
        MissingExtraError: Matplotlib is not installed.

    >>> import pytest
    >>> _ = pytest.importorskip("matplotlib")
    >>> from valuation import compare
    >>> updates, methods = np.array([[1.0], [2.0]]), ["shapley-exact", "leave-one-out"]
    >>> figure = plot_agreement(compare(updates, np.zeros(1), lambda models: models.sum(axis=1), methods))
    >>> figure.axes[0].get_title()
    'Rank correlation of methods'
    """
    names, table = comparison.names, comparison.rank_correlation
    side = 2.0 + 0.5 * len(names)
    figure, axes = _figure(title, width=side + 1.0, height=side)
    axes.imshow(np.nan_to_num(table), vmin=-1.0, vmax=1.0, cmap="cividis")
    places = np.arange(len(names))
    axes.set_xticks(places, names, rotation=45, ha="right")
    axes.set_yticks(places, names)
    for row in places.tolist():
        for column in places.tolist():
            value = float(table[row, column])
            text = "-" if np.isnan(value) else f"{value:.2f}"
            axes.text(column, row, text, ha="center", va="center", color="white" if value < 0.3 else "black")
    return figure


def plot_cumulative(
    paid: Mapping[str, Sequence[float]], *, unit: str = "tokens", title: str = "Paid so far"
) -> Figure:
    """Return what each peer has earned, added up over the rounds.

    Args:
        paid: by peer, what each round paid it; all of one length.
        unit: what it was paid in.
        title: the figure's.

    Raises:
        MissingExtraError: Matplotlib is not installed.
        InputError: there is nobody, or the lengths differ.

    >>> plot_cumulative({"ada": [1.0], "bob": []})
    Traceback (most recent call last):
    valuation.errors.InputError: cumulative payouts need one payment a round for each of one or more peers
    """
    if not paid or len({len(each) for each in paid.values()}) != 1:
        raise InputError("cumulative payouts need one payment a round for each of one or more peers")
    figure, axes = _figure(title)
    for place, (name, each) in enumerate(paid.items()):
        total = np.concatenate([[0.0], np.cumsum(each)])
        axes.step(
            np.arange(len(total)),
            total,
            where="post",
            color=COLOURS[place % len(COLOURS)],
            label=_plain(name),
        )
    axes.set_xlabel("round")
    axes.set_ylabel(unit)
    if len(paid) <= len(COLOURS):
        axes.legend(frameon=False, fontsize="small")
    return figure


def plot_attacks(
    rows: Sequence[Mapping[str, Any]], *, limit: float = 0.05, title: str = "What attacks earn"
) -> Figure:
    """Return what each attack earns of an honest trainer's pay, with intervals, and the limit.

    Args:
        rows: one an attack, as `valuation.attacks.tables.attack_rows` and `weighhouse bench attacks` give
            them: its `name`, and `relative_pay`, `low` and `high` as parts of an honest trainer's pay.
        limit: above it an attack counts as open.
        title: the figure's.

    Raises:
        MissingExtraError: Matplotlib is not installed.
        InputError: there is no row, or one lacks a figure.

    >>> plot_attacks([{"name": "copy"}])
    Traceback (most recent call last):
    valuation.errors.InputError: every attack has name, relative_pay, low, high
    """
    wanted = ("name", "relative_pay", "low", "high")
    if not rows or any(name not in row for row in rows for name in wanted):
        raise InputError(f"every attack has {', '.join(wanted)}")
    figure, axes = _figure(title, height=1.2 + 0.26 * len(rows))
    pay, low, high = (np.array([float(row[name]) for row in rows]) for name in wanted[1:])
    places = np.arange(len(rows))
    colours = [COLOURS[5] if each > limit else COLOURS[2] for each in pay.tolist()]
    spread = 100 * np.clip(np.stack([pay - low, high - pay]), 0.0, None)
    axes.barh(places, 100 * pay, xerr=spread, color=colours, error_kw={"capsize": 2, "linewidth": 1})
    axes.set_yticks(places, [_plain(row["name"]) for row in rows])
    axes.invert_yaxis()
    axes.axvline(100 * limit, color="black", linestyle="--", linewidth=0.8)
    axes.set_xlabel("% of an honest trainer's pay")
    return figure


def save(figure: Figure, path: str | Path) -> None:
    """Write a figure as SVG, PNG or PDF, by the name's ending; the same figure gives the same SVG.

    Raises:
        InputError: the name ends otherwise, or it cannot be written.

    >>> save(None, "values.gif")
    Traceback (most recent call last):
    valuation.errors.InputError: a figure is saved as .svg, .png, .pdf, not as 'values.gif'
    """
    target = Path(path)
    if target.suffix not in SUFFIXES:
        raise InputError(f"a figure is saved as {', '.join(SUFFIXES)}, not as {target.name!a}")
    import matplotlib

    metadata = {"Date": None} if target.suffix == ".svg" else {}
    with matplotlib.rc_context({"svg.hashsalt": "weighhouse", "svg.fonttype": "none"}):
        try:
            figure.savefig(target, metadata=metadata, dpi=150)
        except OSError as error:
            raise InputError(f"cannot write {str(target)!a}: {error.strerror}") from None


def _plain(name: object) -> str:
    """A name as Matplotlib prints it and does not read it: no formula, and never hidden from a legend."""
    text = str(name).replace("$", r"\$")
    return f"\N{WORD JOINER}{text}" if text.startswith("_") else text


def _figure(title: str, *, width: float = 6.4, height: float = 4.0) -> tuple[Figure, Any]:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("plots need Matplotlib: pip install 'weighhouse[plots]'") from error
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    axes.set_title(title)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes

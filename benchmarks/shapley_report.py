"""What benchmarks/shapley.py makes of its measurements: tables, a Markdown page, and plots as SVG."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from report import machine, show
from shapley_plot import panels

OURS = "odd_gp"
BASELINES = ("equal split", "odd_gp fixed")
LIBRARIES = ("shapiq", "shap", "pydvl")
Rows = list[dict[str, Any]]
Cell = tuple[str, int]


def is_peer(method: str) -> bool:
    return method.split()[0] in LIBRARIES


def by_cell(measured: Rows) -> dict[Cell, dict[str, dict[str, Any]]]:
    found: dict[Cell, dict[str, dict[str, Any]]] = {}
    for row in measured:
        found.setdefault((row["game"], row["budget"]), {})[row["method"]] = row
    return found


def mean(row: dict[str, Any]) -> float:
    return float(np.mean(row["errors"]))


def error_of_mean(row: dict[str, Any]) -> float:
    errors = row["errors"]
    return float(np.std(errors, ddof=1) / math.sqrt(len(errors))) if len(errors) > 1 else 0.0


def geometric_mean(numbers: Iterable[float]) -> float | None:
    logs = [math.log(max(number, 1e-300)) for number in numbers]
    return math.exp(sum(logs) / len(logs)) if logs else None


def best_peer(cell: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    return min((row for method, row in cell.items() if is_peer(method)), key=mean, default=None)


def verdict(ours: dict[str, Any], best: dict[str, Any]) -> str:
    """Say whether ours is better, or worse by no more than two standard errors of the difference."""
    difference = mean(ours) - mean(best)
    if difference <= 0:
        return "better"
    noise = 2 * math.hypot(error_of_mean(ours), error_of_mean(best))
    return "within noise" if difference <= noise else "worse"


def cells(measured: Rows) -> Rows:
    rows = []
    for (game, budget), cell in by_cell(measured).items():
        best = best_peer(cell)
        rows.append(
            {
                "game": game,
                "budget": budget,
                "odd_gp": mean(cell[OURS]),
                "best peer": mean(best) if best else None,
                "its name": best["method"] if best else None,
                "ratio": mean(best) / max(mean(cell[OURS]), 1e-300) if best else None,
                "verdict": verdict(cell[OURS], best) if best else None,
                **{name: mean(cell[name]) for name in (*BASELINES, "kernel_regression", "permutation")},
                "covered": cell[OURS]["covered"],
                "seconds": cell[OURS]["seconds"],
            }
        )
    return rows


def methods_table(measured: Rows) -> Rows:
    """Return how many times our error each method makes, in geometric mean, and where it does better."""
    grouped = by_cell(measured)
    rows = []
    for method in dict.fromkeys(row["method"] for row in measured):
        pairs = [(mean(cell[method]), mean(cell[OURS])) for cell in grouped.values() if method in cell]
        rows.append(
            {
                "method": method,
                "cells": len(pairs),
                "error over odd_gp's": geometric_mean(theirs / max(ours, 1e-300) for theirs, ours in pairs),
                "better in": sum(theirs < ours for theirs, ours in pairs),
            }
        )
    return sorted(rows, key=lambda row: row["error over odd_gp's"])


def coverage(measured: Rows) -> Rows:
    """Return the part of our 95 % intervals that held the value, by budget."""
    ours = [row for row in measured if row["method"] == OURS and row["covered"] is not None]
    multiples = sorted({row["multiple"] for row in ours})
    groups = [(f"{multiple} n", [r for r in ours if r["multiple"] == multiple]) for multiple in multiples]
    return [
        {"budget": name, "cells": len(rows), "covered": float(np.mean([row["covered"] for row in rows]))}
        for name, rows in [*groups, ("all", ours)]
    ]


def acceptance(measured: Rows) -> Rows:
    """Return what is asked of the default estimator, and what it does."""
    grouped = by_cell(measured)
    verdicts = [verdict(cell[OURS], best) for cell in grouped.values() if (best := best_peer(cell))]
    if not verdicts:
        return []
    # A peer that did but a few cells is not compared over the suite.
    singles = [
        row for row in methods_table(measured) if is_peer(row["method"]) and row["cells"] >= len(verdicts) / 2
    ]
    held = sum(each != "worse" for each in verdicts) / len(verdicts)
    every_cell = geometric_mean(
        mean(best) / max(mean(cell[OURS]), 1e-300) for cell in grouped.values() if (best := best_peer(cell))
    )
    covered = coverage(measured)[-1]["covered"]
    best_single = singles[0]
    return [
        {
            "what": "cells better than or within noise of the best peer of each",
            "is": held,
            "asked": ">= 0.85",
        },
        {"what": "cells better", "is": verdicts.count("better") / len(verdicts), "asked": None},
        {
            "what": f"error of the best single peer ({best_single['method']}) over ours",
            "is": best_single["error over odd_gp's"],
            "asked": ">= 2",
        },
        {"what": "error of the best peer of each cell over ours", "is": every_cell, "asked": None},
        {"what": "95 % intervals that hold the value", "is": covered, "asked": "0.92 to 0.98"},
    ]


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    if not rows:
        return "(nothing measured)\n"
    lines = [
        list(rows[0]),
        ["---"] * len(rows[0]),
        *([show(value) for value in row.values()] for row in rows),
    ]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def peers_line(tables: dict[str, Rows]) -> str:
    return ", ".join(f"{row['library']} {row['version']}" for row in tables["peers"])


def write_speed(out: Path, tables: dict[str, Rows]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    sections = [
        "# Shapley values, timed\n",
        f"Made by `benchmarks/shapley.py --only speed`, one thread, {machine()}. "
        f"Peers: {peers_line(tables)}.\n",
        "## Exact values\n",
        "From a table of all utilities, the least of nine runs (of two for peers), beside the sum of the "
        "same table, which is as fast as memory is read; and without a table, from weighted voting games.\n",
        markdown(tables["exact"]),
        "## The estimator itself, microseconds a coalition of a game that costs nothing\n",
        markdown(tables["overhead"]),
    ]
    (out / "shapley-speed.md").write_text("\n".join(sections), encoding="utf-8")


def write_accuracy(
    out: Path, tables: dict[str, Rows], measured: Rows, seeds: int, unmeasured: Sequence[str]
) -> None:
    out.mkdir(parents=True, exist_ok=True)
    grouped = by_cell(measured)
    peers = [row["method"] for row in tables["methods"] if is_peer(row["method"])]
    shown = [OURS, "odd_gp fixed", "permutation", *peers[:4]]
    plots = []
    for game in dict.fromkeys(row["game"] for row in measured):
        budgets = [budget for name, budget in grouped if name == game]
        lines = {
            method: [(b, mean(grouped[game, b][method])) for b in budgets if method in grouped[game, b]]
            for method in shown
        }
        plots.append((game, lines))
    (out / "shapley.svg").write_text(panels("error against budget", plots), encoding="utf-8")
    sections = [
        "# Shapley estimators, measured\n",
        f"Made by `benchmarks/shapley.py`: {seeds} seeds (a quarter of them where a peer's run takes over "
        f"two seconds), one thread a run, {machine()}. Peers: {peers_line(tables)}.\n",
        f"Games of the suite that this run left out: {', '.join(unmeasured) or 'none'}.\n",
        "The error is |estimate - values|^2 / |values|^2, the mean over seeds. A budget counts every "
        "utility asked for. The best peer is chosen for each cell after the fact, which no user could do. "
        "The priors of `odd_gp` were tuned on games of the same kinds with other seeds and sizes; these "
        "games were used for nothing else.\n",
        "![error against budget](shapley.svg)\n",
        "## What is asked of the default\n",
        markdown(tables["acceptance"]),
        "## Every method against `odd_gp`\n",
        "`odd_gp fixed` is the design with parameters fixed in advance: what it costs to have weights that "
        "a contract can check.\n",
        markdown(tables["methods"]),
        "## Every cell\n",
        markdown(tables["accuracy"]),
        "## How often the 95 % intervals hold the value\n",
        markdown(tables["coverage"]),
        "## Left out\n",
        markdown(tables["left out"]),
    ]
    (out / "shapley.md").write_text("\n".join(sections), encoding="utf-8")

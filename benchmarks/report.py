"""How every benchmark reports: aligned columns for people, or one JSON document with `--json`."""

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np


def arguments(description: str) -> argparse.ArgumentParser:
    """Return the command line that all benchmarks share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of tables")
    parser.add_argument("--quick", action="store_true", help="a small run of a few seconds")
    return parser


def emit(tables: Mapping[str, Sequence[Mapping[str, Any]]], as_json: bool) -> None:
    """Print tables, each a list of rows with the same keys."""
    if as_json:
        json.dump({"machine": machine(), **tables}, sys.stdout, allow_nan=False)
        print()
        return
    for title, rows in tables.items():
        print(f"\n{title}")
        print("\n".join(aligned(rows)))


def aligned(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return rows with the same keys as lines of aligned columns, the keys first."""
    if not rows:
        return ["(nothing measured)"]
    cells = [list(rows[0]), *([show(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in cells]


def show(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else "-" if value is None else str(value)


def machine() -> dict[str, str]:
    return {"python": platform.python_version(), "numpy": np.__version__, "machine": platform.machine()}


def seconds(action: Callable[[], object], repeats: int = 5) -> float:
    """Return the least of the times that an action took."""
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        best = min(best, time.perf_counter() - start)
    return best
